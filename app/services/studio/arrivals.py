"""A file brought from elsewhere (another tool's export, a colleague's file): what it is, under which name.

It enters the draft as it was sent: only its encoding may change, and that is said. What must be adapted is
told by the checker once it is there; what cannot be read is refused in one sentence.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from lxml import etree

from app.catalog.bundle import KINDS, MAX_BYTES
from app.catalog.indicators import FILE as INDICATORS_FILE
from app.catalog.settings import FILE as SETTINGS_FILE
from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.services.studio.admitting import Refused
from app.services.studio.blanks import name_for

_XML: Final = (".bpmn", ".bpmn2", ".bpmn20.xml", ".dmn", ".dmn11.xml", ".xml")
_FOLDERS: Final = {".json": "forms", ".txt": "messages", ".html": "documents", ".htm": "documents"}
_DECLARED: Final = re.compile(r"^(\ufeff?\s*<\?xml[^>]*?encoding\s*=\s*)([\"'])[^\"']*\2")
_OTHER_KIND: Final = (
    "Relais n'a pas l'usage de ce fichier. Envoyez un diagramme (.bpmn, .xml), une table de décision (.dmn), "
    "un formulaire (.json), un message (.txt), un document (.html), ou une archive par « Importer »."
)
_VISIO: Final = {
    b"PK\x03\x04": "une archive ou un fichier de bureau (.zip, .bpm, .vsdx…)",
    b"\xd0\xcf\x11\xe0": "un ancien fichier de bureau",
    b"%PDF-": "un PDF",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une photo",
}


@dataclass(frozen=True)
class Arrival:
    """A file that may enter the draft: its normalised name, its text, and what was changed of it."""

    name: str
    text: str
    told: tuple[str, ...] = ()


def read(filename: str, data: bytes) -> Arrival:
    """Return what a file sent by a person becomes in the draft.

    Raises:
        Refused: nothing of use, too large, a DOCTYPE, XML that cannot be read, or a name without letters.
    """
    bare = PurePosixPath(filename.replace("\\", "/")).name
    if len(data) > MAX_BYTES:
        raise Refused(file=bare, cause=f"il dépasse {MAX_BYTES // 1_000_000} Mo. Allégez-le.", kind="taille")
    if not data.strip():
        raise Refused(file=bare, cause="il est vide. Choisissez un autre fichier.", kind="texte")
    for start, what in _VISIO.items():
        if data.startswith(start):
            raise Refused(
                file=bare, cause=f"c'est {what}. Exportez le diagramme au format BPMN 2.0, puis envoyez-le.",
                kind="genre",
            )  # fmt: skip
    if bare in (SETTINGS_FILE, INDICATORS_FILE):
        return Arrival(bare, _utf8(bare, data))
    low = bare.lower()
    suffix = next((one for one in sorted(_XML, key=len, reverse=True) if low.endswith(one)), "")
    if suffix or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<definitions", b"<bpmn")):
        return _xml(bare, bare[: len(bare) - len(suffix)] if suffix else PurePosixPath(bare).stem, data)
    folder = _FOLDERS.get(PurePosixPath(low).suffix)
    if folder is None:
        raise Refused(file=bare, cause=_OTHER_KIND, kind="genre")
    return Arrival(_named(bare, folder, PurePosixPath(bare).stem), _utf8(bare, data))


def _xml(bare: str, stem: str, data: bytes) -> Arrival:
    try:
        root = parse_xml(data)
    except UnsafeXml as fault:
        kind = fault.code if fault.code != "not-xml" else "xml"
        raise Refused(file=bare, cause=str(fault)[:1].lower() + str(fault)[1:], kind=kind) from fault
    tag = etree.QName(root)
    if "/BPMN/" in (tag.namespace or "") and tag.localname == "definitions":
        folder = "bpmn"
    elif "/DMN/" in (tag.namespace or "") and tag.localname == "definitions":
        folder = "dmn"
    else:
        cause = (
            f"c'est un XML dont la racine est « {tag.localname[:40]} », ni un diagramme BPMN 2.0 ni une "
            "table DMN. Exportez-le de nouveau dans l'un de ces formats."
        )
        raise Refused(file=bare, cause=cause, kind="genre")
    text, told = _recoded(bare, data, str(root.getroottree().docinfo.encoding or "UTF-8"))
    return Arrival(_named(bare, folder, stem), text, told)


def _recoded(bare: str, data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of an XML file in UTF-8, whatever it was written in."""
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as fault:
        cause = "il n'est pas écrit dans l'encodage qu'il annonce. Enregistrez-le en UTF-8."
        raise Refused(file=bare, cause=cause, kind="texte") from fault
    text = _DECLARED.sub(r"\1\2UTF-8\2", text.lstrip("\ufeff"), count=1)
    return text, (f"Le fichier était écrit en {encoding} : il est enregistré en UTF-8.",)


def _utf8(bare: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        cause = "il n'est pas enregistré en UTF-8. Ouvrez-le dans son éditeur et enregistrez-le en UTF-8."
        raise Refused(file=bare, cause=cause, kind="texte") from fault
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _named(bare: str, folder: str, stem: str) -> str:
    name = name_for(folder, stem)
    if name == f"{folder}/{KINDS[folder]}":
        cause = "son nom n'a ni lettre ni chiffre. Renommez-le, puis envoyez-le de nouveau."
        raise Refused(file=bare, cause=cause, kind="nom")
    return name
