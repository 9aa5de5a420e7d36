"""Cases lived by hand in the draft: begun, moved on by one action, taken back, forgotten; rows alone."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from app import clock
from app.database import db, end_read, transaction
from app.errors import Conflict, Invalid, NotFound, RelaisError, TooMany
from app.models import Walk
from app.publishing import nursery
from app.publishing.children import Message
from app.services import journal
from app.services.actors import Actor
from app.services.studio import judging
from app.simulator.byhand import MOST_ACTIONS, Action
from app.simulator.plan import EARLIEST, LATEST

WALK: Final = "app.web.walk_child:walk"
"""Done by the room of pages, which knows how a form is shown."""
SECONDS: Final = 60
MOST_SHOWN: Final = 20
MOST_SEED: Final = 999_999
_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Replays at work at once in this process: each takes a second, the next waits its turn."""


class WalkFault(RelaisError):
    """The walk cannot be played; the sentence says why."""

    sentence_template = "{why}"


class TooLong(Conflict):
    """The walk holds as many actions as it may."""

    sentence_template = (
        "Cet essai compte déjà {most} actions : gardez-le comme scénario, ou commencez-en un autre."
    )


@dataclass(frozen=True)
class Tried:
    """What became of an action: the row, and the form to show again when it was not taken."""

    walk: Walk
    again: Mapping[str, Any] | None


def begin(*, begins_on: date, seed: int, by: Actor, walk_id: UUID, actions: list[Any] | None = None) -> UUID:
    """Begin a walk on a day; sent twice, it is one.

    Args:
        actions: those of a scenario that is taken up again.

    Raises:
        Invalid: the day or the seed is out of bounds.
        WalkFault: the draft cannot run; the sentence says why.
        Conflict: the id is that of something else.
    """
    problems = {}
    if not EARLIEST <= begins_on <= LATEST.replace(year=LATEST.year - 20):
        problems["jour"] = [f"Un jour entre {EARLIEST.year} et {LATEST.year - 20}."]
    if not 0 <= seed <= MOST_SEED:
        problems["graine"] = [f"Un nombre entre 0 et {MOST_SEED}."]
    if problems:
        raise Invalid(problems)
    if db.session.get(Walk, walk_id) is not None:
        return walk_id
    row = Walk(
        id=walk_id, begins_on=begins_on.isoformat(), seed=seed, actions=list(actions or []),
        created_at=clock.now(), updated_at=clock.now(), created_by=by.name,
    )  # fmt: skip
    end_read()
    played = _play(row.begins_on, row.seed, row.actions, None)
    row.view = _kept(played)
    try:
        with transaction() as session:
            session.add(row)
            journal.write("essai.pas-a-pas", actor=by.name, user_id=by.user_id, subject=str(walk_id))
    except IntegrityError as taken:
        if db.session.get(Walk, walk_id) is None:
            raise Conflict from taken
    return walk_id


def find(walk_id: UUID) -> Walk:
    """Return a walk.

    Raises:
        NotFound: none of that id in this territory.
    """
    row = db.session.scalar(select(Walk).where(Walk.id == walk_id))
    if row is None:
        raise NotFound
    return row


def listing() -> list[Walk]:
    """Return the walks of the territory being served, the one touched last first, without their views."""
    rows = select(Walk).options(defer(Walk.view)).order_by(Walk.updated_at.desc(), Walk.id)
    return list(db.session.scalars(rows.limit(MOST_SHOWN)))


def act(walk_id: UUID, action: Action, *, version: int) -> Tried:
    """Try one action more; it is recorded when it could be played.

    Raises:
        NotFound: no such walk.
        Conflict: the page is stale: somebody went on meanwhile.
        TooLong: the walk is full.
        WalkFault: the draft cannot run.
    """
    row = _current(walk_id, version)
    if len(row.actions) >= MOST_ACTIONS:
        raise TooLong(most=MOST_ACTIONS)
    actions = list(row.actions)
    begins_on, seed = row.begins_on, row.seed
    end_read()
    played = _play(begins_on, seed, actions, action)
    if not played["recorded"]:
        if played["stuck"] is not None:
            _store(walk_id, version, actions, played)
        return Tried(find(walk_id), played["again"])
    _store(walk_id, version, [*actions, dict(action)], played)
    return Tried(find(walk_id), None)


def keep_first(walk_id: UUID, count: int, *, version: int) -> None:
    """Go back to where the walk stood after ``count`` actions.

    Raises:
        As ``act``.
    """
    row = _current(walk_id, version)
    actions = list(row.actions)[: max(0, count)]
    begins_on, seed = row.begins_on, row.seed
    end_read()
    _store(walk_id, version, actions, _play(begins_on, seed, actions, None))


def forget(walk_id: UUID) -> None:
    """Forget a walk; one that is gone already is no fault."""
    with transaction() as session:
        row = session.scalar(select(Walk).where(Walk.id == walk_id))
        if row is not None:
            session.delete(row)


def _current(walk_id: UUID, version: int) -> Walk:
    row = find(walk_id)
    if row.version != version:
        raise Conflict
    return row


def _store(walk_id: UUID, version: int, actions: list[Any], played: Message) -> None:
    with transaction() as session:
        row = session.scalar(select(Walk).where(Walk.id == walk_id).with_for_update())
        if row is None:
            raise NotFound
        if row.version != version:
            raise Conflict
        row.actions, row.view, row.updated_at = actions, _kept(played), clock.now()
        row.version += 1


def _kept(played: Message) -> dict[str, Any]:
    return {name: played[name] for name in ("view", "told", "stuck")}


def _play(begins_on: str, seed: int, actions: list[Any], tried: Action | None) -> Message:
    asked = {
        "files": judging.texts(),
        "begins_on": begins_on,
        "seed": seed,
        "actions": actions,
        "tried": dict(tried) if tried is not None else None,
    }
    end_read()
    return ask(WALK, asked, seconds=SECONDS, nice=0)


def ask(task: str, asked: Mapping[str, Any], *, seconds: int, nice: int) -> Message:
    """Have a short task done by a process of its own; return what it gives.

    Args:
        nice: how far it stands back: not at all when somebody waits for a page.

    Raises:
        TooMany: others are at work and do not end.
        WalkFault: it could not be done; the sentence says why.
    """
    if not _AT_ONCE.acquire(timeout=seconds):
        raise TooMany(minutes=1)
    try:
        said = nursery.born(task, asked, seconds=seconds, nice=nice).answer(seconds * 2)
    finally:
        _AT_ONCE.release()
    if "done" not in said:
        raise WalkFault(why=said["fault"])
    found: Message = said["done"]
    return found
