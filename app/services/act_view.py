"""An act as its page shows it: the form of its first step, what is known already, nothing created yet."""

from uuid import UUID

from app.ids import new_id
from app.models import ProcessInstance, Task
from app.services import act_drafts, acts
from app.services.actors import Actor
from app.services.acts import Beginning
from app.services.task_view import TaskView


def opened(act_id: str, case_id: UUID | None, actor: Actor) -> tuple[Beginning, TaskView]:
    """Return an act and the view of its first step, as that of a task which nobody has stored.

    Raises:
        NotFound, Forbidden, DesignFault: as ``acts.beginning``.
    """
    begun = acts.beginning(act_id, case_id, actor)
    step, release = begun.step, begun.release
    process = ProcessInstance(
        id=new_id(),
        case_id=case_id,
        release_id=release.id,
        process=begun.act.process,
        state=b"",
        waits=[],
        done_elements={},
    )
    task = Task(
        id=act_drafts.key(act_id, case_id),
        case_id=case_id,
        element=step.element,
        called_process=begun.act.process,
        name=step.name,
        lane=step.lane or "",
        form=step.form or "",
        status="open",
    )
    task.process, task.case = process, begun.case
    return begun, TaskView(
        task=task, name=begun.act.label, actor=actor, release=release, form=release.forms[task.form]
    )
