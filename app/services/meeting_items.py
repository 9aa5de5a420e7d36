"""One situation in a meeting: what its form asks, what was written, how it is saved without loss (CAR-11)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import marshmallow as ma
from sqlalchemy import select

from app import clock, tenancy
from app.catalog.answers import decode, encode
from app.catalog.fields import Field, FormSection, Option
from app.catalog.forms import Answers, Form
from app.catalog.kinds import kind_of
from app.catalog.kinds.base import is_entered
from app.catalog.kinds.tables import ITEM
from app.database import db, transaction
from app.errors import Invalid, NotFound
from app.handlers.agenda import situation, standings
from app.models import Case, ReviewItem, Task, Territory
from app.services import form_lists, journal, meetings, releases, review_changes, review_rows
from app.services.actors import Actor
from app.services.meetings import ChangedMeanwhile, MeetingOver, View

REFERENCE: Final = "reference"
_SHOWN: Final = frozenset(
    f"{ITEM}.{key}" for key in ("reference", "commune", "etape", "orientations", "priorite")
)
"""Computed columns that the head of the page says already."""


@dataclass(frozen=True)
class Item:
    """One situation of the agenda, as the meeting sees it."""

    view: View
    row: ReviewItem

    @property
    def case(self) -> Case:
        """Its case."""
        return self.row.case

    @cached_property
    def line(self) -> Mapping[str, Any]:
        """What its form reads of it (``ligne``)."""
        return situation(self.case, self.view.standing[self.row.case_id], self.row.rank)

    @cached_property
    def answers(self) -> Answers:
        """What was written of it so far."""
        return decode(self.row.answers)

    @cached_property
    def state(self) -> str:
        """``close`` (no decision needed), ``decidee``, ``reportee``, ``commencee`` or ``a_decider``."""
        if self.row.decision is not None:
            return "decidee"
        if self.case.status == "closed":
            return "close"
        if self.row.postponed:
            return "reportee"
        if not self.row.answers:
            return "a_decider"
        return "commencee" if problems(self) else "decidee"

    @property
    def settled(self) -> bool:
        """Whether the meeting may be closed without looking at it again."""
        return self.state in ("close", "decidee", "reportee")

    @cached_property
    def decision(self) -> str:
        """The decision in words, empty while there is none."""
        column = decision_column(self.view)
        value = self.row.decision or (self.answers.get(column.key) if column else None)
        return kind_of(column).text(value, column) if column is not None and value else ""

    def readable(self, classes: frozenset[str]) -> Answers:
        """Return what was written of it, of these classes."""
        seen = {field.key for field in sheet(self.view, strict=False).fields if field.classe in classes}
        return {key: value for key, value in self.answers.items() if key in seen}

    @property
    def actions(self) -> list[dict[str, Any]]:
        """Who does what by when, as written so far."""
        table = action_table(self.view)
        found = self.answers.get(table.key) if table else None
        return list(found) if isinstance(found, list) else []

    @cached_property
    def changes(self) -> list[dict[str, str]]:
        """What happened since the last meeting, as told when it was listed."""
        return list(self.row.changes)

    @cached_property
    def since_listed(self) -> list[dict[str, str]]:
        """What happened since it was listed."""
        case_id = self.row.case_id
        happened = review_changes.what_happened({case_id: self.row.listed_at})[case_id]
        return [change.kept() for change in happened if change.kind != "retard"]


def items(view: View) -> list[Item]:
    """Return the agenda in its order."""
    return [Item(view, row) for row in view.items]


def decision_column(view: View) -> Field | None:
    """Return the column that says the decision: the one so named, else the first required choice."""
    columns = view.rows.columns
    named = next((column for column in columns if column.key == review_rows.DECISION), None)
    return named or next((column for column in columns if column.type == "choix" and column.required), None)


def action_table(view: View) -> Field | None:
    """Return the table of the form whose rows each name a situation: who does what by when."""
    return next(
        (
            field
            for field in view.form.fields
            if field.type == "tableau" and any(c.options_from == form_lists.LISTED for c in field.columns)
        ),
        None,
    )


def reference_column(table: Field) -> str:
    """Return the key of the column of a table that names the situation."""
    return next(c.key for c in table.columns if c.options_from == form_lists.LISTED)


def sheet(view: View, *, strict: bool) -> Form:
    """Return the form of one situation: the columns of its row, then its actions.

    Args:
        strict: a decision is required; else what is begun may be saved.
    """
    if strict not in view.sheets:
        view.sheets[strict] = _sheet(view, strict=strict)
    return view.sheets[strict]


def _sheet(view: View, *, strict: bool) -> Form:
    columns = tuple(
        column if strict else replace(column, required=False)
        for column in view.rows.columns
        if is_entered(column) or not _said(column)
    )
    table = action_table(view)
    if table is not None:
        own = tuple(column for column in table.columns if column.options_from != form_lists.LISTED)
        columns = (*columns, replace(table, columns=own, required=False))
    section = FormSection(title="", introduction="", condition=None, fields=columns)
    return replace(view.form, sections=(section,), rules=(), appointment=None)


def _said(column: Field) -> bool:
    return not column.shown or (column.computed is not None and column.computed.text.strip() in _SHOWN)


def context(item: Item) -> dict[str, Any]:
    """Return what the form of one situation reads."""
    return item.view.lists | {ITEM: item.line}


def worded(view: View) -> list[Field]:
    """Return the fields of one situation with their choices in words, to be read back."""
    who = {one["valeur"]: one["libelle"] for one in view.lists.get(form_lists.WHO, ())}
    options = tuple(Option(value, label) for value, label in who.items())
    return [
        replace(field, columns=tuple(
            replace(column, options=options, options_from=None)
            if column.options_from == form_lists.WHO else column
            for column in field.columns
        ))
        for field in sheet(view, strict=False).fields
    ]  # fmt: skip


def problems(item: Item) -> dict[str, list[str]]:
    """Return what keeps a situation from being decided, by field; nothing when it is."""
    form = sheet(item.view, strict=True)
    schema = form.schema(scope=form.scope(context(item), closed=closed_days()))
    try:
        schema.load(dict(item.answers))
    except ma.ValidationError as fault:
        return {str(key): ["à compléter"] for key in fault.messages_dict}
    return {}


def closed_days() -> frozenset[Any]:
    """Return the days on which the territory does not work."""
    return releases.closing_days(db.session.get_one(Territory, tenancy.current_id()))


def save(
    process_id: UUID, rank: int, answers: Answers, *, version: int, by: Actor, postponed: bool = False
) -> int:
    """Keep what was written of a situation; return its new version.

    What ``by`` may not collect, or left blank without reading it, stays as others wrote it. A situation put
    off keeps what was written.

    Raises:
        ChangedMeanwhile: somebody saved it since ``version`` was read; nothing is applied.
        MeetingOver, Forbidden, NotFound, Conflict: as ``meetings.to_hold``.
    """
    view, task = meetings.to_hold(process_id, by)
    row_id, task_id = _at(view, rank).id, task.id
    fields = sheet(view, strict=False).fields
    others = {field.key for field in fields if field.classe not in by.rights.collect}
    unseen = {field.key for field in fields if field.classe not in by.rights.read}
    with transaction() as session:
        _still_open(task_id)
        row = session.scalars(
            select(ReviewItem).where(ReviewItem.id == row_id).with_for_update(of=ReviewItem)
        ).one()
        if row.version != version:
            raise ChangedMeanwhile(who=row.decided_by or "Quelqu'un")
        blank = {key for key in unseen if answers.get(key) in (None, "", [])}
        kept = {key: value for key, value in row.answers.items() if key in others | blank}
        row.answers = {**encode(answers), **kept}
        row.postponed, row.version = postponed, version + 1
        row.saved_at, row.decided_by = clock.now(), by.name
        _sit(process_id)
    return version + 1


def _at(view: View, rank: int) -> ReviewItem:
    found = next((row for row in view.items if row.rank == rank), None)
    if found is None:
        raise NotFound
    return found


def _still_open(task_id: UUID) -> None:
    """Hold the step for the time of the transaction: nothing is written in a meeting that closes."""
    status = db.session.scalar(select(Task.status).where(Task.id == task_id).with_for_update(read=True))
    if status != "open":
        raise MeetingOver


def _sit(process_id: UUID) -> None:
    meeting = review_rows.meeting_of(process_id)
    if meeting.status == "planned":
        meeting.status, meeting.opened_at = "sitting", clock.now()


def add(process_id: UUID, references: list[str], *, by: Actor) -> int:
    """Put open situations on the agenda at the last minute; return the rank of the first.

    Raises:
        Invalid: one does not exist, is closed, or is there already; none is added.
        MeetingOver, Forbidden, NotFound, Conflict: as ``meetings.to_hold``.
    """
    view, task = meetings.to_hold(process_id, by)
    task_id, release = task.id, view.release
    wanted = list(dict.fromkeys(reference.strip().upper() for reference in references if reference.strip()))
    if not wanted or not view.by_case:
        raise Invalid({REFERENCE: ["Indiquez la référence d'un dossier, comme DOS-2026-0142."]})
    with transaction():
        _still_open(task_id)
        review_rows.meeting_of(process_id)  # held: two people adding at once are given two ranks
        found = [_case(process_id, reference) for reference in wanted]
        standing = standings([case.id for case in found])
        ranks = []
        for case in found:
            row = review_rows.add_case(
                view.process, case.id, release, late=standing[case.id].late, by=by.name
            )
            ranks.append(row.rank)
            journal.write(
                "revue.ajout", actor=by.name, user_id=by.user_id, case_id=case.id, process_id=process_id
            )
    return ranks[0]


def _case(process_id: UUID, reference: str) -> Case:
    case = db.session.scalar(select(Case).where(Case.reference == reference))
    if case is None:
        raise Invalid(
            {REFERENCE: [f"Aucun dossier ne porte la référence « {reference[:40]} ». Vérifiez-la."]}
        )
    if case.status != "open":
        raise Invalid({REFERENCE: [f"Le dossier {reference} est clos : il ne passe plus en séance."]})
    rank = db.session.scalar(
        select(ReviewItem.rank).where(ReviewItem.process_id == process_id, ReviewItem.case_id == case.id)
    )
    if rank is not None:
        raise Invalid({REFERENCE: [f"Le dossier {reference} est déjà à l'ordre du jour, au n° {rank}."]})
    return case
