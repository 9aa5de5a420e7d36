"""An answer given by mistake, put right: a new one by the same form takes its place, the old one is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock, engine
from app.catalog.forms import Form
from app.database import db, transaction
from app.errors import Conflict, NotFound
from app.ids import new_id
from app.models import Case, ProcessInstance, Submission, Task
from app.services import facts, files, form_lists, journal, releases, tasks, views
from app.services.actors import Actor
from app.services.mending.record import Asked, Kept, MendRefused, apply, look
from app.services.releases import LoadedRelease
from app.services.task_view import TaskView

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Correctable:
    """An answer that may be put right by somebody: its form, and the classes they may see and give."""

    submission: Submission
    process: ProcessInstance
    form: Form
    release: LoadedRelease
    classes: frozenset[str]
    known: Mapping[str, Any]
    context: Mapping[str, Any]

    @property
    def stored(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The files of this answer, by field."""
        return {
            key: [item for item in value if isinstance(item, Mapping) and "id" in item]
            for key, value in self.known.items()
            if isinstance(value, list)
        }


def correctable(submission_id: UUID, by: Actor) -> Correctable:
    """Return an answer of a running process for this person to put right.

    They may change the classes that they may both read and collect: what they cannot see stays.

    Raises:
        NotFound: no such answer in the territory, or nothing of it that this person may put right.
        MendRefused: the same form was answered again since.
    """
    row = db.session.get(Submission, submission_id)
    process = db.session.get(ProcessInstance, row.process_id) if row is not None else None
    if row is None or process is None:
        raise NotFound
    release = releases.of(process.release_id)
    form = release.forms.get(row.form)
    own = by.user_id is not None and row.user_id == by.user_id
    readable = by.rights.readable(own=own, done_steps=process.done_elements)
    classes = by.rights.collect & readable
    if form is None or not any(item.classe in classes for item in form.fields):
        raise NotFound
    if _replaced(row):
        raise MendRefused(
            cause="Ce formulaire a été rempli de nouveau depuis : corrigez la réponse la plus récente."
        )
    known = views.current_answers(views.latest_of(process), release, row.scope).get(form.id, {})
    shown = {item.key for item in form.fields if item.classe in classes}
    return Correctable(
        submission=row,
        process=process,
        form=form,
        release=release,
        classes=classes,
        known={key: known[key] for key in known.keys() & shown},
        context=_context(row, form, release, by),
    )


def _context(row: Submission, form: Form, release: LoadedRelease, by: Actor) -> Mapping[str, Any]:
    """Return what the form reads, as its step's page gives it; an alert has no step."""
    task = db.session.get(Task, row.task_id) if row.task_id else None
    if task is None:
        return form_lists.given(form.reads, release)
    return TaskView(task=task, name=task.name, actor=by, release=release, form=form).context


def note_read(found: Correctable, by: Actor) -> None:
    """Journal that a page has shown secret answers to be put right (LAW-8); nothing when it shows none."""
    secrets = {item.key for item in found.form.fields if item.classe == "secret"}
    if not secrets & found.known.keys():
        return
    row = found.submission
    submission_id, case_id, process_id = row.id, row.case_id, row.process_id
    with transaction():
        journal.write(
            "reponse.lue",
            actor=by.name,
            user_id=by.user_id,
            case_id=case_id,
            process_id=process_id,
            subject=str(submission_id),
            details={"classes": ["secret"]},
        )


def _replaced(row: Submission) -> bool:
    """Say whether the same form was answered again in the same place: that answer counts now."""
    same = Submission.case_id == row.case_id if row.case_id else Submission.process_id == row.process_id
    scope = Submission.scope.is_(None) if row.scope is None else Submission.scope == row.scope
    newest = db.session.scalar(
        select(Submission.id)
        .where(same, scope, Submission.form == row.form)
        .order_by(Submission.at.desc(), Submission.id.desc())
        .limit(1)
    )
    return newest != row.id


def correct(
    submission_id: UUID, answers: Answers, *, reason: str, by: Actor, expected: int | None = None
) -> UUID:
    """Put an answer right; return the mend's id.

    What the diagram reads of it is rewritten in the process; decisions already taken are not taken again,
    and what has left stays sent.

    Args:
        answers: typed answers to the whole form, of the classes that ``correctable`` gives.

    Raises:
        NotFound, MendRefused: as ``correctable``.
        Forbidden, Invalid, Conflict: as every mend (``record.look``).
    """
    row = db.session.get(Submission, submission_id)
    if row is None:
        raise NotFound
    asked = Asked("correct", row.process_id, by, reason, expected)
    seen = look(asked)
    found = correctable(submission_id, by)
    given = {key: value for key, value in answers.items() if _classe(found.form, key) in found.classes}
    outcomes = _outcomes(found, given)
    position = engine.correct(found.release.programme, seen.state, outcomes, found.submission.scope)
    element, form_id = found.submission.element, found.form.id

    def store(process: ProcessInstance) -> Kept:
        old = db.session.get_one(Submission, submission_id)
        if _replaced(old):
            raise Conflict
        process.state = position.state
        new = _submission(old, given, found, by)
        db.session.add(new)
        update_facts(process, given, found.form)
        details = {"reponse": str(new.id), "remplace": str(old.id), "champs": sorted(given)}
        return Kept(element, form_id, seen.state, {"journal": details})

    return apply(asked, seen, store)


def update_facts(process: ProcessInstance, answers: Answers, form: Form) -> None:
    """Let the case follow the answers that feed its facts."""
    case = db.session.get(Case, process.case_id) if process.case_id else None
    fed = facts.read(answers, form)
    if case is not None and fed:
        facts.update(case, fed)


def _submission(old: Submission, given: Answers, found: Correctable, by: Actor) -> Submission:
    kept = files.keep_uploads(given, found.form, case_id=old.case_id, user_id=by.user_id)
    return Submission(
        id=new_id(),
        process_id=old.process_id,
        case_id=old.case_id,
        task_id=None,
        element=old.element,
        form=old.form,
        scope=old.scope,
        classes=sorted(found.classes),
        user_id=by.user_id,
        author=by.name,
        at=clock.now(),
        **tasks.split_by_class(kept, found.form),
    )


def _outcomes(found: Correctable, given: Answers) -> dict[str, object]:
    """Return what the diagram reads of this answer, of the fields put right; a field emptied gives None."""
    row = found.submission
    called = db.session.scalar(select(Task.called_process).where(Task.id == row.task_id))
    if called is None:
        return {}
    declared = engine.outcomes_of(found.release.programme, called, row.element)
    keys = {item.key for item in found.form.fields if item.classe in found.classes}
    return {
        path: given.get(field)
        for path in declared
        for form, _, field in [path.partition(".")]
        if form == found.form.id and field in keys
    }


def _classe(form: Form, key: str) -> str | None:
    field = form.field(key)
    return field.classe if field is not None else None
