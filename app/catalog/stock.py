"""Small equipment handed over to households, as ``territoire.toml`` words it, and what it costs.

``[articles]`` and ``[depots]`` belong to the release; what is in stock is live rows (BAT-9, MTP-4, CAR-7).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from app.catalog.money import CENT, MOST
from app.catalog.source import Section, SettingsFault

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
ONLY_PLACE: Final = ""
"""The place of a territory that names no ``[depots]``."""
NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True)
class Article:
    """An article of a kit.

    ``cost`` in euros is that of one until a purchase says another; ``saving`` what one is expected to save a
    year, in euros, None when nobody says. ``low``: at or below this number it is time to order.
    """

    id: str
    label: str
    unit: str
    cost: Decimal
    saving: Decimal | None
    low: int


@dataclass(frozen=True)
class StockWords:
    """The articles and the places where they are kept; ``places`` has one nameless place unless said."""

    articles: Mapping[str, Article] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=lambda: {ONLY_PLACE: ""})

    @property
    def choices(self) -> dict[str, str]:
        """Return the articles as a form names them."""
        return {one.id: one.label for one in self.articles.values()}


@dataclass(frozen=True)
class Held:
    """What is in stock of an article in a place: how many, worth how much, the cost of the last one."""

    quantity: int
    value: Decimal
    last_cost: Decimal


def read_stock(root: Section) -> StockWords:
    """Read ``[articles]`` and ``[depots]``.

    Raises:
        SettingsFault: a value is missing or does not fit.
    """
    places = root.section("depots")
    places.keys_like(_KEY)
    named = {key: places.text(key) for key in places.values}
    return StockWords(
        articles={section.key: _article(section) for section in root.sections("articles", _KEY)},
        places=named or {ONLY_PLACE: ""},
    )


def _article(section: Section) -> Article:
    section.only("libelle", "unite", "cout", "economie_an", "seuil")
    return Article(
        id=section.key,
        label=section.text("libelle"),
        unit=section.optional_text("unite") or "pièce",
        cost=_amount(section, "cout") or NOTHING,
        saving=_amount(section, "economie_an"),
        low=section.integer("seuil", low=0, high=100_000) or 0,
    )


def _amount(section: Section, key: str) -> Decimal | None:
    value = section.number(key)
    if value is None:
        return None
    amount = Decimal(value)
    if not 0 <= amount <= MOST or amount != amount.quantize(CENT):
        raise SettingsFault(
            f"« {section.at(key)} » : un montant en euros est attendu, avec au plus deux décimales."
        )
    return amount.quantize(CENT)


def cost_of(held: Held, number: int) -> Decimal:
    """Return what ``number`` articles cost as they leave, in euros to the cent: the mean of the stock.

    The last ones leave with all that the stock is still worth, so that no cent stays behind; those that the
    stock does not hold cost what the last one did.
    """
    if held.quantity <= 0:
        return held.last_cost * number
    if number >= held.quantity:
        return held.value + held.last_cost * (number - held.quantity)
    return (held.value * number / held.quantity).quantize(CENT)


def after_leaving(held: Held, number: int, cost: Decimal) -> Held:
    """Return the stock once ``number`` articles that cost ``cost`` in all have left it."""
    left = held.quantity - number
    return Held(left, held.value - cost if left > 0 else NOTHING, held.last_cost)


def after_coming(held: Held, number: int, unit_cost: Decimal) -> Held:
    """Return the stock once ``number`` articles have come at ``unit_cost`` euros each, 0 for a gift.

    What had left before it came was counted at the cost of then, and is not counted again.
    """
    quantity = held.quantity + number
    value = max(held.value, NOTHING) + unit_cost * min(number, max(quantity, 0))
    return Held(quantity, value if quantity > 0 else NOTHING, unit_cost or held.last_cost)


def rows_of(given: object) -> dict[str, int]:
    """Return how many of each article the rows of a form's table hand over, in their order.

    A row names its ``article`` and its ``quantite`` (or ``nombre``); one without number counts for one, and
    0 for nothing.

    Raises:
        ValueError: these are no such rows.
    """
    if given is None:
        return {}
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise ValueError("rows are expected")  # noqa: TRY004  # what a designer wrote, not a type of ours
    found: dict[str, int] = {}
    for row in given:
        article, number = _read(row)
        if number:
            found[article] = found.get(article, 0) + number
    return found


def _read(row: Any) -> tuple[str, int]:
    if not isinstance(row, Mapping) or not isinstance(row.get("article"), str):
        raise ValueError("a row names its article")  # noqa: TRY004
    said = row.get("quantite", row.get("nombre"))
    number = Decimal(1 if said is None else said)
    if number != int(number) or not 0 <= number <= 10_000:
        raise ValueError("a number of articles is whole")
    return row["article"], int(number)
