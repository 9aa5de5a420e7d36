"""What the year is counted from a second time: the lines of the journal, and the answers they name (AST-12).

Neither the rows of cases nor those of tasks are read: when a case was opened and closed, when a form was
answered and for whom, is what the journal says.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import db, end_read
from app.models import JournalLine, Submission
from app.services import journal
from tests.services.indicators_oracle import Rows, answers

OPENED, CLOSED, ANSWERED = "dossier.ouvert", "dossier.clos", ("tache.faite", "geste.fait")


def told() -> Rows:
    """Return what the journal tells; every answer kept has its line, and the chain of lines is whole."""
    end_read()
    assert journal.verify() is None
    lines = list(db.session.scalars(select(JournalLine).order_by(JournalLine.number)))
    kept = list(db.session.scalars(select(Submission)))
    given = [*_answered(lines, kept)]
    assert len({row["id"] for row in given}) == len(given) == len(kept)
    where = {row["case_id"]: answers(row)["adresse"]["insee"] for row in given if row["form"] == "saisine"}
    closed = {line.case_id: line.at for line in lines if line.action == CLOSED}
    cases = [
        {
            "id": line.case_id, "opened_at": line.at, "closed_at": closed.get(line.case_id),
            "insee": where[line.case_id],
        }
        for line in lines
        if line.action == OPENED
    ]  # fmt: skip
    return Rows(cases=cases, submissions=given, tasks=[], orientations=[], doors=[], spent=[])


def _answered(lines: list[JournalLine], kept: list[Submission]) -> Iterator[dict[str, Any]]:
    """Yield each answer at the instant and for the case that the journal says."""
    first = {row.case_id: row for row in kept if row.task_id is None}
    of_task = {row.task_id: row for row in kept}
    for line in lines:
        if line.action == OPENED:
            row = first[line.case_id]
        elif line.action in ANSWERED:
            row = of_task[UUID(line.subject)]
        else:
            continue
        yield {
            "id": line.number, "case_id": line.case_id, "form": row.form, "scope": row.scope,
            "answers": row.answers, "at": line.at,
        }  # fmt: skip
