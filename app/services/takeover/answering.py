"""What is answered to a step of the past: what the sheet says, what the step proposes for its outcomes."""

from collections.abc import Mapping
from typing import Any

from app import engine
from app.catalog.forms import Answers, Form
from app.models import Task
from app.services import views
from app.services.takeover.reader import Reader
from app.services.takeover.situations import Raw


def answers_to(reader: Reader, task: Task, raw: Raw) -> Answers:
    """Return the answers of a step as of the present instant.

    An outcome that the sheet does not give is what the form proposes first (a priority that triage proposed):
    whoever did the step would have found it there. Nothing else is filled in.

    Raises:
        Invalid: an answer does not fit its field.
    """
    form = reader.release.forms[task.form]
    context = _context(reader, task, form)
    proposed = form.initial(context)
    outcomes = {name.partition(".")[2] for name in _outcomes(reader, task) if name.startswith(f"{form.id}.")}
    kept = {key: value for key, value in proposed.items() if key in outcomes and not raw.get(key)}
    return reader.forms.parse(form.id, {**kept, **raw}, context)


def _outcomes(reader: Reader, task: Task) -> list[str]:
    node = reader.meanings.graph.nodes.get((task.called_process, task.element))
    return [name.strip() for name in (node.properties.get("resultats", "") if node else "").split(",")]


def _context(reader: Reader, task: Task, form: Form) -> Mapping[str, Any]:
    """Return what a form reads: earlier answers, facts, lists, data of the process when it asks for some."""
    process = task.process
    context: dict[str, Any] = {**views.Names(process, reader.release, task.scope, None), **reader.lists}
    if form.reads - context.keys():
        position = engine.read(reader.release.programme, process.state)
        variables = next((one.variables for one in position.open_tasks if one.id == task.id), {})
        context = {**variables, **context}
    return context
