"""The reminder that an agreement will end: a notice and a mail to whoever acts on money, once (CAR-1)."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.access import add_up
from app.catalog.words import day
from app.database import db, transaction
from app.models import Agreement, Membership, User
from app.services import journal, notices, releases

KIND: Final = "convention_a_renouveler"


def remind_due(limit: int = 100) -> int:
    """Speak of the agreements whose day has come, oldest first; return how many."""
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Agreement.id, Agreement.territory_id)
            .where(Agreement.remind_at <= clock.now())
            .order_by(Agreement.remind_at)
            .limit(limit)
        ).all()
    for agreement_id, territory_id in due:
        with tenancy.serving(territory_id):
            _remind(agreement_id)
    return len(due)


def _remind(agreement_id: UUID) -> None:
    with transaction() as session:
        row = session.scalar(
            select(Agreement).where(Agreement.id == agreement_id).with_for_update(of=Agreement)
        )
        if row is None or row.remind_at is None or row.remind_at > clock.now():
            return
        row.remind_at, row.reminded_at = None, clock.now()
        if row.ended_on is not None:
            return
        ends = f" prend fin le {day(row.ends_on)}" if row.ends_on is not None else " est à revoir"
        notices.tell(
            who_acts(),
            KIND,
            f"{row.id}:{row.ends_on}",
            f"{row.title}{ends} : préparez sa reconduction",
            f"budget/conventions/{row.id}",
        )
        journal.write("convention.rappel", subject=str(row.id))


def who_acts() -> set[UUID]:
    """Return the accounts that act on money in the territory being served."""
    settings = releases.current().settings
    rows = db.session.execute(
        select(User.id, Membership.roles)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
    )
    return {row.id for row in rows if add_up(row.roles, settings.roles).may("budget.agir")}
