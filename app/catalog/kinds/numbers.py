"""Numbers with a decimal comma, and amounts in euros."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma

from app.catalog import words
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope
from app.catalog.source import Section, SettingsFault

MOST = Decimal(10) ** 12
"""Numbers stay below: twelve digits, so that none can be a social security number (LAW-4)."""
_NUMBER = re.compile(r"[+\-−]?\d{1,12}(?:[.,]\d{0,6})?", re.ASCII)


class NumberAnswer(ma.fields.Decimal):
    """« 1 234,5 » as a Decimal (an int when no decimals are allowed), within its bounds."""

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it on instances
        "invalid": "Écrivez un nombre en chiffres, comme 12 ou 12,5.",
        "special": "Écrivez un nombre en chiffres, comme 12 ou 12,5.",
    }

    def __init__(self, field: Field) -> None:
        super().__init__(allow_none=True)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, bool):
            raise self.make_error("invalid")
        if isinstance(value, str):
            value = plain(value)
            if not _NUMBER.fullmatch(value):
                raise self.make_error("invalid")
            value = value.replace(",", ".").replace("−", "-").rstrip(".")
        elif isinstance(value, float):
            value = repr(value)
        number: Decimal = super()._deserialize(value, attr, data, **kwargs)
        return self._bounded(number)

    def _bounded(self, number: Decimal) -> Decimal | int:
        field, decimals = self.field, self.field.decimals
        if int(number.normalize().as_tuple().exponent) < -decimals:
            few = f"au plus {decimals} décimales" if decimals > 1 else "une seule décimale"
            raise ma.ValidationError(
                f"Écrivez {few}." if decimals else "Écrivez un nombre entier, sans virgule."
            )
        low, high = limits(field)
        if low is not None and number < low:
            raise ma.ValidationError(f"Le nombre doit être d'au moins {words.number(low)}.")
        if high is not None and number > high:
            raise ma.ValidationError(f"Le nombre doit être d'au plus {words.number(high)}.")
        if abs(number) >= MOST:
            raise ma.ValidationError("Ce nombre est trop grand. Vérifiez sa saisie.")
        return number.quantize(Decimal(1).scaleb(-decimals)) if decimals else int(number)


def plain(text: str) -> str:
    """Return a typed number without its spaces, whatever their width, nor a point of thousands."""
    text = re.sub(r"[\s\u202f\u00a0']", "", text).removesuffix("€")
    if "," in text and re.fullmatch(r"[+\-−]?\d{1,3}(?:\.\d{3})+,\d*", text, re.ASCII):
        text = text.replace(".", "")
    return text


def limits(field: Field) -> tuple[Decimal | int | None, Decimal | int | None]:
    """Return the field's numeric ``min`` and ``max``."""
    low, high = field.minimum, field.maximum
    return (
        low if isinstance(low, Decimal | int) else None,
        high if isinstance(high, Decimal | int) else None,
    )


def _wished(bound: object, scope: Scope) -> object:
    """Return a bound of the simulation; a name, like « ligne.index_min », is looked up."""
    return scope.look_up(bound) if isinstance(bound, str) else bound


class Number(Kind):
    """A number with up to ``decimales`` decimals; none by default, and then a whole number."""

    name = "nombre"
    attributes = frozenset({"min", "max", "decimales", "unite"})

    def configure(self, section: Section) -> dict[str, Any]:
        low, high = section.number("min"), section.number("max")
        if any(bound is not None and abs(Decimal(bound)) >= MOST for bound in (low, high)):
            raise SettingsFault(
                f"« {section.path} » : « min » et « max » restent sous {words.number(int(MOST))} "
                "(aucun champ ne peut recevoir un numéro de sécurité sociale)."
            )
        if low is not None and high is not None and low > high:
            raise SettingsFault(f"« {section.path} » : « min » dépasse « max ».")
        return {
            "minimum": low,
            "maximum": high,
            "decimals": section.integer("decimales", low=0, high=6) or 0,
            "unit": section.optional_text("unite") or "",
        }

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return NumberAnswer(field)

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        if isinstance(value, Decimal):
            return {name: [f"{value:f}".replace(".", ",")]}
        return {name: [str(value)]} if isinstance(value, int) else {}

    def json_schema(self, field: Field) -> dict[str, Any]:
        low, high = limits(field)
        schema: dict[str, Any] = {"type": "number" if field.decimals else "integer"}
        if field.decimals:
            schema["multipleOf"] = float(Decimal(1).scaleb(-field.decimals))
        if low is not None:
            schema["minimum"] = float(low) if field.decimals else int(low)
        if high is not None:
            schema["maximum"] = float(high) if field.decimals else int(high)
        return schema

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        low, high = limits(field)
        low = Decimal(low if low is not None else min(0, high or 0))
        high = Decimal(high) if high is not None else low + 100
        wished = field.simulation
        first, last = (_wished(wished.get(word), scope) for word in ("min", "max"))
        first, last = low if first is None else first, high if last is None else last
        if isinstance(first, Decimal | int) and isinstance(last, Decimal | int):
            low, high = max(Decimal(low), Decimal(first)), min(Decimal(high), Decimal(last))
        step = Decimal(1).scaleb(-field.decimals)
        count = int((high - low) / step)
        number = low + rng.randint(0, max(0, count)) * step
        return number.quantize(step) if field.decimals else int(number)

    def text(self, value: object, field: Field) -> str:
        if not isinstance(value, Decimal | int):
            return words.say(value)
        unit = f"{words.NARROW}{field.unit}" if field.unit else ""
        return f"{words.number(value)}{unit}"


class Money(Number):
    """An amount in euros, with cents; at least 0 unless ``min`` says otherwise."""

    name = "montant"
    attributes = frozenset({"min", "max"})

    def configure(self, section: Section) -> dict[str, Any]:
        read = super().configure(section) | {"decimals": 2, "unit": "€"}
        return read | {"minimum": read["minimum"] if read["minimum"] is not None else 0}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        amount = super().sample(field, rng, scope)
        high = limits(field)[1]
        if isinstance(amount, Decimal) and high is None and not field.simulation:
            amount *= 10
        return amount.quantize(Decimal("0.01")) if isinstance(amount, Decimal) else amount

    def text(self, value: object, field: Field) -> str:
        return words.money(value) if isinstance(value, Decimal | int) else words.say(value)
