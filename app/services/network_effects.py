"""Carries out the network's verbs, inside the step's transaction."""

from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.handlers.effects import EnrolPartner, EraseAnswers
from app.models import Draft, Partner, ProcessInstance, StoredFile, Submission, Task
from app.services import files, journal


def enrol(effect: EnrolPartner, process: ProcessInstance) -> None:
    """Write a structure in the directory."""
    row = db.session.get(Partner, effect.id)
    if row is None:
        row = Partner(id=effect.id)
        db.session.add(row)
    row.kind, row.name, row.email, row.phone = effect.kind, effect.name, effect.email, effect.phone
    row.communes, row.active = list(effect.communes), True
    db.session.flush()
    journal.write("annuaire.modifie", process_id=process.id, subject=str(row.id))


def erase(effect: EraseAnswers, process: ProcessInstance) -> None:
    """Take some answers out of every submission of a process, and the drafts of the steps that asked them."""
    rows = db.session.scalars(
        select(Submission).where(Submission.process_id == process.id, Submission.form == effect.form)
    ).all()
    gone = set(effect.fields)
    for row in rows:
        _forget_files(row, gone)
        row.answers = {key: value for key, value in row.answers.items() if key not in gone}
        if row.secret:
            row.secret = {key: value for key, value in row.secret.items() if key not in gone} or None
    asking = select(Task.id).where(Task.process_id == process.id, Task.form == effect.form)
    for draft in db.session.scalars(select(Draft).where(Draft.task_id.in_(asking))):
        db.session.delete(draft)
    journal.write(
        "reponses.effacees", process_id=process.id, subject=effect.form, details={"champs": sorted(gone)}
    )


def _forget_files(row: Submission, gone: set[str]) -> None:
    """Forget the files that erased answers hold: a signed sheet names people."""
    held = {**row.answers, **(row.secret or {})}
    lists = (held[key] for key in gone if isinstance(held.get(key), list))
    named = (item["id"] for items in lists for item in items if isinstance(item, dict) and "id" in item)
    ids = [UUID(str(value)) for value in named]
    for stored in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids))).all():
        files.forget(stored)
