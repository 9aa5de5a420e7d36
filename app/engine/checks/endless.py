"""Automatic steps that go round for ever: no person, no wait and no way out."""

from typing import Final

from app.engine.checks.sheet import Route, Sheet

AUTOMATIC: Final = frozenset(
    {
        "task",
        "serviceTask",
        "businessRuleTask",
        "sendTask",
        "exclusiveGateway",
        "inclusiveGateway",
        "parallelGateway",
        "intermediateThrowEvent",
    }
)
"""What goes on by itself: a round of these alone would never stop."""


def check_endless(sheet: Sheet, route: Route) -> None:
    """Refuse a round of automatic steps that nothing leaves; each round is said once."""
    told: set[str] = set()
    for element in route.nodes:
        if element in told or route.kind(element) not in AUTOMATIC:
            continue
        reached = _reached(route, element)
        closed = element in reached and all(
            route.kind(item) in AUTOMATIC and route.next_ids(item) for item in reached
        )
        if closed:
            told |= reached
            sheet.say_of(
                element,
                "endless-loop",
                "Ces étapes automatiques tournent en rond sans fin. Placez dans la boucle une étape de "
                "personne, une attente ou une passerelle qui en sort.",
            )


def _reached(route: Route, element: str) -> set[str]:
    found: set[str] = set()
    stack = [element]
    while stack:
        for then in route.next_ids(stack.pop()):
            if then not in found and then in route.nodes:
                found.add(then)
                stack.append(then)
    return found
