"""Elements that have no place in a programme, and ids that cannot be used."""

from typing import Any, Final

from lxml import etree
from SpiffWorkflow.bpmn.parser.util import BPMN_MODEL_NS

from app.engine.checks.sheet import Sheet
from app.engine.diagram import FLOW_NODES, bpmn, is_true, local

MAX_ELEMENTS: Final = 500
"""Elements in one file: the compiler follows them one inside the other."""

_DATA_FLOW: Final = (
    "data-flow",
    (
        "Les entrées et sorties de données ne sont pas acceptées. Retirez-les ; pour garder une réponse, "
        "nommez-la dans la propriété « resultats » de l'étape."
    ),
)
_CORRELATION: Final = (
    "correlation",
    (
        "Les corrélations ne sont pas acceptées : Relais remet lui-même le message au dossier voulu. "
        "Retirez-les."
    ),
)
_SCRIPT: Final = (
    "script",
    (
        "Les scripts ne sont pas acceptés. Retirez celui-ci ; pour agir, dessinez une étape automatique "
        "(serviceTask) avec son opération."
    ),
)
_CHOREOGRAPHY: Final = (
    "forbidden-element",
    (
        "Les chorégraphies et les conversations ne peuvent pas être exécutées. Redessinez l'échange comme un "
        "processus, avec des messages."
    ),
)
REFUSED: Final[dict[str, tuple[str, str]]] = {
    "scriptTask": _SCRIPT,
    "timeCycle": (
        "time-cycle",
        (
            "Les cycles ne sont pas acceptés. Dessinez une boucle avec une durée, ou comptez depuis une date "
            "avec mois_apres(debut, 3)."
        ),
    ),
    "adHocSubProcess": (
        "forbidden-element",
        (
            "Les sous-processus ad hoc ne sont pas acceptés. Utilisez un sous-processus dont les étapes sont "
            "reliées par des flèches."
        ),
    ),
    "transaction": (
        "forbidden-element",
        "Les transactions ne sont pas acceptées. Utilisez un sous-processus ordinaire.",
    ),
    "complexGateway": (
        "forbidden-element",
        "Les passerelles complexes ne sont pas acceptées. Utilisez une passerelle inclusive ou parallèle.",
    ),
    "cancelEventDefinition": (
        "forbidden-element",
        (
            "Les événements d'annulation ne sont pas acceptés. Utilisez une fin de type erreur, attrapée en "
            "bordure du sous-processus."
        ),
    ),
    "compensateEventDefinition": (
        "forbidden-element",
        (
            "Les événements de compensation ne sont pas acceptés. Dessinez les étapes qui défont ce qui est "
            "fait."
        ),
    ),
    "linkEventDefinition": (
        "forbidden-element",
        "Les événements de lien ne sont pas acceptés. Reliez les deux étapes par une flèche.",
    ),
    "dataInputAssociation": _DATA_FLOW,
    "dataOutputAssociation": _DATA_FLOW,
    "ioSpecification": _DATA_FLOW,
    "correlationProperty": _CORRELATION,
    "correlationKey": _CORRELATION,
    "choreography": _CHOREOGRAPHY,
    "globalConversation": _CHOREOGRAPHY,
}
REFUSED_EXTENSIONS: Final = {
    "preScript": _SCRIPT,
    "postScript": _SCRIPT,
    "processVariableCorrelation": _CORRELATION,
}
_STEP_ENDINGS: Final = ("Task", "Gateway", "Event", "SubProcess", "Choreography", "Activity")
_IN_PLACE: Final = frozenset({"process", "subProcess", "adHocSubProcess", "transaction"})

ENGINE_NAMES: Final = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
ENGINE_ENDINGS: Final = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", " [child]")


def check_elements(sheet: Sheet) -> None:
    """Refuse what no programme may contain."""
    for tag, (code, cause) in REFUSED.items():
        for node in sheet.nodes(tag):
            sheet.say(node, code, cause)
    for tag, (code, cause) in REFUSED_EXTENSIONS.items():
        for node in sheet.extensions(tag):
            sheet.say(node, code, cause)
    for node in sheet.nodes("subProcess"):
        if is_true(node.get("triggeredByEvent", "")):
            sheet.say(
                node,
                "event-subprocess",
                "Les sous-processus événementiels ne sont pas acceptés. Mettez les étapes dans un "
                "sous-processus ordinaire et attachez l'événement à sa bordure.",
            )
    for node in sheet.elements():
        if _unknown_step(node):
            sheet.say(
                node,
                "forbidden-element",
                f"Les éléments « {local(node)} » ne sont pas acceptés. Remplacez-le par une étape, une "
                "passerelle ou un événement courant.",
            )


def _unknown_step(node: Any) -> bool:
    name = local(node)
    parent = node.getparent()
    return (
        etree.QName(node).namespace == BPMN_MODEL_NS
        and parent is not None
        and local(parent) in _IN_PLACE
        and name not in FLOW_NODES
        and name not in REFUSED
        and name.endswith(_STEP_ENDINGS)
    )


def check_size(sheet: Sheet) -> None:
    """Refuse a file with more elements than the compiler can follow."""
    if sum(1 for _ in bpmn(sheet.root, *FLOW_NODES)) > MAX_ELEMENTS:
        sheet.say(
            sheet.root,
            "too-many-steps",
            f"Ce diagramme compte plus de {MAX_ELEMENTS} éléments. Découpez-le en plusieurs processus qui "
            "s'appellent.",
        )


def check_executable(sheet: Sheet) -> None:
    """Refuse a file in which nothing can run."""
    if sheet.executable or any(found.code == "forbidden-element" for found in sheet.findings):
        return
    process = next(bpmn(sheet.root, "process"), None)
    if process is None:
        cause = "Ce diagramme ne contient aucun processus. Dessinez-en un, ou retirez le fichier."
    else:
        cause = "Ce processus n'est pas exécutable. Cochez « exécutable » dans ses propriétés."
    sheet.say_of(None if process is None else process.get("id"), "not-executable", cause)


def check_ids(sheet: Sheet) -> None:
    """Every element has an id of its own, that the engine does not use itself."""
    seen: set[str] = set()
    for node in sheet.nodes("process", "sequenceFlow", *FLOW_NODES):
        identifier = node.get("id")
        if not identifier:
            sheet.say(
                node,
                "missing-id",
                f"Un élément « {node.get('name') or local(node)} » n'a pas d'identifiant. Donnez-lui en un "
                "dans ses propriétés.",
            )
        elif identifier in seen:
            sheet.say(
                node,
                "duplicate-id",
                f"L'identifiant « {identifier} » sert à deux éléments de ce diagramme. Changez l'un des "
                "deux.",
            )
        else:
            seen.add(identifier)
    for node in sheet.nodes("message", "signal", "error", "escalation"):
        if not node.get("id"):
            sheet.say(node, "missing-id", "Un message ou un signal n'a pas d'identifiant. Donnez-lui en un.")
    for node in sheet.nodes("process", *FLOW_NODES):
        identifier = node.get("id") or ""
        if identifier in ENGINE_NAMES or identifier.endswith(ENGINE_ENDINGS):
            sheet.say(
                node,
                "reserved-id",
                f"L'identifiant « {identifier} » est réservé au moteur. Choisissez-en un autre.",
            )
