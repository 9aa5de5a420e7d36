"""What the process of scenarios does: lives each again on a programme and says where it parts from it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.catalog.bundle import Bundle, bundle_from_text
from app.errors import RelaisError
from app.publishing import expectations
from app.publishing.walk_play import name_of, replayed
from app.simulator.byhand import lived_by_hand
from app.simulator.words import Words


def judge(asked: Mapping[str, Any], tell: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """Return ``{"sentences": […]}``, one a scenario, None for those that hold.

    Args:
        asked: ``files``, and ``scenarios`` (``begins_on``, ``seed``, ``actions``, ``expected``).

    Raises:
        RelaisError: the programme cannot run at all.
    """
    del tell
    bundle = bundle_from_text(asked["files"])
    words = Words(bundle)
    return {"sentences": [_judged(bundle, words, scenario) for scenario in asked["scenarios"]]}


def _judged(bundle: Bundle, words: Words, scenario: Mapping[str, Any]) -> str | None:
    actions = scenario["actions"]
    begins = date.fromisoformat(scenario["begins_on"])
    try:
        with lived_by_hand(bundle, begins_on=begins, seed=scenario["seed"]) as world:
            told, stuck = replayed(world, words, actions)
    except RelaisError as fault:
        return fault.sentence
    return expectations.broken(scenario["expected"], told, stuck, [name_of(one) for one in actions])
