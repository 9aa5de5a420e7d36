"""The marshmallow schema of a form or of a table's row: conditions, types, then what is required.

marshmallow drops invalid values before ``validates_schema``: the hooks ask for the original data, so that an
answer that is wrong is not also called missing. A field whose condition is false is dropped unread.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, cast

import marshmallow as ma

from app.catalog.fields import Field, Rule
from app.catalog.kinds.base import Scope, is_blank, is_entered, kind_of
from app.catalog.kinds.computed import compute


class AnswersSchema(ma.Schema):
    """Reads what was sent into typed answers; made by ``schema_class`` for given fields and rules."""

    class Meta:
        """Names that are no field of the form, or of no class the person may collect, are left out."""

        unknown = ma.EXCLUDE

    form_fields: ClassVar[tuple[Field, ...]] = ()
    rules: ClassVar[tuple[Rule, ...]] = ()
    reads: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.names: dict[str, object] = {}
        self.visible: list[Field] = []

    @ma.pre_load
    def keep_visible(self, data: Any, **_: Any) -> dict[str, Any]:
        """Walk the fields in order and keep what was sent for those whose condition holds."""
        sent = data if isinstance(data, Mapping) else {}
        self.visible = []
        self.names = {**self.scope.context, **{f.key: kind_of(f).empty() for f in self.form_fields}}
        kept: dict[str, Any] = {}
        for field in self.form_fields:
            if field.condition and not field.condition.holds(self.names, self.scope.functions):
                continue
            self.visible.append(field)
            if not is_entered(field):
                self.names[field.key] = compute(field, self.names, self.scope)
                continue
            raw = sent.get(field.key)
            kept[field.key] = None if is_blank(raw) and field.rows_from is None else raw
            if field.key in self.reads and kept[field.key] is not None:
                self.names[field.key] = self._tried(field, kept[field.key])
        return kept

    def reads_all(self, data: Mapping[str, object]) -> None:
        """Set ``names`` and ``visible`` from what was typed so far, judging nothing."""
        self.keep_visible(data)

    def _tried(self, field: Field, raw: object) -> object:
        try:
            value: object = self.fields[field.key].deserialize(raw)
        except ma.ValidationError:
            return kind_of(field).empty()
        return kind_of(field).empty() if value is None else value

    @ma.validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_required(self, _data: Any, original: Any, **_: Any) -> None:
        """Refuse a visible required field left blank."""
        sent = original if isinstance(original, Mapping) else {}
        problems = {
            field.key: [kind_of(field).missing(field)]
            for field in self.visible
            if field.required
            and is_entered(field)
            and field.rows_from is None
            and is_blank(sent.get(field.key))
        }
        if problems:
            raise ma.ValidationError(cast("dict[str, Any]", problems))

    @ma.validates_schema(skip_on_field_errors=True)
    def check_rules(self, data: Any, **_: Any) -> None:
        """Refuse answers that do not go together; skipped while one of them is itself wrong."""
        if not self.rules:
            return
        names = {**self.names, **self._complete(data)}
        problems: dict[str, list[str]] = {}
        shown = {field.key for field in self.visible}
        for rule in self.rules:
            tied = [key for key in rule.fields if key in shown]
            if tied and not rule.requires.holds(names, self.scope.functions):
                problems.setdefault(tied[0], []).append(rule.message)
        if problems:
            raise ma.ValidationError(cast("dict[str, Any]", problems))

    @ma.post_load
    def complete(self, data: Any, **_: Any) -> dict[str, object]:
        """Return an answer for every visible field, in the form's order; a blank one is None or empty."""
        return self._complete(data)

    def _complete(self, data: Mapping[str, object]) -> dict[str, object]:
        names, answers = dict(self.names), {}
        for field in self.visible:
            kind = kind_of(field)
            if not kind.answered:
                continue
            value = data.get(field.key) if is_entered(field) else compute(field, names, self.scope)
            names[field.key] = answers[field.key] = kind.empty() if value is None else value
        return answers


@lru_cache(maxsize=512)
def schema_class(fields: tuple[Field, ...], rules: tuple[Rule, ...]) -> type[AnswersSchema]:
    """Return the schema of these fields; remembered, since making a class costs more than using it."""
    namespace: dict[str, Any] = {
        field.key: kind_of(field).schema_field(field) for field in fields if is_entered(field)
    }
    reads = frozenset[str]().union(*(read_by(field) for field in fields))
    namespace |= {"form_fields": fields, "rules": rules, "reads": reads}
    return type("Answers", (AnswersSchema,), namespace)


def read_by(field: Field) -> frozenset[str]:
    """Return the keys of the form that a field's expressions, or its columns', read."""
    own = frozenset[str]().union(
        *(expression.own for expression in (field.condition, field.computed, field.initial) if expression)
    )
    return own.union(*(read_by(column) for column in field.columns))
