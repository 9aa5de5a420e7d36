"""A case lived by hand, as its page shows it; instants and days back from the row's plain values."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from app.models import Walk
from app.publishing.walk_play import name_of

_USUAL: Final = frozenset({"open", "due", "decision", "closed"})


def line(row: Walk) -> dict[str, Any]:
    """Return a line of the list."""
    return {
        "id": row.id,
        "begins_on": date.fromisoformat(row.begins_on),
        "last": name_of(row.actions[-1]) if row.actions else "Rien encore",
        "count": len(row.actions),
        "by": row.created_by,
        "at": row.updated_at,
    }


def view(row: Walk, asked: str, again: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the page shows; ``asked`` names the form opened (« step:place » or « geste:id »)."""
    kept = row.view["view"]
    told = row.view["told"]
    forms = list(_forms(kept))
    wanted = _key(again["action"]) if again is not None else asked
    opened = next((one for one in forms if one["key"] == wanted), None)
    if opened is None and not wanted.startswith("geste:"):
        opened = next((one for one in forms if one["kind"] != "act"), None)
    if opened is not None and again is not None and again["html"]:
        opened = {**opened, "html": again["html"]}
    return {
        **kept,
        "now": datetime.fromisoformat(kept["now"]),
        "forms": [{**one, "current": opened is not None and one["key"] == opened["key"]} for one in forms],
        "opened": opened,
        "tasks": [_dated(task) for task in kept["tasks"]],
        "timers": _instants(kept["timers"]),
        "duties": [{**one, "until": _day(one["until"])} for one in kept["duties"]],
        "decisions": _instants(kept["decisions"], newest=True),
        "messages": _instants(kept["messages"], newest=True),
        "documents": _instants(kept["documents"], newest=True),
        "stuck": row.view["stuck"],
        "history": [
            {**one, "rank": rank, "at": datetime.fromisoformat(one["at"])} for rank, one in enumerate(told, 1)
        ],
        "unplayed": [name_of(action) for action in row.actions[len(told) :]],
    }  # fmt: skip


def _instants(rows: list[dict[str, Any]], *, newest: bool = False) -> list[dict[str, Any]]:
    """Return rows with their instants, the newest first when it is wanted."""
    found = [{**one, "at": datetime.fromisoformat(one["at"])} for one in rows]
    return found[::-1] if newest else found


def _forms(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every form that may be filled now: the alert, the steps that wait, the acts."""
    found: list[dict[str, Any]] = []
    if kept["alert"] is not None:
        found.append(
            {"kind": "alert", "key": "signalement", **kept["alert"], "button": "Signaler", "due": None}
        )
    found += [
        {**_dated(task), "kind": "answer", "key": f"{task['step']}:{task['place']}"} for task in kept["tasks"]
    ]
    for act_id, act in kept["acts"].items():
        found.append(
            {"kind": "act", "key": f"geste:{act_id}", "act": act_id, "due": None, "button": "", **act}
        )
    return found


def _dated(task: Mapping[str, Any]) -> dict[str, Any]:
    return {**task, **{name: _day(task[name]) for name in ("due", "remind", "escalate")}}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _key(action: Mapping[str, Any]) -> str:
    if action["do"] == "answer":
        return f"{action['step']}:{action.get('place', 0)}"
    return f"geste:{action['act']}" if action["do"] == "act" else "signalement"


def key(expected: Mapping[str, Any]) -> str:
    """Return the value of the box of an expectation."""
    return f"{expected['after']}|{expected['kind']}|{expected['what']}"


def chosen(text: str) -> tuple[int, str, str] | None:
    """Return what a box names, None when it is no box of ours."""
    after, _, rest = text.partition("|")
    kind, bar, what = rest.partition("|")
    fits = bar and after.isascii() and after.isdigit() and len(after) < 5
    return (int(after), kind, what) if fits else None


def usual(expected: Mapping[str, Any], last: int) -> bool:
    """Whether a box is ticked before anybody has chosen: where the case stands in the end, and the tables."""
    return expected["after"] == last and expected["kind"] in _USUAL
