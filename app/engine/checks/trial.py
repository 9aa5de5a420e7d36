"""What only compiling shows: each diagram is compiled by itself, beside stand-ins for what it calls."""

from typing import Any, Final
from xml.sax.saxutils import quoteattr

from lxml import etree
from SpiffWorkflow.bpmn.parser.util import BPMN_MODEL_NS
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from app.engine.diagram import bpmn
from app.engine.findings import Finding
from app.engine.parser import DiagramParser

_CAUSE: Final = (
    "Le moteur ne sait pas exécuter cet élément. Effacez-le, dessinez-le de nouveau et vérifiez ses "
    "propriétés."
)
UNREADABLE: Final = (
    "Ce diagramme n'a pas pu être lu jusqu'au bout. Ouvrez-le dans l'éditeur et enregistrez-le de nouveau."
)


def try_out(file: str, root: Any) -> Finding | None:
    """Return why a diagram that looks sound cannot be compiled, None when it can."""
    parser = DiagramParser()
    own = {node.get("id") for node in bpmn(root, "process")}
    called = {node.get("calledElement") for node in bpmn(root, "callActivity")} - own - {None, ""}
    try:
        parser.add_diagram(root, file)
        for name in sorted(called):
            parser.add_diagram(_stand_in(name), "")
        parser.find_all_specs()
    except Exception as error:  # noqa: BLE001 - the guard of one checked file: a foreign file may break the parser anywhere
        return refusal(error, file)
    return None


def refusal(error: Exception, file: str) -> Finding:
    """Return what an error of the compiler says of a diagram, in words for people."""
    if isinstance(error, ValidationException):
        return Finding(str(error.file_name or file), str(error.id) or None, "forbidden-element", _CAUSE)
    return Finding(file, None, "unreadable", UNREADABLE)


def _stand_in(name: str) -> Any:
    return etree.fromstring(
        f'<definitions xmlns="{BPMN_MODEL_NS}"><process id={quoteattr(name)} isExecutable="true">'
        '<startEvent id="debut"/></process></definitions>'
    )
