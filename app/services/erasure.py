"""Forgetting a household: by hand with a reason (LAW-6), or when the time to keep it has passed (LAW-5)."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Case, ProcessInstance
from app.services import erasing, journal, money_steps
from app.services.actors import SYSTEM, Actor
from app.services.mending import cancelling

PERMISSION: Final = "dossiers.effacer"
CLOSED: Final = "effacement"
"""Why a case is closed that was still open when its household was forgotten."""
REASONS: Final = {
    "demande": "Le ménage le demande",
    "erreur": "Le dossier a été ouvert par erreur",
    "doublon": "Le ménage a un autre dossier",
    "retrait": "Le ménage a retiré son accord",
}
"""Why a household is forgotten by hand. A word of a list, because the journal keeps it for ever."""


class AlreadyErased(Conflict):
    """Nothing of the household is left."""

    sentence_template = "Ce dossier a déjà été effacé : il n'en reste que la référence."


class OnHold(Conflict):
    """Somebody has said why the case must be kept for now."""

    sentence_template = (
        "Ce dossier est à conserver jusqu'au {until}. Levez d'abord la conservation, sur la page des droits "
        "du ménage."
    )


def erase(reference: str, *, reason: str, repeated: str, by: Actor) -> None:
    """Forget a household at once, its case open or not: one transaction, nothing of it comes back.

    Args:
        reason: one of ``REASONS``.
        repeated: the reference typed again by the person, as the last check before what cannot be undone.

    Raises:
        Forbidden: the role does not erase.
        NotFound: no such case in the territory.
        Invalid: no known reason, or the reference typed is another one.
        AlreadyErased, OnHold: there is nothing to erase, or it must be kept for now.
    """
    if not by.rights.may(PERMISSION) and by.kind != "system":
        raise Forbidden
    case_id = db.session.scalar(select(Case.id).where(Case.reference == reference))
    if case_id is None:
        raise NotFound
    problems = _problems(reference, reason, repeated)
    if problems:
        raise Invalid(problems)
    with transaction():
        case = erasing.of_case(case_id)
        if case.hold_until is not None and case.hold_until > clock.today():
            raise OnHold(until=f"{case.hold_until:%d/%m/%Y}")
        forget(case, by=by, why=reason)


def _problems(reference: str, reason: str, repeated: str) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if reason not in REASONS:
        problems["motif"] = ["Choisissez pourquoi ce dossier est effacé."]
    if repeated.strip().upper() != reference.upper():
        problems["reference"] = [f"Recopiez la référence du dossier : {reference}."]
    return problems


def forget(case: Case, *, by: Actor = SYSTEM, why: str) -> None:
    """Forget the household of a locked case, inside the transaction under way.

    Args:
        why: one of ``REASONS``, or ``duree`` when the time to keep it has passed.

    Raises:
        AlreadyErased: it was done before.
    """
    if case.erased_at is not None:
        raise AlreadyErased
    for process in _running(case.id):
        cancelling.give_up(process)
    db.session.flush()
    money_steps.give_up(case.id, reason=CLOSED)
    if case.status != "closed":
        case.status, case.closed_at, case.closure_reason = "closed", clock.now(), CLOSED
        journal.write("dossier.clos", actor=by.name, user_id=by.user_id, case_id=case.id)
    erasing.forget(case)
    case.erased_at, case.keep_until = clock.now(), None
    journal.write(
        "dossier.efface",
        actor=by.name,
        user_id=by.user_id,
        case_id=case.id,
        subject=case.reference,
        details={"pourquoi": why},
    )


def _running(case_id: UUID) -> list[ProcessInstance]:
    query = select(ProcessInstance).where(
        ProcessInstance.case_id == case_id, ProcessInstance.status.in_(("running", "suspended"))
    )
    return list(db.session.scalars(query))
