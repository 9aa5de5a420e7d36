"""What the verbs of sites asked for, stored in the step's transaction (BAT-2, BAT-14, BAT-16)."""

from functools import singledispatch
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import Conflict
from app.handlers import site_effects as asked
from app.models import Ambassador, Case, Challenge, ChallengeBuilding, ProcessInstance, Site, SiteProcess
from app.services import journal

Author = tuple[str, UUID | None]


def apply(effect: asked.OnSite, process: ProcessInstance, *, by: Author) -> None:
    """Store one effect.

    Raises:
        Conflict: what it speaks of has gone meanwhile; the step begins again.
    """
    _apply(effect, process, by)


@singledispatch
def _apply(effect: asked.OnSite, process: ProcessInstance, by: Author) -> None:
    raise TypeError(f"no way to apply {type(effect).__name__} of {process.process} by {by[0]}")


@_apply.register
def _(effect: asked.AttachSite, process: ProcessInstance, by: Author) -> None:
    if process.case_id is None:
        _attach_process(effect, process)
    else:
        case = db.session.get_one(Case, process.case_id)
        if case.site_id == effect.site_id:
            return
        case.site_id = effect.site_id
    _tell("dossier.site" if process.case_id else "site.processus", process, by, str(effect.site_id or ""))


def _attach_process(effect: asked.AttachSite, process: ProcessInstance) -> None:
    if effect.site_id is None:
        raise Conflict
    row = db.session.scalar(select(SiteProcess).where(SiteProcess.process_id == process.id))
    if row is None:
        row = SiteProcess(process_id=process.id)
        db.session.add(row)
    row.site_id = effect.site_id


@_apply.register
def _(effect: asked.DateSite, process: ProcessInstance, by: Author) -> None:
    row = _site(effect.site_id)
    row.opened_on, row.closed_on = effect.opened_on or row.opened_on, effect.closed_on or row.closed_on
    row.version += 1
    _tell("site.modifie", process, by, str(row.id))


@_apply.register
def _(effect: asked.OpenChallenge, process: ProcessInstance, by: Author) -> None:
    row = Challenge(
        id=effect.id, site_id=_site(effect.site_id).id, process_id=process.id, title=effect.title,
        unit=effect.unit, starts_on=effect.starts_on, ends_on=effect.ends_on, prize=effect.prize,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for place, one in enumerate(effect.buildings):
        db.session.add(
            ChallengeBuilding(
                challenge_id=row.id, place=place, name=one.name, dwellings=one.dwellings, before=one.before
            )
        )
    _tell("defi.ouvert", process, by, str(row.id))


@_apply.register
def _(effect: asked.JudgeChallenge, process: ProcessInstance, by: Author) -> None:
    row = db.session.get(Challenge, effect.id)
    if row is None:
        raise Conflict
    row.judged_on = effect.judged_on
    for building in db.session.scalars(
        select(ChallengeBuilding).where(ChallengeBuilding.challenge_id == row.id)
    ):
        building.after = effect.readings.get(building.id)
    _tell("defi.classe", process, by, str(row.id))


@_apply.register
def _(effect: asked.NameAmbassador, process: ProcessInstance, by: Author) -> None:
    row = Ambassador(
        id=effect.id, site_id=_site(effect.site_id).id, kind=effect.kind, name=effect.name,
        contact=effect.contact, trained_on=effect.trained_on, trained_by=effect.trained_by,
        active_until=effect.active_until, by=by[0], created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    _tell("ambassadeur.nomme", process, by, str(row.id))


@_apply.register
def _(effect: asked.MoveMandate, process: ProcessInstance, by: Author) -> None:
    row = db.session.get(Ambassador, effect.id)
    if row is None or row.ended_on is not None:
        raise Conflict
    if effect.active_until is None:
        end_mandate(row)
    else:
        row.active_until = effect.active_until
    _tell("ambassadeur.mandat", process, by, str(row.id))


def end_mandate(row: Ambassador) -> None:
    """End a mandate today, in a transaction: who it was is erased, the training stays counted (LAW-5)."""
    row.name, row.contact, row.ended_on = "", "", clock.today()


def _site(site_id: UUID | None) -> Site:
    row = db.session.get(Site, site_id) if site_id is not None else None
    if row is None:
        raise Conflict
    return row


def _tell(action: str, process: ProcessInstance, by: Author, subject: str, **details: Any) -> None:
    journal.write(
        action, actor=by[0], user_id=by[1], case_id=process.case_id, process_id=process.id, subject=subject,
        details=details,
    )  # fmt: skip
