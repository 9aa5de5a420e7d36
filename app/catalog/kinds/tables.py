"""Repeated rows: added by the person, or given by a list of the context (one row a situation of the pôle)."""
# ruff: noqa: D102 - every method is described on Kind, which fixes its arguments

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import marshmallow as ma

from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope, bounds, is_blank, is_entered, kind_of, scope_of
from app.catalog.kinds.computed import compute
from app.catalog.kinds.schema import AnswersSchema, schema_class
from app.catalog.kinds.whole import WholeAnswer
from app.catalog.source import Section, SettingsFault
from app.catalog.submission import Flat

MAX_ROWS = 50
"""Rows of a table whose form says nothing."""
MOST_ROWS = 500
"""Rows that « max » may allow: a meeting of a hundred situations, several actions each."""
ITEM = "ligne"
"""Name under which a row's columns read the item of the context that gave the row."""


def row_items(field: Field, scope: Scope) -> list[Mapping[str, object]]:
    """Return the context's items that give a table its rows; empty when people add rows themselves."""
    found = scope.look_up(field.rows_from) if field.rows_from else ()
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [item if isinstance(item, Mapping) else {"valeur": item} for item in found]


class RowsAnswer(WholeAnswer):
    """A list of rows, each read by the schema of the columns; blank rows are left out."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field

    def read(self, value: Any) -> Any:
        """Read the rows."""
        return self._rows(value)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Read the rows; those of the context exist even when nothing was sent."""
        if self.field.rows_from is not None:
            return self._rows(value)
        return super().deserialize(value, attr, data, **kwargs)

    def _rows(self, value: Any) -> Any:
        if value is not None and not isinstance(value, list):
            raise ma.ValidationError("Remplissez le tableau ligne par ligne.")
        sent: list[Any] = value or []
        scope = scope_of(self)
        items = row_items(self.field, scope)
        if self.field.rows_from is not None:
            sent = [sent[number] if number < len(sent) else {} for number in range(len(items))]
        filled = [number for number, row in enumerate(sent) if items or not is_blank(_unmarked(row))]
        self._check_count(len(filled))
        rows, problems = [], {}
        names = self.root.names if isinstance(self.root, AnswersSchema) else {}
        for number in filled:
            item = items[number] if items else {}
            context = {**scope.context, **names, ITEM: item}
            schema = schema_class(self.field.columns, ())(replace(scope, context=context))
            try:
                rows.append(schema.load(sent[number]))
            except ma.ValidationError as fault:
                problems[number] = fault.messages
        if problems:
            raise ma.ValidationError(problems)
        return rows or None

    def _check_count(self, count: int) -> None:
        low, high = self.field.minimum, most_rows(self.field)
        if self.field.rows_from is None and count > high:
            raise ma.ValidationError(f"Gardez au plus {high} lignes ; il y en a {count}.")
        if isinstance(low, int) and 0 < count < low:
            raise ma.ValidationError(self.field.message or f"Remplissez au moins {low} lignes.")


class Table(Kind):
    """Rows of columns, 50 unless « max » says more; with ``lignes_de``, those of a list of the context."""

    name = "tableau"
    attributes = frozenset({"colonnes", "min", "max", "lignes_de", "nom_ligne", "bouton"})
    in_rows = False

    def empty(self) -> object:
        return []

    def configure(self, section: Section) -> dict[str, Any]:
        source = section.optional_text("lignes_de")
        if source and ("min" in section.values or "max" in section.values):
            raise SettingsFault(
                f"« {section.path} » : « lignes_de » fixe les lignes ; retirez « min » et « max »."
            )
        row_name = section.optional_text("nom_ligne") or "Ligne"
        return bounds(section, low=0, high=MOST_ROWS) | {
            "rows_from": source,
            "row_name": row_name,
            "add_label": section.optional_text("bouton") or "Ajouter une ligne",
        }

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return RowsAnswer(field)

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        rows: list[object] = []
        for number in flat.rows(name):
            rows.extend([None] * (number - len(rows)))
            rows.append(
                {c.key: kind_of(c).gather(flat, f"{name}.{number}.{c.key}", c) for c in field.columns}
            )
        return rows or None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for number, row in enumerate(value if isinstance(value, list) else ()):
            found[f"{name}.{number}._"] = ["1"]
            for column in field.columns:
                if row.get(column.key) is not None:
                    found |= kind_of(column).spread(row[column.key], f"{name}.{number}.{column.key}", column)
        return found

    def missing(self, field: Field) -> str:
        return field.message or f"Remplissez au moins une ligne de « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        row = {
            "type": "object",
            "properties": {c.key: kind_of(c).json_schema(c) for c in field.columns},
            "required": [c.key for c in field.columns if c.required and c.condition is None],
        }
        return {"type": "array", "items": row, "maxItems": most_rows(field)}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        items = row_items(field, scope)
        if field.rows_from is None:
            low = max(1, field.minimum) if isinstance(field.minimum, int) else 1
            few, many = field.simulation.get("min", low), field.simulation.get("max")
            low = max(low, few) if isinstance(few, int) else low
            high = many if isinstance(many, int) else low + 2
            items = [{}] * rng.randint(low, max(low, min(most_rows(field), high)))
        return [
            sample_fields(
                field.columns,
                rng,
                replace(scope, context={**scope.context, **scope.answers, ITEM: item}, answers={}),
            )
            for item in items
        ]

    def text(self, value: object, field: Field) -> str:
        lines = []
        for row in value if isinstance(value, list) else ():
            cells = (
                f"{column.label} : {kind_of(column).text(row[column.key], column)}"
                for column in field.columns
                if row.get(column.key) not in (None, "", []) and column.shown
            )
            lines.append(", ".join(cells))
        return " ; ".join(lines)


def most_rows(field: Field) -> int:
    """Return how many rows a table takes."""
    return field.maximum if isinstance(field.maximum, int) else MAX_ROWS


def _unmarked(row: object) -> object:
    return row if not isinstance(row, Mapping) else {key: raw for key, raw in row.items() if key != "_"}


def sample_fields(
    fields: tuple[Field, ...], rng: random.Random, scope: Scope, *, share: float = 0.7
) -> dict[str, object]:
    """Return plausible answers, conditions respected; an optional field is filled ``share`` of the time."""
    answers: dict[str, object] = {}
    names = {**scope.context, **{field.key: kind_of(field).empty() for field in fields}}
    within = replace(scope, answers=names)  # sees each answer as it is given
    for field in fields:
        kind = kind_of(field)
        if field.condition and not field.condition.holds(names, scope.functions):
            continue
        if not kind.answered:
            continue
        if not is_entered(field):
            value = compute(field, names, scope)
        elif field.required or field.rows_from or rng.random() < _share(field, share):
            value = _habitual(field, rng, within)
            value = kind.sample(field, rng, within) if value is None else value
        else:
            value = None
        names[field.key] = answers[field.key] = kind.empty() if value is None else value
    return answers


_KEPT_AS_PROPOSED = 0.9


def _habitual(field: Field, rng: random.Random, scope: Scope) -> object:
    """Return the answer given before, or proposed by the form, when a simulated person keeps to it.

    A field with weights of its own follows them; ``constance`` is the share that repeats the last answer.
    """
    constancy = field.simulation.get("constance")
    earlier = scope.habits.earlier.get(field.key)
    if constancy is not None and earlier is not None and rng.random() < float(str(constancy)):
        return earlier
    proposed = scope.habits.proposed.get(field.key)
    if proposed is None or "poids" in field.simulation or rng.random() >= _KEPT_AS_PROPOSED:
        return None
    return proposed


def _share(field: Field, share: float) -> float:
    wished = field.simulation.get("part")
    return share if share >= 1 or not isinstance(wished, int | Decimal) else float(wished)
