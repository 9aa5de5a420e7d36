"""What diagrams and decision tables name of a form."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.catalog import frequency
from app.catalog.form_keys import names_of
from app.engine.diagram import DEADLINES, PEOPLE, bpmn, extension, local, ours, owner_id
from app.expressions.safe_xml import UnsafeXml, parse_xml
from app.services.form_uses.places import Kind, Use, keys_in

OUTCOMES: Final = "resultats"
HELD: Final = "seance"
"""The property that names the table of a step held as a meeting."""
OF_ANSWERS: Final = (frequency.DAY, frequency.IF, frequency.WITHIN_IF)
"""Properties of a frequency that name fields of the form it counts, without the form."""
_WORDS: Final[Mapping[str, tuple[Kind, str]]] = {
    "conditionExpression": ("condition", "La flèche « {label} » se choisit d'après cette réponse."),
    "condition": ("condition", "L'événement « {label} » attend cette réponse."),
    "timeDate": ("delai", "Le minuteur « {label} » se calcule avec cette réponse."),
    "timeDuration": ("delai", "Le minuteur « {label} » se calcule avec cette réponse."),
    "parameter": ("operation", "L'opération « {label} » reçoit cette réponse."),
    "messagePayload": ("operation", "« {label} » transmet cette réponse."),
    "payloadExpression": ("operation", "« {label} » transmet cette réponse."),
    "loopDataInputRef": ("condition", "« {label} » se répète pour chaque ligne de cette réponse."),
    "loopCardinality": ("condition", "« {label} » se répète autant de fois que le dit cette réponse."),
    "completionCondition": ("condition", "« {label} » s'arrête d'après cette réponse."),
    "loopCondition": ("condition", "« {label} » se répète d'après cette réponse."),
}
_SILENT: Final = frozenset({"documentation", "instructionsForEndUser", "textAnnotation", "text"})


def in_diagram(file: str, data: bytes, form: str) -> Iterator[Use]:
    """Yield what a diagram names of a form; nothing of one that cannot be read."""
    try:
        root = parse_xml(data)
    except UnsafeXml:
        return
    labels = _labels(root)
    for process in bpmn(root, "process"):
        for node in process.iter():
            if not isinstance(node.tag, str) or local(node) in _SILENT:
                continue
            if local(node) in PEOPLE:
                yield from _of_step(file, node, form)
            yield from _of_text(file, node, form, labels)
            if local(node) == "properties":
                yield from _of_frequency(file, node, form, labels)


def _of_step(file: str, node: Any, form: str) -> Iterator[Use]:
    """Yield a step that people answer with the form, and the answers that it keeps by their bare name."""
    own = properties(node)
    if own.get("formulaire", "").strip() != form:
        return
    element, label = node.get("id") or "", _label(node)
    yield Use(file, element, "etape", label, "", f"L'étape « {label} » se fait avec ce formulaire.")
    if own.get(HELD, "").strip():
        sentence = f"L'étape « {label} » se tient en séance, une ligne de ce tableau à la fois."
        yield Use(file, element, "etape", label, own[HELD].strip(), sentence)
    for name in (part.strip() for part in own.get(OUTCOMES, "").split(",")):
        if name and "." not in name:
            yield Use(
                file, element, "etape", label, name,
                f"L'étape « {label} » garde cette réponse pour la suite, sous le seul nom « {name} ». "
                "Changez-le dans le diagramme, et partout où la suite le lit.",
                by_hand=True,
            )  # fmt: skip


def _of_text(file: str, node: Any, form: str, labels: Mapping[str | None, str]) -> Iterator[Use]:
    tag = local(node)
    text = node.get("value") if tag in {"parameter", "property"} else node.text
    for key in keys_in(text, form):
        element = owner_id(node) or ""
        label = labels.get(element) or element
        kind, sentence = _said(tag, node.get("name") or "")
        yield Use(file, element, kind, label, key, sentence.format(label=label))


def _said(tag: str, name: str) -> tuple[Kind, str]:
    if tag != "property":
        return _WORDS.get(tag, ("operation", "« {label} » lit cette réponse."))
    if name == OUTCOMES:
        return "etape", "L'étape « {label} » garde cette réponse pour la suite du parcours."
    if name in DEADLINES:
        return "delai", "Le délai de « {label} » se calcule avec cette réponse."
    if name.startswith("frequence"):
        return "frequence", "La fréquence de « {label} » se compte avec cette réponse."
    return "operation", "« {label} » lit cette réponse."


def _of_frequency(file: str, node: Any, form: str, labels: Mapping[str | None, str]) -> Iterator[Use]:
    """Yield what a frequency counts of the form: its answers, and the fields that it names alone."""
    said = {item.get("name") or "": item.get("value") or "" for item in ours(node, "property")}
    if said.get(frequency.COUNTED, "").strip() != form:
        return
    element = owner_id(node) or ""
    label = labels.get(element) or element
    counts = f"La fréquence de « {label} » compte les réponses à ce formulaire"
    yield Use(file, element, "frequence", label, "", f"{counts}.")
    for key in dict.fromkeys(name for part in OF_ANSWERS for name in names_of(said.get(part, ""))):
        yield Use(file, element, "frequence", label, key, f"{counts} d'après cette réponse.")


def properties(node: Any) -> dict[str, str]:
    """Return the properties of an element by name."""
    held = extension(node, "properties")
    found = ours(held, "property") if held is not None else ()
    return {item.get("name") or "": item.get("value") or "" for item in found}


def _label(node: Any) -> str:
    """Return what people call an element."""
    return " ".join((node.get("name") or node.get("id") or "").split())


def _labels(root: Any) -> dict[str | None, str]:
    """Return what people call each element by id; a flow, by the question that it answers."""
    found = {node.get("id"): _label(node) for node in root.iter() if isinstance(node.tag, str)}
    for flow in bpmn(root, "sequenceFlow"):
        source = found.get(flow.get("sourceRef"), "")
        said = " ".join((flow.get("name") or "").split()) or found.get(flow.get("targetRef"), "")
        found[flow.get("id")] = f"{source} {said}".strip()
    return found


def in_table(file: str, data: bytes, form: str) -> Iterator[Use]:
    """Yield what a decision table reads of a form; nothing of one that cannot be read."""
    try:
        root = parse_xml(data)
    except UnsafeXml:
        return
    for decision in (node for node in root.iter() if isinstance(node.tag, str) and local(node) == "decision"):
        element, label = decision.get("id") or "", _label(decision)
        texts = (node.text or "" for node in decision.iter() if isinstance(node.tag, str))
        for key in dict.fromkeys(key for text in texts for key in keys_in(text, form)):
            sentence = f"La table « {label} » décide d'après cette réponse."
            yield Use(file, element, "decision", label, key, sentence)
