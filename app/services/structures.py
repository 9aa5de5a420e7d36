"""Structures to which cases are entrusted: by a verb of a diagram, or by hand (AST-3, AST-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.models import Case, Entrustment, Partner, Task
from app.services import journal, perimeter, releases
from app.services.actors import Actor

SIGN = "système"


@dataclass(frozen=True)
class Held:
    """A case entrusted to a structure: the relation as people name it, since when, until when if it ended."""

    relation: str
    label: str
    partner_id: UUID
    name: str
    since: datetime
    until: datetime | None


def entrust(
    case_id: UUID,
    partner_id: UUID,
    relation: str,
    *,
    by: str = SIGN,
    user_id: UUID | None = None,
    process_id: UUID | None = None,
) -> bool:
    """Entrust a case in the transaction under way, in place of who had it; False when nothing changes.

    Steps that somebody holds who no longer sees the case go back to their team.
    """
    current = _current(case_id, relation)
    if current is not None and current.partner_id == partner_id:
        return False
    if current is not None:
        _end(current, by, user_id, process_id)
    db.session.add(
        Entrustment(case_id=case_id, partner_id=partner_id, relation=relation, since=clock.now(), by=by)
    )
    db.session.flush()
    journal.write(
        "dossier.confie",
        actor=by,
        user_id=user_id,
        case_id=case_id,
        process_id=process_id,
        subject=str(partner_id),
        details={"relation": relation},
    )
    give_back_steps(case_id)
    return True


def take_back(
    case_id: UUID,
    relation: str,
    *,
    by: str = SIGN,
    user_id: UUID | None = None,
    process_id: UUID | None = None,
) -> bool:
    """End the entrustment of a case in a relation, in the transaction under way; False when there is none."""
    current = _current(case_id, relation)
    if current is None:
        return False
    _end(current, by, user_id, process_id)
    give_back_steps(case_id)
    return True


def _current(case_id: UUID, relation: str) -> Entrustment | None:
    return db.session.scalar(
        select(Entrustment)
        .where(Entrustment.case_id == case_id, Entrustment.relation == relation, Entrustment.until.is_(None))
        .with_for_update(of=Entrustment)
    )


def _end(row: Entrustment, by: str, user_id: UUID | None, process_id: UUID | None) -> None:
    row.until, row.ended_by = clock.now(), by
    db.session.flush()
    journal.write(
        "dossier.retire",
        actor=by,
        user_id=user_id,
        case_id=row.case_id,
        process_id=process_id,
        subject=str(row.partner_id),
        details={"relation": row.relation},
    )


def give_back_steps(case_id: UUID) -> None:
    """Give back to their team the open steps of a case whose holder no longer sees it."""
    held = db.session.scalars(
        select(Task).where(Task.case_id == case_id, Task.status == "open", Task.claimed_by.is_not(None))
    ).all()
    seeing = set(perimeter.who_sees([task.claimed_by for task in held if task.claimed_by], case_id))
    for task in held:
        if task.claimed_by not in seeing:
            journal.write(
                "tache.rendue",
                case_id=case_id,
                process_id=task.process_id,
                subject=str(task.id),
                details={"de": str(task.claimed_by)},
            )
            task.claimed_by, task.follow_up_on, task.set_aside, task.note = None, None, False, None


def of_case(case_id: UUID) -> list[Held]:
    """Return to whom a case is and was entrusted: what lasts first, then the newest."""
    labels = releases.current().settings.relations
    rows = db.session.scalars(
        select(Entrustment)
        .where(Entrustment.case_id == case_id)
        .order_by(Entrustment.until.is_not(None), Entrustment.since.desc(), Entrustment.id)
    )
    return [
        Held(
            relation=row.relation,
            label=labels.get(row.relation, row.relation.replace("_", " ").capitalize()),
            partner_id=row.partner_id,
            name=row.partner.name,
            since=row.since,
            until=row.until,
        )
        for row in rows
    ]


def facts_of(case_id: UUID) -> dict[str, dict[str, str]]:
    """Return what documents and messages say of the structures that hold a case: ``structures.<relation>``.

    Nothing is read in a territory that names no relation; a relation without a structure says nothing.
    """
    relations = releases.current().settings.relations
    if not relations:
        return {}
    found = {
        relation: dict.fromkeys(("nom", "adresse", "telephone", "courriel"), "") for relation in relations
    }
    rows = db.session.scalars(
        select(Entrustment).where(Entrustment.case_id == case_id, Entrustment.until.is_(None))
    )
    for row in rows:
        told = row.partner
        found[row.relation] = {
            "nom": told.name,
            "adresse": told.address,
            "telephone": told.phone or "",
            "courriel": told.email,
        }
    return found


def may_entrust(actor: Actor) -> bool:
    """Whether this person moves cases between structures by hand: a supervisor who sees them all."""
    return actor.rights.may("supervision.agir") and actor.within is None


def choices() -> Sequence[Partner]:
    """Return the active structures to which a case may be entrusted by hand, by kind and name."""
    return db.session.scalars(
        select(Partner).where(Partner.active).order_by(Partner.kind, Partner.name, Partner.id)
    ).all()


def entrust_by_hand(reference: str, relation: str, partner_id: UUID | None, *, by: Actor) -> None:
    """Entrust a case to a structure, or take it back (None), from its page; the journal says who did it.

    Raises:
        Forbidden: the role does not act in Supervision, or is limited to a structure.
        NotFound: no such case here.
        Invalid: the programme knows no such relation, or the structure is not an active one of the directory.
    """
    if not may_entrust(by):
        raise Forbidden
    known = releases.current().settings.relations
    if relation not in known:
        raise Invalid({"relation": ["Choisissez une relation de la liste."]})
    with transaction():
        held = select(Case.id).where(Case.reference == reference).with_for_update(of=Case)
        case_id = db.session.scalar(held)  # two supervisors at once: one after the other
        if case_id is None:
            raise NotFound
        if partner_id is None:
            take_back(case_id, relation, by=by.name, user_id=by.user_id)
            return
        chosen = db.session.scalar(select(Partner.id).where(Partner.id == partner_id, Partner.active))
        if chosen is None:
            raise Invalid({"structure": ["Choisissez une structure active de l'annuaire."]})
        entrust(case_id, partner_id, relation, by=by.name, user_id=by.user_id)


def named(territory_id: UUID, name: str) -> UUID:
    """Return the structure of that name in the directory of a territory.

    Raises:
        Invalid: none, or several.
    """
    with tenancy.serving(territory_id):
        found = db.session.scalars(select(Partner.id).where(Partner.name == name.strip())).all()
    if len(found) != 1:
        how = "n'est pas dans l'annuaire" if not found else f"y figure {len(found)} fois"
        raise Invalid({"structure": [f"« {name} » {how} de ce territoire. Vérifiez le nom dans l'annuaire."]})
    return found[0]


def check(territory_id: UUID, partner_id: UUID | None) -> None:
    """Refuse a structure that is not in the directory of a territory; None is no structure.

    Raises:
        Invalid: it is not there.
    """
    with tenancy.serving(territory_id):
        if partner_id is not None and db.session.get(Partner, partner_id) is None:
            raise Invalid({"structure": ["Choisissez une structure de l'annuaire de ce territoire."]})
