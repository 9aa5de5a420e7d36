"""Where a case stands while it is played again."""

from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.engine.ways import Node, Stop
from app.models import Case, ProcessInstance, Task
from app.services.takeover.route import Way
from app.services.takeover.situations import Situation


def node_of(task: Task) -> Node:
    """Return where a step is drawn."""
    return task.called_process, task.element


def running(case_id: UUID) -> list[ProcessInstance]:
    """Return the processes of a case that are under way, the oldest first."""
    mine = select(ProcessInstance).where(
        ProcessInstance.case_id == case_id, ProcessInstance.status == "running"
    )
    return list(db.session.scalars(mine.order_by(ProcessInstance.started_at, ProcessInstance.id)))


def open_tasks(case_id: UUID, way: Way) -> list[Task]:
    """Return the open steps of a case, those of a way first, in its order."""
    order = {node: place for place, node in enumerate(way.passed)}
    found = db.session.scalars(select(Task).where(Task.case_id == case_id, Task.status == "open"))
    return sorted(found, key=lambda task: (order.get(node_of(task), len(order)), str(task.scope)))


def at_stop(case_id: UUID, stop: Stop, open_now: list[Task]) -> bool:
    """Say whether a case stands at a stop: the step is open, or what it waits for is waited for."""
    if stop.kind == "step":
        return any(node_of(task) == stop.node for task in open_now)
    waits = [wait for process in running(case_id) for wait in process.waits]
    return any((wait["process"], wait["element"]) == stop.node for wait in waits)


def elsewhere(case_id: UUID, situation: Situation, open_now: list[Task]) -> str:
    """Say where a case stands that is not where the sheet says."""
    case = db.session.get_one(Case, case_id)
    where = ", ".join(f"« {task.name} »" for task in open_now) or (
        "la clôture" if case.status == "closed" else "une attente"
    )
    return (
        f"Avec ces dates et ces réponses, ce dossier arrive à {where}, pas à « {situation.stop.name} ». "
        "Corrigez l'étape, les dates ou les réponses."
    )
