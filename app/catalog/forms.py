"""A compiled form: what it asks, and everything made from it (schema, JSON Schema, lists, samples)."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import marshmallow as ma

from app import clock
from app.catalog.appointment import AppointmentRule
from app.catalog.fields import Field, FormSection, Rule, of_classes
from app.catalog.kinds import FileReference, Scope, kind_of
from app.catalog.kinds.base import Habits, is_entered
from app.catalog.kinds.schema import AnswersSchema, schema_class
from app.catalog.kinds.tables import most_rows, sample_fields
from app.catalog.places import Commune
from app.catalog.simulation import NO_EFFORT, Effort
from app.catalog.submission import Flat, MultiValues, RowAction, SentFile, SentFiles, apply_row_action
from app.catalog.uploads import MAX_BYTES, Refused, Upload, UploadRefused, accept
from app.errors import Invalid
from app.expressions import designer_functions

Answers = dict[str, object]
"""Typed answers by field key: ``Decimal``, ``date`` and aware ``datetime`` inside."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class FieldLine(NamedTuple):
    """One line of the list of fields for exports; a table's column is « tableau.colonne »."""

    key: str
    label: str
    classe: str
    type: str


@dataclass(frozen=True)
class Form:
    """A form of a release. ``version`` is the start of the SHA-256 of its sorted JSON.

    ``outdoors``: it is filled at people's homes; a phone keeps it where the network is missing.
    """

    id: str
    title: str
    introduction: str
    sections: tuple[FormSection, ...]
    rules: tuple[Rule, ...]
    communes: tuple[Commune, ...]
    version: str
    effort: Effort = NO_EFFORT
    appointment: AppointmentRule | None = None
    outdoors: bool = False

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every field, in order, whatever its section."""
        return tuple(field for section in self.sections for field in section.fields)

    @cached_property
    def reads(self) -> frozenset[str]:
        """First names of what the form reads outside itself: other forms, process data, lists."""
        fields = [item for field in self.fields for item in (field, *field.columns)]
        expressions = [
            *(expression for item in fields for expression in (item.condition, item.computed, item.initial)),
            *(section.condition for section in self.sections),
            *(rule.requires for rule in self.rules),
        ]
        dotted = {name for expression in expressions if expression for name in expression.other}
        dotted |= {source for item in fields for source in (item.options_from, item.rows_from) if source}
        return frozenset(name.partition(".")[0] for name in dotted)

    def field(self, key: str) -> Field | None:
        """Return the field of that key, None when there is none."""
        return next((field for field in self.fields if field.key == key), None)

    def scope(
        self,
        context: Mapping[str, object] | None = None,
        *,
        stored: Mapping[str, Sequence[FileReference]] | None = None,
        closed: frozenset[date] = frozenset(),
        now: datetime | None = None,
    ) -> Scope:
        """Return what the form is answered within; ``closed`` are the territory's closing days."""
        moment = now or clock.now()
        return Scope(
            communes=self.communes,
            context=context or _NOTHING,
            functions=designer_functions(moment, closed),
            now=moment,
            stored=stored or _NOTHING,
        )

    def schema(self, *, classes: frozenset[str] | None = None, scope: Scope | None = None) -> AnswersSchema:
        """Return the marshmallow schema of the fields whose class is in ``classes`` (None: all)."""
        kept = tuple(_columns_of(field, classes) for field in of_classes(self.fields, classes))
        keys = {field.key for field in kept}
        rules = tuple(rule for rule in self.rules if set(rule.fields) <= keys)
        return schema_class(kept, rules)(scope or self.scope())

    def parse(
        self,
        raw: MultiValues | Flat | Mapping[str, object],
        files: SentFiles | None = None,
        *,
        classes: frozenset[str] | None,
        context: Mapping[str, object] | None = None,
        stored: Mapping[str, Sequence[FileReference]] | None = None,
        closed: frozenset[date] = frozenset(),
    ) -> Answers:
        """Read what was sent into typed answers.

        Args:
            raw: a browser's form data, a ``Flat`` draft, or nested JSON values by field key.
            files: a browser's files; photos come back redrawn, as ``Upload``.
            classes: the classes the person may collect; other fields are absent.
            context: earlier answers by form and process data, read by conditions and computed fields.
            stored: files kept earlier by field, which hidden inputs may keep again.
            closed: the territory's closing days.

        Raises:
            Invalid: French sentences by dotted key (``orientations.2.motif``).
        """
        nested = self.gather(raw, files)
        scope = self.scope(context, stored=stored, closed=closed)
        try:
            answers: Answers = self.schema(classes=classes, scope=scope).load(nested)
        except ma.ValidationError as fault:
            raise Invalid(flatten(_messages(fault))) from fault
        return answers

    def gather(
        self, raw: MultiValues | Flat | Mapping[str, object], files: SentFiles | None = None
    ) -> dict[str, object]:
        """Return what was sent as nested raw values by field key."""
        if isinstance(raw, Flat) or hasattr(raw, "getlist"):
            flat = Flat.of(raw)
            nested = {
                field.key: kind_of(field).gather(flat, field.key, field)
                for field in self.fields
                if is_entered(field)
            }
        else:
            nested = dict(raw)
        if files is not None:
            for field in self.fields:
                if field.type in {"fichier", "photo"}:
                    sent = [_accepted(item) for item in files.getlist(field.key) if item.filename]
                    kept = nested.get(field.key)
                    nested[field.key] = [*(kept if isinstance(kept, list) else ()), *sent] or None
        return nested

    def draft(self, raw: MultiValues | Flat, *, classes: frozenset[str] | None) -> Flat:
        """Return what was typed so far, limited to this form's fields of ``classes``; nothing is judged."""
        own, typed = {field.key for field in of_classes(self.fields, classes)}, Flat.of(raw).values
        return Flat({name: texts for name, texts in typed.items() if name.partition(".")[0] in own})

    def with_rows(self, flat: Flat, action: RowAction) -> Flat:
        """Return the texts after a row button was pressed; an unknown table changes nothing."""
        field = self.field(action.table)
        if field is None or field.type != "tableau" or field.rows_from is not None:
            return flat
        return apply_row_action(flat, action, max_rows=most_rows(field))

    def spread(self, answers: Mapping[str, object]) -> Flat:
        """Return typed answers as the texts a browser shows."""
        values: dict[str, list[str]] = {}
        for field in self.fields:
            if answers.get(field.key) is not None:
                values |= kind_of(field).spread(answers[field.key], field.key, field)
        return Flat(values)

    def initial(self, context: Mapping[str, object], *, classes: frozenset[str] | None = None) -> Answers:
        """Return the first values that « initiale » expressions give."""
        scope = self.scope(context)
        return {
            field.key: value
            for field in of_classes(self.fields, classes)
            if field.initial and (value := field.initial.value(context, scope.functions)) is not None
        }

    def computed(
        self,
        raw: MultiValues | Flat,
        context: Mapping[str, object] | None = None,
        *,
        classes: frozenset[str] | None = None,
        closed: frozenset[date] = frozenset(),
    ) -> dict[str, str]:
        """Return the computed fields of ``classes`` of a form being filled, as text, by key."""
        schema = self.schema(classes=classes, scope=self.scope(context, closed=closed))
        schema.reads_all(self.gather(raw))
        return {
            field.key: kind_of(field).text(schema.names.get(field.key), field)
            for field in schema.visible
            if field.type == "calcul" and field.shown
        }

    def json_schema(self, *, classes: frozenset[str] | None = None) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the answers."""
        fields = [f for f in of_classes(self.fields, classes) if kind_of(f).answered]
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.title,
            "type": "object",
            "properties": {
                field.key: kind_of(field).json_schema(field)
                | {"title": field.label, "x-classe": field.classe}
                for field in fields
            },
            "required": [field.key for field in fields if field.required and field.condition is None],
        }

    def field_list(self) -> list[FieldLine]:
        """Return the fields for exports; a column stands after its table as « tableau.colonne »."""
        lines = []
        for field in self.fields:
            if kind_of(field).answered:
                lines.append(FieldLine(field.key, field.label, field.classe, field.type))
            lines.extend(
                FieldLine(f"{field.key}.{c.key}", f"{field.label} : {c.label}", c.classe, c.type)
                for c in field.columns
            )
        return lines

    def feeds(self, answers: Mapping[str, object]) -> dict[str, object]:
        """Return the facts of the case that the answers give, by « alimente » name."""
        return {f.feeds: answers[f.key] for f in self.fields if f.feeds and f.key in answers}

    def sample(
        self,
        rng: random.Random,
        context: Mapping[str, object] | None = None,
        *,
        classes: frozenset[str] | None = None,
        habits: Habits | None = None,
    ) -> Answers:
        """Return plausible answers that the form accepts, near to ``habits``; same generator, same answers.

        Raises:
            Invalid: no answer drawn fits, because the rules or the context leave none.
        """
        scope = replace(self.scope(context), habits=habits or Habits())
        fields = tuple(_columns_of(field, classes) for field in of_classes(self.fields, classes))
        last: Invalid | None = None
        for attempt in range(12):
            if attempt == 3:  # what was answered before, or is proposed first, may not fit any more
                scope = replace(scope, habits=Habits())
            drawn = sample_fields(fields, rng, scope, share=0.7 if attempt < 6 else 1.0)
            try:
                answers: Answers = self.schema(classes=classes, scope=replace(scope)).load(drawn)
            except ma.ValidationError as fault:
                last = Invalid(flatten(_messages(fault)))
                continue
            return answers
        raise last or Invalid({})


def flatten(messages: Mapping[Any, Any], prefix: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages by dotted key, each sentence once."""
    found: dict[str, list[str]] = {}
    for key, value in messages.items():
        name = prefix if prefix and key == "_schema" else f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            found |= flatten(value, name)
        else:
            found[name] = list(dict.fromkeys(str(item) for item in value))
    return found


def _messages(fault: ma.ValidationError) -> Mapping[Any, Any]:
    return fault.messages if isinstance(fault.messages, Mapping) else {"_": fault.messages}


def _columns_of(field: Field, classes: frozenset[str] | None) -> Field:
    if classes is None or all(column.classe in classes for column in field.columns):
        return field
    return replace(field, columns=tuple(of_classes(field.columns, classes)))


def _accepted(item: SentFile) -> Upload | Refused:
    try:
        return accept(item.filename or "", item.read(MAX_BYTES + 1))
    except UploadRefused as fault:
        return Refused(str(fault))
