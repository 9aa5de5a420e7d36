"""What a scenario expects after some of its actions: proposed from what was seen, judged by what comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from app.simulator.words import NO_BREAK, counted, day

NOTHING: Final[Mapping[str, Any]] = {
    "open": {}, "done": {}, "decisions": {}, "sent": [], "closed": False,
}  # fmt: skip
"""What is so before anything is played."""
KINDS: Final = frozenset({"open", "due", "done", "decision", "sent", "closed"})
Facts = Mapping[str, Any]
Expected = Mapping[str, Any]


def proposals(after: int, facts: Facts, before: Facts | None) -> Iterator[dict[str, Any]]:
    """Yield what may be expected after an action, from what was seen there.

    Args:
        after: how many actions had been played.
        facts: as ``simulator.byhand_view.facts`` gives them.
        before: those of the action before: what was so already is not proposed again; None proposes all.
    """
    known = before or NOTHING
    for kind, what, value, name in (
        *_steps(facts["open"], known["open"]),
        *(
            ("done", key, step["times"], step["name"])
            for key, step in facts["done"].items()
            if step != known["done"].get(key)
        ),
        *(
            ("decision", key, {"said": table["said"], "exact": table["exact"]}, table["name"])
            for key, table in facts["decisions"].items()
            if table != known["decisions"].get(key)
        ),
        *(("sent", subject, None, subject) for subject in facts["sent"] if subject not in known["sent"]),
        *(
            [("closed", "", facts["closed"], "")]
            if before is None or facts["closed"] != known["closed"]
            else []
        ),
    ):
        yield {"after": after, "kind": kind, "what": what, "value": value, "name": name}


def _steps(now: Facts, known: Facts) -> Iterator[tuple[str, str, str | None, str]]:
    """Yield the steps that begin to wait, and the dates that are new."""
    for key, step in now.items():
        if key not in known:
            yield "open", key, None, step["name"]
        if step["due"] and step["due"] != known.get(key, {}).get("due"):
            yield "due", key, step["due"], step["name"]


def words(expected: Expected) -> str:
    """Return an expectation as a page says it: « Valider le diagnostic » attend."""
    name, value = quoted(expected["name"]), expected["value"]
    kind = expected["kind"]
    if kind == "due":
        return f"{name} est à faire pour le {day(date.fromisoformat(value))}"
    if kind == "done":
        return f"{name} est faite{f' {value} fois' if value > 1 else ''}"
    if kind == "decision":
        return f"La table {name} répond : {value['said']}"
    if kind == "sent":
        return f"Part ou se prépare : {name}"
    if kind == "closed":
        return "Le dossier est clos" if value else "Le dossier est encore ouvert"
    return f"{name} attend une réponse"


def quoted(name: str) -> str:
    """Return a name between French quotation marks."""
    return f"«{NO_BREAK}{name}{NO_BREAK}»"


def broken(
    expected: Sequence[Expected], told: Sequence[Mapping[str, Any]], stuck: str | None, names: Sequence[str]
) -> str | None:
    """Return what does not come as expected, the first by the order of actions; None when everything does.

    Args:
        told: what each action that could be played did (``facts`` inside).
        stuck: why the next one could not be played.
        names: what each recorded action is called.
    """
    for rank, played in enumerate(told, start=1):
        for one in expected:
            if one["after"] == rank:
                gap = _gap(one, played["facts"])
                if gap is not None:
                    return f"Après l'action {rank}, {quoted(names[rank - 1])} : {gap}"
    if stuck is not None:
        rank = len(told) + 1
        return f"À l'action {rank}, {quoted(names[rank - 1])} : {stuck}"
    return None


def _gap(one: Expected, facts: Facts) -> str | None:
    """Return what comes in place of what is expected, None when it comes."""
    return _GAPS[one["kind"]](one["what"], one["value"], quoted(one["name"]), facts)


def _not_open(what: str, value: None, name: str, facts: Facts) -> str | None:
    del value
    return None if what in facts["open"] else f"{name} devait attendre une réponse ; {_waits(facts)}."


def _not_due(what: str, value: str, name: str, facts: Facts) -> str | None:
    waiting = facts["open"].get(what)
    if waiting is not None and waiting["due"] == value:
        return None
    comes = _waits(facts)
    if waiting is not None:
        due = waiting["due"]
        comes = f"elle l'est pour le {day(date.fromisoformat(due))}" if due else "elle n'a plus d'échéance"
    return f"{name} devait être à faire pour le {day(date.fromisoformat(value))} ; {comes}."


def _not_done(what: str, value: int, name: str, facts: Facts) -> str | None:
    times = facts["done"].get(what, {}).get("times", 0)
    if times == value:
        return None
    return f"{name} devait être faite {counted(value, 'fois', 'fois')} ; elle l'est {times} fois."


def _not_decided(what: str, value: Mapping[str, str], name: str, facts: Facts) -> str | None:
    found = facts["decisions"].get(what)
    if found is None:
        return f"la table {name} devait répondre « {value['said']} » ; elle n'est pas consultée."
    if found["exact"] == value["exact"]:
        return None
    said = "said" if found["said"] != value["said"] else "exact"
    return f"la table {name} devait répondre « {value[said]} » ; elle répond « {found[said]} »."


def _not_sent(what: str, value: None, name: str, facts: Facts) -> str | None:
    del value
    return None if what in facts["sent"] else f"{name} devait partir ou se préparer ; rien de tel ne part."


def _not_closed(what: str, value: bool, name: str, facts: Facts) -> str | None:
    del what, name
    if facts["closed"] == value:
        return None
    return (
        "le dossier devait être clos ; il est encore ouvert."
        if value
        else "le dossier devait être encore ouvert ; il est clos."
    )


def _waits(facts: Facts) -> str:
    names = [quoted(step["name"]) for step in facts["open"].values()]
    if not names:
        return "plus aucune étape n'attend"
    return f"{'attend' if len(names) == 1 else 'attendent'} {', '.join(names)}"


_GAPS: Final[Mapping[str, Callable[[str, Any, str, Facts], str | None]]] = {
    "open": _not_open,
    "due": _not_due,
    "done": _not_done,
    "decision": _not_decided,
    "sent": _not_sent,
    "closed": _not_closed,
}
