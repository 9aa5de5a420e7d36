"""The statement of an agreement or of an operator on a day: engaged, served, paid, due, and what blocks it.

Every figure is the sum of the lines shown; every amount is exact to the cent (AST-10). The balance is what
is served and not paid; it may be paid once nothing blocks it (``services.balance_gate``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlalchemy import or_, select

from app.catalog.service_done import engaged_amount, euros, last_day, served_amount, served_quantity
from app.database import db
from app.errors import NotFound
from app.models import Agreement, Case, Commitment, Partner, Payment
from app.services import balance_gate, releases
from app.services.balance_gate import Block

ADVANCE, PART, BALANCE = "avance", "acompte", "solde"
KINDS: Final = {ADVANCE: "Avance", PART: "Acompte", BALANCE: "Solde"}
"""Kinds of payment, and their words."""
_NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True)
class Line:
    """One commitment as it stands that day. ``quantity`` and ``served_quantity`` are months, or units.

    ``starts_on`` is None while its first day is awaited.
    """

    id: UUID
    case_id: UUID | None
    case_reference: str | None
    partner: str | None
    nature: str
    nature_label: str
    label: str
    engaged_on: date
    starts_on: date | None
    last_on: date | None
    ended_on: date | None
    ended_reason: str | None
    unit_amount: Decimal
    quantity: Decimal
    served_quantity: Decimal
    engaged: Decimal
    served: Decimal
    hours: Decimal | None

    @property
    def left(self) -> Decimal:
        """What is engaged and not served yet."""
        return self.engaged - self.served


@dataclass(frozen=True)
class PaymentLine:
    """One payment; a cancelled one counts for nothing and stays in sight."""

    id: UUID
    kind: str
    kind_label: str
    amount: Decimal
    paid_on: date
    reference: str
    by: str
    partner: str | None
    cancelled_reason: str | None
    finding: str = ""

    @property
    def counts(self) -> bool:
        """Whether it was not cancelled."""
        return self.cancelled_reason is None


@dataclass(frozen=True)
class NatureTotal:
    """The lines of one nature, added up."""

    label: str
    count: int
    quantity: Decimal
    served_quantity: Decimal
    engaged: Decimal
    served: Decimal


@dataclass(frozen=True)
class Statement:
    """What stands on ``on``, its lines and its payments; ``blocks`` hold the balance back.

    ``annual_amount`` and ``advance_limit`` are those of a whole agreement, None in one operator's part of it.
    """

    agreement_id: UUID | None
    title: str
    partner_id: UUID | None
    partner: str
    on: date
    starts_on: date | None
    ends_on: date | None
    annual_amount: Decimal | None
    advance_limit: Decimal | None
    version: int
    lines: Sequence[Line]
    payments: Sequence[PaymentLine]
    advances: Decimal
    blocks: Sequence[Block]

    @property
    def engaged(self) -> Decimal:
        """What is engaged that day, releases taken off."""
        return sum((line.engaged for line in self.lines), _NOTHING)

    @property
    def served(self) -> Decimal:
        """What is served that day."""
        return sum((line.served for line in self.lines), _NOTHING)

    @property
    def paid(self) -> Decimal:
        """What is paid up to that day."""
        return sum((line.amount for line in self.payments if line.counts), _NOTHING)

    @property
    def due(self) -> Decimal:
        """What is served and not paid; below zero, advances that the service has not reached yet."""
        return self.served - self.paid

    @property
    def payable(self) -> Decimal:
        """What may be paid as a balance now: nothing while something blocks it."""
        return max(self.due, _NOTHING) if not self.blocks else _NOTHING

    @property
    def advance_ceiling(self) -> Decimal | None:
        """The most that may be advanced in a year of the agreement; None without a limit or an amount."""
        if self.annual_amount is None or self.advance_limit is None:
            return None
        return euros(self.annual_amount * self.advance_limit / 100)

    @property
    def advance_left(self) -> Decimal | None:
        """What may still be advanced this year of the agreement."""
        ceiling = self.advance_ceiling
        return None if ceiling is None else max(ceiling - self.advances, _NOTHING)

    @property
    def totals(self) -> list[NatureTotal]:
        """The lines by nature, in the order of their words."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.nature_label, []).append(line)
        return [
            NatureTotal(
                label,
                len(lines),
                sum((line.quantity for line in lines), _NOTHING),
                sum((line.served_quantity for line in lines), _NOTHING),
                sum((line.engaged for line in lines), _NOTHING),
                sum((line.served for line in lines), _NOTHING),
            )
            for label, lines in sorted(found.items())
        ]


def statement(of: UUID, on: date, *, partner_id: UUID | None = None) -> Statement:
    """Return the statement of an agreement (of one operator in it), or of an operator in all of them.

    Args:
        of: the id of an agreement, or of a partner.
        on: the day it speaks of; what was noted after is left out.
        partner_id: narrows an agreement that several operators share.

    Raises:
        NotFound: neither an agreement nor a partner of that id here.
    """
    agreement = db.session.get(Agreement, of)
    partner = db.session.get(Partner, of if agreement is None else partner_id or agreement.partner_id or of)
    if agreement is None and partner is None:
        raise NotFound
    whole = agreement if partner is None or (agreement and agreement.partner_id == partner.id) else None
    rows = _commitments(agreement, partner, on)
    payments = _payments(agreement, partner, on)
    return Statement(
        agreement_id=agreement.id if agreement is not None else None,
        title=agreement.title if agreement is not None else "Toutes ses conventions",
        partner_id=partner.id if partner is not None else None,
        partner=partner.name if partner is not None else (agreement.party if agreement is not None else ""),
        on=on,
        starts_on=agreement.starts_on if agreement is not None else None,
        ends_on=(agreement.ended_on or agreement.ends_on) if agreement is not None else None,
        annual_amount=whole.amount if whole is not None else None,
        advance_limit=whole.advance_limit if whole is not None else None,
        version=agreement.version if agreement is not None else 0,
        lines=lines(rows, on),
        payments=payments,
        advances=_advances(agreement, payments, on),
        blocks=balance_gate.blocks(rows, on),
    )


def lines(rows: Sequence[Commitment], on: date) -> list[Line]:
    """Return commitments as they stand on a day, the oldest first."""
    natures = releases.current().settings.money.natures
    asked = {row.case_id for row in rows if row.case_id is not None}
    found = db.session.execute(select(Case.id, Case.reference).where(Case.id.in_(asked))).all()
    references = {row.id: row.reference for row in found}
    return [
        Line(
            id=row.id,
            case_id=row.case_id,
            case_reference=references.get(row.case_id) if row.case_id is not None else None,
            partner=row.partner.name if row.partner is not None else None,
            nature=row.nature,
            nature_label=natures[row.nature].label if row.nature in natures else row.nature,
            label=row.label,
            engaged_on=row.engaged_on,
            starts_on=None if row.start_awaited else row.starts_on,
            last_on=last_day(row),
            ended_on=row.ended_on if row.ended_on is not None and row.ended_on <= on else None,
            ended_reason=row.ended_reason if row.ended_on is not None and row.ended_on <= on else None,
            unit_amount=row.unit_amount,
            quantity=row.quantity,
            served_quantity=euros(served_quantity(row, on)),
            engaged=engaged_amount(row, on),
            served=served_amount(row, on),
            hours=row.hours,
        )
        for row in rows
    ]


def partners_of(agreement: Agreement, on: date) -> list[Partner]:
    """Return the operators who have something in an agreement: its own, or those of its commitments."""
    engaged = select(Commitment.partner_id).where(
        Commitment.agreement_id == agreement.id, Commitment.engaged_on <= on
    )
    query = select(Partner).where(or_(Partner.id == agreement.partner_id, Partner.id.in_(engaged)))
    return list(db.session.scalars(query.order_by(Partner.name)))


def year_of(agreement: Agreement, on: date) -> tuple[date, date]:
    """Return the first and the last day of the year of an agreement that a day falls in.

    An agreement that is over begins no other year: what is done after its end belongs to its last one.
    """
    ends = agreement.ended_on or agreement.ends_on
    turn = max(relativedelta(min(on, ends or on), agreement.starts_on).years, 0)
    first = agreement.starts_on + relativedelta(years=turn)
    return first, agreement.starts_on + relativedelta(years=turn + 1) - timedelta(days=1)


def _commitments(agreement: Agreement | None, partner: Partner | None, on: date) -> list[Commitment]:
    query = select(Commitment).where(Commitment.engaged_on <= on)
    if agreement is not None:
        query = query.where(Commitment.agreement_id == agreement.id)
    if partner is not None:
        query = query.where(Commitment.partner_id == partner.id)
    return list(db.session.scalars(query.order_by(Commitment.engaged_at, Commitment.id)))


def _payments(agreement: Agreement | None, partner: Partner | None, on: date) -> list[PaymentLine]:
    query = select(Payment).where(Payment.paid_on <= on)
    if agreement is not None:
        query = query.where(Payment.agreement_id == agreement.id)
    if partner is not None:
        query = query.where(Payment.partner_id == partner.id)
    return [
        PaymentLine(
            id=row.id,
            kind=row.kind,
            kind_label=KINDS.get(row.kind, row.kind),
            amount=row.amount,
            paid_on=row.paid_on,
            reference=row.reference,
            by=row.by,
            partner=row.partner.name if row.partner is not None else None,
            cancelled_reason=row.cancelled_reason if row.cancelled_at is not None else None,
            finding=row.finding,
        )
        for row in db.session.scalars(query.order_by(Payment.paid_on, Payment.at, Payment.id))
    ]


def _advances(agreement: Agreement | None, payments: Sequence[PaymentLine], on: date) -> Decimal:
    """Return what was advanced in the year of the agreement that the day falls in."""
    if agreement is None:
        return sum((row.amount for row in payments if row.counts and row.kind == ADVANCE), _NOTHING)
    year = year_of(agreement, on)
    advances = (row for row in payments if row.counts and row.kind == ADVANCE)
    return sum((row.amount for row in advances if year_of(agreement, row.paid_on) == year), _NOTHING)
