"""A step that somebody without an account answers by a link of their own (AST-4, AST-12, LAW-12).

The diagram says so: the property ``invitation`` names the message that carries the link, ``invitation_a``
whom it invites. ``menage`` (unless said): the household, in an external lane. ``donneur_alerte``: whoever
sent the alert, when nobody with an account follows the case for them; the people of the lane may answer all
the same. The link leaves by mail, else by SMS to a mobile; without either, somebody hands it over.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select

from app import clock
from app.config import Settings
from app.database import db, seal_text
from app.engine import OpenTask
from app.models import Case, Entrustment, ProcessInstance, StepLink
from app.notifications import channels, compose, outbox, wording
from app.notifications.numbers import mobile
from app.notifications.quiet import after_quiet, quiet_hours
from app.services import mail, message_facts
from app.services.releases import LoadedRelease

PROPERTY: Final = "invitation"
"""The property of a step: the message that carries its link."""
TO: Final = "invitation_a"
"""The property of a step: whom the link is for."""
HOUSEHOLD, GIVER = "menage", "donneur_alerte"
_BYTES: Final = 12
"""Of chance in a link: sixteen signs, short enough for an SMS, too many to be guessed."""


def new_token() -> str:
    """Return the secret part of a new link."""
    return secrets.token_urlsafe(_BYTES)


def invite(process: ProcessInstance, opened: Iterable[OpenTask], release: LoadedRelease) -> None:
    """Open a link for each step that asks for one, in the step's transaction, and write to whom it is for."""
    for task in opened:
        message = task.properties.get(PROPERTY, "").strip()
        audience = task.properties.get(TO, "").strip() or HOUSEHOLD
        case = db.session.get(Case, process.case_id) if process.case_id else None
        if not message or not _opens(task, audience, case, release):
            continue
        db.session.flush()  # the step's row comes first
        token = new_token()
        sent = case is not None and _sent(message, _Guest(case, audience, token), process, release)
        db.session.add(
            StepLink(
                task_id=task.id,
                case_id=process.case_id,
                link=seal_text(token),
                sent=sent,
                audience=audience,
                at=clock.now(),
            )
        )


def _opens(task: OpenTask, audience: str, case: Case | None, release: LoadedRelease) -> bool:
    """Whether a step is opened by a link: those of people with an account never are."""
    if audience == GIVER:
        return case is not None and bool(case.alert_giver) and not _followed_with_account(case, release)
    lane = release.settings.lanes.get(task.lane or "")
    return lane is not None and lane.external


def _followed_with_account(case: Case, release: LoadedRelease) -> bool:
    """Whether the structure that sent the alert holds the case: its members find the step in their inbox."""
    relation = release.entry.entrusted_as
    held = select(Entrustment.id).where(
        Entrustment.case_id == case.id, Entrustment.relation == relation, Entrustment.until.is_(None)
    )
    return db.session.scalar(held.limit(1)) is not None


@dataclass(frozen=True)
class _Guest:
    """Who is invited, and the secret part of their link."""

    case: Case
    audience: str
    token: str


def _sent(message: str, guest: _Guest, process: ProcessInstance, release: LoadedRelease) -> bool:
    """Send the link by mail, else by SMS; return whether it leaves."""
    case, extra = guest.case, {message_facts.ANSWER: guest.token}
    address, phone = _reach(case, guest.audience)
    number = mobile(phone or "")
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    if address or number is None or channels.sms_missing(settings) is not None:
        mail.queue_for_audience(message, guest.audience, process, release, extra=extra)
        return bool(address)
    facts: dict[str, Any] = message_facts.common(case, None, release, extra)
    subject = compose(release.bundle.files[f"messages/{message}.txt"].decode(), facts)[0]
    outbox.queue(
        message,
        recipient=number,
        recipient_name="",
        subject=subject,
        body=wording.invitation(subject, facts[message_facts.ANSWER], _sender(facts["territoire"])),
        case_id=case.id,
        channel=outbox.SMS,
        key=f"{message}:{process.id}:{process.version or 0}:{seal_text(guest.token)[:16]}",
        run_at=after_quiet(clock.now(), quiet_hours(outbox.SMS, None)),
    )
    return True


def _sender(territory: dict[str, Any]) -> str:
    return ", ".join(part for part in (territory["service"], territory["telephone"]) if part)


def _reach(case: Case, audience: str) -> tuple[str | None, str | None]:
    """Return the e-mail address and the telephone of whom a link is for."""
    if audience == GIVER:
        return case.alert_giver.get("courriel"), case.alert_giver.get("telephone")
    return case.household.email, case.household.phone


def by_sms(row: StepLink) -> bool:
    """Whether a link left by SMS: nobody has an e-mail address there."""
    case = db.session.get(Case, row.case_id) if row.case_id is not None else None
    return row.sent and case is not None and not _reach(case, row.audience)[0]


def of_task(task_id: UUID) -> StepLink | None:
    """Return the invitation of a step, None when it invites nobody."""
    return db.session.scalar(select(StepLink).where(StepLink.task_id == task_id))


def forget(case: Case) -> None:
    """Forget the links of a case (LAW-5)."""
    gone = delete(StepLink).where(StepLink.case_id == case.id)
    db.session.execute(gone.execution_options(synchronize_session=False))
