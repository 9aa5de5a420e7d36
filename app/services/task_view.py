"""A task as its page shows it: the form to answer, what is known already, why it is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import engine
from app.catalog.answers import decode
from app.catalog.forms import Form
from app.catalog.kinds.attachments import holds_files
from app.catalog.kinds.choices import LANES
from app.database import db, transaction
from app.models import Case, DecisionRecord, Draft, ProcessInstance, Submission, Task
from app.services import answers as answers_of
from app.services import choosing, claims, form_lists, journal, perimeter, releases, tasks, views
from app.services.actors import Actor
from app.services.answers import AnsweredForm
from app.services.directory import answered_in as directory_answers
from app.services.inbox import TaskRow, full_name, row
from app.services.partners import directory_options
from app.services.releases import LoadedRelease

EARLIER: Final = 3
"""How many earlier forms a task shows, folded; the case shows them all."""


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
    """Everything the page of a task needs, each part read when asked for: answering needs little of it."""

    task: Task
    name: str
    actor: Actor
    release: LoadedRelease
    form: Form

    @property
    def classes(self) -> frozenset[str]:
        """The classes that this person may collect."""
        return self.actor.rights.collect

    @cached_property
    def row(self) -> TaskRow:
        """The task as a list shows it."""
        return row(self.task, self.actor)

    @cached_property
    def header(self) -> CaseHeader | None:
        """Whose case this is."""
        return _header(self.task.case)

    @cached_property
    def decisions(self) -> Sequence[DecisionView]:
        """The automatic decisions taken so far."""
        return [] if self.actor.rights.by_share_alone else _decisions(self.task.process)

    @cached_property
    def earlier(self) -> Sequence[AnsweredForm]:
        """What was answered before in the case, as this person may read it: the newest first."""
        task = self.task
        if task.case_id is None or not self.actor.rights.may("dossiers.voir"):
            return []
        found = answers_of.answered_forms([task.process], self.actor)
        return [item for item in reversed(found) if item.scope in (None, task.scope)][:EARLIER]

    @cached_property
    def claimed_by_name(self) -> str | None:
        """Who has taken the task."""
        return claims.holder_name(self.task)

    @cached_property
    def context(self) -> Mapping[str, Any]:
        """What the form reads: answers of the classes this person may read, facts, lists."""
        return _context(self)

    @cached_property
    def stored(self) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """The files kept with the draft, by field."""
        if not any(holds_files(item) for item in self.form.fields):
            return {}
        beside = self._draft.raw.get("files", {}) if self._draft else {}
        answered = _stored(decode(self._kept))
        return {key: [*beside.get(key, []), *answered.get(key, [])] for key in {*beside, *answered}}

    @cached_property
    def initial(self) -> Mapping[str, Any]:
        """The first answers: proposed by the form, taken from earlier ones, kept after a fault."""
        proposed = self.form.initial(self.context, classes=self.classes)
        return {**proposed, **self._prefilled[0], **decode(self._kept)}

    @cached_property
    def provenance(self) -> Mapping[str, Provenance]:
        """Where each pre-filled answer comes from."""
        return {} if self._kept else self._prefilled[1]

    @property
    def draft_at(self) -> datetime | None:
        """When the draft was kept."""
        return self._draft.at if self._draft else None

    @property
    def draft_typed(self) -> Mapping[str, list[str]] | None:
        """What was typed, not yet sent."""
        return self._draft.raw.get("typed") if self._draft else None

    @cached_property
    def answered(self) -> tuple[Sequence[Submission], Mapping[str, Mapping[str, Any]]]:
        """The answers given so far: the latest rows, and what they say together (every class)."""
        rows = views.latest_of(self.task.process)
        return rows, views.current_answers(rows, self.release, self.task.scope)

    @cached_property
    def _draft(self) -> Draft | None:
        query = select(Draft).where(Draft.task_id == self.task.id, Draft.person == self.actor.person)
        return db.session.scalar(query)

    @cached_property
    def _kept(self) -> dict[str, Any]:
        return answers_of.typed(self._draft.raw) if self._draft else {}

    @cached_property
    def _prefilled(self) -> tuple[dict[str, Any], dict[str, Provenance]]:
        rows, known = self.answered
        return prefilled(self.form, known, rows, self.actor, self.task.process)


def open_task(task_id: UUID, actor: Actor, *, to_write: bool = True) -> TaskView:
    """Return a task the actor may answer.

    Raises:
        NotFound: no such task for this person.
        Forbidden: another lane's.
        TaskAlreadyDone: it is no longer open.
    """
    task = tasks.find(task_id, actor, to_write=to_write)
    release = releases.of(task.process.release_id)
    return TaskView(task=task, name=task.name, actor=actor, release=release, form=release.forms[task.form])


def _context(view: TaskView) -> dict[str, Any]:
    """Return what the form reads, and nothing that it does not."""
    release, process, allowed = view.release, view.task.process, view.actor.rights.read
    reads = view.form.reads
    listed = directory_answers(release.settings.directory) if "annuaire" in reads else frozenset[str]()
    known = view.answered[1] if (reads | listed) & release.forms.keys() else {}
    context: dict[str, Any] = {
        form_id: {
            item.key: answers[item.key]
            for item in release.forms[form_id].fields
            if item.classe in view.actor.rights.readable_in(form_id, own=False) and item.key in answers
        }
        for form_id, answers in known.items()
        if form_id in release.forms
    }
    context |= form_lists.lists(reads, process.id, release)
    if "dossier" in reads:
        context["dossier"] = views.case_facts(process.case_id)
    if process.case_id is not None and view.actor.kind == "user":
        if "annuaire" in reads:
            context["annuaire"] = directory_options(process.case_id, context)
        context |= choosing.lists(reads, process, release, allowed)
    if process.state and reads - context.keys() - release.forms.keys():
        position = engine.read(release.programme, process.state)
        variables = next((item.variables for item in position.open_tasks if item.id == view.task.id), {})
        context = {key: value for key, value in variables.items() if key not in release.forms} | context
    return context


def prefilled(
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
        if classe not in actor.rights.readable_in(form_id, own=own, done_steps=process.done_elements):
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
        duplicates=perimeter.seen_references(case.duplicates),
    )


def _decisions(process: ProcessInstance) -> list[DecisionView]:
    rows = db.session.scalars(
        select(DecisionRecord).where(DecisionRecord.process_id == process.id).order_by(DecisionRecord.at)
    )
    return [
        DecisionView(item.name, list(item.rules), item.release_number, dict(item.outputs), item.at)
        for item in rows
    ]


def note_read(view: TaskView) -> None:
    """Journal that a task's page has shown secret answers (LAW-8); nothing when it shows none."""
    if "secret" not in view.actor.rights.read or "secret" not in _classes_shown(view):
        return
    task, actor, classes = view.task, view.actor, sorted(_classes_shown(view))
    task_id, case_id, process_id = task.id, task.case_id, task.process_id
    with transaction():
        journal.write(
            "tache.lue",
            actor=actor.name,
            user_id=actor.user_id,
            case_id=case_id,
            process_id=process_id,
            subject=str(task_id),
            details={"classes": classes},
        )


def _classes_shown(view: TaskView) -> set[str]:
    """Return the classes of the earlier answers that the page of a task shows."""
    classe_of = {
        f"{form.id}.{item.key}": item.classe for form in view.release.forms.values() for item in form.fields
    }
    offered = [view.context.get(choosing.ANYBODY, ()), *view.context.get(LANES, {}).values()]
    shown = {item["valeur"] for items in offered for item in items}
    shown |= {f"{form}.{key}" for form in view.release.forms for key in view.context.get(form, ())}
    shown |= {item.taken_from for item in view.form.fields if item.key in view.provenance}
    read = {row.classe for answered in view.earlier for row in answered.rows}
    return read | {classe_of[key] for key in shown if key in classe_of}
