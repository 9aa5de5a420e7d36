"""Walks kept as tests of the programme: saved, replayed before each publication, judged in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.bundle import Bundle
from app.database import db, end_read, transaction
from app.errors import Conflict, Invalid, NotFound
from app.ids import new_id
from app.models import Scenario, Walk
from app.publishing import expectations, walks
from app.publishing.walk_play import name_of
from app.services import journal
from app.services.actors import Actor

MOST: Final = 100
"""Scenarios of one territory: each is lived again before each publication."""
MOST_NAME: Final = 120
JUDGE: Final = "app.publishing.scenario_play:judge"
_SECONDS_EACH: Final = 15
_NICE: Final = 5


class TooManyScenarios(Conflict):
    """The territory keeps as many as it may."""

    sentence_template = "Ce territoire garde déjà {most} scénarios. Retirez-en un avant d'en garder un autre."


@dataclass(frozen=True)
class ScenarioVerdict:
    """What became of a scenario: ``sentence`` says where it parts from what is expected, if it does."""

    name: str
    ok: bool
    sentence: str = ""
    id: UUID | None = None


def proposed(walk: Walk) -> list[dict[str, Any]]:
    """Return, action by action, what may be expected of a walk; the last holds everything true at the end.

    Each is ``{"after", "name", "at", "expected": [...]}``.
    """
    told = walk.view.get("told", [])
    found, before = [], None
    for rank, played in enumerate(told, start=1):
        seen = None if rank == len(told) else before or expectations.NOTHING
        wanted = list(expectations.proposals(rank, played["facts"], seen))
        found.append({"after": rank, "name": played["name"], "at": played["at"], "expected": wanted})
        before = played["facts"]
    return found


def save(walk_id: UUID, name: str, chosen: Sequence[tuple[int, str, str]], *, by: Actor) -> UUID:
    """Keep a walk as a scenario; one of the same name is replaced by it.

    Args:
        chosen: which of the proposals are expected: (after, kind, what).

    Raises:
        NotFound: no such walk.
        Invalid: no name, nothing played, or nothing expected.
        TooManyScenarios: the territory keeps as many as it may.
    """
    walk = walks.find(walk_id)
    wanted = set(chosen)
    expected = [
        one
        for point in proposed(walk)
        for one in point["expected"]
        if (one["after"], one["kind"], one["what"]) in wanted
    ]
    told = " ".join(name.split())[:MOST_NAME]
    problems: dict[str, list[str]] = {}
    if not told:
        problems["nom"] = ["Donnez un nom à ce scénario, comme « Ménage absent deux fois »."]
    elif not told.isprintable():
        problems["nom"] = ["Ce nom contient un caractère invisible. Tapez-le de nouveau, sans le coller."]
    if not expected or walk.view.get("stuck"):
        problems["attendu"] = ["Cochez au moins une chose qui doit être vraie quand on le rejouera."]
    if problems:
        raise Invalid(problems)
    values = {
        "begins_on": walk.begins_on, "seed": walk.seed, "actions": list(walk.actions), "expected": expected,
        "ok": True, "sentence": "", "judged": "", "judged_at": clock.now(),
    }  # fmt: skip
    return _write(told, values, by=by)


def _write(name: str, values: Mapping[str, Any], *, by: Actor) -> UUID:
    with transaction():
        return _put(name, values, by=by)


def keep_all(rows: Sequence[Mapping[str, Any]], *, by: Actor) -> None:
    """Keep scenarios brought from elsewhere, never judged yet, in place of those of the same name.

    Raises:
        TooManyScenarios: the territory would keep more than it may; none is kept.
    """
    fresh = {"ok": None, "sentence": "", "judged": "", "judged_at": None}
    with transaction():
        for row in rows:
            values = {key: value for key, value in row.items() if key != "name"}
            _put(row["name"], {**values, **fresh}, by=by)


def _put(name: str, values: Mapping[str, Any], *, by: Actor) -> UUID:
    """Write one scenario in the transaction that is open."""
    row = db.session.scalar(select(Scenario).where(Scenario.name == name))
    if row is None:
        if (db.session.scalar(select(func.count()).select_from(Scenario)) or 0) >= MOST:
            raise TooManyScenarios(most=MOST)
        row = Scenario(id=new_id(), name=name, created_at=clock.now(), created_by=by.name, **values)
        db.session.add(row)
    else:
        for key, value in values.items():
            setattr(row, key, value)
    journal.write("scenario.garde", actor=by.name, user_id=by.user_id, subject=str(row.id))
    return row.id


def listing() -> list[Scenario]:
    """Return the scenarios of the territory being served, by name."""
    return list(db.session.scalars(select(Scenario).order_by(func.lower(Scenario.name), Scenario.id)))


def find(scenario_id: UUID) -> Scenario:
    """Return a scenario.

    Raises:
        NotFound: none of that id in this territory.
    """
    row = db.session.scalar(select(Scenario).where(Scenario.id == scenario_id))
    if row is None:
        raise NotFound
    return row


def taken_up(scenario_id: UUID, *, by: Actor) -> UUID:
    """Begin a walk with the actions of a scenario; return it.

    Raises:
        NotFound: none of that id in this territory.
        WalkFault: the draft cannot run.
    """
    row = find(scenario_id)
    begins_on = date.fromisoformat(row.begins_on)
    return walks.begin(begins_on=begins_on, seed=row.seed, by=by, walk_id=new_id(), actions=list(row.actions))


def remove(scenario_id: UUID, *, by: Actor) -> None:
    """Take a scenario away for good.

    Raises:
        NotFound: none of that id in this territory.
    """
    with transaction() as session:
        row = session.scalar(select(Scenario).where(Scenario.id == scenario_id))
        if row is None:
            raise NotFound
        session.delete(row)
        journal.write("scenario.retire", actor=by.name, user_id=by.user_id, subject=str(scenario_id))


def replay(bundle: Bundle, *, only: UUID | None = None) -> list[ScenarioVerdict]:
    """Live every scenario of the territory again on a programme, in a process of its own; keep the verdicts.

    Args:
        only: one scenario alone.

    Raises:
        NotFound: ``only`` is none of this territory's.
    """
    rows = [find(only)] if only is not None else listing()
    asked = [
        {
            "name": row.name, "begins_on": row.begins_on, "seed": row.seed, "actions": row.actions,
            "expected": row.expected,
        }
        for row in rows
    ]  # fmt: skip
    known = [(row.id, row.name) for row in rows]
    end_read()
    if not known:
        return []
    sentences = _judged(bundle, asked)
    verdicts = [
        ScenarioVerdict(name, sentence is None, sentence or "", scenario_id)
        for (scenario_id, name), sentence in zip(known, sentences, strict=True)
    ]
    with transaction() as session:
        for verdict in verdicts:
            row = session.scalar(select(Scenario).where(Scenario.id == verdict.id))
            if row is not None:
                row.ok, row.sentence = verdict.ok, verdict.sentence
                row.judged, row.judged_at = bundle.fingerprint, clock.now()
    return verdicts


def _judged(bundle: Bundle, asked: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Return the sentence of each scenario, None for those that hold: one for all when nothing can run."""
    try:
        found = walks.ask(
            JUDGE,
            {"files": bundle.as_text(), "scenarios": list(asked)},
            seconds=_SECONDS_EACH * (len(asked) + 1),
            nice=_NICE,
        )
    except walks.WalkFault as fault:
        return [fault.sentence] * len(asked)
    sentences: list[str | None] = found["sentences"]
    return sentences


def steps_of(row: Scenario) -> list[dict[str, Any]]:
    """Return what a scenario does and expects, action by action, in words."""
    return [
        {
            "name": name_of(action),
            "expected": [expectations.words(one) for one in row.expected if one["after"] == rank],
        }
        for rank, action in enumerate(row.actions, start=1)
    ]
