"""The day's summary: what each person chose to be told once a day, on the territory's working days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from flask import current_app
from sqlalchemy import func, or_, select, update

from app import clock, jobs, tenancy
from app.catalog.words import say
from app.config import Settings
from app.database import db, end_read, transaction
from app.expressions.calendar import is_working_day
from app.ids import new_id
from app.models import Case, Membership, Notice, NoticeSettings, Task, Territory, User
from app.notifications import outbox, wording
from app.notifications.once import add_once
from app.notifications.quiet import DIGEST_AT, on_the_clock
from app.notifications.together import NOTICES
from app.services import perimeter, releases

KIND: Final = "resume_du_jour"
JOB: Final = "send_digest"
MOST: Final = 50
"""Lines of a summary; beyond, it says how many more there are."""

_LOOK_BACK: Final = 15
"""Days among which the last working one is looked for."""


@dataclass(frozen=True)
class _Line:
    """One notice of a summary, with what decides its place."""

    title: str
    reference: str
    path: str
    due: datetime | None
    at: datetime


class _Waiting(NamedTuple):
    """Somebody with notices waiting since ``since``; the hour of their summary (minutes), and their last."""

    territory_id: UUID
    user_id: UUID
    since: datetime
    digest_at: int | None
    sent_at: datetime | None


def digest_due(limit: int = 100) -> int:
    """Order the summary of everyone whose hour has come, at most ``limit``; return how many.

    One a day for each person and territory: after a stop of a week, one summary, not seven.
    """
    now, ordered = clock.now(), 0
    for waiting in _waiting():
        if ordered >= limit:
            break
        with tenancy.serving(waiting.territory_id):
            hour = _hour_struck(now, waiting)
            if hour is not None:
                ordered += _order(waiting.user_id, hour)
    end_read()
    return ordered


def _waiting() -> list[_Waiting]:
    with tenancy.unscoped("due_work"):
        rows = db.session.execute(
            select(
                Notice.territory_id,
                Notice.user_id,
                func.min(Notice.at),
                NoticeSettings.digest_at,
                NoticeSettings.digest_sent_at,
            )
            .outerjoin(
                NoticeSettings,
                (NoticeSettings.user_id == Notice.user_id)
                & (NoticeSettings.territory_id == Notice.territory_id),
            )
            .where(Notice.digest == "waiting")
            .group_by(
                Notice.territory_id, Notice.user_id, NoticeSettings.digest_at, NoticeSettings.digest_sent_at
            )
            .order_by(Notice.territory_id, Notice.user_id)
        )
        return [_Waiting(*row) for row in rows]


def _hour_struck(now: datetime, waiting: _Waiting) -> datetime | None:
    """Return the last hour of a summary that has struck since the oldest notice; None when none is due.

    That of an evening before, when the server was stopped; never on a day when nobody works.
    """
    today = now.astimezone(clock.PARIS).date()
    minute = DIGEST_AT if waiting.digest_at is None else waiting.digest_at
    closed = releases.closing_days(db.session.get_one(Territory, tenancy.current_id()))
    if not is_working_day(today, closed):
        return None
    worked = (today - timedelta(days=back) for back in range(_LOOK_BACK))
    struck = (on_the_clock(day, minute) for day in worked if is_working_day(day, closed))
    hour = next((hour for hour in struck if hour <= now), None)
    if hour is None or waiting.since > hour or (waiting.sent_at is not None and waiting.sent_at >= hour):
        return None
    return hour


def _order(user_id: UUID, hour: datetime) -> bool:
    """Take the summary of that hour for this runner, and have it written."""
    day = hour.astimezone(clock.PARIS).date()
    with transaction() as session:
        add_once(
            NoticeSettings,
            {
                "id": new_id(),
                "territory_id": tenancy.current_id(),
                "user_id": user_id,
                "digest_at": DIGEST_AT,
            },
            "user_id",
            "territory_id",
        )
        taken = session.execute(
            update(NoticeSettings)
            .where(
                NoticeSettings.user_id == user_id,
                or_(NoticeSettings.digest_sent_at.is_(None), NoticeSettings.digest_sent_at < hour),
            )
            .values(digest_sent_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            return False
        jobs.enqueue(JOB, lock=f"digest:{user_id}", user_id=user_id, day=day.isoformat())
    return True


@jobs.job(JOB, queue="messages")
def send(user_id: str, day: str) -> None:
    """Write the summary of one person for one day; nothing when nothing is left to say."""
    with transaction() as session:
        user = session.scalar(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(User.id == UUID(user_id), User.active, Membership.territory_id == tenancy.current_id())
        )
        rows = list(
            session.scalars(
                select(Notice)
                .where(Notice.user_id == UUID(user_id), Notice.digest == "waiting")
                .order_by(Notice.at, Notice.id)
                .with_for_update()
            )
        )
        with perimeter.serving_user(UUID(user_id)):
            lines = [line for row in rows if (line := _line(row)) is not None]
        if user is not None and lines and not _write(user, date.fromisoformat(day), lines):
            return  # the summary of that day was written before: these wait for the next
        for row in rows:
            row.digest = "sent"


def _line(row: Notice) -> _Line | None:
    """Return what the summary says of a notice; None when it was read already, or its step is over.

    Or when its case is no longer entrusted to the reader's structure.
    """
    task = db.session.get(Task, row.task_id) if row.task_id else None
    if row.read_at is not None or (task is not None and task.status != "open"):
        return None
    case = db.session.get(Case, row.case_id) if row.case_id else None
    if row.case_id is not None and case is None:
        return None
    due = task.due_at if task is not None and task.active else None
    return _Line(row.title, case.reference if case is not None else "", row.path, due, row.at)


def _write(user: User, day: date, lines: list[_Line]) -> bool:
    """Write the summary; False when that day's was written before."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    base, count = settings.base_url, len(lines)
    shown = [(_said(line), base + line.path) for line in sorted(lines, key=_place)[:MOST]]
    more = f"\n- et {count - MOST} autres sous la cloche" if count > MOST else ""
    facts = {
        "destinataire": {"nom": user.name},
        "territoire": {"nom": territory.name},
        "avis": {
            "titre": f"Votre résumé du {say(day)} : {count} avis",
            "liste": wording.listed(shown) + more,
            "lien": f"{base}/t/{territory.code}/{NOTICES}",
        },
    }
    subject, body = wording.written(KIND, {}, facts)
    written = outbox.queue(
        KIND,
        recipient=user.email,
        recipient_name=user.name,
        subject=subject,
        body=body,
        user_id=user.id,
        key=f"{KIND}:{day.isoformat()}:{user.id}",
    )
    return written is not None


def _place(line: _Line) -> tuple[bool, datetime, str]:
    """Late first, the latest of all at the top; then by due date; then what has none, the oldest first."""
    return line.due is None, line.due or line.at, line.reference


def _said(line: _Line) -> str:
    named = line.title if line.reference in line.title else f"{line.reference} : {line.title}"
    if line.due is None or line.due > clock.now():
        return named
    return f"{named}, en retard depuis le {say(line.due.astimezone(clock.PARIS).date())}"
