"""What people learn of a step as it happens: tasks that come and go, a partner's answer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from app.database import db
from app.engine import OpenTask, Position
from app.models import Case, NoticePreference, Orientation, ProcessInstance, Task
from app.services import bell, mail, notices, releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease

NEW_TASK = "tache_nouvelle"
ANSWER = "partenaire_a_repondu"


def note(
    process: ProcessInstance, position: Position, known: frozenset[UUID], release: LoadedRelease
) -> None:
    """Tell those who asked for it of the tasks that begin; forget what was told of those taken back.

    Inside the step's transaction; ``known`` are the tasks that were open before.
    """
    now_open = {task.id: task for task in position.open_tasks}
    bell.read_task(sorted(known - now_open.keys()))
    new = [task for task_id, task in now_open.items() if task_id not in known]
    wanted = _who_asked() if new else frozenset()
    if wanted:
        _tell(process, new, wanted, release)


def _who_asked() -> frozenset[UUID]:
    """Return who wants to know of each new task of their lanes: nobody, unless they say so."""
    chosen = select(NoticePreference.user_id).where(
        NoticePreference.kind == NEW_TASK, or_(NoticePreference.mode != "jamais", NoticePreference.sms)
    )
    return frozenset(db.session.scalars(chosen))


def _tell(
    process: ProcessInstance, new: Sequence[OpenTask], wanted: frozenset[UUID], release: LoadedRelease
) -> None:
    about = _about(process.case_id)
    for task in new:
        team = mail.members_of_lane(task.lane or "", release, process.case_id)
        notices.tell(
            [person for person in team if person in wanted],
            NEW_TASK,
            str(task.id),
            f"Nouvelle tâche de votre équipe : {task.name}{about}",
            f"taches/{task.id}",
            case_id=process.case_id,
            task_id=task.id,
            release=release,
        )


def entrusted(task: Task, to_user: UUID, moment: str) -> None:
    """Tell somebody that a task is theirs from now on, inside the transaction that gives it to them.

    ``moment`` tells one giving from the next.
    """
    notices.tell(
        [to_user],
        "tache_attribuee",
        f"{task.id}:{moment}",
        f"Une tâche vous est confiée : {task.name}{_about(task.case_id)}",
        f"taches/{task.id}",
        case_id=task.case_id,
        task_id=task.id,
        release=releases.of(task.process.release_id),
    )


def answered(task_id: UUID, case_id: UUID | None, by: Actor, release: LoadedRelease) -> None:
    """Forget what was told of a step that is answered; tell whoever follows a demand of a partner's answer.

    Inside the step's transaction. A partner answers by its link; told are those who have worked on the case
    among the people who may follow demands, else all of these.
    """
    bell.read_task([task_id])
    if by.kind != "link" or case_id is None:
        return
    followers = mail.holders_of_follow_up(release, case_id)
    worked = set(
        db.session.scalars(
            select(Task.completed_by).where(Task.case_id == case_id, Task.completed_by.in_(followers))
        )
    )
    orientation = db.session.get(Orientation, UUID(by.branch)) if by.branch else None
    who = orientation.partner.name if orientation is not None else "Un partenaire"
    case = db.session.get(Case, case_id)
    notices.tell(
        [person for person in followers if person in worked] or followers,
        ANSWER,
        str(task_id),
        f"{who} a répondu{_about(case_id)}",
        f"dossiers/{case.reference}" if case is not None else "dossiers",
        case_id=case_id,
        release=release,
    )


def _about(case_id: UUID | None) -> str:
    case = db.session.get(Case, case_id) if case_id else None
    return f" (dossier {case.reference})" if case is not None else ""
