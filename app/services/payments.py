"""Money paid under an agreement: an advance within its limit, the balance once nothing blocks it (AST-10).

A payment is never changed: one noted by mistake is cancelled with a reason, and both stay in the journal.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.money import MOST
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Agreement, Partner, Payment
from app.services import journal, money_words, releases, statements
from app.services.actors import Actor
from app.services.statements import ADVANCE, BALANCE, KINDS, Statement

_LONGEST_FINDING: Final = 1_000


@dataclass(frozen=True)
class Paid:
    """What a person enters. ``kind``: one of ``statements.KINDS``; ``partner_id``: who, among several.

    ``finding``: what was found of the service done and of its aims, where the territory asks it of a balance.
    """

    kind: str
    amount: Decimal | None
    on: date | None
    reference: str = ""
    partner_id: UUID | None = None
    finding: str = ""


def record(agreement_id: UUID, paid: Paid, *, version: int, by: Actor) -> UUID:
    """Note a payment; return its id.

    Args:
        agreement_id: what it is paid under.
        paid: what was paid.
        version: of the agreement, as the person saw it: two payments noted at once do not both pass.

    Raises:
        Forbidden: the role does not act on money.
        NotFound: no such agreement or operator here.
        Invalid: beyond the limit of an advance, beyond what is due, or while something blocks; by field.
        Conflict: somebody changed the agreement or noted a payment meanwhile.
    """
    require(by)
    with transaction() as session:
        agreement = _held(agreement_id, version)
        whom = agreement.partner_id or paid.partner_id
        problems = _unfit(paid)
        if whom is not None and session.get(Partner, whom) is None:
            raise NotFound
        if whom is None and not agreement.party:
            problems["structure"] = ["Choisissez à qui va ce versement."]
        if problems or paid.amount is None or paid.on is None:
            raise Invalid(problems)
        refused = _refused(paid.kind, paid.amount, paid.on, agreement, whom)
        if refused:
            raise Invalid({"montant": [refused]})
        row = Payment(
            id=new_id(), agreement_id=agreement.id, partner_id=whom, kind=paid.kind, amount=paid.amount,
            paid_on=paid.on, reference=paid.reference.strip(), finding=paid.finding.strip(),
            by=by.name, user_id=by.user_id, at=clock.now(),
        )  # fmt: skip
        session.add(row)
        agreement.version += 1
        told = {"montant": str(row.amount), "nature": row.kind, "le": row.paid_on.isoformat()}
        _tell("versement.note", row, by, told)
        return row.id


def cancel(payment_id: UUID, *, reason: str, by: Actor) -> UUID:
    """Cancel a payment noted by mistake; return its agreement.

    Raises:
        Forbidden: the role does not act on money.
        NotFound: no such payment here.
        Invalid: no reason is given.
        Conflict: it is cancelled already.
    """
    require(by)
    if not reason.strip() or len(reason) > money_words.LONGEST:
        raise Invalid({"motif": ["Dites en une phrase pourquoi ce versement est annulé."]})
    with transaction() as session:
        row = session.scalar(select(Payment).where(Payment.id == payment_id).with_for_update(of=Payment))
        if row is None:
            raise NotFound
        if row.cancelled_at is not None:
            raise Conflict
        row.cancelled_at, row.cancelled_reason = clock.now(), reason.strip()
        agreement = session.get_one(Agreement, row.agreement_id)
        agreement.version += 1
        _tell("versement.annule", row, by, {"montant": str(row.amount)})
        return agreement.id


def require(actor: Actor) -> None:
    """Refuse whoever does not act on money.

    Raises:
        Forbidden: always when the right is missing, and for somebody limited to a structure.
    """
    if not actor.rights.may("budget.agir") or actor.within is not None:
        raise Forbidden


def _held(agreement_id: UUID, version: int) -> Agreement:
    query = select(Agreement).where(Agreement.id == agreement_id)
    row = db.session.scalar(query.with_for_update(of=Agreement))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict
    return row


def _unfit(paid: Paid) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if paid.kind not in KINDS:
        problems["nature"] = ["Choisissez ce qui est versé : une avance, un acompte ou le solde."]
    if paid.amount is None or not 0 < paid.amount <= MOST:
        problems["montant"] = ["Indiquez un montant en euros, par exemple 1 234,50."]
    if paid.on is None:
        problems["date"] = ["Indiquez la date du versement."]
    elif paid.on > clock.today():
        problems["date"] = ["Cette date est à venir : notez le versement le jour où il est fait."]
    if len(paid.reference) > money_words.LONGEST or not paid.reference.isprintable():
        problems["reference"] = ["Écrivez la référence sur une ligne, en moins de 200 caractères."]
    asked = releases.current().settings.money.finding
    if paid.kind == BALANCE and asked and not paid.finding.strip():
        problems["constat"] = [f"Avant un solde, dites en une phrase : {asked[0].lower()}{asked[1:]}."]
    elif len(paid.finding) > _LONGEST_FINDING:
        problems["constat"] = [f"Écrivez {_LONGEST_FINDING} signes au plus."]
    return problems


def _refused(kind: str, amount: Decimal, on: date, agreement: Agreement, whom: UUID | None) -> str | None:
    """Return why a payment of this kind and amount may not be made, None when it may."""
    if kind == ADVANCE:
        return _beyond_the_limit(amount, statements.statement(agreement.id, on))
    seen = statements.statement(agreement.id, clock.today(), partner_id=whom)
    if kind == BALANCE and seen.blocks:
        first = seen.blocks[0]
        more = f", et {len(seen.blocks) - 1} de plus" if len(seen.blocks) > 1 else ""
        return (
            f"Le solde attend : {first.label.lower()} « {first.words} » ({first.case_reference}){more}. "
            "Réglez ce qui bloque, puis notez le solde."
        )
    if amount > seen.due:
        return (
            f"Il reste {money_words.euros(max(seen.due, Decimal(0)))} à verser : le service fait, moins ce "
            "qui est versé. Réduisez ce montant, ou attendez que le service soit fait."
        )
    return None


def _beyond_the_limit(amount: Decimal, seen: Statement) -> str | None:
    if seen.advance_left is None:
        return "Cette convention ne prévoit pas d'avance : indiquez-y un montant annuel et un plafond."
    if amount <= seen.advance_left:
        return None
    return (
        f"L'avance ne dépasse pas {money_words.percent(seen.advance_limit)} du montant annuel, soit "
        f"{money_words.euros(seen.advance_ceiling)} ; {money_words.euros(seen.advances)} sont déjà versés. "
        f"Réduisez ce montant à {money_words.euros(seen.advance_left)} au plus."
    )


def _tell(action: str, row: Payment, by: Actor, details: dict[str, str]) -> None:
    journal.write(
        action,
        actor=by.name,
        user_id=by.user_id,
        subject=str(row.agreement_id),
        details={"versement": str(row.id), **details},
    )
