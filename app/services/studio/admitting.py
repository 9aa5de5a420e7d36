"""What may be kept in a draft: a file that has its place, of a bearable size, whose XML may be read.

Faults of sense are kept, and the checker tells them: a draft is work under way. What is refused here is what
must never be stored: a name out of its place, a DOCTYPE, what is no text.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from app.catalog.bundle import MAX_BYTES, MAX_FILES, belongs
from app.checker.files.content import judge_text
from app.database import transaction
from app.errors import BundleFault
from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.services import journal
from app.services.actors import Actor

_SHOWN: Final = 100
_MISPLACED: Final = (
    "ce nom n'a pas sa place dans un dispositif. Écrivez 1 à 80 minuscules sans accent, chiffres, « - » et "
    "« _ », dans bpmn, dmn, forms, messages ou documents."
)


class Refused(BundleFault):
    """A file that is not kept. ``kind`` says why in a word: ``nom``, ``taille``, ``texte``, ``doctype``…"""

    def __init__(self, *, file: str, cause: str, kind: str) -> None:
        self.kind = kind
        super().__init__(file=file[:_SHOWN], cause=cause)


def digest_of(text: str) -> str:
    """Return the SHA-256 in hexadecimal of a file's text, as stored."""
    return sha256(text.encode()).hexdigest()


def admitted(name: str, data: bytes) -> str:
    """Return the text of a file that may be kept under that name.

    Raises:
        Refused: its name has no place in a bundle, it is too large, no text in UTF-8, or XML that must not
            be read.
    """
    if not belongs(name):
        raise Refused(file=name, cause=_MISPLACED, kind="nom")
    if len(data) > MAX_BYTES:
        raise Refused(
            file=name,
            cause=f"ce fichier dépasse {MAX_BYTES // 1_000_000} Mo. Allégez-le ou découpez-le.",
            kind="taille",
        )
    if name.endswith((".bpmn", ".dmn")):
        _readable_xml(name, data)
    wrong = judge_text(name, data) if data.strip() else None
    if wrong is not None:
        raise Refused(file=name, cause=_lowered(wrong.message), kind="texte")
    return data.decode("utf-8")


def admitted_text(name: str, text: str) -> str:
    """Return a text that may be kept under that name, as ``admitted``."""
    try:
        return admitted(name, text.encode())
    except UnicodeEncodeError as fault:  # half a sign, from a script
        raise Refused(file=name, cause="ce fichier n'est pas un texte.", kind="texte") from fault


def admitted_all(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the texts of a whole draft.

    Raises:
        Refused: one of them may not be kept, or they are too many.
    """
    if len(files) > MAX_FILES:
        raise too_many()
    return {name: admitted(name, data) for name, data in files.items()}


def too_many() -> Refused:
    """Return the refusal of one file more than a draft holds."""
    return Refused(file="brouillon", cause=f"plus de {MAX_FILES} fichiers. Retirez-en.", kind="nombre")


@contextmanager
def journalled(by: Actor, *, what: str) -> Iterator[None]:
    """Write a line in the journal when what is done inside is refused; ``what`` is the act, in a word.

    The line tells the kind of refusal and, when it fits, the name of the file: never what it holds.
    """
    try:
        yield
    except Refused as refusal:
        note_refusal(by, what=what, kind=refusal.kind, name=str(refusal.facts["file"]))
        raise


@contextmanager
def refusing_template(by: Actor, *, name: str) -> Iterator[None]:
    """Write a line in the journal when a text holds what a template may not: code, a loop, a call."""
    try:
        yield
    except BundleFault:
        note_refusal(by, what="enregistrer", kind="gabarit", name=name)
        raise


def note_refusal(by: Actor, *, what: str, kind: str, name: str = "") -> None:
    """Write that something brought to the studio was refused."""
    details = {"geste": what, "genre": kind, "fichier": name if belongs(name) else ""}
    with transaction():
        journal.write("atelier.refuse", actor=by.name, user_id=by.user_id, details=details)


def _readable_xml(name: str, data: bytes) -> None:
    try:
        parse_xml(data)
    except UnsafeXml as fault:
        kind = fault.code if fault.code != "not-xml" else "xml"
        raise Refused(file=name, cause=_lowered(str(fault)), kind=kind) from fault


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
