"""Closing a meeting: nothing left without a decision, then the step is answered and the diagram goes on."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import select

from app import engine
from app.catalog.fields import Field, FormSection
from app.catalog.forms import Answers, Form, flatten
from app.database import transaction
from app.errors import Conflict, Invalid, TaskAlreadyDone
from app.models import Task
from app.services import meeting_items, meetings, review_rows, tasks
from app.services.actors import Actor
from app.services.meeting_items import Item
from app.services.meetings import MeetingOver, View
from app.services.tasks import Completed


class NotAllDecided(Conflict):
    """Situations have neither a decision nor been put off."""

    sentence_template = (
        "La séance ne peut pas être close : {names}. Décidez, ou reportez à la prochaine séance."
    )


def rest(view: View) -> Form:
    """Return what is asked of the meeting as a whole: the form without its situations and their actions."""
    inside = {view.rows.key} if view.by_case else set()
    table = meeting_items.action_table(view) if view.by_case else None
    kept = tuple(
        FormSection(
            section.title, section.introduction, section.condition, _outside(section.fields, inside, table)
        )
        for section in view.form.sections
    )
    return Form(
        id=view.form.id,
        title=view.form.title,
        introduction="",
        sections=tuple(section for section in kept if section.fields),
        rules=view.form.rules,
        communes=view.form.communes,
        version=view.form.version,
    )


def _outside(fields: tuple[Field, ...], inside: set[str], table: Field | None) -> tuple[Field, ...]:
    return tuple(field for field in fields if field.key not in inside and field is not table)


def missing(view: View) -> list[Item]:
    """Return the situations that keep the meeting from being closed."""
    return [item for item in meeting_items.items(view) if not item.settled] if view.by_case else []


def close(process_id: UUID, answers: Answers, *, by: Actor) -> Completed:
    """Close a meeting: its decisions return to the cases, its actions become tasks, its minutes are made.

    Args:
        answers: typed answers of ``rest``.

    Raises:
        NotAllDecided: situations are left; they are named.
        Invalid: what was written does not fit the form as a whole.
        MeetingOver: somebody closed it first; nothing is done twice.
        Conflict: somebody changed a situation at this very moment.
        DesignFault: a step behind it cannot run; everything stays, an incident holds it.
    """
    view, task = meetings.to_hold(process_id, by)
    left = missing(view)
    if left:
        raise NotAllDecided(names=_named(left))
    task_id = task.id
    whole = _whole(view, answers)
    try:
        done = tasks.complete(task_id, whole, by=by)
    except TaskAlreadyDone as first:
        raise MeetingOver from first
    with transaction() as session:
        moment = session.scalar(select(Task.completed_at).where(Task.id == task_id))
        if moment is not None:
            review_rows.held(process_id, moment)
        review_rows.put_off_what_is_left(process_id)
    return done


def _named(left: list[Item]) -> str:
    names = [f"{item.case.reference} (n° {item.row.rank})" for item in left[:6]]
    more = f" et {len(left) - 6} autres" if len(left) > 6 else ""
    without = (
        "une situation est sans décision" if len(left) == 1 else f"{len(left)} situations sont sans décision"
    )
    return f"{without}, {', '.join(names)}{more}"


def context(view: View) -> dict[str, Any]:
    """Return what the form of a meeting reads beside its situations: lists, and the process's own data."""
    position = engine.read(view.release.programme, view.process.state) if view.task else None
    opened = position.open_tasks if position else ()
    known = next((one.variables for one in opened if view.task and one.id == view.task.id), {})
    return {key: value for key, value in known.items() if key not in view.release.forms} | view.lists


def _whole(view: View, answers: Answers) -> Answers:
    """Return the answers of the whole form, checked as it would check them."""
    found, nested = context(view), dict(answers)
    if view.by_case:
        kept = [item for item in meeting_items.items(view) if item.state == "decidee"]
        found[_root(view.rows)] = _placed(view.rows, [dict(item.line) for item in kept])
        nested |= _of_items(view, kept)
    scope = view.form.scope(found, closed=meeting_items.closed_days())
    try:
        whole: Answers = view.form.schema(scope=scope).load(nested)
    except ma.ValidationError as fault:
        raise Invalid(flatten(fault.messages_dict)) from fault
    return whole


def _of_items(view: View, kept: list[Item]) -> dict[str, Any]:
    """Return the rows of the situations and of their actions, as the form holds them."""
    table = meeting_items.action_table(view)
    own = {column.key for column in view.rows.columns}
    rows = [{key: value for key, value in item.answers.items() if key in own} for item in kept]
    found: dict[str, Any] = {view.rows.key: rows}
    if table is not None:
        reference = meeting_items.reference_column(table)
        found[table.key] = [
            {**action, reference: item.case.reference} for item in kept for action in item.actions
        ]
    return found


def _root(field: Field) -> str:
    return (field.rows_from or "").partition(".")[0]


def _placed(field: Field, rows: list[dict[str, Any]]) -> Any:
    """Return the rows where the form looks for them: « situations », or « agenda.situations »."""
    path = (field.rows_from or "").split(".")[1:]
    found: Any = rows
    for part in reversed(path):
        found = {part: found}
    return found
