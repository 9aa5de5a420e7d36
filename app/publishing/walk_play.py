"""What the process of a walk does: play the recorded actions again, then the one that is tried."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from app.catalog.bundle import bundle_from_text
from app.catalog.submission import ACTION, Flat, row_action
from app.errors import Invalid
from app.simulator.byhand import Action, ByHandWorld, lived_by_hand
from app.simulator.byhand_view import Render, facts, view
from app.simulator.sheet import Unplayable
from app.simulator.words import Words

HOURS: Final = ("days", "next")
"""The actions that only let time go by."""


def played(asked: Mapping[str, Any], render: Render) -> dict[str, Any]:
    """Play a walk; return its view, what each action did, and what became of the one that was tried.

    Args:
        asked: ``files``, ``begins_on`` (ISO), ``seed``, ``actions`` recorded, ``tried`` or None.
        render: makes the fields of a form.

    Returns:
        ``view``; ``told``, one ``{"name", "at", "happened", "facts"}`` an action that could be played;
        ``stuck`` with the sentence of the recorded action that cannot be played any more, else None;
        ``recorded``: whether the tried action was played; ``again``: the form to show anew, with why.

    Raises:
        RelaisError: the files cannot run.
    """
    bundle = bundle_from_text(asked["files"])
    words = Words(bundle)
    begins = date.fromisoformat(asked["begins_on"])
    with lived_by_hand(bundle, begins_on=begins, seed=asked["seed"]) as world:
        told, stuck = replayed(world, words, asked["actions"])
        recorded, again = False, None
        tried = asked.get("tried")
        if tried is not None and stuck is None:
            recorded, again = _try(world, words, tried, told, render)
        return {
            "view": view(world, words, render),
            "told": told,
            "stuck": stuck,
            "recorded": recorded,
            "again": again,
        }


def replayed(
    world: ByHandWorld, words: Words, actions: Sequence[Action]
) -> tuple[list[dict[str, Any]], str | None]:
    """Play actions one after the other; return what each did, and why one could not be played, if so."""
    told: list[dict[str, Any]] = []
    for action in actions:
        try:
            told.append(_told(world, words, action, world.play(action)))
        except Unplayable as fault:
            return told, fault.sentence
        except Invalid as refusal:
            return told, _said(refusal)
    return told, None


def _try(
    world: ByHandWorld, words: Words, tried: Action, told: list[dict[str, Any]], render: Render
) -> tuple[bool, dict[str, Any] | None]:
    """Play the tried action; return whether it was, and the form to show again when it was not."""
    if tried["do"] not in HOURS:
        typed = Flat(tried["typed"])
        pressed = row_action(typed)
        if pressed is not None:
            sheet = world.sheet(tried)
            kept = Flat({name: texts for name, texts in typed.values.items() if name != ACTION})
            shown = render(sheet, sheet.form.with_rows(kept, pressed), {})
            return False, {"action": dict(tried), "html": shown, "problems": {}, "notice": ""}
        try:
            happened = world.play(tried)
        except Invalid as refusal:
            shown = render(world.sheet(tried), typed, refusal.problems)
            return False, {"action": dict(tried), "html": shown, "problems": refusal.problems, "notice": ""}
        except Unplayable as fault:
            return False, {"action": dict(tried), "html": "", "problems": {}, "notice": fault.sentence}
    else:
        try:
            happened = world.play(tried)
        except Unplayable as fault:
            return False, {"action": dict(tried), "html": "", "problems": {}, "notice": fault.sentence}
    told.append(_told(world, words, tried, happened))
    return True, None


def _told(world: ByHandWorld, words: Words, action: Action, happened: list[str]) -> dict[str, Any]:
    at: datetime = world.now
    return {"name": name_of(action), "at": at.isoformat(), "happened": happened, "facts": facts(world, words)}


def name_of(action: Action) -> str:
    """Return what an action is called: « Réaliser la visite », « 5 jours passent »."""
    if action["do"] == "days":
        days = int(action["days"])
        return f"{days} jours passent" if days > 1 else "Un jour passe"
    if action["do"] == "next":
        return "Jusqu'à la prochaine échéance"
    return str(action.get("name") or action.get("step") or action.get("act") or "Signalement")


def _said(refusal: Invalid) -> str:
    lines = [f"{name} : {' '.join(said)}" for name, said in sorted(refusal.problems.items())]
    return " ".join(["Les réponses ne conviennent plus au formulaire.", *lines])
