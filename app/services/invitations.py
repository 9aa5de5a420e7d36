"""A step that the household answers by a link of its own, without an account (AST-12, LAW-12).

The step says so in the diagram: its lane is external, and its property ``invitation`` names the message that
carries the link. Without an e-mail address, whoever follows the case gives the link, or notes the answer.
"""

import secrets
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from app import clock
from app.database import db, seal_text
from app.engine import OpenTask
from app.models import Case, ProcessInstance, StepLink
from app.services import mail, message_facts
from app.services.releases import LoadedRelease

PROPERTY: Final = "invitation"
"""The property of a step of an external lane: the message that carries its link."""


def invite(process: ProcessInstance, opened: Iterable[OpenTask], release: LoadedRelease) -> None:
    """Open a link for each step that asks for one, in the step's transaction, and write to the household."""
    for task in opened:
        message = task.properties.get(PROPERTY, "").strip()
        lane = release.settings.lanes.get(task.lane or "")
        if not message or lane is None or not lane.external:
            continue  # a step of people with an account is never opened by a link
        db.session.flush()  # the step's row comes first
        token = secrets.token_urlsafe(24)
        case = db.session.get(Case, process.case_id) if process.case_id else None
        reachable = case is not None and bool(case.household.email)
        db.session.add(
            StepLink(
                task_id=task.id,
                case_id=process.case_id,
                link=seal_text(token),
                sent=reachable,
                at=clock.now(),
            )
        )
        mail.queue_for_audience(message, "menage", process, release, extra={message_facts.ANSWER: token})


def of_task(task_id: UUID) -> StepLink | None:
    """Return the invitation of a step, None when it invites nobody."""
    return db.session.scalar(select(StepLink).where(StepLink.task_id == task_id))


def forget(case: Case) -> None:
    """Forget the links of a case (LAW-5)."""
    gone = delete(StepLink).where(StepLink.case_id == case.id)
    db.session.execute(gone.execution_options(synchronize_session=False))
