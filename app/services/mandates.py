"""Mandates of ambassadors that come to their last day: the name is erased by itself (BAT-16, LAW-5)."""

from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.models import Ambassador
from app.services import journal
from app.services.site_steps import end_mandate


def end_due(limit: int = 100) -> int:
    """End each mandate whose last day is past, at most ``limit``; return how many."""
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Ambassador.id, Ambassador.territory_id)
            .where(Ambassador.ended_on.is_(None), Ambassador.active_until < clock.today())
            .order_by(Ambassador.active_until, Ambassador.id)
            .limit(limit)
        ).all()
    end_read()
    for ambassador_id, territory_id in due:
        with tenancy.serving(territory_id):
            _end(ambassador_id)
    return len(due)


def _end(ambassador_id: UUID) -> None:
    with transaction() as session:
        row = session.scalar(select(Ambassador).where(Ambassador.id == ambassador_id).with_for_update())
        if row is None or row.ended_on is not None or row.active_until is None:
            return
        end_mandate(row)
        row.ended_on = row.active_until
        session.flush()
        journal.write("ambassadeur.mandat", subject=str(row.id))
