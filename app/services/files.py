"""Attached files: stored apart, referred to by id from answers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app import clock, jobs
from app.catalog.forms import Form
from app.catalog.uploads import Upload
from app.database import db
from app.ids import new_id
from app.jobs import job
from app.models import StoredFile
from app.services import storage


def keep(
    content: bytes, *, name: str, mime: str, classe: str, case_id: UUID | None, user_id: UUID | None
) -> StoredFile:
    """Store a file and add its row to the transaction under way.

    A rolled-back transaction leaves at most a file that no row names.
    """
    row = StoredFile(
        id=new_id(),
        case_id=case_id,
        key=storage.store().put(content),
        name=name,
        mime=mime,
        size=len(content),
        digest=storage.digest_of(content),
        classe=classe,
        at=clock.now(),
        user_id=user_id,
    )
    db.session.add(row)
    db.session.flush()
    return row


def keep_uploads(
    answers: Mapping[str, Any], form: Form, *, case_id: UUID | None, user_id: UUID | None
) -> dict[str, Any]:
    """Return the answers with each new upload stored and replaced by its reference."""
    classes = {field.key: field.classe for field in form.fields}
    return {
        key: [_reference(item, classes.get(key, "technique"), case_id, user_id) for item in value]
        if isinstance(value, list) and any(isinstance(item, Upload) for item in value)
        else value
        for key, value in answers.items()
    }


def _reference(item: object, classe: str, case_id: UUID | None, user_id: UUID | None) -> object:
    if not isinstance(item, Upload):
        return item
    row = keep(item.data, name=item.name, mime=item.mime, classe=classe, case_id=case_id, user_id=user_id)
    return {"id": str(row.id), "nom": row.name, "mime": row.mime, "taille": row.size}


def forget(row: StoredFile) -> None:
    """Forget a file: its row with the transaction under way, its bytes once that has committed (LAW-5)."""
    jobs.enqueue("forget_file", key=row.key)
    db.session.delete(row)


@job("forget_file", queue="documents")
def forget_file(key: str) -> None:
    """Remove the bytes of a file that no row names any more; repeated without harm."""
    storage.store().delete(key)
