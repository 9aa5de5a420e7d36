"""What the macros of ``champs.html`` show: one ``Control`` a question, with its texts and sentences."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from itertools import groupby
from typing import Any

from app.catalog.fields import Field, FormSection, Option, of_classes
from app.catalog.forms import Form
from app.catalog.kinds import FileReference, Scope, kind_of
from app.catalog.kinds.base import is_entered
from app.catalog.kinds.schema import AnswersSchema, schema_class
from app.catalog.kinds.tables import ITEM, most_rows, row_items
from app.catalog.submission import Flat
from app.catalog.words import day
from app.clock import PARIS
from app.web.forms import widgets
from app.web.forms.phrases import condition_phrase

NEW_ROW = "__n__"
"""Stands for a row's number in the template that the browser copies."""


@dataclass(frozen=True)
class Control:
    """One question of the page. ``parts`` are the inputs of a group, ``rows`` those of a table."""

    field: Field
    name: str
    id: str
    widget: str
    label: str
    hint: str = ""
    optional: bool = False
    errors: Sequence[str] = ()
    values: Sequence[str] = ()
    options: Sequence[Option] = ()
    input: Mapping[str, str] = attribute(default_factory=dict)
    parts: "Sequence[Control]" = ()
    rows: "Sequence[RowView]" = ()
    new_row: "RowView | None" = None
    origin: str = ""
    condition: str = ""
    condition_phrase: str = ""
    kept: Sequence[FileReference] = ()
    text: str = ""

    @property
    def value(self) -> str:
        """The first text typed, empty when there is none."""
        return self.values[0] if self.values else ""

    @property
    def described_by(self) -> str:
        """The ids of hint, error and origin, for ``aria-describedby``."""
        said = (("aide", self.hint), ("erreur", self.errors), ("origine", self.origin))
        return " ".join(f"{self.id}-{word}" for word, there in said if there)


@dataclass(frozen=True)
class RowView:
    """One row of a table: its controls, its title, the facts that came with it."""

    number: str
    title: str
    controls: Sequence[Control]
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class SectionView:
    """One titled part of the page."""

    title: str
    introduction: str
    controls: Sequence[Control]
    condition: str = ""
    tab: str = ""


@dataclass(frozen=True)
class Block:
    """Sections that stand together: ``tabs`` holds each tab with its sections, else one section on the page.

    ``condition`` is that of all its sections; ``wrong``: the tabs where something is to be mended.
    """

    sections: Sequence[SectionView] = ()
    tabs: "Sequence[tuple[str, Sequence[SectionView]]]" = ()
    condition: str = ""
    wrong: frozenset[str] = frozenset()


def blocks(sections: Sequence[SectionView]) -> list[Block]:
    """Return sections as they stand on the page, those of neighbouring tabs together."""
    found: list[Block] = []
    for tabbed, group in groupby(sections, key=lambda section: bool(section.tab)):
        held = list(group)
        if not tabbed:
            found.append(Block(sections=held))
            continue
        tabs = [(label, list(under)) for label, under in groupby(held, key=lambda section: section.tab)]
        conditions = {section.condition for section in held}
        found.append(
            Block(
                tabs=tabs,
                condition=conditions.pop() if len(conditions) == 1 else "",
                wrong=frozenset(label for label, under in tabs if any(map(_is_wrong, under))),
            )
        )
    return found


def _is_wrong(section: SectionView) -> bool:
    return any(
        control.errors or any(cell.errors for row in control.rows for cell in row.controls)
        for control in section.controls
    )


def anchor(name: str) -> str:
    """Return the id of the field, or part of a field, of that dotted name."""
    return f"c-{name.replace('.', '-')}"


def _read_rows(item: Field, value: object) -> list[RowView]:
    """Return the rows of a table that nobody fills in: what each column says, to be read."""
    found = []
    for place, row in enumerate(value if isinstance(value, list) and item.columns else (), start=1):
        said = [(one.label, kind_of(one).text(row[one.key], one)) for one in item.columns if row.get(one.key)]
        found.append(RowView(str(place), f"{item.row_name} {place}", (), said))
    return found


@dataclass(frozen=True)
class Page:
    """A form with what was typed, and what each field has to say about it."""

    form: Form
    flat: Flat
    scope: Scope
    classes: frozenset[str]
    problems: Mapping[str, Sequence[str]]
    origins: Mapping[str, Any]

    def sections(self) -> list[SectionView]:
        """Return the sections that have something to show."""
        fields = tuple(of_classes(self.form.fields, self.classes))
        schema = schema_class(fields, ())(self.scope)
        schema.reads_all(self.form.gather(self.flat))
        shown = (self._section(section, schema) for section in self.form.sections)
        return [section for section in shown if section.controls]

    def _section(self, section: FormSection, schema: AnswersSchema) -> SectionView:
        kept = of_classes(section.fields, self.classes)
        controls = list(self._controls(kept, "", schema))
        condition = _browser_condition(section.condition)
        alike = condition and all(control.condition for control in controls)
        return SectionView(
            section.title, section.introduction, controls, condition if alike else "", section.tab
        )

    def _controls(
        self, fields: Iterator[Field] | Sequence[Field], prefix: str, schema: AnswersSchema
    ) -> Iterator[Control]:
        for item in fields:
            if self._shown(item, schema):
                yield self._control(item, f"{prefix}{item.key}", schema)

    def _shown(self, item: Field, schema: AnswersSchema) -> bool:
        """Whether a field is on the page: a condition that no answer here can change is judged now."""
        if not item.shown:
            return False
        if item.condition is None or item.condition.own - {ITEM}:
            return True
        return item.condition.holds(schema.names, self.scope.functions)

    def _control(self, item: Field, name: str, schema: AnswersSchema) -> Control:
        base = Control(
            field=item,
            name=name,
            id=anchor(name),
            widget=widgets.widget_of(item, schema.scope),
            label=item.label,
            hint=item.hint,
            optional=is_entered(item) and not item.required and item.rows_from is None,
            errors=tuple(self.problems.get(name, ())),
            values=self.flat.all(name),
            options=widgets.YES_NO if item.type == "oui_non" else schema.scope.options(item),
            origin=_said(self.origins.get(name)),
            condition=_browser_condition(item.condition),
            condition_phrase=condition_phrase(item, self.form),
        )
        if base.widget == "output":
            text = schema.names.get(item.key)
            rows = _read_rows(item, text)
            said = "" if text is None or rows else kind_of(item).text(text, item)
            return replace(base, text=said, rows=rows, options=())
        if base.widget == "table":
            return self._table(base, schema)
        if base.widget == "files":
            kept = set(self.flat.all(f"{name}.garder"))
            stored = self.scope.stored.get(item.key, ())
            return replace(
                base, kept=[file for file in stored if file.get("id") in kept], input=widgets.file_input(item)
            )
        parts = widgets.parts_of(item, schema.scope)
        if parts:
            return replace(base, parts=[self._part(base, part) for part in parts])
        return replace(base, input=widgets.input_of(item, base.value, self.scope))

    def _part(self, group: Control, part: widgets.Part) -> Control:
        name = f"{group.name}.{part.suffix}"
        values = self.flat.all(name)
        return Control(
            field=group.field,
            name=name,
            id=anchor(name),
            widget=part.widget,
            label=part.label,
            optional=part.optional and not group.optional,
            errors=tuple(self.problems.get(name, ())),
            values=widgets.chosen(values, part.options) if part.widget == "select" else values,
            options=part.options,
            input=widgets.part_input(part.suffix.rpartition(".")[2], values[0] if values else ""),
        )

    def _table(self, base: Control, schema: AnswersSchema) -> Control:
        item = base.field
        items = row_items(item, self.scope)
        numbers = list(range(len(items))) if item.rows_from else self.flat.rows(base.name)
        if not numbers and item.required and item.rows_from is None:
            numbers = [0]
        rows = [
            self._row(base, str(number), place, items[number] if items else {}, schema)
            for place, number in enumerate(numbers, start=1)
        ]
        full = item.rows_from is not None or len(rows) >= most_rows(item)
        new_row = None if full else self._row(base, NEW_ROW, 0, {}, schema)
        return replace(base, rows=rows, new_row=new_row)

    def _row(
        self, table: Control, number: str, place: int, given: Mapping[str, object], schema: AnswersSchema
    ) -> RowView:
        item = table.field
        columns = tuple(of_classes(item.columns, self.classes))
        names = {**self.scope.context, **schema.names, ITEM: given}
        within = schema_class(columns, ())(replace(self.scope, context=names))
        prefix = f"{table.name}.{number}."
        within.reads_all({c.key: kind_of(c).gather(self.flat, f"{prefix}{c.key}", c) for c in columns})
        controls = list(self._controls(columns, prefix, within))
        facts = [(c.label, c.text) for c in controls if _is_fact(c.field) and c.text]
        title = f"{item.row_name} {place or NEW_ROW}"
        if facts:
            title = ", ".join(text for _, text in facts[:2])
        entered = [control for control in controls if not _is_fact(control.field)]
        return RowView(number, title, entered, facts[2:])


def _is_fact(column: Field) -> bool:
    """Whether a column only tells what came with the row, so that no answer of the page changes it."""
    if column.computed is not None:
        return not column.computed.own - {ITEM}
    return column.read_only


def _browser_condition(condition: Any) -> str:
    tree = condition.tree() if condition is not None else None
    return json.dumps(tree, ensure_ascii=False) if tree is not None else ""


def _said(origin: Any) -> str:
    """Return where a pre-filled answer comes from: form, day, person (LAW-11)."""
    if origin is None:
        return ""
    when = day(origin.at.astimezone(PARIS).date())
    return f"repris de « {origin.form_title} », {when}, {origin.author}"
