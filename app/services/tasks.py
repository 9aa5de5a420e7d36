"""Human steps: the inbox, opening a step, keeping a draft, completing it once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import clock, engine
from app.catalog.answers import encode
from app.catalog.forms import Form
from app.catalog.uploads import Upload
from app.database import db, transaction
from app.engine import Position
from app.errors import Conflict, Forbidden, NotFound, ProcessSuspended, TaskAlreadyDone
from app.models import Case, Draft, ProcessInstance, Submission, Task
from app.services import apart, appointments, arrivals, facts, files, journal, releases, steps, views
from app.services.actors import Actor
from app.services.releases import LoadedRelease

Answers = Mapping[str, Any]
_WITH_PROCESS: Final = (joinedload(Task.process, innerjoin=True),)
"""A task and its process, which whoever opens a task reads next."""


@dataclass(frozen=True)
class Completed:
    """What follows a completion: the case, and the next steps that the same person may do."""

    case_reference: str | None
    next_tasks: Sequence[UUID]
    finished: bool


def find(task_id: UUID, actor: Actor, *, to_write: bool = False) -> Task:
    """Return a task the actor may see.

    Args:
        to_write: the task must still be open.

    Raises:
        NotFound: no such task here, or another branch's.
        Forbidden: another lane's.
        TaskAlreadyDone: it is no longer open.
    """
    task = db.session.get(Task, task_id, options=_WITH_PROCESS)
    if task is None or (actor.branch is not None and task.scope != actor.branch):
        raise NotFound
    if actor.kind != "system" and task.lane not in actor.lanes:
        raise Forbidden
    if to_write and task.status != "open":
        raise TaskAlreadyDone
    return task


def complete(task_id: UUID, answers: Answers, *, by: Actor) -> Completed:
    """Record a person's answers and move the case on.

    Args:
        task_id: the engine's own id, as shown in the inbox.
        answers: already validated against the task's form, only fields that ``by`` may collect.
        by: who answers; must hold the task's lane in the territory being served.

    Raises:
        NotFound: no such task in the territory.
        Forbidden: the task is another lane's.
        TaskAlreadyDone: someone answered first; nothing of this answer is applied.
        DesignFault: a step further on cannot run; the step is rolled back, the answers
            stay as a draft and an incident holds the command, so that it can be replayed.
    """
    task = find(task_id, by, to_write=True)
    asked = Asked(task.process_id, task.case_id, task_id, task.element, task.form, task.scope)
    release = releases.of(task.process.release_id)
    command = steps.Command("complete", {"task_id": str(task_id), "person": by.person})
    store = _Store(asked, answers, by, release)
    try:
        position = steps.advance(
            asked.process_id,
            lambda programme, state, hooks: engine.complete(programme, state, task_id, answers, hooks),
            command=command,
            store=store,
            pending=views.Pending(asked.form, asked.scope, answers, by.rights.collect),
            on_fault=lambda: _keep_answers(task_id, answers, by),
        )
    except (Conflict, IntegrityError) as conflict:
        raise _why(task_id) from conflict
    return _completed(position, store.case_reference, by)


class Asked(NamedTuple):
    """What never changes of a task: it outlives the transaction that read it."""

    process_id: UUID
    case_id: UUID | None
    task_id: UUID
    element: str
    form: str
    scope: str | None


@dataclass
class _Store:
    """Writes the answers of one completion, inside the step's transaction."""

    asked: Asked
    answers: Answers
    by: Actor
    release: LoadedRelease
    case_reference: str | None = None

    def __call__(self, process: ProcessInstance, position: Position) -> None:
        del position
        asked = self.asked
        self._close()
        case = keep(asked, self.answers, self.by, process, self.release)
        self.case_reference = case.reference if case else None
        arrivals.answered(asked.task_id, asked.case_id, self.by, self.release)
        journal.write(
            "tache.faite",
            actor=self.by.name,
            user_id=self.by.user_id,
            case_id=process.case_id,
            process_id=process.id,
            subject=str(asked.task_id),
            details={"etape": asked.element},
        )

    def _close(self) -> None:
        """Mark the task done, once, and forget this person's draft."""
        task_id = self.asked.task_id
        closed = db.session.execute(
            _CLOSE, {"task": task_id, "completed_at": clock.now(), "completed_by": self.by.user_id}
        )
        if closed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            raise TaskAlreadyDone
        forget(task_id, self.by)


_CLOSE: Final = (
    update(Task)
    .where(Task.id == bindparam("task"), Task.status == "open")
    .values(status="done", completed_at=bindparam("completed_at"), completed_by=bindparam("completed_by"))
    .execution_options(synchronize_session=False)
)
_FORGET: Final = (
    delete(Draft)
    .where(Draft.task_id == bindparam("task"), Draft.person == bindparam("person"))
    .execution_options(synchronize_session=False)
)
"""Built once: every completion runs them."""


def forget(task_id: UUID, by: Actor) -> None:
    """Forget what somebody had begun to answer; in the caller's transaction."""
    db.session.execute(_FORGET, {"task": task_id, "person": by.person})


def keep(
    asked: Asked, answers: Answers, by: Actor, process: ProcessInstance, release: LoadedRelease
) -> Case | None:
    """Keep the answers of one step and what they say of the case, which is returned; in its transaction."""
    case = db.session.get(Case, asked.case_id) if asked.case_id is not None else None
    answered = submission(asked, answers, by, release)
    db.session.add(answered)
    appointments.keep(answered, process, release)
    form = release.forms.get(asked.form)
    fed = facts.read(answers, form) if form is not None else {}
    if case is not None and fed:
        facts.update(case, fed)
    return case


def submission(asked: Asked, answers: Answers, by: Actor, release: LoadedRelease) -> Submission:
    """Return the row that keeps ``answers``, the secret ones apart (LAW-4); uploads are stored."""
    form = release.forms.get(asked.form)
    kept = (
        files.keep_uploads(answers, form, case_id=asked.case_id, user_id=by.user_id)
        if form
        else dict(answers)
    )
    return Submission(
        process_id=asked.process_id,
        case_id=asked.case_id,
        task_id=asked.task_id,
        element=asked.element,
        form=asked.form,
        scope=asked.scope,
        classes=sorted(by.rights.collect),
        user_id=by.user_id,
        author=by.name,
        at=clock.now(),
        **split_by_class(kept, form),
    )


def split_by_class(answers: Answers, form: Form | None) -> dict[str, Any]:
    """Return the columns ``answers`` and ``secret`` of a submission."""
    secret_keys = {field.key for field in form.fields if field.classe == "secret"} if form else set()
    encoded = encode(answers)
    secret = {key: value for key, value in encoded.items() if key in secret_keys}
    return {
        "answers": {key: value for key, value in encoded.items() if key not in secret_keys},
        "secret": secret or None,
    }


def _completed(position: Position, reference: str | None, by: Actor) -> Completed:
    mine = [
        task.id for task in position.open_tasks if task.lane in by.lanes and by.branch in {None, task.scope}
    ]
    return Completed(reference, apart.still_theirs(mine, by), position.finished)


def _why(task_id: UUID) -> Conflict:
    """Return the conflict that people understand: done by somebody, in suspense, or moved meanwhile."""
    found = db.session.execute(select(Task.status, Task.active).where(Task.id == task_id)).one_or_none()
    if found is None or found.status != "open":
        return TaskAlreadyDone()
    return Conflict() if found.active else ProcessSuspended()


def _keep_answers(task_id: UUID, answers: Answers, by: Actor) -> None:
    """Keep validated answers as a draft, so that a failed step loses nothing and can be replayed."""
    task = db.session.scalars(select(Task).where(Task.id == task_id)).one()
    form = releases.of(task.process.release_id).forms.get(task.form)
    kept = (
        files.keep_uploads(answers, form, case_id=task.case_id, user_id=by.user_id) if form else dict(answers)
    )
    row = _draft(task_id, by)
    row.raw = {
        "answers": encode(kept),
        "classes": sorted(by.rights.collect),
        "author": by.name,
        "files": row.raw.get("files", {}),
    }
    row.at = clock.now()


def _draft(task_id: UUID, by: Actor) -> Draft:
    row = db.session.scalar(select(Draft).where(Draft.task_id == task_id, Draft.person == by.person))
    if row is None:
        row = Draft(task_id=task_id, person=by.person, raw={}, at=clock.now())
        db.session.add(row)
    return row


def save_draft(task_id: UUID, raw: Mapping[str, list[str]], actor: Actor) -> datetime:
    """Keep what a person has typed so far, as typed; return when it was kept.

    Raises:
        NotFound: no such task for this person.
        Forbidden: another lane's.
    """
    find(task_id, actor)  # one taken back may be open again: what was typed for it is kept
    at = clock.now()
    with transaction():
        row = _draft(task_id, actor)
        kept = row.raw.get("files", {})
        row.raw, row.at = {"typed": {name: list(texts) for name, texts in raw.items()}, "files": kept}, at
    return at


def keep_files(
    task_id: UUID, uploads: Mapping[str, Sequence[Upload]], actor: Actor
) -> dict[str, list[dict[str, Any]]]:
    """Store files sent with a form that is shown again, beside its draft; return their references by field.

    Raises:
        NotFound: no such task for this person.
        Forbidden: another lane's.
        TaskAlreadyDone: it is no longer open.
    """
    task = find(task_id, actor, to_write=True)
    form = releases.of(task.process.release_id).forms[task.form]
    with transaction():
        case_id = db.session.scalar(select(Task.case_id).where(Task.id == task_id))
        new = files.keep_uploads(
            {key: list(sent) for key, sent in uploads.items()}, form, case_id=case_id, user_id=actor.user_id
        )
        row = _draft(task_id, actor)
        before = row.raw.get("files", {})
        row.raw = {**row.raw, "files": {**before, **{k: [*before.get(k, []), *v] for k, v in new.items()}}}
        row.at = clock.now()
    return new


def drop_draft(task_id: UUID, actor: Actor) -> None:
    """Forget a draft."""
    find(task_id, actor)
    with transaction() as session:
        row = session.scalar(select(Draft).where(Draft.task_id == task_id, Draft.person == actor.person))
        if row is not None:
            session.delete(row)
