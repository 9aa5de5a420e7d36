"""What meetings wrote of one household among others: taken out, the rest stays (LAW-5).

A meeting is answered once for many situations, and its papers hold them all: the lines of the forgotten one
lose everything but its reference, and the papers are printed again without it.
"""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from app import jobs
from app.database import db
from app.models import Case, Document, ProcessInstance, ReviewItem, StoredFile, Submission
from app.services import files

_GONE: Final = "effacé"


def forget(case: Case) -> None:
    """Take a household out of every agenda, of what was answered for it, and of the papers."""
    items = db.session.scalars(select(ReviewItem).where(ReviewItem.case_id == case.id)).all()
    for item in items:
        item.changes, item.actions, item.answers, item.comment = [], [], {}, None
    marks = frozenset({case.reference, str(case.id)})
    for process_id in sorted({item.process_id for item in items}):
        process = db.session.get_one(ProcessInstance, process_id)
        if process.status in ("finished", "cancelled"):
            process.state = b""
        for submission in db.session.scalars(select(Submission).where(Submission.process_id == process_id)):
            submission.answers = without(submission.answers, marks)
            submission.secret = without(submission.secret, marks) if submission.secret else submission.secret
        for document in db.session.scalars(select(Document).where(Document.process_id == process_id)):
            _print_again(document, marks)


def _print_again(document: Document, marks: frozenset[str]) -> None:
    document.context = without(document.context, marks)
    flag_modified(document, "context")
    if document.file_id is not None:
        stored = db.session.get_one(StoredFile, document.file_id)
        document.file_id, document.status = None, "pending"
        db.session.flush()
        files.forget(stored)
        jobs.enqueue("render_document", document_id=document.id)


def without(value: Any, marks: frozenset[str]) -> Any:
    """Return answers or a frozen context with what tells of the case emptied; its reference stays.

    A row of a table (a dictionary or a list in a list) tells of it when one of its cells is, or begins
    with, its reference or its id.
    """
    if isinstance(value, dict):
        return {key: without(item, marks) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    return [_row(item, marks) if _names(item, marks) else without(item, marks) for item in value]


def _names(row: Any, marks: frozenset[str]) -> bool:
    cells = row.values() if isinstance(row, dict) else row if isinstance(row, list) else ()
    return any(_mark(cell, marks) is not None for cell in cells)


def _mark(cell: Any, marks: frozenset[str]) -> str | None:
    first = cell.split("\n", 1)[0] if isinstance(cell, str) else None
    return first if first in marks else None


def _row(row: Any, marks: frozenset[str]) -> Any:
    if isinstance(row, dict):
        return {key: _mark(cell, marks) for key, cell in row.items()}
    return [_mark(cell, marks) or _GONE for cell in row]
