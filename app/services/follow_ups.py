"""A new case for the household of another one: what is known is taken up, nothing is typed twice (LAW-11).

A programme offers it by ``[dossier] suite``; the fields of its entry form that say « reprise_de » take the
earlier answers up. The new case goes its own way: its own steps, its own place, its own money (AST-2, AST-7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.errors import NotFound
from app.models import Case, ProcessInstance
from app.services import archives, perimeter, releases, views
from app.services.actors import Actor
from app.services.inbox import full_name
from app.services.task_view import Provenance, prefilled


@dataclass(frozen=True)
class Followed:
    """The case that a new one carries on, what of it fills the form, and where each answer comes from."""

    case_id: UUID
    reference: str
    household: str
    answers: Mapping[str, Any]
    origins: Mapping[str, Provenance]


def offered(actor: Actor) -> str | None:
    """Return what the button says, None when this person is not offered it here."""
    return releases.current().entry.follow_up if actor.rights.may("dossiers.signaler") else None


def followed(reference: str, actor: Actor) -> Followed:
    """Return what a new alert takes up from a case.

    Raises:
        NotFound: no such case for this person, or the programme offers no follow-up.
        Archived, Erased: it is no longer open to this person (LAW-5).
    """
    case = db.session.scalar(select(Case).where(Case.reference == reference))
    if case is None or offered(actor) is None:
        raise NotFound
    archives.guard(case.id, actor)
    release = releases.current()
    form = release.forms[release.entry.form]
    process = db.session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.case_id == case.id, ProcessInstance.act.is_(None))
        .order_by(ProcessInstance.started_at)
        .limit(1)
    ).one()
    rows = views.latest_of(process)
    known = views.current_answers(rows, releases.of(process.release_id), None)
    answers, origins = prefilled(form, known, rows, actor, process)
    fields = {field.key for field in form.fields if field.classe in actor.rights.collect}
    return Followed(
        case_id=case.id,
        reference=case.reference,
        household=full_name(case.household),
        answers={key: value for key, value in answers.items() if key in fields},
        origins={key: value for key, value in origins.items() if key in fields},
    )


def reference_of(case_id: UUID) -> str | None:
    """Return the reference of a case, None when this person may not see it."""
    return db.session.scalar(select(Case.reference).where(Case.id == case_id))


def neighbours(case: Case) -> tuple[str | None, list[str]]:
    """Return the references of the case that this one carries on, and of those that carry it on."""
    before = reference_of(case.follows_id) if case.follows_id is not None else None
    after = db.session.scalars(
        select(Case.reference).where(Case.follows_id == case.id).order_by(Case.opened_at)
    ).all()
    return before, list(perimeter.seen_references(list(after)))
