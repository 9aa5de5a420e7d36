"""Carrying the cases of a lot over, in the background: one transaction a case, taken up where it stopped.

A case and its row are written together: a worker that is killed in between has written neither, and the next
one begins with the first row that is not done. Somebody at work on a case meanwhile wins; the case is judged
again and tried again, then told.
"""

import logging
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select

from app import clock, jobs, perimeter
from app.database import db, end_read, transaction
from app.engine import Obstacle
from app.errors import Conflict, Invalid
from app.jobs import job
from app.models import MigratedProcess, Migration, ProcessInstance
from app.services import journal, releases
from app.services.actors import Actor
from app.services.migrating import storing, verdict
from app.services.migrating.record import (
    AT_ONCE,
    KEPT,
    MAX_REASON,
    Lot,
    MigrationBusy,
    MigrationStale,
    allowed,
    facts,
    go_on,
    held,
    lot_of,
)
from app.services.releases import LoadedRelease

TRIES: Final = 3
"""How often a case at work meanwhile is tried before it is left on its release."""
BUSY: Final = "busy"
_log = logging.getLogger(__name__)


def launch(migration_id: UUID, *, reason: str, seen: int, by: Actor) -> int:
    """Let every case of a lot that can be carried over be; return how many.

    Args:
        seen: the round that the person looked at.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
        Invalid: no reason, a much too long one, or nothing to carry over.
        MigrationBusy: it was launched, or given up already.
        MigrationStale: it was judged again since.
    """
    allowed(by)
    if not reason.strip():
        raise Invalid({"motif": ["Indiquez pourquoi vous faites passer ces parcours : le motif reste."]})
    if len(reason) > MAX_REASON:
        raise Invalid({"motif": [f"Écrivez un motif de {MAX_REASON} caractères au plus."]})
    end_read()
    with transaction() as session:
        row = held(migration_id, "judging", "judged")
        if row.status == "judging" or row.round != seen:
            raise MigrationStale
        count = session.scalar(_left(migration_id, func.count())) or 0
        if not count:
            raise Invalid({"motif": ["Aucun de ces parcours ne peut passer : reliez d'abord leurs étapes."]})
        row.status, row.reason, row.started_at = "running", reason.strip(), clock.now()
        refused = select(MigratedProcess).where(
            MigratedProcess.migration_id == migration_id, MigratedProcess.verdict == "refused"
        )
        for item in session.scalars(refused):
            item.state = "refused"
        journal.write(
            "migration.lancee", actor=by.name, user_id=by.user_id, subject=str(migration_id),
            details={"parcours": count, "recalcul": row.recompute},
        )  # fmt: skip
        go_on("carry_migration", migration_id)
    return count


def _left(migration_id: UUID, what: Any = MigratedProcess.id) -> Select[Any]:
    return select(what).where(
        MigratedProcess.migration_id == migration_id,
        MigratedProcess.state == "judged",
        MigratedProcess.verdict != "refused",
    )


def stop(migration_id: UUID, *, by: Actor) -> None:
    """Let no further case of a lot begin; those carried over stay so.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
        MigrationBusy: it is not running.
    """
    allowed(by)
    end_read()
    with transaction():
        row = held(migration_id, "running")
        row.wanted_stop = True
        journal.write("migration.arretee", actor=by.name, user_id=by.user_id, subject=str(migration_id))


def resume(migration_id: UUID, *, by: Actor) -> None:
    """Go on with a lot that was stopped, or whose work was lost.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
        MigrationBusy: there is nothing to go on with.
    """
    allowed(by)
    end_read()
    with transaction():
        row = held(migration_id, "judging", "running", "stopped", "undoing")
        if row.status in ("running", "stopped"):
            row.status, row.wanted_stop = "running", False
            journal.write("migration.reprise", actor=by.name, user_id=by.user_id, subject=str(migration_id))
        names = {"judging": "judge_migration", "undoing": "undo_migration"}
        go_on(names.get(row.status, "carry_migration"), migration_id)


@job("carry_migration")
def carry(migration_id: str) -> None:
    """Carry the next cases of a lot over, for a while; then hand over to the next job, or end the lot."""
    row = db.session.get(Migration, UUID(migration_id))
    if row is None or row.status != "running":
        return
    lot, target = lot_of(row), releases.of(row.target_id)
    until = clock.now() + AT_ONCE
    while not _stopped(lot.id) and (row_id := _next(lot.id)) is not None:
        _carry_one(row_id, lot, target)
        if clock.now() >= until:
            break
    end_read()
    with transaction():
        try:
            row = held(lot.id, "running")
        except MigrationBusy:
            return
        if row.wanted_stop:
            row.status, row.wanted_stop = "stopped", False
        elif _next(lot.id) is not None:
            go_on("carry_migration", lot.id)
        else:
            _end(row)


def _stopped(migration_id: UUID) -> bool:
    """Whether somebody wants it to stop; read afresh between two cases."""
    end_read()
    query = select(Migration.wanted_stop).where(Migration.id == migration_id)
    return bool(db.session.scalar(query))


def _next(migration_id: UUID) -> UUID | None:
    found: UUID | None = db.session.scalar(
        _left(migration_id).order_by(MigratedProcess.rank, MigratedProcess.id).limit(1)
    )
    return found


def _carry_one(row_id: UUID, lot: Lot, target: LoadedRelease) -> None:
    """Carry one case over, or say why not; one that breaks holds no other back."""
    try:
        for _ in range(TRIES):
            end_read()
            if _tried(row_id, lot, target):
                return
        found = Obstacle(BUSY, "", "", "")
    except Exception as fault:  # noqa: BLE001  # the guard of one case
        _log.warning("migrated process %s failed: %s", row_id, type(fault).__name__)
        found = Obstacle("fault", "", "", "", f"une erreur imprévue est survenue ({type(fault).__name__}).")
    _refuse(row_id, {"obstacles": facts([found])})


@perimeter.lifted("step")
def _tried(row_id: UUID, lot: Lot, target: LoadedRelease) -> bool:
    """Judge a case as it stands now and carry it over; False when it moved meanwhile."""
    row = db.session.get_one(MigratedProcess, row_id, populate_existing=True)
    process = db.session.get_one(ProcessInstance, row.process_id, populate_existing=True)
    version, found = process.version, verdict.of(process, lot, target)
    if found.kind == "refused":
        _refuse(row_id, found.told)
        return True
    try:
        storing.store(row_id, version, found, lot, target)
    except Conflict:
        return False
    return True


def _refuse(row_id: UUID, told: dict[str, object]) -> None:
    end_read()
    with transaction() as session:
        row = session.scalar(select(MigratedProcess).where(MigratedProcess.id == row_id).with_for_update())
        if row is not None and row.state == "judged":
            row.state, row.verdict, row.told, row.at = "refused", "refused", told, clock.now()


def _end(row: Migration) -> None:
    """End a lot in the transaction under way; what undoing needs is kept a month at most."""
    row.status, row.ended_at = "done", clock.now()
    counted = db.session.execute(
        select(MigratedProcess.state, func.count())
        .where(MigratedProcess.migration_id == row.id)
        .group_by(MigratedProcess.state)
    )
    counts = dict(counted.all())
    journal.write(
        "migration.terminee", actor=row.author, user_id=row.user_id, subject=str(row.id),
        details={"passes": counts.get("done", 0), "refuses": counts.get("refused", 0)},
    )  # fmt: skip
    jobs.enqueue("forget_migration", run_at=clock.now() + KEPT, migration_id=row.id)


@job("forget_migration")
def forget(migration_id: str) -> None:
    """Empty what a lot kept of the former state of its cases, a month after; repeated without harm."""
    with transaction() as session:
        rows = select(MigratedProcess).where(
            MigratedProcess.migration_id == UUID(migration_id), MigratedProcess.before.is_not(None)
        )
        for row in session.scalars(rows.with_for_update()):
            row.before, row.details = None, {}
