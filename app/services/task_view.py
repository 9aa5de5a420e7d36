"""A task as its page shows it: the form to answer, what is known already, why it is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import engine
from app.catalog.answers import decode
from app.catalog.forms import Form
from app.database import db
from app.models import Case, DecisionRecord, Draft, ProcessInstance, Submission, Task
from app.services import answers as answers_of
from app.services import releases, tasks, views
from app.services.actors import Actor
from app.services.inbox import TaskRow, full_name, row
from app.services.partners import directory_options
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class Provenance:
    """Where a pre-filled answer comes from (LAW-11)."""

    form_title: str
    at: datetime
    author: str


@dataclass(frozen=True)
class DecisionView:
    """An automatic decision, with the rule that made it and its version."""

    name: str
    rules: Sequence[int]
    release_number: int
    outputs: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class CaseHeader:
    """Whose case this is, at a glance."""

    reference: str
    household: str
    commune: str | None
    priority: str | None
    phone: str | None
    address: str
    duplicates: Sequence[str]


@dataclass(frozen=True)
class TaskView:
    """Everything the page of a task needs. ``context`` is what the form's expressions read."""

    task: Task
    row: TaskRow
    release: LoadedRelease
    form: Form
    initial: Mapping[str, Any]
    provenance: Mapping[str, Provenance]
    context: Mapping[str, Any]
    stored: Mapping[str, Sequence[Mapping[str, object]]]
    header: CaseHeader | None
    decisions: Sequence[DecisionView]
    draft_at: datetime | None
    draft_typed: Mapping[str, list[str]] | None
    claimed_by_name: str | None
    classes: frozenset[str] = field(default_factory=frozenset)


def open_task(task_id: UUID, actor: Actor, *, to_write: bool = True) -> TaskView:
    """Return a task the actor may answer.

    Raises:
        NotFound: no such task for this person.
        Forbidden: another lane's.
        TaskAlreadyDone: it is no longer open.
    """
    task = tasks.find(task_id, actor, to_write=to_write)
    process = task.process
    release = releases.of(process.release_id)
    form = release.forms[task.form]
    submissions = views.submissions_of(process)
    known = views.current_answers(submissions, release, task.scope)
    context = _context(process, task, release, known, actor)
    draft = db.session.scalar(select(Draft).where(Draft.task_id == task.id, Draft.person == actor.person))
    kept = answers_of.typed(draft.raw) if draft else {}
    initial, provenance = _prefilled(form, known, submissions, actor, process)
    return TaskView(
        task=task,
        row=row(task, actor),
        release=release,
        form=form,
        initial={**form.initial(context, classes=actor.rights.collect), **initial, **decode(kept)},
        provenance={} if kept else provenance,
        context=context,
        stored=_stored(decode(kept)),
        header=_header(task.case),
        decisions=_decisions(process),
        draft_at=draft.at if draft else None,
        draft_typed=draft.raw.get("typed") if draft else None,
        claimed_by_name=tasks.holder_name(task),
        classes=actor.rights.collect,
    )


def _context(
    process: ProcessInstance,
    task: Task,
    release: LoadedRelease,
    known: Mapping[str, Mapping[str, Any]],
    actor: Actor,
) -> dict[str, Any]:
    """Return what the form reads: answers of the classes this person may read, facts, lists."""
    position = engine.read(release.programme, process.state)
    variables = next((open_.variables for open_ in position.open_tasks if open_.id == task.id), {})
    allowed = actor.rights.read
    context: dict[str, Any] = {
        form_id: {
            item.key: answers[item.key]
            for item in release.forms[form_id].fields
            if item.classe in allowed and item.key in answers
        }
        for form_id, answers in known.items()
        if form_id in release.forms
    }
    context |= {key: value for key, value in variables.items() if key not in release.forms}
    context["reglages"] = dict(release.settings.rules)
    context["dossier"] = views.case_facts(process.case_id)
    context["prestations"] = dict(release.settings.services)
    context["partenaires"] = {kind.id: kind.label for kind in release.settings.partner_kinds.values()}
    if process.case_id is not None and actor.kind == "user":
        context["annuaire"] = directory_options(process.case_id)
        context["champs_partageables"] = [
            {"valeur": item.key, "libelle": f"{item.label} : {item.text}"[:160]}
            for item in answers_of.shareable(process, release, allowed)
        ]
    return context


def _prefilled(
    form: Form,
    known: Mapping[str, Mapping[str, Any]],
    submissions: Sequence[Submission],
    actor: Actor,
    process: ProcessInstance,
) -> tuple[dict[str, Any], dict[str, Provenance]]:
    """Pre-fill from earlier answers this person may read (LAW-1, LAW-11)."""
    release = releases.of(process.release_id)
    initial: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for item in form.fields:
        source = item.taken_from
        if source is None:
            continue
        form_id, _, key = source.partition(".")
        value = known.get(form_id, {}).get(key)
        origin = next((s for s in reversed(submissions) if s.form == form_id), None)
        source_form = release.forms.get(form_id)
        if value is None or origin is None or source_form is None:
            continue
        classe = next((field_.classe for field_ in source_form.fields if field_.key == key), "secret")
        own = actor.user_id is not None and origin.user_id == actor.user_id
        if classe not in actor.rights.readable(own=own, done_steps=process.done_elements):
            continue
        initial[item.key] = value
        provenance[item.key] = Provenance(source_form.title, origin.at, origin.author)
    return initial, provenance


def _stored(answers: Mapping[str, Any]) -> dict[str, list[Mapping[str, object]]]:
    return {
        key: [item for item in value if isinstance(item, Mapping) and "id" in item]
        for key, value in answers.items()
        if isinstance(value, list)
    }


def _header(case: Case | None) -> CaseHeader | None:
    if case is None:
        return None
    place = case.dwelling
    return CaseHeader(
        reference=case.reference,
        household=full_name(case.household),
        commune=place.commune,
        priority=case.priority,
        phone=case.household.phone,
        address=", ".join(part for part in (place.address, place.complement) if part),
        duplicates=list(case.duplicates),
    )


def _decisions(process: ProcessInstance) -> list[DecisionView]:
    rows = db.session.scalars(
        select(DecisionRecord).where(DecisionRecord.process_id == process.id).order_by(DecisionRecord.at)
    )
    return [
        DecisionView(item.name, list(item.rules), item.release_number, dict(item.outputs), item.at)
        for item in rows
    ]
