"""Plausible answers of a form, from its own generator with a fixed seed, some of them wanted."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.catalog.fields import Field, of_classes
from app.catalog.forms import Form
from app.catalog.kinds.tables import sample_fields

SEED: Final = 2026


def sample(
    form: Form,
    context: Mapping[str, Any],
    *,
    classes: frozenset[str] | None = None,
    seed: int = SEED,
    **wanted: Any,
) -> dict[str, Any]:
    """Return plausible answers that the form accepts, with those ``wanted`` (raw or typed) in them."""
    rng = random.Random(f"{seed}/{form.id}")  # noqa: S311  # plausible answers, no secret
    scope = form.scope(context)
    fields = tuple(_leaning(field, wanted) for field in of_classes(form.fields, classes))
    drawn = sample_fields(fields, rng, scope)
    for field in fields:
        if field.key in wanted and field.key in drawn:
            drawn[field.key] = _merged(drawn[field.key], wanted[field.key])
    return dict(form.schema(classes=classes, scope=scope).load(drawn))


def _leaning(field: Field, wanted: Mapping[str, Any]) -> Field:
    """Return the field drawn so that the conditions of the others see what is wanted."""
    if field.key not in wanted:
        return field
    value = wanted[field.key]
    if isinstance(value, bool):
        return replace(field, simulation={"poids": {"oui" if value else "non": 1}, "part": 1})
    if field.type == "choix":
        return replace(field, simulation={"poids": {value: 1}, "part": 1})
    if field.type == "cases" and value:
        kept = tuple(option for option in field.options if option.value in value)
        return replace(field, options=kept or field.options, minimum=len(value), simulation={"part": 1})
    return replace(field, required=True)


def _merged(drawn: Any, wanted: Any) -> Any:
    """Complete wanted rows with what was drawn for the first one, so that a test says only what matters."""
    if not (
        isinstance(wanted, list) and isinstance(drawn, list) and any(isinstance(w, dict) for w in wanted)
    ):
        return wanted
    return [
        {**(drawn[min(number, len(drawn) - 1)] if drawn else {}), **row} for number, row in enumerate(wanted)
    ]
