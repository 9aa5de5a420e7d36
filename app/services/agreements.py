"""Agreements, trainings, charters: entered, changed, ended, with their documents (CAR-1).

An agreement is never deleted: it is ended on a day with a reason. What changed is in the journal, before and
after; whoever edits a page that is no longer fresh is told so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.uploads import Upload
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.ids import new_id
from app.models import Agreement, Partner, StoredFile
from app.services import files, first_money, journal, money_words, releases, storage
from app.services.actors import Actor
from app.services.agreement_facts import in_force
from app.services.payments import require

CLASSE: Final = "budget"
"""The class of attached documents: none that a role reads, so that no page of cases opens them."""
_KEPT: Final = (
    "key", "kind", "title", "partner_id", "party", "signed_on", "starts_on", "ends_on", "remind_on", "amount",
    "advance_limit", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What a person enters; None where nothing was."""

    key: str
    kind: str
    title: str
    partner_id: UUID | None
    party: str
    signed_on: date | None
    starts_on: date | None
    ends_on: date | None
    remind_on: date | None
    amount: Decimal | None
    advance_limit: Decimal | None
    note: str


@dataclass(frozen=True)
class Row:
    """An agreement in a list. ``state``: ``future``, ``unsigned``, ``running``, ``ending`` or ``ended``."""

    id: UUID
    key: str
    kind: str
    title: str
    party: str
    signed_on: date | None
    starts_on: date
    ends_on: date | None
    amount: Decimal | None
    state: str


def listing(on: date | None = None) -> list[Row]:
    """Return the agreements of the territory: those in force first, then the newest."""
    day = on or clock.today()
    rows = [row_of(row, day) for row in db.session.scalars(select(Agreement))]
    order = ("ending", "running", "unsigned", "future", "ended")
    rows.sort(key=lambda row: (order.index(row.state), -row.starts_on.toordinal(), row.title))
    return rows


def row_of(row: Agreement, day: date) -> Row:
    """Return one agreement as it stands on a day."""
    kinds = releases.current().settings.money.kinds
    return Row(
        id=row.id,
        key=row.key,
        kind=kinds.get(row.kind, row.kind),
        title=row.title,
        party=row.partner.name if row.partner is not None else row.party,
        signed_on=row.signed_on,
        starts_on=row.starts_on,
        ends_on=row.ended_on or row.ends_on,
        amount=row.amount,
        state=_state(row, day),
    )


def _state(row: Agreement, day: date) -> str:
    if (row.ended_on is not None and row.ended_on <= day) or (row.ends_on is not None and row.ends_on < day):
        return "ended"
    if row.signed_on is None or row.signed_on > day:
        return "unsigned"
    if row.starts_on > day:
        return "future"
    due = first_money.reminder(row.remind_on, row.ends_on, releases.current().settings.money.remind_days)
    soon = due is not None and due.astimezone(clock.PARIS).date() <= day
    return "ending" if soon and in_force(row, day) else "running"


def get(agreement_id: UUID) -> Agreement:
    """Return one agreement.

    Raises:
        NotFound: none of that id here.
    """
    row = db.session.get(Agreement, agreement_id)
    if row is None:
        raise NotFound
    return row


def save(agreement_id: UUID | None, facts: Facts, *, version: int, by: Actor) -> UUID:
    """Enter an agreement, or change one; return its id.

    Raises:
        Forbidden: the role does not act on money.
        Invalid: a fact is missing or does not fit, by field.
        NotFound: no such agreement here.
        Conflict: somebody changed it meanwhile.
    """
    require(by)
    problems = _problems(facts)
    if problems or facts.starts_on is None:
        raise Invalid(problems)
    with transaction() as session:
        row = _to_change(agreement_id, version) if agreement_id is not None else None
        before = {name: getattr(row, name) for name in _KEPT} if row is not None else {}
        if row is None:
            row = Agreement(id=new_id(), created_at=clock.now(), version=0)
            session.add(row)
        after = {name: getattr(facts, name) for name in _KEPT}
        for name, value in after.items():
            setattr(row, name, value)
        row.version += 1
        days = releases.current().settings.money.remind_days
        if not before or any(before[name] != after[name] for name in ("remind_on", "ends_on")):
            row.remind_at = first_money.reminder(facts.remind_on, facts.ends_on, days)
            row.reminded_at = None
        tell("convention.modifiee" if before else "convention.creee", row, by, _change(before, after))
        return row.id


def end(agreement_id: UUID, *, on: date | None, reason: str, version: int, by: Actor) -> None:
    """End an agreement before its time; what was engaged under it stands.

    Raises:
        Forbidden, NotFound, Conflict: as ``save``.
        Invalid: no day, no reason, or it has ended already.
    """
    require(by)
    problems = {}
    if on is None:
        problems["le"] = ["Indiquez le jour où la convention prend fin."]
    if not reason.strip() or len(reason) > money_words.LONGEST:
        problems["motif"] = ["Dites en une phrase pourquoi elle prend fin."]
    if problems:
        raise Invalid(problems)
    with transaction():
        row = _to_change(agreement_id, version)
        if row.ended_on is not None:
            raise Conflict
        row.ended_on, row.ended_reason, row.remind_at = on, reason.strip(), None
        row.version += 1
        tell("convention.terminee", row, by, {"le": on.isoformat() if on else ""})


def attach(agreement_id: UUID, upload: Upload, *, by: Actor) -> None:
    """Attach a document to an agreement.

    Raises:
        Forbidden, NotFound: as ``save``.
    """
    require(by)
    with transaction():
        row = _to_change(agreement_id, None)
        stored = files.keep(
            upload.data, name=upload.name, mime=upload.mime, classe=CLASSE, case_id=None, user_id=by.user_id
        )
        row.files = [*row.files, {"id": str(stored.id), "nom": stored.name}]
        tell("convention.piece", row, by, {"fichier": str(stored.id)})


def open_file(agreement_id: UUID, file_id: UUID, *, by: Actor) -> tuple[bytes, str, str]:
    """Return ``(content, name, MIME type)`` of a document attached to an agreement.

    Raises:
        NotFound: none such here.
    """
    row = get(agreement_id)
    if all(item["id"] != str(file_id) for item in row.files):
        raise NotFound
    stored = db.session.get(StoredFile, file_id)
    if stored is None:
        raise NotFound
    key, name, mime, digest = stored.key, stored.name, stored.mime, stored.digest
    content = storage.store().get(key, digest=digest)
    with transaction():
        tell("fichier.lu", row, by, {"fichier": str(file_id)})
    return content, name, mime


def partner_choices() -> list[Partner]:
    """Return the structures of the directory, by name."""
    return list(db.session.scalars(select(Partner).where(Partner.active).order_by(Partner.name)))


def _to_change(agreement_id: UUID, version: int | None) -> Agreement:
    query = select(Agreement).where(Agreement.id == agreement_id).with_for_update(of=Agreement)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict
    return row


def tell(action: str, row: Agreement, by: Actor, details: Mapping[str, Any]) -> None:
    """Write a line of the journal about an agreement."""
    journal.write(action, actor=by.name, user_id=by.user_id, subject=str(row.id), details=details)


def _change(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what changed, for the journal: dates, amounts and keys; of free texts, only that they did."""
    words = {"title", "party", "note", "partner_id"}
    told = money_words.changes(
        {name: value for name, value in before.items() if name not in words},
        {name: value for name, value in after.items() if name not in words},
    )
    rewritten = sorted(name for name in words if before and before[name] != after[name])
    return told | ({"textes": rewritten} if rewritten else {})


def _problems(facts: Facts) -> dict[str, list[str]]:
    kinds = releases.current().settings.money.kinds
    problems: dict[str, list[str]] = {}
    if facts.kind not in kinds:
        problems["genre"] = ["Choisissez le genre dans la liste."]
    if not facts.title.strip() or not facts.title.isprintable() or len(facts.title) > money_words.LONGEST:
        problems["titre"] = ["Donnez un titre sur une ligne, par exemple « Convention avec La Poste »."]
    if not _is_key(facts.key):
        problems["cle"] = ["Écrivez une clé en minuscules sans accent, par exemple la_poste."]
    if facts.starts_on is None:
        problems["debut"] = ["Indiquez la date de début."]
    elif facts.ends_on is not None and facts.ends_on < facts.starts_on:
        problems["fin"] = ["La fin est avant le début. Corrigez l'une des deux dates."]
    if facts.advance_limit is not None and not 0 <= facts.advance_limit <= 100:
        problems["avance"] = ["Indiquez un pourcentage de 0 à 100."]
    if facts.partner_id is not None and db.session.get(Partner, facts.partner_id) is None:
        problems["structure"] = ["Choisissez la structure dans l'annuaire."]
    if facts.partner_id is None and not facts.party.strip():
        problems["structure"] = ["Indiquez avec qui : une structure de l'annuaire, ou un nom."]
    return problems


def _is_key(text: str) -> bool:
    return text.isascii() and text.isidentifier() and text == text.lower() and len(text) <= 60


def renewals_due(on: date) -> Sequence[Row]:
    """Return the agreements whose renewal is to be spoken of, the soonest to end first."""
    rows = [row for row in listing(on) if row.state == "ending"]
    return sorted(rows, key=lambda row: (row.ends_on or date.max, row.title))
