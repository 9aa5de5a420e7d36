"""Finding what is not kept: a window about to be missed is told, a missed one or a late promise recorded.

Inside the transaction that finds it, a breach is a row, a journal line, a notice and a job: the job starts
the process in which it is answered (``services.breach_answers``).
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app import clock, jobs, tenancy
from app.database import db, end_read, transaction
from app.ids import new_id
from app.jobs import job
from app.models import Breach, Case, Duty, Task
from app.services import breach_words, journal, mail, message_facts, notices, releases, windows
from app.services.releases import LoadedRelease

WARNING: Final = "frequence_avertissement"
OPENED: Final = "manquement_ouvert"
"""Kinds of notice (``notifications.registry``)."""
_log = logging.getLogger(__name__)


def warn(duty: Duty, standing: windows.Judged, release: LoadedRelease) -> None:
    """Tell the lane that keeps a duty, and Supervision, what is missing in its window and by when."""
    journal.write(
        "frequence.avertie",
        case_id=duty.case_id,
        process_id=duty.process_id,
        subject=str(duty.id),
        details={"element": duty.element, **standing.as_facts()},
    )
    facts = breach_words.of_window(duty, standing)
    people = {
        *mail.members_of_lane(duty.rule.get("lane") or "", release, duty.case_id),
        *mail.who_may_act(release, duty.case_id),
    }
    about = _About(duty.case_id, f"{duty.id}:{standing.ends.isoformat()}", facts, release)
    _tell(people, WARNING, about, template=release.settings.messages.warning)


class _About(NamedTuple):
    """What a notice is about: the case, what makes it unique, its facts."""

    case_id: UUID | None
    key: str
    facts: Mapping[str, Any]
    release: LoadedRelease


def _tell(people: set[UUID], kind: str, about: _About, *, template: str | None = None) -> None:
    case = db.session.get(Case, about.case_id) if about.case_id else None
    place = f"dossiers/{case.reference}" if case is not None else "supervision"
    told = {**about.facts, "ou": f"dossier {case.reference}" if case is not None else "tout le territoire"}
    facts = message_facts.common(case, None, about.release, {"frequence": told})
    where = f" ({case.reference})" if case is not None else ""
    notices.tell(
        people, kind, about.key, f"{about.facts['titre']}{where}", place,
        case_id=about.case_id, template=template, facts=facts, release=about.release,
    )  # fmt: skip


def of_windows(duty: Duty, short: Sequence[windows.Judged], release: LoadedRelease) -> None:
    """Record one breach for the windows of a duty that were closed at once without being kept."""
    breach = Breach(
        id=new_id(),
        process_id=duty.process_id,
        case_id=duty.case_id,
        duty_id=duty.id,
        kind="frequence",
        element=duty.element,
        name=duty.name,
        rule={**duty.rule, "process": duty.called_process, "windows": [item.as_facts() for item in short]},
        window_from=short[0].begins,
        window_to=short[-1].ends,
        expected=sum(item.expected for item in short),
        found=sum(item.found for item in short),
        expected_within=sum(item.expected_within for item in short),
        found_within=sum(item.found_within for item in short),
        missed=len(short),
        recorded_at=clock.now(),
    )
    _record(breach, release)


def note_promises(limit: int = 100) -> int:
    """Record a breach for every open step whose ``manquement`` has come; return how many."""
    now = clock.now()
    with tenancy.unscoped("due_work"):
        due = db.session.execute(
            select(Task.id, Task.territory_id)
            .where(Task.status == "open", Task.active, Task.breach_at <= now, Task.breached_at.is_(None))
            .order_by(Task.breach_at, Task.id)
            .limit(limit)
        ).all()
    done = 0
    for task_id, territory_id in due:
        with tenancy.serving(territory_id):
            try:
                done += _of_promise(task_id)
            except OperationalError:
                _log.warning("breach of task %s waits: the database did not answer", task_id)
                end_read()
            except Exception as fault:  # noqa: BLE001  # one poison step must not hold back the others
                _log.warning("breach of task %s failed: %s", task_id, type(fault).__name__)
                _put_off(task_id)
    return done


def _of_promise(task_id: UUID) -> bool:
    with transaction():
        task = _claim(task_id)
        if task is None:
            return False
        _note(task)
    return True


def _claim(task_id: UUID) -> Task | None:
    """Mark a step as past its promise and return it; None when another scheduler did, or it is over."""
    claimed = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.status == "open", Task.active, Task.breached_at.is_(None))
        .values(breached_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
        return None
    return db.session.scalars(
        select(Task).where(Task.id == task_id).execution_options(populate_existing=True)
    ).one()


def _note(task: Task) -> None:
    """Record the breach of a step, unless its date was moved after a first breach, which stands."""
    if db.session.scalar(select(Breach.id).where(Breach.task_id == task.id)) is not None:
        return
    breach = Breach(
        id=new_id(),
        process_id=task.process_id,
        case_id=task.case_id,
        task_id=task.id,
        kind="echeance",
        element=task.element,
        name=task.name,
        rule={"lane": task.lane, "process": task.called_process},
        window_from=task.entered_at,
        window_to=task.due_at or task.entered_at,
        expected=1,
        recorded_at=clock.now(),
    )
    _record(breach, releases.of(task.process.release_id))


def _put_off(task_id: UUID) -> None:
    """Hand a breach that cannot be written to the jobs: tried again, then shown among what gave up."""
    with transaction():
        if _claim(task_id) is not None:
            jobs.enqueue("note_promise", task_id=task_id)


@job("note_promise")
def note_again(task_id: str) -> None:
    """Record the breach of a step that could not be written before; nothing when it is no longer open."""
    with transaction() as session:
        task = session.scalar(select(Task).where(Task.id == UUID(task_id)))
        if task is not None and task.status == "open":
            _note(task)


def _record(breach: Breach, release: LoadedRelease) -> None:
    db.session.add(breach)
    db.session.flush()
    journal.write(
        "manquement.constate",
        case_id=breach.case_id,
        process_id=breach.process_id,
        subject=str(breach.id),
        details={
            "genre": breach.kind,
            "element": breach.element,
            "de": str(breach.duty_id or breach.task_id),
            "debut": breach.window_from.isoformat() if breach.window_from else None,
            "fin": breach.window_to.isoformat(),
            "attendu": breach.expected,
            "trouve": breach.found,
            "attendu_dont": breach.expected_within,
            "trouve_dont": breach.found_within,
            "manquees": breach.missed,
        },
    )
    about = _About(breach.case_id, str(breach.id), breach_words.facts(breach), release)
    _tell(set(mail.who_may_act(release, breach.case_id)), OPENED, about)
    if releases.current().settings.breaches.process is not None:
        jobs.enqueue("answer_breach", lock=f"breach:{breach.id}", breach_id=breach.id)
