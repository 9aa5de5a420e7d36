"""What is under a person's bell: how much is unread, the list, marking as read, and forgetting in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app import clock, tenancy
from app.database import db, transaction
from app.errors import NotFound
from app.models import Notice
from app.services.actors import Actor
from app.services.paging import SIZE, Page

MOST: Final = 99
"""Beyond, the bell says « 99+ »."""
KEPT: Final = timedelta(hours=90 * 24)
"""How long a notice is kept, read or not (proposed: a quarter, from one review to the next)."""


@dataclass(frozen=True)
class Line:
    """One notice as its reader sees it."""

    id: UUID
    kind: str
    title: str
    at: datetime
    unread: bool


def unread(actor: Actor) -> int:
    """Return how many notices the person has not read, counted no further than one past ``MOST``."""
    few = (
        select(Notice.id)
        .where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
        .limit(MOST + 1)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(few)) or 0


def page(actor: Actor, *, number: int = 1) -> Page[Line]:
    """Return one page of the person's notices: unread first, then the newest first."""
    own = select(Notice).where(Notice.user_id == actor.user_id)
    total = db.session.scalar(select(func.count()).select_from(own.subquery())) or 0
    rows = db.session.scalars(
        own.order_by(Notice.read_at.is_not(None), Notice.at.desc(), Notice.id)
        .offset((number - 1) * SIZE)
        .limit(SIZE)
    )
    lines = [Line(row.id, row.kind, row.title, row.at, row.read_at is None) for row in rows]
    return Page(lines, number, total)


def open_one(notice_id: UUID, actor: Actor) -> str:
    """Mark a notice as read; return the path of the page it leads to.

    Raises:
        NotFound: not one of this person's notices here.
    """
    with transaction() as session:
        row = session.scalar(select(Notice).where(Notice.id == notice_id, Notice.user_id == actor.user_id))
        if row is None:
            raise NotFound
        row.read_at = row.read_at or clock.now()
        return row.path


def read_all(actor: Actor, *, until: datetime | None = None) -> int:
    """Mark the person's notices as read, those told up to ``until`` (now); return how many."""
    with transaction():
        return _read(Notice.user_id == actor.user_id, Notice.at <= (until or clock.now()))


def read_task(task_ids: Sequence[UUID]) -> int:
    """Mark what was told of these steps as read by everybody, in the transaction under way: they are over."""
    return _read(Notice.task_id.in_(task_ids)) if task_ids else 0


def _read(*which: object) -> int:
    done = db.session.execute(
        update(Notice)
        .where(*which, Notice.read_at.is_(None))  # type: ignore[arg-type]
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a cursor result


def forget_old(limit: int = 5000) -> int:
    """Delete notices older than ``KEPT``, of every territory, at most ``limit``; return how many."""
    with tenancy.unscoped("maintenance"), transaction() as session:
        old = select(Notice.id).where(Notice.at < clock.now() - KEPT).order_by(Notice.at).limit(limit)
        gone = session.execute(
            delete(Notice).where(Notice.id.in_(old)).execution_options(synchronize_session=False)
        )
        return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a cursor result
