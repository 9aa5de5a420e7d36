"""Visits and meetings that answered forms set, projected so that a calendar is one query (CAR-7).

A form says which of its answers is the appointment (« agenda », ``app.catalog.appointment``). What stands
in a calendar is a row that is ``planned``, of a step that is done, in a case and a process that go on:
whatever ends, cancels or undoes them takes it out, without touching it here.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update

from app import clock, tenancy
from app.catalog.answers import decode
from app.database import db
from app.models import Appointment, Case, Membership, ProcessInstance, Submission, Task
from app.services.releases import LoadedRelease


def keep(submission: Submission, process: ProcessInstance, release: LoadedRelease) -> None:
    """Keep the appointment that an answer sets, if its form sets any; in the caller's transaction.

    It takes the place of the one set earlier by the same form, branch and process, unless that one has
    taken place already.
    """
    form = release.forms.get(submission.form)
    if form is None or form.appointment is None:
        return
    db.session.execute(
        update(Appointment)
        .where(Appointment.process_id == process.id, Appointment.form == submission.form)
        .where(Appointment.scope.is_not_distinct_from(submission.scope), Appointment.status == "planned")
        .where(or_(Appointment.ends_at > clock.now(), Appointment.task_id == submission.task_id))
        .values(status="replaced")
        .execution_options(synchronize_session=False)
    )
    moment = form.appointment.moment(decode(submission.answers))
    if moment is None:
        return
    lane = form.appointment.lane or db.session.scalar(select(Task.lane).where(Task.id == submission.task_id))
    db.session.add(
        Appointment(
            case_id=process.case_id,
            process_id=process.id,
            task_id=submission.task_id,
            form=submission.form,
            scope=submission.scope,
            title=form.appointment.title,
            lane=lane or "",
            user_id=_of_the_lane(submission.user_id, lane or "", release),
            starts_at=moment[0],
            ends_at=moment[1],
        )
    )


def _of_the_lane(user_id: UUID | None, lane: str, release: LoadedRelease) -> UUID | None:
    """Return whoever answered when they are of the lane that goes there; else the team sees to it."""
    known = release.settings.lanes.get(lane)
    if user_id is None or known is None:
        return None
    roles = db.session.scalar(
        select(Membership.roles).where(
            Membership.user_id == user_id, Membership.territory_id == tenancy.current_id()
        )
    )
    return user_id if set(roles or ()) & set(known.roles) else None


def standing() -> ColumnElement[bool]:
    """Return what makes an appointment stand; its query joins its task and process, and outer joins its case.

    One of a process or a case that is over stands when it took place before the end.
    """
    return and_(
        Appointment.status == "planned",
        Task.status == "done",
        or_(
            ProcessInstance.status.in_(("running", "suspended")),
            Appointment.starts_at <= ProcessInstance.ended_at,
        ),
        or_(Case.id.is_(None), Case.status == "open", Appointment.starts_at <= Case.closed_at),
    )
