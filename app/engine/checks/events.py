"""Events: each says what it waits for or sends, by one definition that its place allows."""

from typing import Any, Final

from app.engine.checks.sheet import Sheet
from app.engine.diagram import bpmn, local

_ENDING: Final = "EventDefinition"
_WORDS: Final = {
    "message": "message",
    "signal": "signal",
    "timer": "minuteur",
    "conditional": "condition",
    "error": "erreur",
    "escalation": "escalade",
    "terminate": "arrêt",
}
ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "startEvent": ("message", "signal", "timer", "conditional"),
    "intermediateCatchEvent": ("message", "signal", "timer", "conditional"),
    "intermediateThrowEvent": ("message", "signal", "escalation"),
    "boundaryEvent": ("message", "signal", "timer", "conditional", "error", "escalation"),
    "endEvent": ("message", "error", "escalation", "terminate"),
}
_MUST_SAY: Final = frozenset({"intermediateCatchEvent", "boundaryEvent"})
_REFUSED_BEFORE: Final = frozenset({"cancel", "compensate", "link"})


def check_events(sheet: Sheet) -> None:
    """Judge the definitions of every event, and what they name."""
    for node in sheet.nodes(*ALLOWED):
        _check_definitions(sheet, node)
    for node in sheet.nodes("timerEventDefinition"):
        if next(bpmn(node, "timeDate", "timeDuration", "timeCycle"), None) is None:
            sheet.say(
                node,
                "missing-time",
                'Ce minuteur n\'a ni date ni durée. Écrivez par exemple "P15D" dans sa durée.',
            )
    for node in sheet.nodes("conditionalEventDefinition"):
        if next(bpmn(node, "condition"), None) is None:
            sheet.say(node, "bad-expression", "Cet événement n'a pas de condition. Écrivez-la.")
    _check_references(sheet)


def _check_definitions(sheet: Sheet, node: Any) -> None:
    kind = local(node)
    found = [local(kid).removesuffix(_ENDING) for kid in node if local(kid).endswith(_ENDING)]
    kinds = [name for name in found if name not in _REFUSED_BEFORE]
    if not found and kind in _MUST_SAY:
        sheet.say(
            node,
            "unnamed-event",
            "Cet événement ne dit pas ce qu'il attend. Choisissez un message, un signal, un minuteur ou une "
            "condition.",
        )
    elif len(found) > 1:
        sheet.say(
            node,
            "forbidden-element",
            "Cet événement attend plusieurs choses à la fois. Gardez-en une ; pour en attendre plusieurs, "
            "placez une passerelle d'événements.",
        )
    elif kinds and kinds[0] not in ALLOWED[kind]:
        words = ", ".join(_WORDS[name] for name in ALLOWED[kind])
        sheet.say(
            node,
            "forbidden-element",
            f"Un événement placé ici ne peut pas être de type « {_WORDS.get(kinds[0], kinds[0])} ». "
            f"Types acceptés : {words}.",
        )


def _check_references(sheet: Sheet) -> None:
    """Every event names a message, a signal, an error or an escalation of its file."""
    for kind in ("message", "signal", "error", "escalation"):
        known = {node.get("id") for node in bpmn(sheet.root, kind) if node.get("name") and node.get("id")}
        users = list(sheet.nodes(f"{kind}{_ENDING}"))
        if kind == "message":
            inside = {user.getparent() for user in users}
            users += [node for node in sheet.nodes("sendTask", "receiveTask") if node not in inside]
        for node in users:
            reference = node.get(f"{kind}Ref")
            if reference in known or (kind == "error" and not reference):
                continue
            sheet.say(
                node,
                "unnamed-event",
                f"Cet élément ne nomme aucun {_WORDS[kind]} du diagramme. Choisissez-le, avec un nom, dans "
                "ses propriétés."
                if kind in ("message", "signal")
                else f"Cet élément nomme une {_WORDS[kind]} que le diagramme ne déclare pas, ou sans nom. "
                "Choisissez-la dans ses propriétés.",
            )
