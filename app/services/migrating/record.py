"""What every act on a lot shares: who may, its row, its plan, its place in the queue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import jobs
from app.database import db
from app.engine import Place, Plan
from app.errors import Conflict, Forbidden, NotFound
from app.models import JournalLine, Mend, Migration, ProcessInstance
from app.services.actors import Actor

PERMISSION: Final = "parcours.migrer"
AT_ONCE: Final = timedelta(seconds=45)
"""How long one job goes on before it hands over to the next: well below a lease."""
SLICE: Final = 25
"""Cases judged before what was found is written, so that a page shows how far it is."""
KEPT: Final = timedelta(hours=30 * 24)
"""How long the former state of a case is kept, at most: it holds what people answered."""
MAX_REASON: Final = 1000
MOST: Final = 5_000
"""Cases of one lot."""

Mapping_ = Mapping[Place, tuple[Place, ...]]


class MigrationBusy(Conflict):
    """The lot is at a stage in which this is not done."""

    sentence_template = (
        "Ce passage n'en est plus là : quelqu'un l'a lancé, arrêté ou abandonné. Regardez où il en est."
    )


class MigrationStale(Conflict):
    """What the person confirmed is no longer what would be done."""

    sentence_template = (
        "Ce passage a été rejugé depuis que vous avez ouvert cette page : relisez-le, puis recommencez."
    )


@dataclass(frozen=True)
class Lot:
    """What every case of a lot has in common; it outlives the transactions."""

    id: UUID
    target_id: UUID
    plan: Mapping_
    recompute: bool
    author: str
    user_id: UUID | None

    def plan_for(self, process: ProcessInstance) -> Plan:
        """Return the plan of one case; when its timers were entered is asked for only when it counts."""
        if not self.recompute:
            return Plan(mapping=self.plan)
        pauses, by_hand = _mended(process)
        return Plan(
            mapping=self.plan, recompute=True, entered=entries(process), pauses=pauses,
            held=_held(process), by_hand=by_hand,
        )  # fmt: skip


def allowed(by: Actor) -> None:
    """Refuse whoever may not carry running cases over; a person limited to a structure sees too few of them.

    Raises:
        Forbidden: they may not.
    """
    if not by.rights.may(PERMISSION) or by.user_id is None or by.within is not None:
        raise Forbidden


def found(migration_id: UUID) -> Migration:
    """Return a lot of the territory.

    Raises:
        NotFound: there is none of that id.
    """
    row = db.session.get(Migration, migration_id)
    if row is None:
        raise NotFound
    return row


def held(migration_id: UUID, *statuses: str) -> Migration:
    """Return a lot, locked in the transaction under way.

    Raises:
        NotFound: no such lot here.
        MigrationBusy: it is in none of these states.
    """
    query = select(Migration).where(Migration.id == migration_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status not in statuses:
        raise MigrationBusy
    return row


def lot_of(row: Migration) -> Lot:
    """Return what the cases of a lot share."""
    return Lot(row.id, row.target_id, read_mapping(row.mapping), row.recompute, row.author, row.user_id)


def read_mapping(kept: Sequence[Any]) -> dict[Place, tuple[Place, ...]]:
    """Return a mapping as a plan takes it."""
    return {
        (process, element): tuple((one, two) for one, two in targets) for process, element, targets in kept
    }


def plain_mapping(mapping: Mapping_) -> list[Any]:
    """Return a mapping as a row keeps it, in a stable order."""
    return [[*place, [list(target) for target in targets]] for place, targets in sorted(mapping.items())]


def entries(process: ProcessInstance) -> dict[UUID, datetime]:
    """Return when each drawn timer of a process was entered, as its journal tells."""
    query = select(JournalLine.at, JournalLine.details).where(
        JournalLine.process_id == process.id, JournalLine.action == "etape"
    )
    if process.case_id is not None:  # found by its case, which has an index
        query = query.where(JournalLine.case_id == process.case_id)
    lines = db.session.execute(query)
    return {UUID(timer["id"]): line.at for line in lines for timer in line.details.get("minuteurs", ())}


def _mended(process: ProcessInstance) -> tuple[tuple[tuple[datetime, timedelta], ...], frozenset[UUID]]:
    """Return the pauses of a process that are over, and what has a date that somebody chose by hand."""
    mends = select(Mend.kind, Mend.at, Mend.details).where(
        Mend.process_id == process.id, Mend.kind.in_(("resume", "due")), Mend.undone_at.is_(None)
    )
    pauses, by_hand = [], set()
    for kind, at, details in db.session.execute(mends):
        told = details.get("journal", {})
        if kind == "resume":
            pauses.append((at, timedelta(seconds=told.get("pause_s", 0))))
        else:
            by_hand |= {UUID(told[name]) for name in ("tache", "minuteur") if name in told}
    return tuple(pauses), frozenset(by_hand)


def _held(process: ProcessInstance) -> dict[UUID, timedelta]:
    """Return how long the deadlines of each step were stopped by another (``arrete_delais``)."""
    query = select(JournalLine.subject, JournalLine.details).where(
        JournalLine.process_id == process.id, JournalLine.action == "delai.repris"
    )
    if process.case_id is not None:  # found by its case, which has an index
        query = query.where(JournalLine.case_id == process.case_id)
    found: dict[UUID, timedelta] = {}
    for subject, details in db.session.execute(query):
        key = UUID(subject)
        found[key] = found.get(key, timedelta()) + timedelta(seconds=details.get("arret_s", 0))
    return found


def go_on(name: str, migration_id: UUID) -> None:
    """Have the next job of a lot run, in the transaction under way; one job of a lot runs at a time."""
    jobs.enqueue(name, lock=f"migration:{migration_id}", migration_id=migration_id)


def facts(rows: Iterable[Any]) -> list[list[str]]:
    """Return notes or obstacles as a row keeps them."""
    return [[str(getattr(row, name)) for name in row.__dataclass_fields__] for row in rows]
