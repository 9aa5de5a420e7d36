"""What a process of the territory is about, in words: a list of steps without a household says it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import engine
from app.database import db
from app.handlers.effects import GIVEN
from app.models import ProcessInstance, Task
from app.services import network_facts, releases
from app.services.releases import LoadedRelease

TEXT: Final = "valeur"
"""The name of the text that a process was given by the one that started it (``donnees``): its subject."""


def of_tasks(tasks: Sequence[Task]) -> dict[UUID, str]:
    """Return what the steps without a case are about, by process: « Groupe de travail, Factures »."""
    wanted = {task.process_id for task in tasks if task.case_id is None}
    if not wanted:
        return {}
    rows = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id.in_(wanted))).all()
    by_release = {row.release_id: releases.of(row.release_id) for row in rows}
    known = network_facts.of_processes(network_facts.EVENT, rows, by_release)
    found = {}
    for row in rows:
        release = by_release[row.release_id]
        facts = known[row.id]
        title = facts.text("titre") or facts.text("genre") or given(row, release)
        name = release.programme.names.get(row.process, row.process)
        found[row.id] = f"{name}, {title}" if title and title != name else name
    return found


def given(row: ProcessInstance, release: LoadedRelease) -> str:
    """Return the text that another process gave this one, empty when it began otherwise."""
    if row.act is not None or row.rank or not row.state:
        return ""
    for step in engine.read(release.programme, row.state).open_tasks:
        given = step.variables.get(GIVEN)
        if isinstance(given, dict) and isinstance(given.get(TEXT), str):
            return str(given[TEXT])
    return ""
