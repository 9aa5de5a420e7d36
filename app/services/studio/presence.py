"""Who is at work on which file: each open page says so every few seconds, in a row that any process reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.database import db, transaction
from app.ids import new_id
from app.models import DraftPresence
from app.services.actors import Actor

FRESH: Final = timedelta(seconds=60)
"""Somebody not heard of for longer has left."""
_KEPT: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Presence:
    """Somebody at work on a file, since when."""

    who: str
    since: datetime
    file: str


def present(file: str, by: Actor) -> list[Presence]:
    """Mark ``by`` at work on a file; return the others seen there within a minute, by name."""
    if by.user_id is not None:
        try:
            with transaction():
                _mark(file, by)
        except IntegrityError:  # two pages of the same person, the same instant: the other one wrote it
            db.session.rollback()
    return [
        Presence(row.who, row.since, row.name)
        for row in _fresh()
        if row.name == file and row.user_id != by.user_id
    ]


def at_work(but: Actor | None = None) -> list[Presence]:
    """Return who is at work in the studio now, somebody aside."""
    mine = but.user_id if but is not None else None
    return [Presence(row.who, row.since, row.name) for row in _fresh() if row.user_id != mine]


def _fresh() -> list[DraftPresence]:
    wanted = select(DraftPresence).where(DraftPresence.seen_at > clock.now() - FRESH)
    return list(db.session.scalars(wanted.order_by(DraftPresence.who, DraftPresence.name)))


def _mark(file: str, by: Actor) -> None:
    now = clock.now()
    db.session.execute(delete(DraftPresence).where(DraftPresence.seen_at < now - _KEPT))
    row = db.session.scalar(
        select(DraftPresence).where(DraftPresence.user_id == by.user_id, DraftPresence.name == file)
    )
    if row is None and by.user_id is not None:
        row = DraftPresence(id=new_id(), user_id=by.user_id, who=by.name, name=file, since=now, seen_at=now)
        db.session.add(row)
        return
    if row is not None:
        row.since = row.since if now - row.seen_at < FRESH else now
        row.seen_at, row.who = now, by.name
