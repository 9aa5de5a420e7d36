"""What becomes of each stored thing when a household is forgotten (LAW-5, LAW-6), inside one transaction.

``erasing_register`` says it for every table. Rows that only hold ids, dates and words of the programme stay:
figures are counted on them.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update

from app.database import Base, db
from app.models import (
    Appointment,
    Baseline,
    Breach,
    Case,
    CaseWord,
    DecisionRecord,
    Document,
    DoorAnswer,
    Draft,
    Event,
    Incident,
    KeptApart,
    Mend,
    Message,
    MigratedProcess,
    Migration,
    Notice,
    Orientation,
    ProcessInstance,
    Reading,
    Share,
    StoredFile,
    Submission,
    Target,
    Task,
    Timer,
)
from app.services import act_drafts, entry_drafts, erasing_meetings, files, indicators, invitations

FORGOTTEN: Final = "effacé"
"""What a text of the household becomes where a text is needed."""

Eraser = Callable[[Case], None]


def forget(case: Case) -> None:
    """Erase all that is kept of the household of a case; its row stays, empty, for the journal's sake.

    The engine state of its processes goes with it: the caller has ended them.
    """
    indicators.freeze(case.id)  # figures of past years stay what they were
    erasing_meetings.forget(case)
    for erase in _ERASERS:
        erase(case)
    _identity(case)


def _identity(case: Case) -> None:
    household, dwelling = case.household, case.dwelling
    household.title = household.phone = household.email = household.reach = household.language = None
    household.last_name, household.first_name, household.match_name = FORGOTTEN, "", ""
    household.birth_year = None
    dwelling.address, dwelling.match_address = "", ""
    dwelling.complement = dwelling.landlord = None
    case.alert_giver, case.agreement, case.duplicates, case.follow_up = {}, {}, [], None
    case.hold_until = case.hold_reason = None


def _drop(entity: type[Base], *conditions: Any) -> None:
    db.session.execute(delete(entity).where(*conditions).execution_options(synchronize_session=False))


def _empty(entity: type[Base], condition: Any, **values: Any) -> None:
    changed = update(entity).where(condition).values(**values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def _answers(case: Case) -> None:
    _drop(Submission, Submission.case_id == case.id)
    tasks = select(Task.id).where(Task.case_id == case.id)
    processes = select(ProcessInstance.id).where(ProcessInstance.case_id == case.id)
    _drop(Draft, Draft.task_id.in_(tasks))
    _drop(Draft, Draft.task_id.in_(processes))  # what a process that could not begin was given
    _drop(Draft, Draft.task_id.in_(act_drafts.keys(case.id)))


def _meters(case: Case) -> None:
    _drop(Reading, Reading.case_id == case.id)
    _drop(Baseline, Baseline.case_id == case.id)


def _papers(case: Case) -> None:
    _drop(Document, Document.case_id == case.id)
    for row in db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id)).all():
        files.forget(row)


def _words(case: Case) -> None:
    _drop(Message, Message.case_id == case.id)
    _drop(Notice, Notice.case_id == case.id)
    _drop(CaseWord, CaseWord.case_id == case.id)
    _drop(Appointment, Appointment.case_id == case.id)
    invitations.forget(case)
    entry_drafts.following(case.id)


def _sharing(case: Case) -> None:
    _empty(KeptApart, KeptApart.case_id == case.id, reason="")
    _empty(Share, Share.case_id == case.id, reason="")


def _partners(case: Case) -> None:
    told: dict[str, Any] = {"reason": FORGOTTEN, "status_note": None, "shared_fields": [], "link": None}
    _empty(Orientation, Orientation.case_id == case.id, **told)


def _route(case: Case) -> None:
    _empty(ProcessInstance, ProcessInstance.case_id == case.id, state=b"", waits=[])
    _empty(DecisionRecord, DecisionRecord.case_id == case.id, outputs={})
    _empty(Event, Event.case_id == case.id, payload={})
    _empty(Incident, Incident.case_id == case.id, cause=FORGOTTEN)
    _empty(Mend, Mend.case_id == case.id, reason=FORGOTTEN, before=None)
    _empty(Task, Task.case_id == case.id, note=None)
    _carried(case)
    _empty(Breach, Breach.case_id == case.id, rule={})
    processes = select(ProcessInstance.id).where(ProcessInstance.case_id == case.id)
    _drop(Timer, Timer.process_id.in_(processes))


def _carried(case: Case) -> None:
    """Empty what carrying its processes to another release has kept, and why when it was for them alone."""
    _empty(MigratedProcess, MigratedProcess.case_id == case.id, told={}, details={}, before=None)
    theirs = select(MigratedProcess.migration_id).where(MigratedProcess.case_id == case.id)
    others = select(MigratedProcess.migration_id).where(MigratedProcess.case_id != case.id)
    _empty(Migration, Migration.id.in_(theirs) & Migration.id.not_in(others), reason=FORGOTTEN)


def _doors(case: Case) -> None:
    """Blank the address of the door behind which the household was met (CAR-5)."""
    met = select(DoorAnswer.target_id).where(DoorAnswer.case_id == case.id)
    blank = {"address": "", "complement": None, "match_address": ""}
    _empty(Target, Target.id.in_(met), **blank)
    _empty(DoorAnswer, DoorAnswer.case_id == case.id, answers=None)


_ERASERS: Final[tuple[Eraser, ...]] = (
    _answers,
    _meters,
    _papers,
    _words,
    _sharing,
    _partners,
    _route,
    _doors,
)


def of_case(case_id: UUID) -> Case:
    """Return the case, locked until the end of the transaction."""
    return db.session.scalars(select(Case).where(Case.id == case_id).with_for_update(of=Case)).one()
