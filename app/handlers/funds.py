"""What an envelope holds, under which agreement an amount is engaged, what a case has engaged (AST-10)."""

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from app.database import db
from app.handlers.money_rows import to_decide
from app.models import Agreement, Commitment, Envelope

NOTHING: Final = Decimal("0.00")


def envelope(code: str, day: date) -> Envelope | None:
    """Return the envelope of that code in force on a day, None without any."""
    query = select(Envelope).where(
        Envelope.code == code,
        Envelope.starts_on <= day,
        or_(Envelope.ends_on.is_(None), Envelope.ends_on >= day),
    )
    query = query.order_by(Envelope.starts_on.desc(), Envelope.created_at.desc()).limit(1)
    return db.session.scalar(to_decide(query, Envelope))


def taken(envelope_id: UUID) -> Decimal:
    """Return what is engaged on an envelope and was not given back, in euros."""
    query = select(func.sum(Commitment.amount), func.sum(Commitment.released)).where(
        Commitment.envelope_id == envelope_id
    )
    amount, released = db.session.execute(query).one()
    return (amount or NOTHING) - (released or NOTHING)


def agreement_for(found: Envelope, partner_id: UUID | None, day: date) -> UUID | None:
    """Return the agreement under which an amount is engaged: the operator's own, else the envelope's."""
    if partner_id is not None:
        query = (
            select(Agreement.id)
            .where(Agreement.partner_id == partner_id, Agreement.amount.is_not(None), running(day))
            .order_by(Agreement.starts_on.desc(), Agreement.created_at.desc())
        )
        own = db.session.scalar(query.limit(1))
        if own is not None:
            return own
    return found.agreement_id


def running(day: date) -> ColumnElement[bool]:
    """Return the condition on agreements that are in force on a day: signed, begun, not ended."""
    return (
        Agreement.signed_on.is_not(None)
        & (Agreement.signed_on <= day)
        & (Agreement.starts_on <= day)
        & or_(Agreement.ends_on.is_(None), Agreement.ends_on >= day)
        & or_(Agreement.ended_on.is_(None), Agreement.ended_on > day)
    )


def commitments(nature: str, case_id: UUID | None, process_id: UUID) -> list[Commitment]:
    """Return what a case (a process that has none) has engaged of a nature and not ended, oldest first."""
    theirs = Commitment.process_id == process_id if case_id is None else Commitment.case_id == case_id
    query = select(Commitment).where(theirs, Commitment.nature == nature, Commitment.ended_on.is_(None))
    return list(db.session.scalars(query.order_by(Commitment.engaged_at, Commitment.id)))


def by_id(envelope_id: UUID) -> Envelope:
    """Return an envelope."""
    return db.session.get_one(Envelope, envelope_id)
