"""Taking a case that was brought in out again, wholly, until somebody works on it; the journal says so."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, or_, select

from app import clock, jobs, perimeter
from app.database import db, end_read, transaction
from app.errors import NotFound
from app.jobs import job
from app.models import Draft, JournalLine, TakeoverBatch, TakeoverRow, Task
from app.services import journal
from app.services.actors import Actor
from app.services.takeover import batches, vanishing
from app.services.takeover.errors import BatchBusy, WorkedOn

BROUGHT_IN = "reprise.dossier"
_READINGS = frozenset({"dossier.lu", "tache.lue", "fichier.lu", "partages.lus"})
"""What somebody does who only looks."""


def undo_case(row_id: UUID, *, by: Actor) -> None:
    """Take one case out.

    Raises:
        NotFound: no such line here, or its case is gone already.
        Forbidden: the person may not take situations over.
        WorkedOn: somebody has worked on it.
    """
    batches.allowed(by)
    end_read()
    with transaction() as session:
        row = session.scalar(select(TakeoverRow).where(TakeoverRow.id == row_id).with_for_update())
        if row is None or row.state != "placed" or row.case_id is None:
            raise NotFound
        if worked_on([row.case_id]):
            raise WorkedOn
        _take_out(row, by.name, by.user_id)


def undo_all(batch_id: UUID, *, by: Actor) -> None:
    """Take every case of a lot out on which nobody has worked; a job does it.

    Raises:
        NotFound, Forbidden: as ``batches.find``.
        BatchBusy: it is not brought in, or being taken out already.
    """
    batches.allowed(by)
    end_read()
    with transaction():
        batch = batches.held(batch_id, "done")
        batch.status = "undoing"
        journal.write("reprise.annulation", actor=by.name, user_id=by.user_id, subject=str(batch_id))
        lock = f"takeover:{batch_id}"
        jobs.enqueue("undo_takeover", lock=lock, batch_id=batch_id, user_id=by.user_id, author=by.name)


@job("undo_takeover")
def undo(batch_id: str, user_id: str, author: str) -> None:
    """Take out what can be; one transaction a case, taken up where it stopped."""
    batch = db.session.get(TakeoverBatch, UUID(batch_id))
    if batch is None or batch.status != "undoing":
        return
    placed = select(TakeoverRow.id, TakeoverRow.case_id).where(
        TakeoverRow.batch_id == batch.id, TakeoverRow.state == "placed", TakeoverRow.case_id.is_not(None)
    )
    lines = db.session.execute(placed.order_by(TakeoverRow.rank.desc(), TakeoverRow.id)).all()
    busy = worked_on([line.case_id for line in lines])
    end_read()
    for line in lines:
        if line.case_id in busy:
            continue
        with transaction() as session:
            row = session.scalar(select(TakeoverRow).where(TakeoverRow.id == line.id).with_for_update())
            if row is not None and row.state == "placed" and not worked_on([line.case_id]):
                _take_out(row, author, UUID(user_id))
    with transaction() as session:
        left = session.scalar(select(exists(placed.subquery().select())))
        held = batches.held(UUID(batch_id), "undoing")
        held.status = "done" if left else "undone"


def _take_out(row: TakeoverRow, name: str, user_id: UUID | None) -> None:
    case_id, reference = row.case_id, row.reference
    if case_id is None:
        raise BatchBusy
    row.state, row.undone_at, row.case_id, row.kept = "undone", clock.now(), None, None
    with perimeter.lifted("step"):  # whoever may take it out takes all of it out
        vanishing.vanish(case_id)
    journal.write(
        "reprise.dossier_annule",
        actor=name,
        user_id=user_id,
        case_id=case_id,
        subject=reference,
        details={"lot": str(row.batch_id), "ligne": row.line},
    )


def worked_on(case_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return the cases on which somebody has worked since they were brought in.

    A step answered or begun, taken or handed over, something put right, a word or a date given: whatever a
    person or a partner did and the journal tells, or a draft, or a task that somebody holds. What the clock
    does by itself is nobody's work.
    """
    found: set[UUID] = set()
    with perimeter.lifted("step"):
        for start in range(0, len(case_ids), 200):
            found |= _worked_on(case_ids[start : start + 200])
    return frozenset(found)


def _worked_on(case_ids: Sequence[UUID]) -> set[UUID]:
    since = (
        select(JournalLine.case_id, JournalLine.number)
        .where(JournalLine.case_id.in_(case_ids), JournalLine.action == BROUGHT_IN)
        .subquery()
    )
    told = (
        select(JournalLine.case_id)
        .join(since, since.c.case_id == JournalLine.case_id)
        .where(
            JournalLine.number > since.c.number,
            JournalLine.actor != journal.SYSTEM,
            JournalLine.action.not_in(_READINGS),
        )
    )
    held = select(Task.case_id).where(
        Task.case_id.in_(case_ids),
        or_(Task.claimed_by.is_not(None), exists().where(Draft.task_id == Task.id)),
    )
    return {case_id for case_id in (*db.session.scalars(told), *db.session.scalars(held)) if case_id}
