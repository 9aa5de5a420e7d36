"""Plans set and changed, gifts noted and cancelled, on the page of the budget (BAT-15)."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.ids import new_id
from app.models import Donation, Goal, Partner
from app.services import goals, journal
from app.services.actors import Actor
from app.services.payments import require

_MOST: Final = 1_000_000
_LONGEST: Final = 300


def save(
    goal_id: UUID | None, code: str, count: int | None, first: date | None, last: date | None,
    *, version: int, by: Actor,
) -> UUID:  # fmt: skip
    """Set a plan, or change one; return its id.

    Raises:
        Forbidden: the role does not act on money.
        NotFound: no such plan here.
        Invalid: a fact is missing, or the period meets that of another plan of the same word.
        Conflict: somebody changed it meanwhile.
    """
    require(by)
    problems: dict[str, list[str]] = {}
    if code not in goals.known().goals:
        problems["objectif"] = ["Choisissez un objectif de la liste."]
    if count is None or not 0 <= count <= _MOST:
        problems["nombre"] = ["Indiquez combien il en est prévu, en nombre entier."]
    if first is None:
        problems["debut"] = ["Indiquez le premier jour de la période."]
    if last is None or (first is not None and last < first):
        problems["fin"] = ["Indiquez le dernier jour de la période, après le premier."]
    if problems or count is None or first is None or last is None:
        raise Invalid(problems)
    with transaction() as session:
        row = _to_change(goal_id, version) if goal_id is not None else None
        if _meets(code, first, last, but=goal_id):
            raise Invalid({"debut": ["Un autre objectif de ce genre couvre déjà une partie de ces jours."]})
        if row is None:
            row = Goal(id=new_id(), created_at=clock.now(), version=0)
            session.add(row)
        row.code, row.count, row.starts_on, row.ends_on = code, count, first, last
        row.version += 1
        session.flush()
        _tell("objectif.modifie", by, row.id, nombre=count, debut=first.isoformat(), fin=last.isoformat())
        return row.id


def _meets(code: str, first: date, last: date, *, but: UUID | None) -> bool:
    query = select(Goal.id).where(Goal.code == code, Goal.starts_on <= last, Goal.ends_on >= first)
    if but is not None:
        query = query.where(Goal.id != but)
    return db.session.scalar(query.limit(1)) is not None


def _to_change(goal_id: UUID, version: int) -> Goal:
    query = select(Goal).where(Goal.id == goal_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict
    return row


def receive(
    kind: str,
    quantity: int | None,
    on: date | None,
    *,
    partner_id: UUID | None,
    giver: str,
    note: str,
    by: Actor,
) -> UUID:
    """Note a gift in kind: counted, never priced; return its id.

    Raises:
        Forbidden: the role does not act on money.
        Invalid: a fact is missing or does not fit.
    """
    require(by)
    problems: dict[str, list[str]] = {}
    if kind not in goals.known().gifts:
        problems["don"] = ["Choisissez un genre de don de la liste."]
    if quantity is None or not 1 <= quantity <= _MOST:
        problems["quantite"] = ["Indiquez combien, en nombre entier."]
    if on is None or on > clock.today():
        problems["le"] = ["Indiquez le jour où le don a été reçu, pas un jour à venir."]
    if partner_id is not None and db.session.get(Partner, partner_id) is None:
        problems["structure"] = ["Choisissez une structure de l'annuaire, ou écrivez un nom."]
    if partner_id is None and not giver.strip():
        problems["donateur"] = ["Dites qui a donné : une structure de l'annuaire, ou son nom."]
    if max(len(giver), len(note)) > _LONGEST or not (giver + note).isprintable():
        problems["note"] = [f"Écrivez sur une ligne, en {_LONGEST} caractères au plus."]
    if problems or quantity is None or on is None:
        raise Invalid(problems)
    with transaction() as session:
        row = Donation(
            id=new_id(), kind=kind, quantity=quantity, partner_id=partner_id, giver=giver.strip(),
            received_on=on, note=note.strip(), by=by.name, at=clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        _tell("don.recu", by, row.id, genre=kind, nombre=quantity)
        return row.id


def cancel(donation_id: UUID, *, reason: str, by: Actor) -> None:
    """Cancel a gift noted by mistake; it stays in the list, struck through.

    Raises:
        Forbidden: the role does not act on money.
        NotFound: no such gift here, or cancelled already.
        Invalid: no reason.
    """
    require(by)
    if not reason.strip() or len(reason) > _LONGEST:
        raise Invalid({"motif": [f"Dites pourquoi, en {_LONGEST} caractères au plus."]})
    with transaction() as session:
        row = session.scalar(select(Donation).where(Donation.id == donation_id).with_for_update(of=Donation))
        if row is None or row.cancelled_at is not None:
            raise NotFound
        row.cancelled_at, row.cancelled_reason = clock.now(), " ".join(reason.split())
        session.flush()
        _tell("don.annule", by, row.id)


def _tell(action: str, by: Actor, row_id: UUID, **details: Any) -> None:
    journal.write(action, actor=by.name, user_id=by.user_id, subject=str(row_id), details=details)
