"""What the files of a draft were: one state a sitting, only so many a file; each can be taken back."""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import defer

from app import clock
from app.database import db
from app.ids import new_id
from app.models import DraftChange
from app.services import journal
from app.services.actors import Actor
from app.services.studio import admitting

SITTING: Final = timedelta(minutes=10)
"""For that long, saves of one person that follow each other count as one: an editor saves as one types."""
MOST: Final = 50
"""Earlier states kept of a file."""
MOST_SIGNS: Final = 4_000_000
"""Characters that the earlier states of one file may take together."""


def latest(name: str | None = None) -> dict[str, DraftChange]:
    """Return the last change of each file (or of one), without its text."""
    wanted = (
        select(DraftChange).options(defer(DraftChange.before)).order_by(DraftChange.at, DraftChange.version)
    )
    if name is not None:
        wanted = wanted.where(DraftChange.name == name)
    return {row.name: row for row in db.session.scalars(wanted)}


def history(name: str) -> list[DraftChange]:
    """Return the changes of a file, the newest first: who, when, and its text before."""
    return list(
        db.session.scalars(
            select(DraftChange)
            .where(DraftChange.name == name)
            .order_by(DraftChange.at.desc(), DraftChange.version.desc())
        )
    )


def note(
    name: str, before: str | None, after: str | None, *, version: int, by: Actor, reason: str = ""
) -> None:
    """Remember, in the transaction under way, what a file was before somebody changed it."""
    now = clock.now()
    digest = admitting.digest_of(after) if after is not None else None
    last = db.session.scalar(
        select(DraftChange)
        .where(DraftChange.name == name)
        .order_by(DraftChange.at.desc(), DraftChange.version.desc())
        .limit(1)
    )
    if last is not None and after is not None and not reason and _goes_on(last, by):
        last.after, last.version, last.at = digest, version, now
        return
    db.session.add(
        DraftChange(
            id=new_id(),
            name=name,
            before=before,
            after=digest,
            version=version,
            by=by.name,
            user_id=by.user_id,
            began_at=now,
            at=now,
            reason=reason,
        )
    )
    journal.write(
        "brouillon.enregistre",
        actor=by.name,
        user_id=by.user_id,
        subject=name,
        details={"version": version},
    )
    _forget_the_oldest(name)


def _goes_on(last: DraftChange, by: Actor) -> bool:
    """Whether what ``by`` saves now belongs to the sitting of the last change."""
    return last.user_id == by.user_id and not last.reason and clock.now() - last.began_at < SITTING


def _forget_the_oldest(name: str) -> None:
    db.session.flush()
    sizes = db.session.execute(
        select(DraftChange.id, func.coalesce(func.length(DraftChange.before), 0))
        .where(DraftChange.name == name)
        .order_by(DraftChange.at.desc(), DraftChange.version.desc())
    ).all()
    signs, gone = 0, []
    for place, (change_id, size) in enumerate(sizes):
        signs += size
        if place >= MOST or (place and signs > MOST_SIGNS):
            gone.append(change_id)
    if gone:
        db.session.execute(delete(DraftChange).where(DraftChange.id.in_(gone)))
