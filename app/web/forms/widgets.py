"""Which control a field type gets, and the attributes of its input."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import marshmallow as ma

from app.catalog.fields import Field, Option
from app.catalog.kinds import Scope
from app.catalog.kinds.base import is_entered
from app.catalog.kinds.moments import bound_of, read_date
from app.catalog.kinds.places import commune_choices
from app.catalog.kinds.slots import read_time
from app.clock import PARIS

MOST_RADIOS = 6
"""Beyond, a list takes less room than buttons."""
_WIDGETS: Mapping[str, str] = {
    "texte_long": "textarea", "cases": "checks", "oui_non": "radios", "tableau": "table", "fichier": "files",
    "photo": "files", "adresse": "group", "creneau": "group", "signature": "group", "info": "info",
}  # fmt: skip
YES_NO = (Option("oui", "Oui"), Option("non", "Non"))
"""What a yes/no field offers."""


class Part(NamedTuple):
    """One input of a group: last words of its name, label, widget, options, whether it may stay blank."""

    suffix: str
    label: str
    widget: str = "input"
    options: Sequence[Option] = ()
    optional: bool = False


def widget_of(item: Field, scope: Scope) -> str:
    """Return the name of the macro that draws a field."""
    if item.type == "info":
        return "info"
    if not is_entered(item):
        return "output"
    if item.type in {"choix", "partenaire"}:
        few = len(scope.options(item)) <= MOST_RADIOS and item.options_from is None
        wanted = item.presentation or ("boutons" if few else "liste")
        return "radios" if wanted == "boutons" else "select"
    return _WIDGETS.get(item.type, "input")


def input_of(item: Field, value: str, scope: Scope) -> dict[str, str]:
    """Return the attributes of a field's own input."""
    found: dict[str, str] = {"type": "text", "class": "input"}
    if item.type == "courriel":
        found |= {"type": "email", "inputmode": "email", "spellcheck": "false"}
    elif item.type == "telephone":
        found |= {"type": "tel", "class": "input input--medium"}
    elif item.type in {"nombre", "montant"}:
        decimal = "decimal" if item.decimals else "numeric"
        found |= {"inputmode": decimal, "class": "input input--short", "autocomplete": "off"}
    elif item.digits:
        found |= {"inputmode": "numeric", "class": "input input--medium", "autocomplete": "off"}
    elif item.type == "date":
        found |= date_input(value) | _day_bounds(item, scope)
    if item.autocomplete:
        found["autocomplete"] = item.autocomplete
    return found


def file_input(item: Field) -> dict[str, str]:
    """Return the attributes of a file input; none that would shut the phone's gallery."""
    images = "image/jpeg,image/png,image/webp"
    found = {"type": "file", "class": "input", "accept": images if item.type == "photo" else f"{images},.pdf"}
    return found | {"multiple": "multiple"} if isinstance(item.maximum, int) and item.maximum > 1 else found


def date_input(value: str) -> dict[str, str]:
    """Return a date input, or a plain one when what was typed is no date, so that it stays to be mended."""
    if not value.strip():
        return {"type": "date", "class": "input input--short"}
    try:
        return {"type": "date", "class": "input input--short", "value": read_date(value).isoformat()}
    except ma.ValidationError:
        return {"type": "text", "class": "input input--short"}


def part_input(part: str, value: str) -> dict[str, str]:
    """Return the attributes of a part of a group, by the last word of its name."""
    if part == "jour":
        return date_input(value)
    if part in {"debut", "fin"}:
        try:
            shown = {"value": f"{read_time(value):%H:%M}"} if value.strip() else {}
        except ma.ValidationError:
            return {"type": "text", "class": "input input--short"}
        return {"type": "time", "class": "input input--short", "step": "300"} | shown
    return {"type": "text", "class": "input"}


def parts_of(item: Field, scope: Scope) -> list[Part]:
    """Return the parts of a group, none for a field of one input."""
    if item.type == "adresse":
        communes = tuple(Option(value, label) for value, label in commune_choices(list(scope.communes)))
        return [
            Part("voie", "Numéro et voie"),
            Part("complement", "Complément d'adresse", optional=True),
            Part("commune", "Commune", "select", communes),
        ]
    if item.type == "signature":
        pledge = item.pledge or "Je confirme ce qui précède."
        return [
            Part("nom", "Nom de la personne qui signe"),
            Part("trace", "Signature dessinée", "drawing", optional=True),
            Part("accord", pledge, "checkbox"),
        ]
    if item.type != "creneau":
        return []
    found: list[Part] = []
    for number in range(item.count):
        start, rank = (f"{number}.", f" (créneau {number + 1})") if item.count > 1 else ("", "")
        found += [
            Part(f"{start}{suffix}", f"{label}{rank}", optional=number > 0)
            for suffix, label in (("jour", "Jour"), ("debut", "De"), ("fin", "À"))
        ]
    return found


def chosen(values: Sequence[str], options: Sequence[Option]) -> list[str]:
    """Return the option that is chosen; a commune is known with or without its postcode."""
    known = {option.value for option in options}
    return [value if value in known else value.partition("|")[0] for value in values]


def _day_bounds(item: Field, scope: Scope) -> dict[str, str]:
    today = scope.now.astimezone(PARIS).date()
    bounds: dict[str, date | None] = {
        "min": bound_of(item.minimum, today),
        "max": bound_of(item.maximum, today),
    }
    return {name: bound.isoformat() for name, bound in bounds.items() if bound is not None}
