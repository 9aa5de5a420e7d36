"""The dry run: each case of a lot is judged in the background, nothing of it is changed."""

import logging
from uuid import UUID

from sqlalchemy import select

from app import clock, perimeter
from app.database import db, end_read, transaction
from app.engine import Obstacle
from app.jobs import job
from app.models import MigratedProcess, Migration, ProcessInstance
from app.services import releases
from app.services.migrating import verdict
from app.services.migrating.record import AT_ONCE, SLICE, Lot, facts, go_on, held, lot_of
from app.services.migrating.verdict import Verdict
from app.services.releases import LoadedRelease

_log = logging.getLogger(__name__)


@job("judge_migration")
def judge(migration_id: str) -> None:
    """Judge the next cases of a lot, for a while; then hand over to the next job, or say they all are."""
    row = db.session.get(Migration, UUID(migration_id))
    if row is None or row.status != "judging":
        return
    lot, target, turn = lot_of(row), releases.of(row.target_id), row.round
    until = clock.now() + AT_ONCE
    while waiting := _waiting(lot.id):
        judged = {row_id: _guarded(process_id, lot, target) for row_id, process_id in waiting}
        end_read()
        if not _keep(lot.id, turn, judged) or clock.now() >= until:
            break
    end_read()
    with transaction():
        row = held(lot.id, "judging", "judged", "running", "stopped", "done", "undoing", "dropped")
        if row.status != "judging":
            return
        if _waiting(lot.id):
            go_on("judge_migration", lot.id)
        else:
            row.status = "judged"


def _waiting(migration_id: UUID) -> list[tuple[UUID, UUID]]:
    query = select(MigratedProcess.id, MigratedProcess.process_id).where(
        MigratedProcess.migration_id == migration_id, MigratedProcess.state == "waiting"
    )
    rows = db.session.execute(query.order_by(MigratedProcess.rank).limit(SLICE))
    return [(row.id, row.process_id) for row in rows]


@perimeter.lifted("step")
def _guarded(process_id: UUID, lot: Lot, target: LoadedRelease) -> Verdict:
    """Judge one case; one that breaks what judges it is refused, and holds no other back."""
    try:
        return verdict.of(db.session.get_one(ProcessInstance, process_id), lot, target)
    except Exception as fault:  # noqa: BLE001  # the guard of one case
        _log.warning("process %s cannot be judged: %s", process_id, type(fault).__name__)
        found = Obstacle("fault", "", "", "", f"une erreur imprévue est survenue ({type(fault).__name__}).")
        return Verdict("refused", {"obstacles": facts([found])}, obstacles=(found,))


def _keep(migration_id: UUID, turn: int, judged: dict[UUID, Verdict]) -> bool:
    """Write what was found, unless the lot is to be judged anew meanwhile; say whether to go on."""
    with transaction() as session:
        row = session.get(Migration, migration_id, populate_existing=True)
        if row is None or row.status != "judging" or row.round != turn:
            return False
        waiting = select(MigratedProcess).where(
            MigratedProcess.id.in_(judged), MigratedProcess.state == "waiting"
        )
        for item in session.scalars(waiting.with_for_update()):
            found = judged[item.id]
            item.verdict, item.told, item.state = found.kind, found.told, "judged"
    return True
