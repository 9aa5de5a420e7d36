"""Files joined to the steps of an event: read by the network's members, by class (LAW-1, LAW-8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import db, transaction
from app.models import StoredFile, Submission
from app.services import journal, storage
from app.services.actors import Actor


@dataclass(frozen=True)
class Attached:
    """A file that somebody joined to a step of an event."""

    id: UUID
    name: str


def attached(process_id: UUID, actor: Actor) -> list[Attached]:
    """Return the files of a process of the territory that this person may read, in the order they came."""
    query = select(Submission.answers).where(
        Submission.process_id == process_id, Submission.case_id.is_(None)
    )
    named = [
        one for row in db.session.scalars(query.order_by(Submission.at, Submission.id)) for one in _ids(row)
    ]
    rows = db.session.execute(
        select(StoredFile.id, StoredFile.name, StoredFile.classe).where(
            StoredFile.id.in_(named), StoredFile.case_id.is_(None)
        )
    )
    kept = {row.id: row.name for row in rows if row.classe in actor.rights.read}
    return [Attached(one, kept[one]) for one in dict.fromkeys(named) if one in kept]


def read(file_id: UUID, process_id: UUID, actor: Actor) -> tuple[StoredFile, bytes]:
    """Return a file with its bytes, and journal who read it; the caller has seen that they may."""
    row = db.session.scalars(select(StoredFile).where(StoredFile.id == file_id)).one()
    content = storage.store().get(row.key, digest=row.digest)
    with transaction():
        journal.write(
            "fichier.lu", actor=actor.name, user_id=actor.user_id, process_id=process_id, subject=str(file_id)
        )
    return row, content


def _ids(answers: dict[str, Any]) -> Iterator[UUID]:
    for value in answers.values():
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict) and "id" in item and "mime" in item:
                yield UUID(str(item["id"]))
