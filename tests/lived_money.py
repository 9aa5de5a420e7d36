"""Money of a territory that has lived: an agreement with a document, an envelope, a payment, a place."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.uploads import Upload
from app.database import db, end_read, transaction
from app.models import Agreement, Case, QuotaPlace
from app.services import agreements, envelopes, payments, releases, spending
from app.services.actors import Actor


@dataclass(frozen=True)
class Money:
    """What the pages of money name in their addresses."""

    agreement: UUID
    file: UUID
    envelope: UUID
    payment: UUID
    place: UUID


def facts(title: str) -> agreements.Facts:
    """Return an agreement of this year, as somebody enters it."""
    return agreements.Facts(
        key="essai", kind=next(iter(releases.current().settings.money.kinds)), title=title, partner_id=None,
        party=title, signed_on=clock.today(), starts_on=clock.today(), ends_on=None, remind_on=None,
        amount=Decimal(1000), advance_limit=Decimal(50), note="",
    )  # fmt: skip


def code_of(word: str) -> str:
    """Return the code of the quota of which the territory holds a place."""
    return f"essai_{word.replace(' ', '_').lower()}"


def wanted(amount: Decimal, agreement_id: UUID | None = None) -> envelopes.Wanted:
    """Return an envelope from today on."""
    code = next(iter(releases.current().settings.money.envelopes))
    return envelopes.Wanted(code, amount, clock.today(), None, agreement_id)


def spent(label: str) -> spending.Spending:
    """Return what somebody has spent today."""
    nature = next(iter(releases.current().settings.money.natures))
    return spending.Spending(nature, label, Decimal(10), clock.today(), None, "", None)


def live(word: str, by: Actor) -> Money:
    """Let a territory have all of it, the word said wherever it can be."""
    agreement = agreements.save(None, facts(word), version=0, by=by)
    agreements.attach(agreement, Upload(f"{word}.pdf", "application/pdf", b"%PDF-1.4"), by=by)
    envelope = envelopes.save(None, wanted(Decimal(500), agreement), version=0, by=by)
    spending.note(envelope, spent(word), version=1, by=by)
    paid = payments.Paid("avance", Decimal(100), clock.today(), word)
    payment = payments.record(agreement, paid, version=1, by=by)
    with transaction() as session:
        place = QuotaPlace(
            code=code_of(word), case_id=session.scalars(select(Case.id)).first(), status="held", rank=1,
            asked_at=clock.now(), released_reason=word,
        )  # fmt: skip
        session.add(place)
    file = UUID(db.session.get_one(Agreement, agreement).files[0]["id"])
    found = Money(agreement, file, envelope, payment, place.id)
    end_read()
    return found
