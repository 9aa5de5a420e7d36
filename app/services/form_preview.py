"""What a form is shown with before anybody fills it: made-up answers of the other forms, lists, rows."""

import random
from collections.abc import Mapping
from typing import Any, Final

from app.catalog.compiler import compile_form
from app.catalog.fields import Field
from app.catalog.forms import Form
from app.catalog.kinds.choices import EVERY_KIND, LANES, STRUCTURES
from app.catalog.kinds.tables import ITEM
from app.catalog.submission import Flat
from app.checker.names.in_forms import LISTS
from app.errors import BundleFault, Invalid
from app.services.form_drafts import EditedForm

ROWS: Final = 2
"""Rows of a table whose rows come from a list."""
SETTINGS: Final = "reglages"
_SAMPLES: Final = ("Exemple A", "Exemple B", "Exemple C")


def context_of(edited: EditedForm, form: Form, seed: int) -> dict[str, Any]:
    """Return what the form reads outside itself, made up: other forms' answers, lists, rows of meetings."""
    context: dict[str, Any] = {name: _options() for name in LISTS if name not in (STRUCTURES, LANES)}
    context[LANES] = {lane: _options() for lane in edited.settings.lanes}
    kinds = [EVERY_KIND, *edited.settings.partner_kinds]
    context[STRUCTURES] = {kind: _options() for kind in kinds}
    context[SETTINGS] = dict(edited.settings.rules)
    rng = random.Random(seed)  # noqa: S311 - made-up answers
    for name in sorted(form.reads - context.keys()):
        other = _other(edited, name)
        if other is not None:
            context[name] = sample_of(other, rng, {})
    for field in form.fields:
        if field.rows_from:
            _put(context, field.rows_from, [_item(field, number) for number in range(ROWS)])
        for item in (field, *field.columns):
            source = item.options_from
            if source and _look_up(context, source) is None:
                _put(context, source, _options())
    return context


def sample(form: Form, context: Mapping[str, Any], seed: int) -> Flat:
    """Return made-up answers as the texts a browser shows; nothing where none fits."""
    return form.spread(sample_of(form, random.Random(seed), context))  # noqa: S311 - made-up answers


def sample_of(form: Form, rng: random.Random, context: Mapping[str, Any]) -> dict[str, object]:
    """Return made-up answers, none when the form's rules leave no choice."""
    try:
        return form.sample(rng, context)
    except Invalid:
        return {}


def _other(edited: EditedForm, name: str) -> Form | None:
    text = edited.files.get(f"forms/{name}.json")
    if text is None:
        return None
    try:
        return compile_form(text, settings=edited.settings, file=name)
    except BundleFault:
        return None


def _options() -> list[dict[str, str]]:
    return [{"valeur": f"exemple_{rank}", "libelle": label} for rank, label in enumerate(_SAMPLES)]


def _item(field: Field, number: int) -> dict[str, object]:
    """Return one item of the list that gives a table its rows: whatever its columns read of it."""
    names = {column.key: _SAMPLES[number] for column in field.columns}
    for column in field.columns:
        for expression in (column.computed, column.condition, column.initial):
            read = (name for name in (expression.other if expression else ()) if name.startswith(f"{ITEM}."))
            names |= {name.split(".")[1]: _SAMPLES[number] for name in read}
    return {**names, "reference": f"DOS-EXEMPLE-{number + 1}"}


def _look_up(context: Mapping[str, Any], dotted: str) -> object:
    found: object = context
    for part in dotted.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _put(context: dict[str, Any], dotted: str, value: object) -> None:
    *rooms, last = dotted.split(".")
    held = context
    for room in rooms:
        inner = held.get(room)
        held[room] = held = dict(inner) if isinstance(inner, Mapping) else {}
    held[last] = value
