"""The verb of kits: what a form says was handed over leaves the stock, at its cost (BAT-9, MTP-4)."""

from decimal import Decimal
from typing import Any, Final

from marshmallow import Schema, fields
from sqlalchemy import select

from app.catalog.stock import NOTHING, ONLY_PLACE, Article, Held, StockWords, after_leaving, cost_of, rows_of
from app.database import db
from app.handlers.effects import HandOver
from app.handlers.registry import Context, HandlerFault, Result, operation
from app.models import StockItem

_VERB: Final = "remettre_kit"


class HandOverParameters(Schema):
    """``remis``: the rows ``article``, ``quantite`` of a form's table; ``depot``: where they come from."""

    remis = fields.Raw(required=False, load_default=None)
    depot = fields.String(load_default=ONLY_PLACE)


@operation(
    _VERB,
    HandOverParameters,
    label="Remettre un kit",
    gives="cout, economie attendue par an, nombre d'articles, manque (ce que le stock n'avait pas)",
)
def hand_over(context: Context, *, remis: Any, depot: str) -> Result:
    """Take the articles out of the stock; a stock that lacks some goes below zero and says so.

    Never refused: what was handed over at a home is a fact, whatever the stock believed.
    """
    words = context.bundle.settings.stock
    place = _place(words, depot)
    effects, missing, saving = list[HandOver](), list[str](), NOTHING
    for article, number in _rows(words, remis).items():
        held, version = _held(context, article, place)
        cost = cost_of(held, number)
        if held.quantity < number:
            missing.append(article.label)
        saving += (article.saving or NOTHING) * number
        effects.append(HandOver(article.id, place, number, cost, version))
    done = {
        "cout": sum((effect.cost for effect in effects), NOTHING),
        "economie": saving,
        "nombre": Decimal(sum(effect.number for effect in effects)),
        "manque": missing,
    }
    return Result(done, effects=effects)


def _place(words: StockWords, depot: str) -> str:
    if depot == ONLY_PLACE and ONLY_PLACE not in words.places:
        return next(iter(words.places))
    if depot not in words.places:
        raise HandlerFault(
            operation=_VERB,
            cause=f"le dépôt « {depot} » n'est pas dans [depots] de territoire.toml. Ajoutez-le, ou "
            "corrigez-le.",
        )
    return depot


def _rows(words: StockWords, given: Any) -> dict[Article, int]:
    try:
        rows = rows_of(given)
    except (ValueError, ArithmeticError) as fault:
        raise HandlerFault(
            operation=_VERB,
            cause="« remis » attend le tableau d'un formulaire, dont chaque ligne nomme son « article » et "
            "sa « quantite ».",
        ) from fault
    for key in rows:
        if key not in words.articles:
            raise HandlerFault(
                operation=_VERB,
                cause=f"l'article « {key} » n'est pas dans [articles] de territoire.toml. Ajoutez-le, ou "
                "corrigez le formulaire.",
            )
    return {words.articles[key]: number for key, number in rows.items()}


def _held(context: Context, article: Article, place: str) -> tuple[Held, int]:
    """Return what a place holds once the step has taken what it asked for so far, and the version then."""
    row = db.session.scalar(
        select(StockItem).where(StockItem.article == article.id, StockItem.place == place)
    )
    held = Held(row.quantity, row.value, row.last_cost) if row is not None else Held(0, NOTHING, article.cost)
    version = row.version if row is not None else 0
    for effect in context.earlier:
        if isinstance(effect, HandOver) and (effect.article, effect.place) == (article.id, place):
            held, version = after_leaving(held, effect.number, effect.cost), version + 1
    return held, version
