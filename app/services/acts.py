"""Acts (« gestes »): processes that people start by hand, whose first form is answered as they start.

Nothing exists until that form is sent: the process begins and its first step is answered in one transaction.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock, engine, perimeter
from app.database import db, end_read, transaction
from app.engine import StepFault
from app.errors import Conflict, DesignFault, NotFound
from app.ids import new_id
from app.models import Case, ProcessInstance, Task
from app.services import act_drafts, journal, positions, starting, tasks, views
from app.services.act_rules import Act, Beginning, beginning, offered, why_not
from app.services.actors import Actor

__all__ = [
    "Act",
    "ActClosed",
    "Beginning",
    "beginning",
    "case_of",
    "next_task",
    "offered",
    "reference_of",
    "start",
]


class ActClosed(Conflict):
    """The act is no longer possible: what it belongs to has ended, or its condition no longer holds."""

    sentence_template = (
        "« {act} » n'est plus possible : {why} Rien n'a été enregistré. Votre saisie est toujours affichée "
        "ci-dessous : copiez ce que vous voulez garder."
    )


def start(
    act_id: str,
    case_id: UUID | None,
    answers: Mapping[str, Any],
    *,
    by: Actor,
    process_id: UUID | None = None,
) -> UUID:
    """Start the process of an act and answer its first step; return the process.

    Args:
        answers: validated against the form of the first step.
        process_id: the id that the page drew: sent twice, it starts once.

    Raises:
        NotFound, Forbidden: as ``beginning``.
        ActClosed: the act is not possible any more; nothing is stored.
        Conflict: ``process_id`` is that of something else.
        DesignFault: a step cannot run. When the first one could begin, it waits in the inbox with the
            answers as a draft, and an incident replays it.
    """
    begun = beginning(act_id, case_id, by)
    wanted = process_id or new_id()
    try:
        _store(begun, answers, by, wanted)
    except StepFault as fault:
        end_read()
        _wait_for_mending(begun, answers, by, wanted, fault)
    return wanted


def case_of(reference: str) -> UUID:
    """Return the case of that reference.

    Raises:
        NotFound: none here for this person.
    """
    found = db.session.scalar(select(Case.id).where(Case.reference == reference))
    if found is None:
        raise NotFound
    return found


def reference_of(case_id: UUID) -> str | None:
    """Return the reference of a case, None when this person may not see it."""
    return db.session.scalar(select(Case.reference).where(Case.id == case_id))


def next_task(process_id: UUID, actor: Actor) -> UUID | None:
    """Return the step of a process that this person may do next, None when it is for others."""
    waiting = select(Task).where(Task.process_id == process_id, Task.status == "open")
    rows = db.session.scalars(waiting.order_by(Task.entered_at, Task.id))
    return next((row.id for row in rows if row.lane in actor.lanes and row.scope is None), None)


def _store(begun: Beginning, answers: Mapping[str, Any], by: Actor, process_id: UUID) -> None:
    """Begin and answer, in one transaction; done once for a process id."""
    end_read()
    act, release = begun.act, begun.release
    with transaction() as session:
        case = _held(begun.case_id)
        if _done_before(process_id, begun):
            return
        why = why_not(act, case, release)
        if why is not None:
            raise ActClosed(act=act.label, why=why)
        row = ProcessInstance(
            id=process_id,
            case_id=begun.case_id,
            release_id=release.id,
            process=act.process,
            state=b"",
            started_at=clock.now(),
            act=act.id,
            done_elements={},
        )
        session.add(row)
        session.flush()
        _begin_and_answer(row, begun, answers, by)
        tasks.forget(act_drafts.key(act.id, begun.case_id), by)


@perimeter.lifted("step")
def _begin_and_answer(row: ProcessInstance, begun: Beginning, answers: Mapping[str, Any], by: Actor) -> None:
    release, form = begun.release, begun.step.form or ""
    hooks = starting.hooks_for(row, release)
    begin = engine.start(release.programme, row.process, {}, hooks, instance_id=row.id)
    asked = begin.open_tasks[0]
    then = replace(hooks, pending=views.Pending(form, None, answers, by.rights.collect), _views={})
    after = engine.complete(release.programme, begin.state, asked.id, answers, then)
    what = tasks.Asked(row.id, row.case_id, asked.id, asked.element, form, None)
    task = positions.task_row(row, asked, db.session.get(Case, row.case_id) if row.case_id else None)
    task.status, task.completed_at, task.completed_by = "done", clock.now(), by.user_id
    db.session.add(task)
    db.session.flush()
    tasks.keep(what, answers, by, row, release)
    journal.write(
        "geste.fait",
        actor=by.name,
        user_id=by.user_id,
        case_id=row.case_id,
        process_id=row.id,
        subject=str(asked.id),
        details={"geste": begun.act.id, "etape": asked.element},
    )
    both = replace(after, steps=(*begin.steps, *after.steps), sent=(*begin.sent, *after.sent))
    positions.record(row, both, hooks.effects, hooks.decisions, release)


def _held(case_id: UUID | None) -> Case | None:
    """Return the case, held with its processes until the transaction ends: none of them ends meanwhile."""
    if case_id is None:
        return None
    case = db.session.scalar(select(Case).where(Case.id == case_id).with_for_update(key_share=True, of=Case))
    if case is None:
        raise NotFound
    db.session.execute(
        select(ProcessInstance.id)
        .where(ProcessInstance.case_id == case_id, ProcessInstance.status == "running")
        .with_for_update(key_share=True)
    ).all()
    return case


def _done_before(process_id: UUID, begun: Beginning) -> bool:
    """Whether this very act was done already: the page was sent twice.

    Raises:
        Conflict: the id is that of something else.
    """
    known = db.session.get(ProcessInstance, process_id)
    if known is None:
        return False
    if known.act != begun.act.id or known.case_id != begun.case_id:
        raise Conflict
    return True


def _wait_for_mending(
    begun: Beginning, answers: Mapping[str, Any], by: Actor, process_id: UUID, fault: StepFault
) -> None:
    """Begin without answering, then answer as any step is: what cannot run is kept with its incident.

    Raises:
        DesignFault: always.
    """
    release = begun.release
    with transaction() as session:
        row = ProcessInstance(
            id=process_id,
            case_id=begun.case_id,
            release_id=release.id,
            process=begun.act.process,
            state=b"",
            started_at=clock.now(),
            act=begun.act.id,
            done_elements={},
        )
        session.add(row)
        session.flush()
        starting.begin(row, release, {})
        session.flush()
        waiting = session.scalar(select(Task.id).where(Task.process_id == process_id, Task.status == "open"))
        if waiting is None:
            act_drafts.keep(begun.act.id, begun.case_id, answers, by)
    if waiting is not None:
        tasks.complete(waiting, answers, by=by)
    raise DesignFault(element=fault.element_name, cause=fault.cause) from fault
