"""The household's agreement to share, as told later: withdrawn, or given (LAW-2)."""

from datetime import date
from typing import Final

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.models import Case
from app.services import archives, journal, sharing
from app.services.actors import Actor

PERMISSION: Final = "menages.droits"
MODES: Final = {"oral": "De vive voix", "ecrit": "Par écrit", "telephone": "Par téléphone"}


def withdraw(reference: str, *, on: date | None, mode: str, by: Actor) -> None:
    """Note that a household withdraws its agreement: from then on nothing new is shared, links show nothing,
    and what was shared inside the team is read no more.

    Withdrawing twice keeps the first day.

    Raises:
        Forbidden, NotFound: the role may not, no such case.
        Invalid: the day is missing, to come or before the case; the way is unknown.
    """
    with transaction():
        case = _case(reference, by)
        _check(case, on, mode)
        if case.agreement_withdrawn_on is None:
            case.agreement_withdrawn_on = on
            _write("accord.retire", case, by, mode)
            sharing.stop(case.id, by=(by.name, by.user_id))


def give_again(reference: str, *, on: date | None, mode: str, by: Actor) -> None:
    """Note that a household that had withdrawn its agreement gives it again.

    Raises:
        Forbidden, NotFound: the role may not, no such case.
        Invalid: the day is missing, to come, or before the withdrawal; the way is unknown.
    """
    with transaction():
        case = _case(reference, by)
        _check(case, on, mode)
        if case.agreement_withdrawn_on is None:
            return
        if on is not None and on < case.agreement_withdrawn_on:
            raise Invalid({"le": ["L'accord ne peut pas être redonné avant le jour de son retrait."]})
        case.agreement_withdrawn_on = None
        given = {"etat": "obtenu", "date": on.isoformat() if on else None, "mode": MODES[mode].lower()}
        case.agreement = {**case.agreement, **given}
        _write("accord.donne", case, by, mode)


def _case(reference: str, by: Actor) -> Case:
    if not by.rights.may(PERMISSION):
        raise Forbidden
    case = db.session.scalar(select(Case).where(Case.reference == reference).with_for_update(of=Case))
    if case is None:
        raise NotFound
    archives.guard(case.id, by)
    return case


def _check(case: Case, on: date | None, mode: str) -> None:
    problems: dict[str, list[str]] = {}
    opened = case.opened_at.astimezone(clock.PARIS).date()
    if on is None:
        problems["le"] = ["Indiquez le jour, par exemple 24/11/2026."]
    elif not opened <= on <= clock.today():
        problems["le"] = ["Indiquez un jour entre l'ouverture du dossier et aujourd'hui."]
    if mode not in MODES:
        problems["mode"] = ["Choisissez comment le ménage l'a dit."]
    if problems:
        raise Invalid(problems)


def _write(action: str, case: Case, by: Actor, mode: str) -> None:
    journal.write(action, actor=by.name, user_id=by.user_id, case_id=case.id, details={"mode": mode})
