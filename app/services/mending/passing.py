"""What is asked of whoever passes a step: the few answers that the diagram reads of it."""

from dataclasses import dataclass, replace
from uuid import UUID

from app import engine
from app.catalog.fields import FormSection
from app.catalog.forms import Form
from app.catalog.kinds.base import is_entered
from app.database import db
from app.models import ProcessInstance, Task
from app.services import releases
from app.services.actors import Actor


@dataclass(frozen=True)
class Passing:
    """The outcomes of a step, as a form of their own: each may be left empty."""

    form: Form
    classes: frozenset[str]

    def outcomes(self, answers: dict[str, object], source: str) -> dict[str, object]:
        """Return the answers by the names under which the diagram reads them."""
        return {f"{source}.{key}": value for key, value in answers.items() if value is not None}


def asked_of(process_id: UUID, wanted: UUID, by: Actor) -> tuple[str, Passing] | None:
    """Return a step's form id and its outcomes to fill; None for a wait, or a step without any.

    Only classes that this person may collect are asked for.
    """
    task = db.session.get(Task, wanted)
    process = db.session.get(ProcessInstance, process_id)
    if task is None or process is None or task.process_id != process_id:
        return None
    release = releases.of(process.release_id)
    form = release.forms.get(task.form)
    if form is None:
        return None
    declared = engine.outcomes_of(release.programme, task.called_process, task.element)
    keys = {name.partition(".")[2] for name in declared if name.partition(".")[0] == form.id}
    kept = tuple(
        replace(field, required=False, condition=None, initial=None, taken_from=None)
        for field in form.fields
        if field.key in keys and is_entered(field) and field.classe in by.rights.collect
    )
    if not kept:
        return None
    short = replace(form, sections=(FormSection("", "", None, kept),), rules=(), introduction="")
    return form.id, Passing(short, by.rights.collect)
