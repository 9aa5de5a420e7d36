"""Every name that a form reads outside itself: earlier answers, process data, settings, lists, row items."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.catalog.conditions import Expression
from app.catalog.fields import Field
from app.catalog.forms import Form
from app.catalog.kinds.choices import LANES as LANE_LIST
from app.catalog.kinds.tables import ITEM
from app.checker.model import Model
from app.checker.names.occurrences import Occurrence, occurrences

LISTS: Final = frozenset(
    {
        "prestations",
        "articles",
        "compteurs",
        "partenaires",
        "annuaire",
        "champs_partageables",
        LANE_LIST,
        "intervenants",
        "inscrites",
        "structures",
        "sites",
        "sites_ouverts",
    }
)
"""Lists that the product gives to every form (``services.task_view``)."""


@dataclass(frozen=True)
class FormRead:
    """A name that a form reads, told by the key of the field where it stands (``tableau.colonne``).

    ``answer`` is true for « reprise_de », which takes an answer of a form and nothing else. ``guarded``: the
    expression is written for the case in which nothing was answered yet. ``table`` is the table whose row
    a column reads.
    """

    path: str
    form: str
    element: str
    name: str
    answer: bool = False
    guarded: bool = False
    table: Field | None = None

    @property
    def root(self) -> str:
        """The first name, before any dot."""
        return self.name.partition(".")[0]


def form_reads(model: Model) -> Iterator[FormRead]:
    """Yield what every form reads, each name once a form."""
    for path, form in model.forms.values():
        seen: set[tuple[str, bool]] = set()
        for read in _of_form(path, form):
            if (read.name, read.answer) not in seen:
                seen.add((read.name, read.answer))
                yield read


def _of_form(path: str, form: Form) -> Iterator[FormRead]:
    for field in form.fields:
        yield from _of_field(path, form, field, field.key, None)
        for column in field.columns:
            yield from _of_field(path, form, column, f"{field.key}.{column.key}", field)
    for section in form.sections:
        if section.condition is not None and section.fields:
            yield from _of_expression(path, form, section.fields[0].key, section.condition, None)
    for rule in form.rules:
        yield from _of_expression(path, form, rule.fields[0], rule.requires, None)


def _of_field(path: str, form: Form, field: Field, element: str, table: Field | None) -> Iterator[FormRead]:
    if field.taken_from is not None and table is None:
        yield FormRead(path, form.id, element, field.taken_from, answer=True)
    for expression in (field.condition, field.computed, field.initial):
        if expression is not None:
            yield from _of_expression(path, form, element, expression, table)
    for source in (field.options_from, field.rows_from):
        if source is not None and source.partition(".")[0] not in LISTS:
            yield FormRead(path, form.id, element, source)


def _of_expression(
    path: str, form: Form, element: str, expression: Expression, table: Field | None
) -> Iterator[FormRead]:
    found: dict[str, list[Occurrence]] = {}
    for item in occurrences(expression.text):
        found.setdefault(item.name, []).append(item)
    for name, items in found.items():
        root = items[0].root
        if root in LISTS or (root in expression.own and root != ITEM):
            continue
        guarded = all(item.guarded for item in items)
        within = table if root == ITEM else None
        yield FormRead(path, form.id, element, name, guarded=guarded, table=within)
