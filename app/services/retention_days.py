"""From which day a case is looked at again: what closing and reopening change (LAW-5)."""

from datetime import date, datetime

from sqlalchemy import func, select

from app import clock
from app.database import db
from app.expressions.calendar import add_months
from app.models import Case, Submission
from app.services import releases


def last_contact(case: Case) -> date:
    """Return the day of the last answer in the case, or of its closure when that is later."""
    last: datetime | None = db.session.scalar(
        select(func.max(Submission.at)).where(Submission.case_id == case.id)
    )
    moments = [moment for moment in (last, case.closed_at, case.opened_at) if moment is not None]
    return max(moments).astimezone(clock.PARIS).date()


def closed(case: Case) -> None:
    """Give a case that has just been closed its first day on which to look."""
    rule = releases.current().settings.retention
    case.keep_until = add_months(clock.today(), rule.active_months) if rule is not None else clock.today()


def reopened(case: Case) -> None:
    """Take a case that is open again out of the archive, and its day away."""
    case.keep_until = case.archived_at = None
