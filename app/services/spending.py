"""What a carrier has spent, noted by hand: money, hours of staff, for a household or for all (CAR-13)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.money import MOST, SEEN
from app.database import db, transaction
from app.errors import Invalid
from app.handlers import funds
from app.ids import new_id
from app.models import Case, Commitment, Envelope, Partner
from app.services import envelopes, journal, money_words, releases
from app.services.actors import Actor
from app.services.payments import require

_MOST_HOURS = 10_000


@dataclass(frozen=True)
class Spending:
    """What a person enters; ``case_reference`` is empty for what serves every household."""

    nature: str
    label: str
    amount: Decimal | None
    on: date | None
    partner_id: UUID | None
    case_reference: str
    hours: Decimal | None


def note(envelope_id: UUID, facts: Spending, *, version: int, by: Actor) -> UUID:
    """Engage and serve a spending at once, inside the envelope; return its id.

    Raises:
        Forbidden: the role does not act on money.
        NotFound: no such envelope here.
        Conflict: somebody changed the envelope, or engaged on it, meanwhile.
        Invalid: a fact is missing, or the envelope does not hold so much; by field.
    """
    require(by)
    with transaction() as session:
        row = envelopes.to_change(envelope_id, version)
        case_id = session.scalar(select(Case.id).where(Case.reference == facts.case_reference.strip()))
        problems = _problems(row, facts)
        if facts.case_reference.strip() and case_id is None:
            problems["dossier"] = ["Aucun dossier ne porte cette référence. Vérifiez-la, ou laissez vide."]
        if problems or facts.amount is None or facts.on is None:
            raise Invalid(problems)
        spent = Commitment(
            id=new_id(), envelope_id=row.id, partner_id=facts.partner_id, case_id=case_id,
            agreement_id=funds.agreement_for(row, facts.partner_id, facts.on), nature=facts.nature,
            label=facts.label.strip(), unit_amount=facts.amount, quantity=Decimal(1), amount=facts.amount,
            engaged_on=facts.on, engaged_at=clock.now(), starts_on=facts.on, rule=SEEN, hours=facts.hours,
            services=[{"le": facts.on.isoformat(), "quantite": "1"}],
        )  # fmt: skip
        session.add(spent)
        row.version += 1
        journal.write(
            "depense.notee", actor=by.name, user_id=by.user_id, case_id=case_id, subject=str(spent.id),
            details={"enveloppe": row.code, "montant": str(facts.amount)},
        )  # fmt: skip
        return spent.id


def _problems(row: Envelope, facts: Spending) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if facts.nature not in releases.current().settings.money.natures:
        problems["nature"] = ["Choisissez la nature de la dépense dans la liste."]
    label = facts.label.strip()
    if not label or not label.isprintable() or len(label) > money_words.LONGEST:
        problems["libelle"] = ["Dites sur une ligne ce qui a été dépensé, par exemple « 10 kits »."]
    free = row.amount - funds.taken(row.id)
    if facts.amount is None or not 0 <= facts.amount <= MOST:
        problems["montant"] = ["Indiquez un montant en euros, 0 pour du temps passé seulement."]
    elif facts.amount > free:
        problems["montant"] = [f"Il reste {money_words.euros(free)} dans l'enveloppe. Réduisez ce montant."]
    day, last = facts.on, row.ends_on or date.max
    if day is None or day > clock.today() or not row.starts_on <= day <= last:
        problems["le"] = ["Indiquez le jour de la dépense, passé et dans les dates de l'enveloppe."]
    if facts.hours is not None and not 0 <= facts.hours <= _MOST_HOURS:
        problems["heures"] = ["Indiquez un nombre d'heures, par exemple 3,5."]
    if facts.partner_id is not None and db.session.get(Partner, facts.partner_id) is None:
        problems["structure"] = ["Choisissez la structure dans l'annuaire."]
    return problems
