"""What stands in a test's database, read afresh each time."""

import re
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.ids import new_id
from app.models import (
    Case,
    Document,
    JournalLine,
    Message,
    Orientation,
    ProcessInstance,
    ProgrammeDraft,
    Release,
    Task,
    Timer,
)
from app.services.cases import OpenedAlert


def put_draft(files: Mapping[str, bytes]) -> None:
    """Let the draft of the programme hold these files, faults and all, as if somebody had written them."""
    with transaction() as session:
        row = session.scalar(select(ProgrammeDraft))
        texts = {name: data.decode() for name, data in files.items()}
        if row is None:
            newest = session.scalar(select(Release.id).order_by(Release.number.desc()).limit(1))
            row = ProgrammeDraft(id=new_id(), files=texts, based_on=newest, version=1, updated_at=clock.now())
            session.add(row)
        else:
            row.files, row.version, row.updated_at = texts, row.version + 1, clock.now()


def open_tasks(case_id: UUID | None = None) -> list[Task]:
    """Return the open steps (of one case), the oldest first."""
    end_read()
    query = select(Task).where(Task.status == "open").order_by(Task.entered_at, Task.id)
    return list(db.session.scalars(query if case_id is None else query.where(Task.case_id == case_id)))


def the_task(element: str, *, case: OpenedAlert | None = None, scope: str | None = None) -> Task:
    """Return the only open step of that element (and case, and branch)."""
    waiting = open_tasks(case.case_id if case else None)
    found = [task for task in waiting if task.element == element and scope in {None, task.scope}]
    assert len(found) == 1, (element, scope, [(task.element, task.scope) for task in waiting])
    return found[0]


def the_process(case: OpenedAlert | None = None, *, process: str | None = None) -> ProcessInstance:
    """Return the only process of that case, or of that name."""
    end_read()
    query = select(ProcessInstance)
    query = query.where(ProcessInstance.id == case.process_id) if case else query
    return db.session.scalars(query.where(ProcessInstance.process == process) if process else query).one()


def the_case(case: OpenedAlert) -> Case:
    """Return the case as it stands now."""
    end_read()
    return db.session.scalars(select(Case).where(Case.id == case.case_id)).one()


def the_timer(element: str) -> Timer:
    """Return the only waiting timer of that element."""
    end_read()
    return db.session.scalars(select(Timer).where(Timer.element == element)).one()


def the_messages(kind: str | None = None) -> list[Message]:
    """Return the messages written so far (of one kind), the oldest first."""
    end_read()
    query = select(Message).order_by(Message.queued_at, Message.id)
    return list(db.session.scalars(query.where(Message.kind == kind) if kind else query))


def the_message(kind: str | None = None, *, to: str | None = None) -> Message:
    """Return the only message of that kind (and recipient)."""
    found = [message for message in the_messages(kind) if to in {None, message.recipient}]
    assert len(found) == 1, [(message.kind, message.recipient) for message in found]
    return found[0]


def the_orientations(case: OpenedAlert) -> dict[str, Orientation]:
    """Return the orientations of a case by kind of partner (the newest of each kind)."""
    end_read()
    query = select(Orientation).where(Orientation.case_id == case.case_id).order_by(Orientation.created_at)
    return {row.partner.kind: row for row in db.session.scalars(query)}


def the_link(partner_email: str) -> str:
    """Return the token of the newest personal link written to that partner."""
    found = [message for message in the_messages("demande_partenaire") if message.recipient == partner_email]
    token = re.search(r"/o/([\w-]+)", str(found[-1].body))
    assert token is not None
    return token[1]


def the_journal(action: str | None = None) -> list[JournalLine]:
    """Return the lines of the journal (of one action), in order."""
    end_read()
    query = select(JournalLine).order_by(JournalLine.number)
    return list(db.session.scalars(query.where(JournalLine.action == action) if action else query))


def the_process_row(case: OpenedAlert) -> ProcessInstance:
    """Return the row of a case's process inside the transaction under way."""
    return db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == case.process_id)).one()


def the_documents(template: str | None = None) -> list[Document]:
    """Return the documents ordered so far (of one template), the oldest first."""
    end_read()
    query = select(Document).order_by(Document.at, Document.id)
    return list(db.session.scalars(query.where(Document.template == template) if template else query))
