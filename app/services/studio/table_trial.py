"""One line tried on a decision table: a value for each column, which rule answers, with what result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from app import clock
from app.catalog.bundle import Bundle
from app.catalog.words import say
from app.decisions import DecisionFault, DecisionTable, parse_decisions
from app.errors import BundleFault
from app.expressions import designer_functions
from app.services.studio import judging

_COLUMN: Final = "colonne_essayee_{}"
_YES_NO: Final = (("", "non renseigné"), ("oui", "oui"), ("non", "non"))
_UNREADABLE: Final = "« {} » n'est pas {} : corrigez cette valeur pour essayer la table."


@dataclass(frozen=True)
class Asked:
    """What a column asks to be tried: ``choices`` are ``(value, label)``, empty when it is typed."""

    label: str
    type: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Tried:
    """What came: the rules that answered (ids and numbers as shown), the results, or why there is none."""

    rules: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        if self.fault:
            return self.fault
        if not self.numbers:
            return "Aucune règle ne répond : ce sont les valeurs par défaut."
        named = " et ".join(str(number) for number in self.numbers)
        return f"Règle{'s' if len(self.numbers) > 1 else ''} {named}."


def asked(table: DecisionTable) -> tuple[Asked, ...]:
    """Return what to ask for each column, in order; answers to choose are offered with their labels."""
    labels = _choices()
    return tuple(
        Asked(
            column.label,
            column.type_ref,
            _YES_NO if column.type_ref == "boolean" else labels.get(column.expression, ()),
        )
        for column in table.inputs
    )


def table_of(text: str, decision: str) -> DecisionTable:
    """Return one table of a DMN text.

    Raises:
        DecisionFault: it cannot be read; the sentence says where.
    """
    tables = parse_decisions(text.encode())
    if decision not in tables:
        raise DecisionFault(decision, "Cette table n'est plus dans le fichier.")
    return tables[decision]


def tried(table: DecisionTable, typed: Sequence[str]) -> Tried:
    """Evaluate the table with these values of its columns, as if the expressions had given them.

    Args:
        table: as read from the draft.
        typed: what was chosen or typed, column by column; an empty one is « not answered ».
    """
    try:
        values = {
            _COLUMN.format(place): _value(text.strip(), column.type_ref)
            for place, (column, text) in enumerate(zip(table.inputs, typed, strict=True))
        }
    except ValueError as fault:
        return Tried(fault=str(fault))
    columns = tuple(
        replace(column, expression=_COLUMN.format(place)) for place, column in enumerate(table.inputs)
    )
    try:
        names = {"reglages": dict(_settings()), **values}
        found = replace(table, inputs=columns).evaluate(names, designer_functions(clock.now(), frozenset()))
    except DecisionFault as fault:
        return Tried(fault=fault.sentence)
    rows = found.outputs if isinstance(found.outputs, list) else [found.outputs]
    return Tried(
        rules=found.rules,
        numbers=found.numbers,
        results=tuple(
            (column.label, _said(row.get(column.name))) for row in rows for column in table.outputs
        ),
    )


def _value(text: str, kind: str) -> object:
    if not text:
        return None
    if kind == "boolean":
        return text == "oui"
    if kind in ("number", "integer", "long", "double"):
        try:
            return Decimal(text.replace(",", ".").replace("\u202f", "").replace(" ", ""))
        except InvalidOperation:
            raise ValueError(_UNREADABLE.format(text[:40], "un nombre")) from None
    if kind == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(_UNREADABLE.format(text[:40], "une date")) from None
    return text


def _said(value: object) -> str:
    if value is None:
        return "rien"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return say(value)


def _settings() -> Mapping[str, object]:
    """Return the settings that rules share, none while the draft cannot be read whole."""
    try:
        return judging.bundle().settings.rules
    except BundleFault:
        return {}


def _choices() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return « form.field » → its options, as the draft has them; none while it cannot be read whole."""
    try:
        bundle: Bundle = judging.bundle()
    except BundleFault:
        return {}
    return {
        f"{form.id}.{field.key}": (
            ("", "non renseigné"),
            *((option.value, option.label) for option in field.options),
        )
        for form in bundle.forms.values()
        for field in form.fields
        if field.type == "choix" and field.options
    }
