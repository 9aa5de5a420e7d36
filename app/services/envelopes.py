"""Envelopes: what may be spent, what is engaged, served and free; changed on a page, ended, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.money import MOST
from app.catalog.service_done import engaged_amount, euros, served_amount
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.handlers import funds
from app.ids import new_id
from app.models import Agreement, Commitment, Envelope, Partner, Payment
from app.services import journal, money_words, releases
from app.services.actors import Actor
from app.services.payments import require

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class EnvelopeFigures:
    """An envelope on a day, in euros. ``free`` is what may still be engaged.

    ``paid`` is what was paid under the agreement that grants it (None without one). ``households`` are the
    cases that something was engaged for; ``by_partner`` and ``hours`` tell who carried what (CAR-13).
    """

    id: UUID
    code: str
    label: str
    agreement_id: UUID | None
    agreement: str | None
    starts_on: date
    ends_on: date | None
    version: int
    amount: Decimal
    engaged: Decimal
    served: Decimal
    paid: Decimal | None
    households: int
    hours: Decimal
    by_partner: Sequence[tuple[str, Decimal, Decimal]]
    in_force: bool

    @property
    def free(self) -> Decimal:
        """What may still be engaged."""
        return self.amount - self.engaged

    @property
    def settled(self) -> bool:
        """Whether nothing is left to serve or to pay: what outlives its period is carried over (AST-11)."""
        return self.engaged == self.served and self.paid in (None, self.served)

    @property
    def per_household(self) -> Decimal | None:
        """What is served for each household, None while there is none (CAR-13)."""
        return euros(self.served / self.households) if self.households else None


def overview(on: date | None = None, *, ended: bool = False) -> list[EnvelopeFigures]:
    """Return the figures of the envelopes in force on a day (today), or of all; the newest first.

    One whose period is over stays in sight until all that it engaged is served and paid.
    """
    day = on or clock.today()
    query = select(Envelope).order_by(Envelope.starts_on.desc(), Envelope.code)
    known = ((row, figures(row, day)) for row in db.session.scalars(query).all())
    return [
        shown
        for row, shown in known
        if ended or shown.in_force or (row.starts_on <= day and not shown.settled)
    ]


def _counts(row: Envelope, day: date) -> bool:
    return row.starts_on <= day and (row.ends_on is None or row.ends_on >= day)


def figures(row: Envelope, day: date) -> EnvelopeFigures:
    """Return the figures of one envelope on a day."""
    rows = commitments(row.id, day)
    names = {one.id: one.name for one in db.session.scalars(select(Partner))}
    shares: dict[str, tuple[Decimal, Decimal]] = {}
    for item in rows:
        name = names.get(item.partner_id, "–") if item.partner_id is not None else "–"
        engaged, served = shares.get(name, (_NOTHING, _NOTHING))
        shares[name] = engaged + engaged_amount(item, day), served + served_amount(item, day)
    return EnvelopeFigures(
        id=row.id,
        code=row.code,
        label=releases.current().settings.money.envelopes.get(row.code, row.code),
        agreement_id=row.agreement_id,
        agreement=row.agreement.title if row.agreement is not None else None,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        version=row.version,
        amount=row.amount,
        engaged=sum((engaged_amount(item, day) for item in rows), _NOTHING),
        served=sum((served_amount(item, day) for item in rows), _NOTHING),
        paid=_paid(row.agreement_id, day),
        households=len({item.case_id for item in rows if item.case_id is not None}),
        hours=sum((item.hours or _NOTHING for item in rows), _NOTHING),
        by_partner=tuple((name, *amounts) for name, amounts in sorted(shares.items())),
        in_force=_counts(row, day),
    )


def commitments(envelope_id: UUID, on: date) -> list[Commitment]:
    """Return what was engaged on an envelope up to a day, the oldest first."""
    query = select(Commitment).where(Commitment.envelope_id == envelope_id, Commitment.engaged_on <= on)
    return list(db.session.scalars(query.order_by(Commitment.engaged_at, Commitment.id)))


def _paid(agreement_id: UUID | None, on: date) -> Decimal | None:
    if agreement_id is None:
        return None
    query = select(func.sum(Payment.amount)).where(
        Payment.agreement_id == agreement_id, Payment.paid_on <= on, Payment.cancelled_at.is_(None)
    )
    return db.session.scalar(query) or _NOTHING


def get(envelope_id: UUID) -> Envelope:
    """Return one envelope.

    Raises:
        NotFound: none of that id here.
    """
    row = db.session.get(Envelope, envelope_id)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Wanted:
    """What a person enters; ``code`` names a new envelope, and is left as it is by a change."""

    code: str
    amount: Decimal | None
    starts_on: date | None
    ends_on: date | None
    agreement_id: UUID | None


def save(envelope_id: UUID | None, wanted: Wanted, *, version: int, by: Actor) -> UUID:
    """Enter an envelope, or change one: never below what is engaged, nor over another of its code.

    Raises:
        Forbidden: the role does not act on money.
        Invalid: a fact is missing or does not fit, by field.
        NotFound: no such envelope or agreement here.
        Conflict: somebody changed it, or engaged on it, meanwhile.
    """
    require(by)
    with transaction() as session:
        row = to_change(envelope_id, version) if envelope_id is not None else None
        if wanted.agreement_id is not None and session.get(Agreement, wanted.agreement_id) is None:
            raise NotFound
        problems = _problems(row, wanted)
        if problems:
            raise Invalid(problems)
        after = {name: getattr(wanted, name) for name in ("amount", "starts_on", "ends_on", "agreement_id")}
        before = {name: getattr(row, name) for name in after} if row is not None else {}
        if row is None:
            row = Envelope(id=new_id(), code=wanted.code, version=0, created_at=clock.now())
            session.add(row)
        for name, value in after.items():
            setattr(row, name, value)
        row.version += 1
        told = money_words.changes(
            {name: value for name, value in before.items() if name != "agreement_id"},
            {name: value for name, value in after.items() if name != "agreement_id"},
        )
        journal.write(
            "enveloppe.modifiee" if before else "enveloppe.creee",
            actor=by.name, user_id=by.user_id, subject=str(row.id), details={"enveloppe": row.code, **told},
        )  # fmt: skip
        return row.id


def to_change(envelope_id: UUID, version: int) -> Envelope:
    """Return an envelope held for a change.

    Raises:
        NotFound: none of that id here.
        Conflict: it is not as the person saw it.
    """
    query = select(Envelope).where(Envelope.id == envelope_id).with_for_update(of=Envelope)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict
    return row


def _problems(row: Envelope | None, wanted: Wanted) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    code, amount, starts_on, ends_on = wanted.code, wanted.amount, wanted.starts_on, wanted.ends_on
    if row is None and code not in releases.current().settings.money.envelopes:
        problems["enveloppe"] = ["Choisissez l'enveloppe dans la liste."]
    if amount is None or not 0 <= amount <= MOST:
        problems["montant"] = ["Indiquez un montant en euros, par exemple 52 800,00."]
    elif row is not None and amount < funds.taken(row.id):
        taken = money_words.euros(funds.taken(row.id))
        problems["montant"] = [f"{taken} sont déjà engagés : le montant ne peut pas être en dessous."]
    if starts_on is None:
        problems["debut"] = ["Indiquez la date de début."]
    elif ends_on is not None and ends_on < starts_on:
        problems["fin"] = ["La fin est avant le début. Corrigez l'une des deux dates."]
    elif _overlaps(row, row.code if row is not None else code, starts_on, ends_on):
        problems["debut"] = [
            "Une autre enveloppe de ce nom couvre déjà une partie de ces dates. Finissez-la avant."
        ]
    return problems


def _overlaps(row: Envelope | None, code: str, starts_on: date, ends_on: date | None) -> bool:
    others = db.session.scalars(select(Envelope).where(Envelope.code == code))
    return any(
        other.starts_on <= (ends_on or date.max) and starts_on <= (other.ends_on or date.max)
        for other in others
        if row is None or other.id != row.id
    )
