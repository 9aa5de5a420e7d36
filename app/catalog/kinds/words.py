"""Texts: one line, several lines, e-mail, telephone."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from app.catalog import nir, plausible
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope
from app.catalog.source import Section, SettingsFault
from app.catalog.submission import Flat

MAX_TEXT = 10_000
"""Longest text of an answer, in characters."""
LINE_LENGTH = 200
_EMAIL_LENGTH = 254
_GAPS = re.compile(r"[\s.\-()/]+")
_FRENCH = re.compile(r"(?:\+33|0033|0)([1-9]\d{8})", re.ASCII)
_FOREIGN = re.compile(r"\+\d{8,14}", re.ASCII)
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return the text in NFC, with plain line ends, without control signs nor outer blanks."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub("", plain).strip()


class TextAnswer(ma.fields.String):
    """A text within its length, free of social security numbers (LAW-4); ``\"\"`` is no answer."""

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it on instances
        "invalid": "Écrivez un texte."
    }

    def __init__(self, *, longest: int, line: bool, digits: int | None = None) -> None:
        super().__init__(allow_none=True)
        self.longest = longest
        self.line = line
        self.digits = digits

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text = clean(super()._deserialize(value, attr, data, **kwargs) or "")
        if self.line:
            text = " ".join(text.split())
        if len(text) > self.longest:
            raise ma.ValidationError(
                f"Écrivez au plus {self.longest} caractères ; votre texte en compte {len(text)}."
            )
        if nir.holds_number(text):
            raise ma.ValidationError(nir.SENTENCE)
        return self.shaped(text) if text else None

    def shaped(self, text: str) -> str:
        """Return the text in its usual shape; refuse what has none."""
        if self.digits is None:
            return text
        figures = _GAPS.sub("", text)
        if not (figures.isascii() and figures.isdigit() and len(figures) == self.digits):
            raise ma.ValidationError(f"Écrivez les {self.digits} chiffres, sans lettre.")
        return figures


class EmailAnswer(TextAnswer):
    """An e-mail address."""

    _shape = ma.validate.Email(error="Écrivez une adresse électronique, comme nom@exemple.fr.")

    def shaped(self, text: str) -> str:
        """Return the address as typed."""
        return str(self._shape(text))


class TelephoneAnswer(TextAnswer):
    """A telephone number, kept as « 02 40 00 00 00 » or with its foreign prefix."""

    def shaped(self, text: str) -> str:
        """Return the number in its usual groups."""
        figures = _GAPS.sub("", text)
        french = _FRENCH.fullmatch(figures)
        if french:
            national = f"0{french[1]}"
            return " ".join(national[i : i + 2] for i in range(0, 10, 2))
        if _FOREIGN.fullmatch(figures):
            return figures
        raise ma.ValidationError("Écrivez un numéro de téléphone à dix chiffres, comme 02 40 00 00 00.")


class Text(Kind):
    """One line of text; ``chiffres`` asks for exactly that many digits."""

    name = "texte"
    attributes = frozenset({"max", "chiffres", "saisie_auto"})
    holds_text = True

    def configure(self, section: Section) -> dict[str, Any]:
        digits = section.integer("chiffres", low=1, high=30)
        if digits in {13, 15}:
            raise SettingsFault(
                f"« {section.at('chiffres')} » : {digits} chiffres est la forme d'un numéro de sécurité "
                "sociale, qu'aucun formulaire ne peut demander."
            )
        return {
            "maximum": section.integer("max", low=1, high=MAX_TEXT),
            "digits": digits,
            "autocomplete": section.one_of("saisie_auto", AUTOCOMPLETE, default=None),
        }

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return TextAnswer(longest=longest(field, LINE_LENGTH), line=True, digits=field.digits)

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {name: [str(value)]} if value is not None else {}

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "maxLength": longest(field, LINE_LENGTH)}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        if field.digits is not None:
            return "".join(str(rng.randrange(10)) for _ in range(field.digits))
        return plausible.line(field, rng)[: longest(field, LINE_LENGTH)].strip()

    def text(self, value: object, field: Field) -> str:
        return str(value)


class LongText(Text):
    """Several lines of text."""

    name = "texte_long"
    attributes = frozenset({"max"})

    def configure(self, section: Section) -> dict[str, Any]:
        return {"maximum": section.integer("max", low=1, high=MAX_TEXT)}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return TextAnswer(longest=longest(field, MAX_TEXT), line=False)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "maxLength": longest(field, MAX_TEXT)}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return plausible.paragraph(rng)[: longest(field, MAX_TEXT)].strip()


class Email(Text):
    """An e-mail address."""

    name = "courriel"
    attributes = frozenset({"saisie_auto"})

    def configure(self, section: Section) -> dict[str, Any]:
        return {"autocomplete": section.one_of("saisie_auto", AUTOCOMPLETE, default=None)}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return EmailAnswer(longest=_EMAIL_LENGTH, line=True)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": _EMAIL_LENGTH}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return plausible.email(rng)


class Telephone(Email):
    """A telephone number."""

    name = "telephone"

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return TelephoneAnswer(longest=30, line=True)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "maxLength": 30}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return plausible.telephone(rng)


AUTOCOMPLETE = (
    "name", "honorific-prefix", "given-name", "family-name", "email", "tel", "organization",
    "organization-title", "street-address", "off",
)  # fmt: skip
"""HTML « autocomplete » values a form may ask for: those about the person who types."""


def longest(field: Field, otherwise: int) -> int:
    """Return the most characters a field takes."""
    return field.maximum if isinstance(field.maximum, int) else otherwise


__all__ = ["AUTOCOMPLETE", "Email", "Flat", "LongText", "Telephone", "Text", "TextAnswer", "clean"]
