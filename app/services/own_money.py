"""What of the money a person may see: everybody's, or only their structure's; and who read it (LAW-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import perimeter
from app.database import db, transaction
from app.errors import NotFound
from app.models import JournalLine
from app.services import journal, money_words, quotas, statements
from app.services.actors import Actor
from app.services.statements import Statement

_WORDS: Final = {
    "convention.creee": "Saisie",
    "convention.modifiee": "Modification",
    "convention.terminee": "Fin anticipée",
    "convention.piece": "Document joint",
    "convention.rappel": "Rappel de reconduction envoyé",
    "versement.note": "Versement noté",
    "versement.annule": "Versement annulé",
    "enveloppe.creee": "Saisie",
    "enveloppe.modifiee": "Modification",
}
"""Lines of the journal that a history shows, and their words."""
_FIELDS: Final = {
    "amount": "montant", "starts_on": "début", "ends_on": "fin", "signed_on": "signature",
    "remind_on": "rappel", "advance_limit": "plafond d'avance", "kind": "genre", "key": "clé",
    "count": "nombre", "title": "titre", "party": "structure", "partner_id": "structure", "note": "note",
}  # fmt: skip
_MOST: Final = 200


@dataclass(frozen=True)
class Share:
    """What one operator has of a quota, and of it what it holds and waits for."""

    label: str
    count: int
    held: int
    waiting: int
    common_free: int


@dataclass(frozen=True)
class Told:
    """One line of a history."""

    words: str
    at: datetime
    by: str
    detail: str


def statement(actor: Actor, on: date) -> Statement:
    """Return the statement of a limited person's own structure.

    Raises:
        NotFound: the person is not limited to a structure of the directory.
    """
    if actor.within is None:
        raise NotFound
    return statements.statement(actor.within, on)


def seen(actor: Actor, of: UUID, on: date, *, partner_id: UUID | None = None) -> Statement:
    """Return a statement that the person may read: anybody's, or their own structure's alone.

    Raises:
        NotFound: another structure's, for a limited person; or none of that id here.
    """
    if actor.within is None:
        return statements.statement(of, on, partner_id=partner_id)
    found = statements.statement(of, on, partner_id=actor.within if of != actor.within else None)
    if found.partner_id != actor.within:
        raise NotFound
    return found


def shares(actor: Actor) -> list[Share]:
    """Return what a limited person's own structure has of each quota; nothing of the others'."""
    if actor.within is None:
        return []
    with perimeter.lifted("budget"):  # the places left are counted over everybody
        rows = quotas.overview()
    found = []
    for row in rows:
        part = next((part for part in row.parts if part.partner_id == actor.within), None)
        if part is not None:
            beyond = sum(max(0, one.held - one.count) for one in row.parts)
            free = max(0, min(row.common - beyond, row.free))
            found.append(Share(row.label, part.count, part.held, part.waiting, free))
    return found


def told_export(seen_one: Statement, kind: str, *, by: Actor) -> None:
    """Write in the journal that a statement was handed over."""
    with transaction():
        journal.write(
            "budget.exporte",
            actor=by.name,
            user_id=by.user_id,
            subject=str(seen_one.agreement_id or seen_one.partner_id),
            details={"format": kind, "au": seen_one.on.isoformat()},
        )


def history(of: UUID) -> Sequence[Told]:
    """Return what the journal tells of an agreement or an envelope, the newest first."""
    rows = db.session.scalars(
        select(JournalLine)
        .where(JournalLine.subject == str(of), JournalLine.action.in_(_WORDS))
        .order_by(JournalLine.number.desc())
        .limit(_MOST)
    )
    return [Told(_WORDS[row.action], row.at, row.actor, _detail(row.details)) for row in rows]


def _detail(details: dict[str, Any]) -> str:
    before, after = details.get("avant", {}), details.get("apres", {})
    changed = [f"{_named(name)} : {_was(before.get(name))} → {_was(after[name])}" for name in after]
    changed += [f"{_named(name)} modifié" for name in details.get("textes", [])]
    if "montant" in details and not after:
        changed.append(money_words.euros(Decimal(details["montant"])))
    return " ; ".join(changed)


def _named(field: str) -> str:
    return _FIELDS.get(field, field)


def _was(value: object) -> str:
    return "rien" if value in (None, "") else str(value).replace(".", ",")
