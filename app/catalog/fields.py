"""What a form's JSON says, once compiled: fields, options, sections, rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from app.catalog.conditions import Expression

Bound = int | Decimal | date | str | None
"""A field's ``min`` or ``max``: a number, a count, a date, or the word ``aujourdhui``."""


def _nothing() -> Mapping[str, object]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Option:
    """One possible answer of a choice."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Field:
    """One question, as the form's author wrote it.

    ``taken_from`` (« reprise_de ») names the earlier answer that pre-fills it; ``feeds`` (« alimente ») the
    fact of the case it gives; ``initial`` an expression for the first value; ``computed`` the expression of a
    read-only field; ``rows_from`` the list of the context that gives a table's rows; ``read_only`` a value
    that comes with the row or the context and is never taken from what was sent.
    """

    key: str
    type: str
    label: str
    hint: str = ""
    required: bool = False
    classe: str = "technique"
    condition: Expression | None = None
    options: tuple[Option, ...] = ()
    options_from: str | None = None
    presentation: str | None = None
    minimum: Bound = None
    maximum: Bound = None
    decimals: int = 0
    count: int = 1
    digits: int | None = None
    unit: str = ""
    pledge: str = ""
    result: str = "nombre"
    shown: bool = True
    computed: Expression | None = None
    initial: Expression | None = None
    taken_from: str | None = None
    feeds: str | None = None
    autocomplete: str | None = None
    message: str = ""
    columns: "tuple[Field, ...]" = ()
    rows_from: str | None = None
    row_name: str = ""
    add_label: str = ""
    read_only: bool = False
    simulation: Mapping[str, object] = field(default_factory=_nothing, hash=False)


@dataclass(frozen=True)
class FormSection:
    """A titled part of a long form; the only one of a short form has no title.

    ``tab`` is the tab that it stands under, empty when it stands on the page itself.
    """

    title: str
    introduction: str
    condition: Expression | None
    fields: tuple[Field, ...]
    tab: str = ""


@dataclass(frozen=True)
class Rule:
    """What must hold between several answers; its sentence is tied to ``fields``."""

    requires: Expression
    message: str
    fields: tuple[str, ...]


def of_classes(fields: tuple[Field, ...], classes: frozenset[str] | None) -> Iterator[Field]:
    """Yield the fields whose class is in ``classes``; None keeps all."""
    return (item for item in fields if classes is None or item.classe in classes)
