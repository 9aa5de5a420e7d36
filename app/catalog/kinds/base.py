"""What every field type knows how to do."""
# ruff: noqa: ARG002 - arguments are there for the types that need them

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import marshmallow as ma

from app.catalog.conditions import Functions, Names
from app.catalog.fields import Field, Option
from app.catalog.places import Commune
from app.catalog.source import Section
from app.catalog.submission import Flat

FileReference = Mapping[str, object]
"""A stored file: ``id``, ``nom``, ``mime``, ``taille`` in bytes."""


@dataclass(frozen=True)
class Habits:
    """What guides a simulated answer: those given before to the same form, and those it proposes first."""

    earlier: Names = field(default_factory=dict)
    proposed: Names = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """What a form is answered within.

    ``context`` holds earlier answers by form (``signalement.nom``) and process data; ``stored`` the files
    already kept by field; ``answers`` those given so far in this form. Inside a table, the context also
    holds the form's answers and ``ligne``, the row's item.
    """

    communes: Sequence[Commune]
    context: Names
    functions: Functions
    now: datetime
    stored: Mapping[str, Sequence[FileReference]]
    answers: Names = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)

    def look_up(self, dotted: str) -> object:
        """Return the context's value of that dotted name, None when absent."""
        found: object = self.context
        for part in dotted.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def options(self, field: Field) -> tuple[Option, ...]:
        """Return a field's options; those of ``options_from`` come from the context."""
        if field.options_from is None:
            return field.options
        found = self.look_up(field.options_from)
        if isinstance(found, Mapping):
            return tuple(Option(str(value), str(label)) for value, label in found.items())
        if not isinstance(found, Sequence) or isinstance(found, str):
            return ()
        rows = [item for item in found if isinstance(item, Mapping)]
        return tuple(
            Option(str(row.get("valeur", "")), str(row.get("libelle", "")), str(row.get("aide", "")))
            for row in rows
        )


class Kind:
    """A field type. One instance serves all fields of the type; it holds nothing."""

    name: ClassVar[str]
    attributes: ClassVar[frozenset[str]] = frozenset()
    """JSON keys a field of this type may have beyond those of every field."""
    in_rows: ClassVar[bool] = True
    entered: ClassVar[bool] = True
    """Whether a person enters a value; a computed field is answered without being entered."""
    answered: ClassVar[bool] = True
    holds_text: ClassVar[bool] = False
    """Whether any text fits: such a field must not ask for a social security number."""

    def empty(self) -> object:
        """Return what conditions see while nothing was answered."""
        return None

    def configure(self, section: Section) -> dict[str, Any]:
        """Read the type's own JSON keys into ``Field`` attributes.

        Raises:
            SettingsFault: a value does not fit.
        """
        return {}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        """Return the marshmallow field that reads what a browser or a client sent."""
        raise NotImplementedError

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        """Return what was sent for ``name``, ready for the marshmallow field; None when nothing was."""
        text = flat.first(name)
        return text if text and text.strip() else None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        """Return the texts a browser shows for an answer, by dotted name."""
        raise NotImplementedError

    def missing(self, field: Field) -> str:
        """Return the sentence for a required field left blank."""
        return field.message or f"Renseignez « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        """Return the JSON Schema of an answer."""
        raise NotImplementedError

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        """Return a plausible answer, None when the context leaves no choice."""
        raise NotImplementedError

    def text(self, value: object, field: Field) -> str:
        """Return an answer as people read it."""
        raise NotImplementedError


KINDS: dict[str, Kind] = {}
"""Every field type by its French name; filled by the package."""


def kind_of(field: Field) -> Kind:
    """Return the type of a field."""
    return KINDS[field.type]


def is_entered(field: Field) -> bool:
    """Whether a person enters the field's answer."""
    return kind_of(field).entered and not field.read_only


def is_blank(raw: object, depth: int = 6) -> bool:
    """Whether what was sent is no answer: nothing, white space, or a group of nothing.

    No answer has more than ``depth`` groups inside one another: what has is left to the field to refuse.
    """
    if isinstance(raw, str):
        return not raw.strip()
    if isinstance(raw, Mapping | list):
        items = raw.values() if isinstance(raw, Mapping) else raw
        return depth > 0 and all(is_blank(item, depth - 1) for item in items)
    return raw is None


def scope_of(field: ma.fields.Field[Any]) -> Scope:
    """Return the scope of the schema that a marshmallow field belongs to."""
    scope = getattr(field.root, "scope", None)
    if not isinstance(scope, Scope):
        raise TypeError("a form's field is read through Form.schema(), which gives it a scope")
    return scope


def bounds(section: Section, *, low: int, high: int) -> dict[str, Any]:
    """Read whole ``min`` and ``max`` between ``low`` and ``high``."""
    return {
        "minimum": section.integer("min", low=low, high=high),
        "maximum": section.integer("max", low=low, high=high),
    }
