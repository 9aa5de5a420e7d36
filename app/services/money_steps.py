"""What the verbs of money asked for, stored in the step's transaction (AST-2, AST-10).

The version of the quota or of the envelope must be the one that the verb saw, and the decision is checked
again under its lock: of two simultaneous last places, one is taken, the other step begins again.
"""

from collections.abc import Sequence
from datetime import date
from functools import singledispatch
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app import clock, jobs
from app.catalog.service_done import served_amount
from app.database import db, transaction
from app.errors import Conflict
from app.expressions.calendar import midnight
from app.handlers import funds, places
from app.handlers.money_effects import (
    Engage,
    NoteService,
    OnMoney,
    Release,
    ReleasePlace,
    SetStart,
    TakePlace,
)
from app.jobs import job
from app.models import Commitment, Envelope, Event, ProcessInstance, Quota, QuotaPlace
from app.services import journal

_FENCED = "money_fenced"
"""Where a session remembers which version it gave a row: a process started by this very step saw it."""


def apply(effect: OnMoney, process: ProcessInstance) -> None:
    """Store one effect.

    Raises:
        Conflict: somebody changed the quota, the envelope or the place meanwhile.
    """
    _store(effect, process)


@singledispatch
def _store(effect: OnMoney, process: ProcessInstance) -> None:
    raise TypeError(f"no way to store {type(effect).__name__} of {process.process}")


@_store.register
def _(effect: TakePlace, process: ProcessInstance) -> None:
    quota = _fenced(Quota, effect)
    place = db.session.get(QuotaPlace, effect.place_id)
    if place is None:
        place = _asked(effect, process)
    elif place.status != places.WAITING:
        raise Conflict
    if effect.granted:
        if quota is None or not places.room(quota, clock.today()).free(effect.partner_id):
            raise Conflict
        hold(place, quota)
    db.session.flush()
    _tell("place.tenue" if effect.granted else "place.attendue", process, place)


def _asked(effect: TakePlace, process: ProcessInstance) -> QuotaPlace:
    if places.of(effect.code, process.case_id, process.id) is not None:
        raise Conflict
    last = db.session.scalar(select(func.max(QuotaPlace.rank)).where(QuotaPlace.code == effect.code))
    place = QuotaPlace(
        id=effect.place_id,
        code=effect.code,
        case_id=process.case_id,
        process_id=process.id,
        partner_id=effect.partner_id,
        status=places.WAITING,
        rank=(last or 0) + 1,
        asked_at=clock.now(),
    )
    db.session.add(place)
    return place


def hold(place: QuotaPlace, quota: Quota) -> None:
    """Give a place to whoever waits for it, or to a newcomer."""
    place.status, place.quota_id, place.held_at = places.HELD, quota.id, clock.now()


@_store.register
def _(effect: ReleasePlace, process: ProcessInstance) -> None:
    _fenced(Quota, effect)
    place = db.session.get(QuotaPlace, effect.place_id)
    if place is None or place.status == places.RELEASED:
        raise Conflict
    leave(place, reason=None)
    _tell("place.rendue", process, place)
    call_next(effect.code)


def leave(place: QuotaPlace, *, reason: str | None) -> None:
    """End a place or a turn."""
    place.status, place.released_at, place.released_reason = places.RELEASED, clock.now(), reason
    db.session.flush()


def call_next(code: str) -> Sequence[UUID]:
    """Hold a place for each case of the waiting list that now has one, and tell it; return those places.

    In the transaction under way, whose caller holds the quota. A case that is over loses its turn.
    """
    quota = places.whole(code, clock.today())
    queue = [place for place in places.waiting(code) if _still_waits(place)]
    if quota is None:
        return ()
    called = []
    for place in places.room(quota, clock.today()).serve(queue):
        hold(place, quota)
        called.append(place.id)
        event = Event(
            name=places.CALLED, payload={"quota": code}, case_id=place.case_id, sent_by_process=None,
            at=clock.now(),
        )  # fmt: skip
        db.session.add(event)
        db.session.flush()
        journal.write(
            "place.appelee", case_id=place.case_id, process_id=place.process_id, subject=str(place.id)
        )
        jobs.enqueue("deliver_event", lock=f"case:{place.case_id}", event_id=event.id)
    return called


def call_later(code: str, day: date) -> None:
    """Have those who wait called on the day a quota opens, in the transaction under way."""
    jobs.enqueue("call_places", lock=f"quota:{code}", run_at=midnight(day), code=code)


@job("call_places")
def call_places(code: str) -> None:
    """Call those who wait for a quota that has opened; repeated without harm."""
    with transaction():
        quota = places.whole(code, clock.today())
        if quota is not None:
            quota.version += 1
            call_next(code)


def _still_waits(place: QuotaPlace) -> bool:
    asking = db.session.get(ProcessInstance, place.process_id) if place.process_id else None
    if asking is not None and asking.status in {"running", "suspended"}:
        return True
    leave(place, reason="le parcours qui l'attendait est terminé")
    return False


@_store.register
def _(effect: Engage, process: ProcessInstance) -> None:
    envelope = _fenced(Envelope, effect)
    if envelope is None or effect.amount > envelope.amount - funds.taken(envelope.id):
        raise Conflict
    row = Commitment(
        id=effect.commitment_id,
        envelope_id=envelope.id,
        agreement_id=effect.agreement_id,
        case_id=process.case_id,
        process_id=process.id,
        partner_id=effect.partner_id,
        nature=effect.nature,
        unit_amount=effect.unit_amount,
        quantity=effect.quantity,
        amount=effect.amount,
        engaged_on=clock.today(),
        engaged_at=clock.now(),
        starts_on=effect.starts_on,
        start_awaited=effect.start_awaited,
        rule=effect.rule,
    )
    db.session.add(row)
    _tell_spending("depense.engagee", process, row, montant=str(row.amount))


@_store.register
def _(effect: SetStart, process: ProcessInstance) -> None:
    row = _open_commitment(effect, effect.commitment_id)
    row.starts_on, row.start_awaited = effect.starts_on, False
    _tell_spending("depense.datee", process, row, debut=effect.starts_on.isoformat())


@_store.register
def _(effect: NoteService, process: ProcessInstance) -> None:
    row = _open_commitment(effect, effect.commitment_id)
    row.services = [*row.services, {"le": effect.on.isoformat(), "quantite": str(effect.quantity)}]
    _tell_spending("depense.servie", process, row, quantite=str(effect.quantity))


@_store.register
def _(effect: Release, process: ProcessInstance) -> None:
    row = _open_commitment(effect, effect.commitment_id)
    end(row, on=effect.on, reason=effect.reason)
    _tell_spending("depense.degagee", process, row, montant=str(row.released))


def end(row: Commitment, *, on: date, reason: str) -> None:
    """Stop a commitment: what is not served at the end of that day goes back to its envelope."""
    served = served_amount(row, on)
    row.ended_on, row.ended_reason, row.released = on, reason, row.amount - served


def give_up(case_id: UUID, *, reason: str) -> None:
    """Give back the places of a case that is over for good, and what it will not spend; call who waits.

    In the transaction under way. What was served stays owed.
    """
    kept = select(QuotaPlace).where(QuotaPlace.case_id == case_id, QuotaPlace.status != places.RELEASED)
    for place in db.session.scalars(kept).all():
        quota = places.whole(place.code, clock.today())
        if quota is not None:
            quota.version += 1
        leave(place, reason=reason)
        call_next(place.code)
    running = select(Commitment).where(Commitment.case_id == case_id, Commitment.ended_on.is_(None))
    for row in db.session.scalars(running).all():
        db.session.get_one(Envelope, row.envelope_id).version += 1
        end(row, on=clock.today(), reason=reason)


def _open_commitment(effect: OnMoney, commitment_id: UUID) -> Commitment:
    _fenced(Envelope, effect)
    row = db.session.get(Commitment, commitment_id)
    if row is None or row.ended_on is not None:
        raise Conflict
    return row


def _fenced(entity: type[Any], effect: OnMoney) -> Any:
    """Return the row a verb decided on, locked and a version older, None when there was none.

    Raises:
        Conflict: it is not as the verb saw it.
    """
    if effect.row_id is None:
        return None
    row = db.session.scalar(select(entity).where(entity.id == effect.row_id).with_for_update(of=entity))
    own = db.session.info.setdefault(_FENCED, {})
    if row is None or (row.version != effect.row_version and own.get(row.id) != row.version):
        raise Conflict
    row.version += 1
    own[row.id] = row.version
    db.session.flush()
    return row


def _tell(action: str, process: ProcessInstance, place: QuotaPlace) -> None:
    journal.write(
        action,
        case_id=process.case_id,
        process_id=process.id,
        subject=str(place.id),
        details={"quota": place.code},
    )


def _tell_spending(action: str, process: ProcessInstance, row: Commitment, **details: str) -> None:
    journal.write(
        action,
        case_id=process.case_id,
        process_id=process.id,
        subject=str(row.id),
        details={"nature": row.nature, **details},
    )
