"""What the journal keeps of a step: elements, ids and instants, never an answer (LAW-1)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.engine import OpenTask, Position


def told(position: Position, known_tasks: frozenset[UUID], known_timers: frozenset[UUID]) -> dict[str, Any]:
    """Return what the journal keeps of a step: elements, ids and instants, never an answer (LAW-1).

    ``ouvertes`` and ``minuteurs`` are those that begin with this step, ``retirees`` the tasks that it
    takes back unanswered, ``minuteurs_leves`` the timers that wait no longer, fired or not. Whoever reads
    the journal alone can compute every deadline again.
    """
    tasks = {task.id: task for task in position.open_tasks}
    timers = {wait.id: wait for wait in position.waits if wait.kind == "timer" and wait.due_at}
    told = {
        "ouvertes": [_opened(task) for key, task in tasks.items() if key not in known_tasks],
        "minuteurs": [
            {"id": str(key), "element": wait.element, "echeance": _instant(wait.due_at)}
            for key, wait in timers.items()
            if key not in known_timers
        ],
        "retirees": sorted(map(str, known_tasks - tasks.keys())),
        "minuteurs_leves": sorted(map(str, known_timers - timers.keys())),
    }
    steps = [step.element for step in position.steps]
    return {"etapes": steps} | {name: facts for name, facts in told.items() if facts}


def _opened(task: OpenTask) -> dict[str, Any]:
    return {
        "tache": str(task.id),
        "element": task.element,
        "processus": task.process,
        "echeance": _instant(task.due_at),
        "rappel": _instant(task.remind_at),
        "escalade": _instant(task.escalate_at),
        "manquement": _instant(task.breach_at),
    }


def _instant(moment: datetime | None) -> str | None:
    """Write a moment in UTC, so that equal moments read alike."""
    return moment.astimezone(UTC).isoformat() if moment else None
