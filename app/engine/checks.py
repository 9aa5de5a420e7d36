"""What a diagram may not contain, told with the element's id before anything is compiled."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.util import BPMN_MODEL_NS, full_tag

from app.engine.diagram import FLOW_NODES, bpmn, local, ours, owner_id
from app.engine.faults import ProgrammeFault
from app.engine.values import FORBIDDEN_KEY
from app.expressions import ExpressionError, check, parse_duration

_NO_DATA_FLOW = (
    "les entrées et sorties de données ne sont pas acceptées ; utilisez la propriété « resultats »"
)
REFUSED_TAGS = {
    "scriptTask": "les scripts ne sont pas acceptés ; utilisez une étape automatique (serviceTask)",
    "timeCycle": "les cycles ne sont pas acceptés ; dessinez une boucle ou comptez depuis une ancre",
    "adHocSubProcess": "les sous-processus ad hoc ne sont pas acceptés",
    "transaction": "les transactions ne sont pas acceptées ; utilisez un sous-processus",
    "complexGateway": "les passerelles complexes ne sont pas acceptées",
    "dataInputAssociation": _NO_DATA_FLOW,
    "dataOutputAssociation": _NO_DATA_FLOW,
    "ioSpecification": _NO_DATA_FLOW,
    "correlationProperty": "les corrélations ne sont pas acceptées : le message est remis au dossier voulu",
    "correlationKey": "les corrélations ne sont pas acceptées : le message est remis au dossier voulu",
    "cancelEventDefinition": "les événements d'annulation ne sont pas acceptés",
    "compensateEventDefinition": "les événements de compensation ne sont pas acceptés",
    "linkEventDefinition": "les événements de lien ne sont pas acceptés",
}
REFUSED_EXTENSIONS = {
    "preScript": "les scripts ne sont pas acceptés",
    "postScript": "les scripts ne sont pas acceptés",
    "processVariableCorrelation": "les corrélations ne sont pas acceptées",
}
EXPRESSION_TAGS = (
    "conditionExpression",
    "timeDate",
    "timeDuration",
    "loopCardinality",
    "loopDataInputRef",
    "completionCondition",
    "loopCondition",
    "condition",
)
EXPRESSION_EXTENSIONS = ("messagePayload", "payloadExpression")
DEADLINES = ("delai", "rappel", "escalade")
MAX_ELEMENTS = 500
"""Elements in one file: the compiler follows them one inside the other."""

ENGINE_NAMES = frozenset({"Start", "End", "Root"})
CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})

_PATH = re.compile(r"[A-Za-zÀ-ÿ_]\w*(\.[A-Za-zÀ-ÿ_]\w*)?")
"""A name of process data: ``visite`` or ``visite.issue``."""

_BARE_DURATION = re.compile(r"R?\d*/?P[\dYMWDTHS.]+")
_QUOTED = re.compile(r"""(["'])([^"']*)\1""")

_Refuse = Callable[[Any, str], ProgrammeFault]


def check_diagram(file: str, root: Any) -> None:
    """Refuse a diagram that cannot run safely.

    Raises:
        ProgrammeFault: the first thing that is wrong.
    """

    def refuse(node: Any, cause: str) -> ProgrammeFault:
        return ProgrammeFault(file=file, element=owner_id(node), cause=f"{cause}.")

    if root.tag != full_tag("definitions"):
        raise refuse(None, "ce fichier n'est pas un diagramme BPMN")
    if not any(node.get("isExecutable", "true") == "true" for node in bpmn(root, "process")):
        raise refuse(None, "aucun processus exécutable ; cochez « exécutable » dans ses propriétés")
    _check_elements(root, refuse)
    if sum(1 for _ in bpmn(root, *FLOW_NODES)) > MAX_ELEMENTS:
        raise refuse(root, f"ce diagramme compte plus de {MAX_ELEMENTS} éléments ; découpez-le")
    _check_structure(root, refuse)
    _check_flows(root, refuse)
    _check_references(root, refuse)
    _check_properties(root, refuse)
    _check_expressions(root, refuse)


def _check_elements(root: Any, refuse: _Refuse) -> None:
    for tag, cause in REFUSED_TAGS.items():
        for node in bpmn(root, tag):
            raise refuse(node, cause)
    for tag, cause in REFUSED_EXTENSIONS.items():
        for node in ours(root, tag):
            raise refuse(node, cause)
    for node in root.iter():
        if not isinstance(node.tag, str) or etree.QName(node).namespace != BPMN_MODEL_NS:
            continue
        if node.get("id") in ENGINE_NAMES:
            raise refuse(node, f"l'identifiant « {node.get('id')} » est réservé ; choisissez-en un autre")
        if node.get("triggeredByEvent") == "true":
            raise refuse(
                node,
                "les sous-processus événementiels ne sont pas acceptés ; utilisez un événement de bordure",
            )


def _check_structure(root: Any, refuse: _Refuse) -> None:
    for process in bpmn(root, "process", "subProcess"):
        if process.get("isExecutable", "true") == "true":
            _check_start(process, refuse)
    for flow in bpmn(root, "sequenceFlow"):
        if flow.find(full_tag("conditionExpression")) is None:
            continue
        source = flow.getparent().find(f"*[@id='{_quoted(flow.get('sourceRef'))}']")
        if source is not None and local(source) not in CONDITIONAL:
            raise refuse(flow, "une condition ne se place qu'après une passerelle exclusive ou inclusive")
    for node in bpmn(root, "serviceTask"):
        if next(ours(node, "serviceTaskOperator"), None) is None:
            raise refuse(node, "cette étape automatique n'a pas d'opération")
    for node in bpmn(root, "businessRuleTask"):
        decision = next(ours(node, "calledDecisionId"), None)
        if decision is None or not _PATH.fullmatch((decision.text or "").strip()):
            raise refuse(node, "cette règle de décision ne nomme pas sa table")


def _check_flows(root: Any, refuse: _Refuse) -> None:
    """Every flow leads somewhere, every choice has its condition, every task one way out."""
    for holder in bpmn(root, "process", "subProcess"):
        nodes = {node.get("id"): node for node in holder}
        outgoing: dict[str, list[Any]] = {}
        for flow in holder.findall(full_tag("sequenceFlow")):
            if flow.get("sourceRef") not in nodes or flow.get("targetRef") not in nodes:
                raise refuse(flow, "cette flèche ne relie pas deux éléments du même processus")
            outgoing.setdefault(flow.get("sourceRef"), []).append(flow)
        for source, flows in outgoing.items():
            _check_ways_out(nodes[source], flows, nodes, refuse)
        for event in holder.findall(full_tag("boundaryEvent")):
            if event.get("attachedToRef") not in nodes:
                raise refuse(event, "cet événement de bordure n'est attaché à aucune étape")


def _check_ways_out(node: Any, flows: list[Any], nodes: Mapping[str, Any], refuse: _Refuse) -> None:
    if local(node) in CONDITIONAL and len(flows) > 1:
        for flow in flows:
            if flow.find(full_tag("conditionExpression")) is None and flow.get("id") != node.get("default"):
                raise refuse(
                    flow, "cette sortie de la passerelle n'a ni condition ni rang de sortie par défaut"
                )
    elif local(node) == "eventBasedGateway":
        for flow in flows:
            if local(nodes[flow.get("targetRef")]) not in {"intermediateCatchEvent", "receiveTask"}:
                raise refuse(flow, "après cette passerelle ne viennent que des événements attendus")
    elif "Gateway" not in local(node) and local(node) != "startEvent" and len(flows) > 1:
        raise refuse(node, "plusieurs flèches sortent d'ici ; placez une passerelle")


def _check_references(root: Any, refuse: _Refuse) -> None:
    """Every event names a message, a signal, an error or an escalation of its file."""
    for kind in ("message", "signal", "error", "escalation"):
        known = {node.get("id") for node in bpmn(root, kind) if node.get("name")}
        users = list(bpmn(root, f"{kind}EventDefinition"))
        if kind == "message":
            users += [node for node in bpmn(root, "sendTask", "receiveTask") if node.get("messageRef")]
        for node in users:
            if node.get(f"{kind}Ref") not in known and not (kind == "error" and not node.get("errorRef")):
                raise refuse(node, "cet événement ne nomme aucun message ou signal du diagramme")


def _check_start(process: Any, refuse: _Refuse) -> None:
    starts = process.findall(full_tag("startEvent"))
    if len(starts) != 1:
        raise refuse(process, "un processus a exactement un événement de début")
    if local(process) == "subProcess" and any("EventDefinition" in local(kid) for kid in starts[0]):
        raise refuse(starts[0], "le début d'un sous-processus n'attend pas d'événement")


def _quoted(identifier: str | None) -> str:
    return (identifier or "").replace("'", "")


def _check_properties(root: Any, refuse: _Refuse) -> None:
    for node in ours(root, "property"):
        if node.get("name") is None or node.get("value") is None:
            raise refuse(node, "une propriété a un nom et une valeur")
        if node.get("name") == "resultats":
            for path in (node.get("value") or "").split(","):
                if path.strip():
                    _check_path(path.strip(), node, refuse)
    names = [(node, node.get("resultVariable")) for node in ours(root, "serviceTaskOperator")]
    names += [(node, node.get("id")) for node in bpmn(root, "inputDataItem", "outputDataItem")]
    names += [(node, node.text) for node in ours(root, "messageVariable", "variableName")]
    names += [(node, node.text) for node in bpmn(root, "loopDataOutputRef")]
    for node, name in names:
        if name:
            _check_path(name.strip(), node, refuse)
            if "." in name:
                raise refuse(node, f"« {name} » ne peut pas contenir de point")


def _check_path(path: str, node: Any, refuse: _Refuse) -> None:
    if not _PATH.fullmatch(path):
        raise refuse(node, f"« {path} » n'est pas un nom de donnée (exemple : visite.issue)")
    if FORBIDDEN_KEY in path.split("."):
        raise refuse(node, f"une donnée ne peut pas s'appeler « {FORBIDDEN_KEY} »")


def _check_expressions(root: Any, refuse: _Refuse) -> None:
    found = [(node, node.text) for node in bpmn(root, *EXPRESSION_TAGS)]
    found += [(node, node.text) for node in ours(root, *EXPRESSION_EXTENSIONS)]
    found += [(node, node.get("value")) for node in ours(root, "parameter")]
    found += [
        (node, node.get("value"))
        for node in ours(root, "property")
        if node.get("name") in DEADLINES and (node.get("value") or "").strip()
    ]
    for node, text in found:
        try:
            check((text or "").strip())
            if local(node) in ("timeDate", "timeDuration", "property"):
                _check_delay((text or "").strip())
        except ExpressionError as error:
            raise refuse(node, str(error).rstrip(".")) from error
    for node in bpmn(root, "timerEventDefinition"):
        if next(bpmn(node, "timeDate", "timeDuration"), None) is None:
            raise refuse(node, "ce minuteur n'a ni date ni durée")
    for node in bpmn(root, "conditionalEventDefinition"):
        if next(bpmn(node, "condition"), None) is None:
            raise refuse(node, "cet événement n'a pas de condition")


def _check_delay(text: str) -> None:
    """Read what a delay's text alone tells: a duration stands between quotes and can be read."""
    if _BARE_DURATION.fullmatch(text):
        raise ExpressionError(f'Une durée s\'écrit entre guillemets : "{text}".')
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        parse_duration(quoted[2])


def check_calls(roots: Mapping[str, Any]) -> None:
    """Refuse calls of processes that no diagram holds, and ids used for two processes.

    Raises:
        ProgrammeFault: the first one.
    """
    known: dict[str, str] = {}
    for file, root in roots.items():
        for node in bpmn(root, "process", "subProcess"):
            if node.get("id") in known:
                raise ProgrammeFault(
                    file=file,
                    element=node.get("id"),
                    cause=f"cet identifiant est déjà pris dans « {known[node.get('id')]} ».",
                )
            known[node.get("id")] = file
    processes = {node.get("id") for root in roots.values() for node in bpmn(root, "process")}
    for file, root in roots.items():
        for node in bpmn(root, "callActivity"):
            if node.get("calledElement") not in processes:
                raise ProgrammeFault(
                    file=file,
                    element=node.get("id"),
                    cause=f"le processus appelé « {node.get('calledElement') or ''} » n'existe pas.",
                )
