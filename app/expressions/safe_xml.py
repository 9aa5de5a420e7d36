"""Reading XML that somebody uploaded: bounded, without a DOCTYPE, without reaching out."""

import re
from typing import Final
from xml.parsers import expat  # only to count and to refuse: it stops before any entity

from lxml import etree

MAX_BYTES = 2_000_000
MAX_DEPTH = 100  # nested elements; a BPMN or DMN file of an editor has about ten
MAX_NODES = 5_000  # elements; a diagram of 25 steps with its drawing has about 700

_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> bool:
    """Whether an XML file can hold a text: no control character, no half of a character."""
    return _UNWRITABLE.search(text) is None


class UnsafeXml(ValueError):
    """A file is not XML, or is XML that must not be read. ``str()`` is a French sentence.

    ``code`` says which: ``not-xml``, ``empty-file``, ``too-large``, ``doctype``, ``too-many-elements`` or
    ``too-deep``, the words of the checker.
    """

    def __init__(self, sentence: str, code: str = "not-xml") -> None:
        super().__init__(sentence)
        self.code = code


def parse_xml(data: bytes, *, max_nodes: int = MAX_NODES) -> etree._Element:
    """The root element of ``data``, in any encoding its declaration names.

    Refused before a tree is built: more than 2 MB, any DOCTYPE (so no entity, no external file),
    more than ``max_nodes`` elements, more than 100 nested ones. XInclude is left as written.

    Raises:
        UnsafeXml: with what to do about the file.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeXml("Le fichier dépasse 2 Mo. Allégez-le avant de l'envoyer.", "too-large")
    if not data.strip():
        raise UnsafeXml("Le fichier est vide. Choisissez un fichier BPMN ou DMN.", "empty-file")
    _survey(data, max_nodes)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise UnsafeXml(_unreadable(getattr(fault, "lineno", None))) from None
    if root.getroottree().docinfo.internalDTD is not None:  # the two readers must agree that there is none
        raise UnsafeXml(_DOCTYPE, "doctype")
    return root


_DOCTYPE = (
    "Le fichier contient une déclaration DOCTYPE, qui n'est pas acceptée. "
    "Enregistrez-le de nouveau depuis l'éditeur de diagrammes."
)


def _unreadable(line: int | None) -> str:
    place = f" (ligne {line})" if line else ""
    return f"Le fichier n'est pas un XML lisible{place}. Enregistrez-le de nouveau depuis l'éditeur."


def _survey(data: bytes, max_nodes: int) -> None:
    """Read once without building anything, and stop at the first thing refused."""
    counts = {"nodes": 0, "depth": 0}

    def opened(_name: str, _attributes: dict[str, str]) -> None:
        counts["nodes"] += 1
        counts["depth"] += 1
        if counts["depth"] > MAX_DEPTH:
            raise UnsafeXml(f"Le fichier imbrique plus de {MAX_DEPTH} éléments. Simplifiez-le.", "too-deep")
        if counts["nodes"] > max_nodes:
            raise UnsafeXml(
                f"Le fichier compte plus de {max_nodes} éléments. Découpez-le.", "too-many-elements"
            )

    def closed(_name: str) -> None:
        counts["depth"] -= 1

    def doctype(*_declaration: object) -> None:
        raise UnsafeXml(_DOCTYPE, "doctype")

    reader = expat.ParserCreate()
    reader.StartElementHandler = opened
    reader.EndElementHandler = closed
    reader.StartDoctypeDeclHandler = doctype
    try:
        reader.Parse(data, True)  # noqa: FBT003 - expat's own signature: this is all of it
    except (expat.ExpatError, LookupError, ValueError) as fault:
        if isinstance(fault, UnsafeXml):
            raise
        raise UnsafeXml(_unreadable(getattr(fault, "lineno", None))) from None
