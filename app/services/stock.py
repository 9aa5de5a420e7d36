"""The stock of kits as read and kept: what is there, came, was handed over (BAT-9, MTP-4, CAR-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.money import CENT, MOST
from app.catalog.stock import NOTHING, ONLY_PLACE, Article, Held, StockWords, after_leaving, cost_of
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import StockItem, StockMove
from app.services import journal, releases, stock_rows
from app.services.actors import Actor
from app.services.stock_rows import BOUGHT, COUNTED, GIVEN, HANDED, LOST, UNDONE

KINDS: Final = {BOUGHT: "Achat", GIVEN: "Don reçu", LOST: "Perte ou casse", COUNTED: "Inventaire"}
"""What a person may enter, in words."""
WORDS: Final = {**KINDS, HANDED: "Remis à un ménage", UNDONE: "Annulation"}
MOST_MOVES: Final = 500
_MOST: Final = 100_000
_LONGEST: Final = 200


@dataclass(frozen=True)
class Line:
    """An article in a place: ``mean`` is the cost of one now, ``handed`` how many homes got this year."""

    article: Article
    place: str
    place_label: str
    quantity: int
    value: Decimal
    mean: Decimal
    handed: int
    handed_cost: Decimal

    @property
    def low(self) -> bool:
        """Whether it is time to order."""
        return self.quantity <= self.article.low


@dataclass(frozen=True)
class Entered:
    """What a person enters. ``quantity`` of an inventory is what was counted; ``unit_cost`` that of one."""

    article: str
    place: str
    kind: str
    quantity: int | None
    unit_cost: Decimal | None
    on: date | None
    note: str = ""


@dataclass(frozen=True)
class Handed:
    """Articles that a household received: ``saving`` is what they should save a year, None when unknown."""

    label: str
    quantity: int
    cost: Decimal
    saving: Decimal | None
    on: date


def require(actor: Actor, *, acts: bool = False) -> None:
    """See that somebody may read the stock, or change it.

    Raises:
        Forbidden: the role may not, or is limited to a structure.
    """
    if actor.within is not None or not actor.rights.may("stock.agir" if acts else "stock.voir"):
        raise Forbidden


def words() -> StockWords:
    """Return the articles and the places of the current release."""
    return releases.current().settings.stock


def overview(by: Actor) -> list[Line]:
    """Return every article in every place, also those never bought; what must be ordered first.

    Raises:
        Forbidden: the role does not see the stock.
    """
    require(by)
    rows = {(row.article, row.place): row for row in db.session.scalars(select(StockItem))}
    handed = _handed_since(date(clock.today().year, 1, 1))
    known = words()
    lines = [
        _line(article, place, label, rows.get((article.id, place)), handed.get((article.id, place)))
        for article in known.articles.values()
        for place, label in known.places.items()
    ]
    return sorted(lines, key=lambda line: (not line.low, line.article.label, line.place_label))


def _line(
    article: Article, place: str, label: str, row: StockItem | None, handed: tuple[int, Decimal] | None
) -> Line:
    quantity, value = (row.quantity, row.value) if row is not None else (0, NOTHING)
    last = row.last_cost if row is not None else article.cost
    number, cost = handed or (0, NOTHING)
    mean = (value / quantity).quantize(CENT) if quantity > 0 else last
    return Line(article, place, label, quantity, value, mean, number, cost)


def _handed_since(first: date) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Return how many left for homes since a day and at what cost; what was cancelled does not count."""
    undone = select(StockMove.undoes_id).where(StockMove.undoes_id.is_not(None))
    query = (
        select(StockMove.article, StockMove.place, func.sum(StockMove.quantity), func.sum(StockMove.cost))
        .where(StockMove.kind == HANDED, StockMove.day >= first, StockMove.id.not_in(undone))
        .group_by(StockMove.article, StockMove.place)
    )
    return {(row[0], row[1]): (-int(row[2]), -row[3]) for row in db.session.execute(query)}


def moves(article: str, by: Actor) -> list[StockMove]:
    """Return the moves of an article, the newest first.

    Raises:
        Forbidden: the role does not see the stock.
        NotFound: no such article here.
    """
    require(by)
    if article not in words().articles:
        raise NotFound
    query = select(StockMove).where(StockMove.article == article)
    return list(
        db.session.scalars(query.order_by(StockMove.at.desc(), StockMove.id.desc()).limit(MOST_MOVES))
    )


def enter(facts: Entered, *, by: Actor) -> None:
    """Note what came, was lost, or was counted.

    Raises:
        Forbidden: the role does not keep the stock.
        Invalid: a fact is missing or does not fit; by field.
    """
    require(by, acts=True)
    problems = _problems(facts)
    if problems or facts.quantity is None or facts.on is None:
        raise Invalid(problems)
    with transaction() as session:
        row = stock_rows.held_row(facts.article, facts.place)
        number, cost = _entered(row, facts, facts.quantity)
        if number == 0:
            raise Invalid({"quantite": ["C'est déjà ce que dit le stock : rien n'est à changer."]})
        session.add(
            StockMove(
                article=facts.article,
                place=facts.place,
                kind=facts.kind,
                quantity=number,
                cost=cost,
                day=facts.on,
                at=clock.now(),
                by=by.name,
                user_id=by.user_id,
                note=facts.note.strip(),
            )
        )
        journal.write(
            "stock.note", actor=by.name, user_id=by.user_id, subject=facts.article,
            details={"genre": facts.kind, "nombre": number, "cout": str(cost)},
        )  # fmt: skip


def _entered(row: StockItem, facts: Entered, quantity: int) -> tuple[int, Decimal]:
    """Change what a row holds; return how many came (below zero: left) and for how much."""
    if facts.kind in {BOUGHT, GIVEN}:
        unit = facts.unit_cost or NOTHING
        stock_rows.come(row, quantity, unit)
        return quantity, unit * quantity
    number = quantity - row.quantity if facts.kind == COUNTED else -quantity
    held = stock_rows.held(row)
    if number > 0:
        unit = (held.value / held.quantity).quantize(CENT) if held.quantity > 0 else held.last_cost
        stock_rows.come(row, number, unit)
        return number, unit * number
    cost = cost_of(held, -number) if number else NOTHING
    if number:
        stock_rows.keep(row, after_leaving(held, -number, cost))
    return number, -cost


def _problems(facts: Entered) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if facts.article not in words().articles:
        problems["article"] = ["Choisissez l'article dans la liste."]
    if facts.place not in words().places:
        problems["depot"] = ["Choisissez le dépôt dans la liste."]
    if facts.kind not in KINDS:
        problems["genre"] = ["Dites ce qui s'est passé : un achat, un don, une perte ou un inventaire."]
    least = 0 if facts.kind == COUNTED else 1
    if facts.quantity is None or not least <= facts.quantity <= _MOST:
        problems["quantite"] = ["Indiquez un nombre entier d'articles, par exemple 24."]
    if facts.kind == BOUGHT and (facts.unit_cost is None or not 0 < facts.unit_cost <= MOST):
        problems["cout"] = ["Indiquez le prix d'un article en euros, par exemple 3,90."]
    if facts.on is None or facts.on > clock.today():
        problems["le"] = ["Indiquez le jour, passé ou d'aujourd'hui."]
    if len(facts.note) > _LONGEST or not facts.note.isprintable():
        problems["note"] = ["Écrivez la note sur une ligne, en moins de 200 caractères."]
    return problems


def undo(move_id: UUID, *, reason: str, by: Actor) -> str:
    """Cancel a move entered or handed over by mistake: its contrary is noted; return its article.

    Raises:
        Forbidden: the role does not keep the stock.
        NotFound: no such move here.
        Conflict: it is cancelled already, or is itself a cancellation.
        Invalid: no reason is given.
    """
    require(by, acts=True)
    if not reason.strip() or len(reason) > _LONGEST or not reason.strip().isprintable():
        raise Invalid({"motif": ["Dites en une phrase pourquoi ce mouvement est annulé."]})
    with transaction() as session:
        move = session.get(StockMove, move_id)
        if move is None:
            raise NotFound
        row = stock_rows.held_row(move.article, move.place)
        undone = session.scalar(select(StockMove.id).where(StockMove.undoes_id == move.id))
        if move.kind == UNDONE or undone is not None:
            raise Conflict
        _take_back(row, move)
        session.add(
            StockMove(
                article=move.article,
                place=move.place,
                kind=UNDONE,
                quantity=-move.quantity,
                cost=-move.cost,
                day=clock.today(),
                at=clock.now(),
                case_id=move.case_id,
                by=by.name,
                user_id=by.user_id,
                note=reason.strip(),
                undoes_id=move.id,
            )
        )
        journal.write(
            "stock.annule", actor=by.name, user_id=by.user_id, case_id=move.case_id, subject=move.article,
            details={"nombre": -move.quantity},
        )  # fmt: skip
        return move.article


def _take_back(row: StockItem, move: StockMove) -> None:
    held = stock_rows.held(row)
    if move.quantity < 0:
        left = held.quantity - move.quantity
        value = held.value - move.cost if held.quantity >= 0 else max(left, 0) * held.last_cost
        stock_rows.keep(row, Held(left, value if left > 0 else NOTHING, held.last_cost))
        return
    cost = min(move.cost, held.value) if held.quantity > move.quantity else held.value
    stock_rows.keep(row, after_leaving(held, move.quantity, cost))


def of_case(case_id: UUID) -> list[Handed]:
    """Return what a household received, the oldest first; what was cancelled is left out."""
    undone = select(StockMove.undoes_id).where(StockMove.undoes_id.is_not(None))
    query = (
        select(StockMove)
        .where(StockMove.case_id == case_id, StockMove.kind == HANDED, StockMove.id.not_in(undone))
        .order_by(StockMove.at, StockMove.id)
    )
    known = words().articles
    return [_received(row, known.get(row.article)) for row in db.session.scalars(query)]


def _received(row: StockMove, article: Article | None) -> Handed:
    saving = article.saving * -row.quantity if article is not None and article.saving is not None else None
    label = article.label if article is not None else row.article
    return Handed(label, -row.quantity, -row.cost, saving, row.day)


def places_named(known: StockWords) -> Sequence[tuple[str, str]]:
    """Return the places that have a name, none where there is only one."""
    return [(key, label) for key, label in known.places.items() if key != ONLY_PLACE]
