"""Forms as a spreadsheet fills them in: what it does not say is left open, never made up.

Everything else of the field holds: its type, its bounds, its conditions, what is computed from it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.catalog.fields import Field
from app.catalog.forms import Answers, Form
from app.errors import Invalid


def relaxed(form: Form, *, unconditional: bool = False) -> Form:
    """Return a form in which nothing is required; ``unconditional``: nor hidden by another answer."""
    sections = tuple(
        replace(
            section,
            condition=None if unconditional else section.condition,
            fields=tuple(_open(one, unconditional) for one in section.fields),
        )
        for section in form.sections
    )
    return replace(form, sections=sections, rules=())


def _open(one: Field, unconditional: bool) -> Field:
    condition = None if unconditional else one.condition
    columns = tuple(_open(column, unconditional) for column in one.columns)
    return replace(one, required=False, condition=condition, columns=columns)


class Forms:
    """The relaxed forms of a release, each made once."""

    def __init__(self, forms: Mapping[str, Form]) -> None:
        self._forms = forms
        self._made: dict[tuple[str, bool], Form] = {}

    def get(self, form_id: str, *, unconditional: bool = False) -> Form:
        """Return a form in which nothing is required."""
        key = (form_id, unconditional)
        if key not in self._made:
            self._made[key] = relaxed(self._forms[form_id], unconditional=unconditional)
        return self._made[key]

    def parse(self, form_id: str, raw: Mapping[str, Any], context: Mapping[str, Any]) -> Answers:
        """Read what a line says of a form, as of the present instant.

        Raises:
            Invalid: an answer does not fit its field.
        """
        return self.get(form_id).parse(dict(raw), classes=None, context=context)

    def judge(self, form_id: str, raw: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return what does not fit, by dotted field: each answer is judged for itself alone."""
        try:
            self.get(form_id, unconditional=True).parse(dict(raw), classes=None, context=context)
        except Invalid as refusal:
            return refusal.problems
        return {}
