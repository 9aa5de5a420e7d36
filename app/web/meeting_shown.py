"""What the pages of a meeting show: states in words, changes with their day, who is next."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from flask import url_for

from app.catalog.kinds import kind_of
from app.catalog.kinds.base import is_entered
from app.services import meeting_close, meeting_items, review_facts
from app.services.meeting_items import Item
from app.services.meetings import View
from app.services.review_changes import Outcomes
from app.web.formats import agree

STATES: Final = {
    "a_venir": ("À venir", "waiting"),
    "en_preparation": ("En préparation", "waiting"),
    "en_cours": ("Ouverte", "active"),
    "tenue": ("Tenue", "done"),
    "annulee": ("Annulée", "stopped"),
    "suspendue": ("Suspendue", "paused"),
}
ITEM_STATES: Final = {
    "a_decider": ("à décider", "todo"),
    "commencee": ("à compléter", "soon"),
    "decidee": ("décidée", "done"),
    "reportee": ("reportée", "waiting"),
    "close": ("close entre-temps", "stopped"),
}
SAID: Final = frozenset({"retard", "nouveau"})
"""Kinds of change whose sentence says its own day."""
MARKS: Final = {"retard": "late", "manquement": "warning", "decision": "here", "action": "check",
                "partenaire": "user", "etape": "check"}  # fmt: skip


def agenda(view: View) -> dict[str, Any]:
    """Return what the page of a meeting shows."""
    items = meeting_items.items(view)
    label, state = STATES[view.state]
    outcomes = Outcomes.of(view.items, view.release)
    return {
        "label": label,
        "state": state,
        "when": review_facts.say_moment(view.planned) if view.planned else "",
        "lines": [_line(view, item) for item in items],
        "figures": figures(items),
        "first": _first(items),
        "moves": [_moved(move) for move in (view.meeting.moves if view.meeting else [])],
        "actions": [
            {"item": item, "who": action["qui"], "what": action["quoi"], "state": outcomes.words(action)}
            for item in view.items
            for action in item.actions
        ],
    }


def figures(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return how many situations stand where, those that there are."""
    counted = Counter(item.state for item in items)
    words = (
        ("decidee", "décidée", "décidées"), ("a_decider", "à décider", "à décider"),
        ("commencee", "à compléter", "à compléter"), ("reportee", "reportée", "reportées"),
        ("close", "close entre-temps", "closes entre-temps"),
    )  # fmt: skip
    return [
        {"number": counted[state], "label": one if counted[state] == 1 else many}
        for state, one, many in words
        if counted[state]
    ]


def _first(items: Sequence[Item]) -> int | None:
    """Return the rank of the first situation that waits, else that of the first."""
    waiting = [item.row.rank for item in items if not item.settled]
    return waiting[0] if waiting else (items[0].row.rank if items else None)


def _line(view: View, item: Item) -> dict[str, Any]:
    label, state = ITEM_STATES[item.state]
    reads = view.actor.rights.read
    return {
        "item": item,
        "rank": item.row.rank,
        "reference": item.case.reference,
        "commune": item.case.dwelling.commune,
        "priority": item.case.priority,
        "opened": item.case.opened_at,
        "standing": view.standing[item.row.case_id],
        "changes": _changes(item.changes),
        "state": state,
        "label": item.decision if item.state == "decidee" and item.decision else label,
        "comment": item.row.comment if "social" in reads else None,
        "file": _file(view, item),
    }


def _file(view: View, item: Item) -> str | None:
    if not view.actor.rights.may("dossiers.voir"):
        return None
    return url_for("cases.file", reference=item.case.reference)


def _changes(lines: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "day": None if line["genre"] in SAID else date.fromisoformat(line["le"]),
            "text": line["texte"],
            "icon": MARKS.get(line["genre"], "dot"),
            "late": line["genre"] in ("retard", "manquement"),
        }
        for line in lines
    ]


def _moved(move: dict[str, Any]) -> str:
    reason = f" Motif : {move['motif']}" if move.get("motif") else ""
    before = f"du {_day(move['de'])} " if move.get("de") else ""
    return f"Reportée {before}au {_day(move['vers'])} par {move['par']}.{reason}"


def _day(text: str) -> str:
    return review_facts.say_moment(datetime.fromisoformat(text))


def situation(view: View, item: Item, *, saved: bool) -> dict[str, Any]:
    """Return what the page of one situation shows beside its form; ``saved``: what somebody else wrote."""
    items = meeting_items.items(view)
    ranks = [one.row.rank for one in items]
    place = ranks.index(item.row.rank)
    return _line(view, item) | {
        "place": place + 1,
        "total": len(items),
        "done": sum(one.settled for one in items),
        "previous": ranks[place - 1] if place else None,
        "next": ranks[place + 1] if place + 1 < len(ranks) else None,
        "all": [_line(view, one) for one in items],
        "since_listed": _changes(item.since_listed),
        "saved": _written(view, item) if saved or not view.may_hold else [],
        "writes": view.may_hold and item.state != "close",
        "figures": figures(items),
    }


def _written(view: View, item: Item) -> list[dict[str, str]]:
    """Return what is kept of a situation, as this person may read it."""
    reads = view.actor.rights.read
    return [
        {"label": field.label, "value": kind_of(field).text(item.answers[field.key], field)}
        for field in meeting_items.worded(view)
        if field.classe in reads and is_entered(field) and item.answers.get(field.key) not in (None, "", [])
    ]


def end(view: View) -> dict[str, Any]:
    """Return what the page that closes a meeting shows."""
    items = meeting_items.items(view)
    return {
        "missing": [_line(view, item) for item in meeting_close.missing(view)],
        "figures": figures(items),
        "actions": sum(len(item.actions) for item in items if item.state == "decidee"),
        "present": sum(bool(person.get("present")) for person in view.attendance),
        "newcomers": len(view.newcomers),
    }


def closed(view: View) -> str:
    """Return the sentence that says what the close did."""
    decided = sum(item.decision is not None for item in view.items)
    actions = sum(len(item.actions) for item in view.items)
    parts = [agree(decided, "décision transmise", "décisions transmises")] if view.by_case else []
    parts += [agree(actions, "action confiée", "actions confiées")] if actions else []
    said = f" : {', '.join(parts)}" if parts else ""
    return f"La séance est close{said}. Le compte rendu se prépare."
