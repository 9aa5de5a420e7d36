"""Quotas changed on a page: raised, split between operators, a place given back by hand (AST-2).

Nothing is deleted. Changing the number of a period keeps its places; a period that begins another day starts
from none. Whatever frees a place calls who waits.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.handlers import places
from app.ids import new_id
from app.models import Partner, Quota, QuotaPlace
from app.services import journal, money_steps, money_words, quotas, releases
from app.services.actors import Actor
from app.services.payments import require

_MOST = 1_000_000


@dataclass(frozen=True)
class Wanted:
    """How many places from a day on; ``partner_id`` None is the whole, else the part of one operator."""

    code: str
    partner_id: UUID | None
    count: int | None
    starts_on: date | None
    ends_on: date | None


def save(wanted: Wanted, *, version: int, by: Actor) -> None:
    """Say how many places there are; the row of that first day is changed, an earlier one ends before it.

    ``version`` is that of the whole as the person saw it, 0 without any.

    Raises:
        Forbidden: the role does not act on money.
        NotFound: no such quota in the settings.
        Invalid: a fact does not fit, by field.
        Conflict: somebody changed the quota, or took a place, meanwhile.
    """
    require(by)
    if wanted.code not in releases.current().settings.money.quotas:
        raise NotFound
    with transaction() as session:
        whole = _held(wanted.code)
        if (whole.version if whole is not None else 0) != version:
            raise Conflict
        problems = _misshapen(wanted) or _beyond(wanted, whole)
        if problems or wanted.count is None or wanted.starts_on is None:
            raise Invalid(problems)
        row = _row_for(wanted.code, wanted.partner_id, wanted.starts_on)
        after = {"count": wanted.count, "ends_on": wanted.ends_on}
        before = {name: getattr(row, name) for name in after} if row is not None else {}
        if row is None:
            row = Quota(
                id=new_id(), code=wanted.code, partner_id=wanted.partner_id, starts_on=wanted.starts_on,
                version=0, created_at=clock.now(),
            )  # fmt: skip
            session.add(row)
        row.count, row.ends_on = wanted.count, wanted.ends_on
        row.version += 1
        if whole is not None and whole is not row:
            whole.version += 1
        session.flush()
        details = {"quota": wanted.code, "debut": wanted.starts_on.isoformat()}
        _tell("quota.modifie", by, str(row.id), details | money_words.changes(before, after))
        _call(wanted.code, wanted.starts_on)


def _call(code: str, starts_on: date) -> None:
    """Call those who wait, now or on the day the quota opens."""
    if starts_on <= clock.today():
        money_steps.call_next(code)
    else:
        money_steps.call_later(code, starts_on)


def release_by_hand(place_id: UUID, *, reason: str, by: Actor) -> str:
    """Give back a place, or a turn, that no step will; return the quota's code. The next in turn is called.

    Raises:
        Forbidden: the role does not act on money.
        Invalid: no reason is given.
        NotFound: no such place here.
        Conflict: it was given back meanwhile.
    """
    require(by)
    if not reason.strip() or len(reason) > money_words.LONGEST:
        raise Invalid({"motif": ["Dites en une phrase pourquoi cette place est rendue."]})
    with transaction() as session:
        place = session.get(QuotaPlace, place_id)
        if place is None:
            raise NotFound
        whole = _held(place.code)
        session.refresh(place)
        if place.status == places.RELEASED:
            raise Conflict
        if whole is not None:
            whole.version += 1
        money_steps.leave(place, reason=reason.strip())
        _tell("place.rendue", by, str(place.id), {"quota": place.code, "a_la_main": True})
        money_steps.call_next(place.code)
        return place.code


def _held(code: str) -> Quota | None:
    """Return the whole in force today, held for the transaction under way."""
    return places.whole(code, clock.today())


def _row_for(code: str, partner_id: UUID | None, starts_on: date) -> Quota | None:
    """Return the row of that first day; one that it follows ends the day before."""
    query = select(Quota).where(Quota.code == code)
    owner = Quota.partner_id.is_(None) if partner_id is None else Quota.partner_id == partner_id
    rows = list(db.session.scalars(query.where(owner).order_by(Quota.starts_on)))
    same = next((row for row in rows if row.starts_on == starts_on), None)
    before = [row for row in rows if row.starts_on < starts_on]
    if same is None and before and (before[-1].ends_on is None or before[-1].ends_on >= starts_on):
        before[-1].ends_on = starts_on - timedelta(days=1)
        before[-1].version += 1
    return same


def _misshapen(wanted: Wanted) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if wanted.count is None or not 0 <= wanted.count <= _MOST:
        problems["nombre"] = ["Indiquez un nombre de places, 0 ou plus."]
    if wanted.starts_on is None:
        problems["debut"] = ["Indiquez le jour à partir duquel ce nombre compte."]
    elif wanted.ends_on is not None and wanted.ends_on < wanted.starts_on:
        problems["fin"] = ["La fin est avant le début. Corrigez l'une des deux dates."]
    if wanted.partner_id is not None and db.session.get(Partner, wanted.partner_id) is None:
        problems["structure"] = ["Choisissez la structure dans l'annuaire."]
    return problems


def _beyond(wanted: Wanted, whole: Quota | None) -> dict[str, list[str]]:
    """Return what the places already held or kept do not allow."""
    count, starts_on = wanted.count or 0, wanted.starts_on or clock.today()
    day = max(starts_on, clock.today())
    others = sum(row.count for row in quotas.parts(wanted.code, day) if row.partner_id != wanted.partner_id)
    if wanted.partner_id is not None:
        total = places.whole(wanted.code, day)
        left = max(0, (total.count if total is not None else 0) - others)
        if count > left:
            return {
                "nombre": [f"Il reste {left} places à répartir. Réduisez cette part, ou augmentez le quota."]
            }
        return {}
    if others > count:
        return {"nombre": [f"{others} places sont réservées à des structures : réduisez leurs parts avant."]}
    held = places.room(whole, day).used if whole is not None and whole.starts_on == starts_on else 0
    if count < held:
        return {"nombre": [f"{held} places sont déjà prises : le nombre ne peut pas être en dessous."]}
    return {}


def _tell(action: str, by: Actor, subject: str, details: dict[str, Any]) -> None:
    journal.write(action, actor=by.name, user_id=by.user_id, subject=subject, details=details)
