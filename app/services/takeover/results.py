"""What became of a confirmed lot, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.database import db, end_read, transaction
from app.models import TakeoverRow
from app.services import journal
from app.services.actors import Actor
from app.services.takeover import batches, undoing

SIZE: Final = 50
_ORDER: Final = {"refused": 0, "waiting": 1, "placed": 2, "undone": 3}


@dataclass(frozen=True)
class Row:
    """A line and what became of it; ``can_undo``: nobody has worked on its case."""

    id: UUID
    line: int
    state: str
    reference: str | None
    stop: str | None
    reason: str | None
    can_undo: bool
    gone: bool


@dataclass(frozen=True)
class Results:
    """One page of the lines of a lot, and how many there are of each state."""

    rows: tuple[Row, ...]
    counts: dict[str, int]
    page: int
    total: int
    undoable: int

    @property
    def ready(self) -> int:
        """How many lines are to become cases, or have."""
        return self.total - self.counts.get("refused", 0)

    @property
    def dealt_with(self) -> int:
        """How many lines wait no longer."""
        return self.total - self.counts.get("waiting", 0)


def of(batch_id: UUID, *, page: int = 1) -> Results:
    """Return what became of a lot: refused lines first, then in the order of the sheet."""
    counted = db.session.execute(
        select(TakeoverRow.state, func.count())
        .where(TakeoverRow.batch_id == batch_id)
        .group_by(TakeoverRow.state)
    )
    counts = {state: count for state, count in counted}  # noqa: C416  # rows are no pairs for mypy
    mine = select(TakeoverRow).where(TakeoverRow.batch_id == batch_id)
    found = db.session.scalars(mine.order_by(TakeoverRow.line)).all()
    ordered = sorted(found, key=lambda row: (_ORDER.get(row.state, 9), row.line))
    page = max(1, page)
    shown = ordered[(page - 1) * SIZE : page * SIZE]
    placed = [row.case_id for row in found if row.state == "placed" and row.case_id is not None]
    busy = undoing.worked_on(placed)
    rows = tuple(
        Row(
            row.id, row.line, row.state, row.reference, row.stop, row.reason,
            row.state == "placed" and row.case_id not in busy, row.state == "placed" and row.case_id is None,
        )
        for row in shown
    )  # fmt: skip
    return Results(rows, counts, page, len(found), len(placed) - len(busy))


def refused(batch_id: UUID, *, by: Actor) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return the lines that were not taken over, as they were sent, with their reasons in a last column.

    A day after the file was sent the reasons alone are left. The export is journalled (LAW-8).

    Raises:
        NotFound, Forbidden: as ``batches.find``.
    """
    batches.find(batch_id, by)
    mine = select(TakeoverRow).where(TakeoverRow.batch_id == batch_id, TakeoverRow.state == "refused")
    rows = db.session.scalars(mine.order_by(TakeoverRow.line)).all()
    kept = [(row.line, dict((row.kept or {}).get("cellules", {})), row.reason or "") for row in rows]
    columns = list(dict.fromkeys(name for _, cells, _ in kept for name in cells))
    end_read()
    with transaction():
        journal.write(
            "reprise.lignes_exportees",
            actor=by.name,
            user_id=by.user_id,
            subject=str(batch_id),
            details={"lignes": len(kept), "le": clock.now().isoformat()},
        )
    lines = [[str(line), *(cells.get(name, "") for name in columns), reason] for line, cells, reason in kept]
    return ["Ligne", *columns, "Pourquoi"], lines
