"""Fields nobody enters: computed values and paragraphs of explanation."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import marshmallow as ma

from app.catalog import words
from app.catalog.conditions import Names
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope
from app.catalog.source import Section
from app.catalog.submission import Flat

RESULTS = ("nombre", "montant", "texte", "oui_non", "date")


class Computed(Kind):
    """A read-only value computed from the answers above it, by the expression « calcul »."""

    name = "calcul"
    attributes = frozenset({"calcul", "resultat", "decimales", "unite", "affiche"})
    entered = False

    def configure(self, section: Section) -> dict[str, Any]:
        result = section.one_of("resultat", RESULTS, default="nombre")
        decimals = section.integer("decimales", low=0, high=6)
        return {
            "result": result,
            "decimals": decimals if decimals is not None else (2 if result == "montant" else 0),
            "unit": section.optional_text("unite") or "",
            "shown": section.boolean("affiche", default=True),
        }

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return ma.fields.Raw(allow_none=True)

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        return None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {}

    def json_schema(self, field: Field) -> dict[str, Any]:
        types = {"nombre": "number", "montant": "number", "oui_non": "boolean"}
        return {"type": [types.get(field.result, "string"), "null"], "readOnly": True}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return None

    def text(self, value: object, field: Field) -> str:
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            if field.result == "montant":
                return words.money(value)
            unit = f"{words.NARROW}{field.unit}" if field.unit else ""
            return f"{words.number(value)}{unit}"
        return words.say(value)


def compute(field: Field, names: Names, scope: Scope) -> object:
    """Return the value of a field nobody enters: read-only, or computed.

    A computed number is rounded half up to its decimals; None while an answer it needs is missing.
    """
    if field.read_only:
        return _given(field, scope)
    if field.computed is None:
        return None
    value = field.computed.value(names, scope.functions)
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return value
    if field.result not in {"nombre", "montant"}:
        return value
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-field.decimals), rounding=ROUND_HALF_UP)
    return rounded if field.decimals else int(rounded)


def _given(field: Field, scope: Scope) -> object:
    """Return a read-only value: the row's item of that name, the answer it is taken from, its first value."""
    item = scope.context.get("ligne")
    if isinstance(item, Mapping):
        return item.get(field.key)
    if field.taken_from is not None:
        return scope.look_up(field.taken_from)
    return field.initial.value(scope.context, scope.functions) if field.initial else None


class Info(Kind):
    """A paragraph that explains; nothing is answered."""

    name = "info"
    entered = False
    answered = False
    in_rows = False

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return ma.fields.Raw(allow_none=True)

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {}

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return None

    def text(self, value: object, field: Field) -> str:
        return ""
