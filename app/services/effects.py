"""Carries out what verbs asked for, inside the step's transaction."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import Conflict
from app.handlers import effects as wanted
from app.handlers.directory_effects import OnDirectory
from app.handlers.gathering_effects import OnNetwork
from app.handlers.lane_effects import OnLane
from app.handlers.meter_effects import OnMeter
from app.handlers.money_effects import OnMoney
from app.handlers.partners import FINAL
from app.handlers.site_effects import OnSite
from app.models import Case, Orientation, ProcessInstance, Share, Submission
from app.services import (
    breaches,
    campaign_rows,
    directory_effects,
    documents,
    gathering_steps,
    journal,
    lane_steps,
    mail,
    meter_steps,
    money_steps,
    network_effects,
    retention_days,
    review_rows,
    sent_events,
    site_steps,
    stock_rows,
    structures,
)
from app.services.releases import LoadedRelease

_LEAVES: Final = (wanted.MakeDocument, wanted.QueueMessage)
"""What they write is referred to by nothing else: it goes to the database with whatever comes next."""


def apply(process: ProcessInstance, asked: Sequence[wanted.Effect], release: LoadedRelease) -> None:
    """Apply every effect in order; a row that changed since the verb looked raises a conflict.

    Raises:
        Conflict: an orientation has been closed meanwhile.
    """
    for effect in asked:
        _apply(effect, process, release)
        if not isinstance(effect, _LEAVES):
            db.session.flush()


@singledispatch
def _apply(effect: object, process: ProcessInstance, release: LoadedRelease) -> None:
    raise TypeError(f"no way to apply {type(effect).__name__} to {process.process} of {release.number}")


@_apply.register
def _(effect: wanted.MakeDocument, process: ProcessInstance, release: LoadedRelease) -> None:
    documents.order(effect.template, process, release, orientation_id=effect.orientation_id)


@_apply.register
def _(effect: wanted.QueueMessage, process: ProcessInstance, release: LoadedRelease) -> None:
    mail.queue_for_audience(
        effect.kind,
        effect.audience,
        process,
        release,
        orientation_id=effect.orientation_id,
        extra=effect.extra or {},
    )


@_apply.register
def _(effect: wanted.ProposeOrientation, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    db.session.add(
        Orientation(
            id=effect.id,
            case_id=process.case_id,
            process_id=process.id,
            partner_id=effect.partner_id,
            reason=effect.reason,
            domain=effect.domain,
            shared_fields=list(effect.shared_fields),
            agreement=effect.agreement,
            due_on=effect.due_on,
            created_at=clock.now(),
        )
    )


@_apply.register
def _(effect: wanted.SendOrientation, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    row = _orientation(effect.orientation_id)
    row.status, row.link, row.sent_at = "transmise", effect.link, clock.now()
    author, user_id = _decided_by(process)
    db.session.add(
        Share(
            case_id=row.case_id,
            orientation_id=row.id,
            recipient=effect.recipient,
            fields=list(effect.fields),
            basis=effect.basis,
            by=author,
            at=clock.now(),
        )
    )
    journal.write(
        "partage.envoye",
        actor=author,
        user_id=user_id,
        case_id=row.case_id,
        process_id=process.id,
        subject=str(row.id),
        details={"champs": list(effect.fields), "base": effect.basis},
    )


@_apply.register
def _(effect: wanted.FollowOrientation, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    row = _orientation(effect.orientation_id)
    row.status, row.status_note = effect.status, effect.note
    if effect.status in FINAL:
        row.link, row.closed_at = None, clock.now()
    journal.write(
        "orientation.suivie",
        case_id=row.case_id,
        process_id=process.id,
        subject=str(row.id),
        details={"statut": effect.status},
    )


@_apply.register
def _(effect: wanted.NoteDuplicates, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    _case(process.case_id).duplicates = list(effect.references)


@_apply.register
def _(effect: wanted.SettleBreach, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    breaches.settle(process.id, effect.outcome)


@_apply.register
def _(effect: wanted.HandOver, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    stock_rows.hand_over(effect, process, by=_decided_by(process))


@_apply.register
def _(effect: wanted.Entrust, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    author, user_id = _decided_by(process)
    structures.entrust(
        _case(process.case_id).id, effect.partner_id, effect.relation,
        by=author, user_id=user_id, process_id=process.id,
    )  # fmt: skip


@_apply.register
def _(effect: wanted.TakeBack, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    author, user_id = _decided_by(process)
    structures.take_back(
        _case(process.case_id).id, effect.relation, by=author, user_id=user_id, process_id=process.id
    )


@_apply.register
def _(effect: OnLane, process: ProcessInstance, release: LoadedRelease) -> None:
    lane_steps.apply(effect, process, release, by=_decided_by(process))


@_apply.register
def _(effect: wanted.CloseCase, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    case = _case(process.case_id)
    if case.status == "closed":
        return
    case.status, case.closed_at, case.closure_reason = "closed", clock.now(), effect.reason
    retention_days.closed(case)
    journal.write("dossier.clos", case_id=case.id, process_id=process.id)


@_apply.register
def _(effect: wanted.ListForReview, process: ProcessInstance, release: LoadedRelease) -> None:
    review_rows.list_cases(effect, process, release)


@_apply.register
def _(effect: wanted.NoteDecision, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    review_rows.note_decision(effect, process)


@_apply.register
def _(effect: wanted.NoteAction, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    review_rows.note_action(effect, process)


@_apply.register
def _(effect: OnMoney, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    money_steps.apply(effect, process)


@_apply.register
def _(effect: OnSite, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    site_steps.apply(effect, process, by=_decided_by(process))


@_apply.register
def _(effect: OnDirectory, process: ProcessInstance, release: LoadedRelease) -> None:
    directory_effects.apply(effect, _decided_by(process), process, release)


@_apply.register
def _(effect: OnMeter, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    meter_steps.apply(effect, process, by=_decided_by(process))


@_apply.register
def _(effect: OnNetwork, process: ProcessInstance, release: LoadedRelease) -> None:
    gathering_steps.apply(effect, process, release)


@_apply.register
def _(effect: wanted.StartProcess, process: ProcessInstance, release: LoadedRelease) -> None:
    from app.services import launching  # noqa: PLC0415  # what it starts is recorded, which applies effects

    launching.start(effect, process, release)


@_apply.register
def _(effect: wanted.OpenCampaign, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    campaign_rows.open_one(effect, process)


@_apply.register
def _(effect: wanted.MoveCampaign, process: ProcessInstance, release: LoadedRelease) -> None:
    campaign_rows.move(effect, process, release)


@_apply.register
def _(effect: wanted.EnrolPartner, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    network_effects.enrol(effect, process)


@_apply.register
def _(effect: wanted.EraseAnswers, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    network_effects.erase(effect, process)


@_apply.register
def _(effect: wanted.SendEvent, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    sent_events.send(effect, process)


def _decided_by(process: ProcessInstance) -> tuple[str, UUID | None]:
    """Return who gave the last answer of a process: what leaves now was decided there (LAW-3)."""
    query = select(Submission.author, Submission.user_id).where(Submission.process_id == process.id)
    last = db.session.execute(query.order_by(Submission.at.desc(), Submission.id.desc()).limit(1)).first()
    return (last.author, last.user_id) if last is not None else (journal.SYSTEM, None)


def _orientation(orientation_id: UUID) -> Orientation:
    row = db.session.scalar(
        select(Orientation).where(Orientation.id == orientation_id).with_for_update(of=Orientation)
    )
    if row is None or row.status in FINAL:
        raise Conflict
    return row


def _case(case_id: UUID | None) -> Case:
    row = db.session.get(Case, case_id) if case_id else None
    if row is None:
        raise Conflict
    return row
