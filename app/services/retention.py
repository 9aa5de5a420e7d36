"""The time each case is kept: active base, restricted archive, then nothing of the household (LAW-5).

A closed case has a day on which to look (``keep_until``). On that day the settings in force decide: another
look later when somebody was in contact meanwhile, the archive, or erasure.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app import clock, tenancy
from app.catalog.retention import Retention
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.expressions.calendar import add_months
from app.models import Case
from app.services import erasing, erasure, journal, releases
from app.services.actors import Actor
from app.services.retention_days import last_contact

MAX_HOLD: Final = timedelta(days=3660)
"""How far ahead a case may be held: ten years, then somebody looks again."""
MAX_REASON: Final = 300
_log = logging.getLogger(__name__)


def look_due(limit: int = 100) -> int:
    """Decide for each case whose day has come, at most ``limit``; return how many were looked at.

    One that fails is looked at again the next day and holds no other back.
    """
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Case.id, Case.territory_id)
            .where(Case.keep_until <= clock.today())
            .order_by(Case.keep_until, Case.id)
            .limit(limit)
        ).all()
    end_read()
    for case_id, territory_id in due:
        with tenancy.serving(territory_id):
            _guarded(case_id)
    return len(due)


def _guarded(case_id: UUID) -> None:
    try:
        look(case_id)
    except Exception as error:  # noqa: BLE001  # the guard of one due case
        _log.error("retention of case %s: %s", case_id, type(error).__name__)  # no row in a log
        db.session.rollback()
        later = clock.today() + timedelta(days=1)
        with transaction() as session:
            session.execute(update(Case).where(Case.id == case_id).values(keep_until=later))


def look(case_id: UUID) -> None:
    """Archive or erase a case whose time has come, else say when to look again."""
    limits = rule()
    with transaction():
        case = erasing.of_case(case_id)
        today = clock.today()
        if case.keep_until is None or case.keep_until > today:
            return
        if limits is None or case.status != "closed" or case.erased_at is not None:
            case.keep_until = None
        elif case.hold_until is not None and case.hold_until > today:
            case.keep_until = case.hold_until
        elif case.archived_at is None:
            _archive(case, limits, today)
        else:
            _erase(case, limits, today)


def _archive(case: Case, rule: Retention, today: date) -> None:
    due = add_months(last_contact(case), rule.active_months)
    if due > today:
        case.keep_until = due
        return
    case.archived_at = clock.now()
    case.keep_until = add_months(today, rule.archive_months)
    journal.write("dossier.archive", case_id=case.id, subject=case.reference)


def _erase(case: Case, rule: Retention, today: date) -> None:
    archived = case.archived_at or clock.now()
    due = add_months(archived.astimezone(clock.PARIS).date(), rule.archive_months)
    if due > today:
        case.keep_until = due
        return
    erasure.forget(case, why="duree")


def hold(reference: str, *, until: date, reason: str, by: Actor) -> None:
    """Keep a case until a day whatever the rule: a dispute, a claim, a measure that outlives it.

    Raises:
        Forbidden, NotFound: the role may not, no such case.
        Invalid: the day is past or too far, or there is no reason.
    """
    case_id = _find(reference, by)
    problems: dict[str, list[str]] = {}
    if not clock.today() < until <= clock.today() + MAX_HOLD:
        problems["jusquau"] = ["Choisissez un jour à venir, dans les dix ans."]
    if not reason.strip() or len(reason) > MAX_REASON:
        problems["motif"] = [f"Dites pourquoi le dossier est conservé, en {MAX_REASON} caractères au plus."]
    if problems:
        raise Invalid(problems)
    with transaction():
        case = erasing.of_case(case_id)
        if case.erased_at is not None:
            raise erasure.AlreadyErased
        case.hold_until, case.hold_reason = until, reason.strip()
        _written("dossier.conserve", case, by, jusquau=until.isoformat())


def release(reference: str, *, by: Actor) -> None:
    """Let the rule decide again of a case that was held; once it is released, again does nothing.

    Raises:
        Forbidden, NotFound: the role may not, no such case.
    """
    case_id = _find(reference, by)
    with transaction():
        case = erasing.of_case(case_id)
        if case.hold_until is None:
            return
        case.hold_until = case.hold_reason = None
        if case.status == "closed" and case.erased_at is None:
            case.keep_until = clock.today()
        _written("dossier.conservation_levee", case, by)


def _written(action: str, case: Case, by: Actor, **details: str) -> None:
    journal.write(
        action, actor=by.name, user_id=by.user_id, case_id=case.id, subject=case.reference, details=details
    )


def _find(reference: str, by: Actor) -> UUID:
    if not by.rights.may(erasure.PERMISSION):
        raise Forbidden
    case_id = db.session.scalar(select(Case.id).where(Case.reference == reference))
    if case_id is None:
        raise NotFound
    return case_id


def rule() -> Retention | None:
    """Return how long this territory keeps cases, None when it has not said."""
    return releases.current().settings.retention


@dataclass(frozen=True)
class Kept:
    """A case on the page of retention: what will become of it and when."""

    reference: str
    commune: str | None
    closed_at: datetime | None
    archived_at: datetime | None
    erased_at: datetime | None
    keep_until: date | None
    hold_until: date | None
    hold_reason: str | None


def overview(state: str, limit: int = 200) -> Sequence[Kept]:
    """Return the cases of one state, the next to change first.

    Args:
        state: ``bientot`` (to be archived or erased within ninety days), ``archives``, ``conserves`` (held)
            or ``effaces``.
    """
    near = clock.today() + timedelta(days=90)
    conditions = {
        "bientot": (Case.keep_until <= near, Case.erased_at.is_(None)),
        "archives": (Case.archived_at.is_not(None), Case.erased_at.is_(None)),
        "conserves": (Case.hold_until.is_not(None), Case.erased_at.is_(None)),
        "effaces": (Case.erased_at.is_not(None),),
    }
    order = Case.erased_at.desc() if state == "effaces" else Case.keep_until
    rows = db.session.scalars(select(Case).where(*conditions[state]).order_by(order, Case.id).limit(limit))
    return [
        Kept(
            reference=case.reference,
            commune=case.dwelling.commune,
            closed_at=case.closed_at,
            archived_at=case.archived_at,
            erased_at=case.erased_at,
            keep_until=case.keep_until,
            hold_until=case.hold_until,
            hold_reason=case.hold_reason,
        )
        for case in rows
    ]
