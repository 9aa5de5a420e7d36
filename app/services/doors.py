"""At the door: the rounds somebody may walk, one door's questions, its answer taken once (CAR-5, LAW-1).

Whoever knocks writes answers and reads none back: a door only says whether it is still to be seen.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.access import add_up
from app.catalog.forms import Form
from app.catalog.settings import Settings
from app.database import as_one, db, seal_text, transaction
from app.errors import Conflict, Gone, NotFound
from app.models import DoorAnswer, Round, Target
from app.services import accounts, campaign_rows, journal, releases
from app.services.accounts import Limit
from app.services.actors import Actor
from app.services.door_rules import Said, alert_of, kept_of, outcome_of
from app.services.releases import LoadedRelease

PER_SENDER: Final = (Limit(60, timedelta(minutes=15)),)
"""Codes tried from one network address: a sorting office sends all its postmen from one (proposed)."""
_WRONG: Final = "tournee"


class RoundOver(Gone):
    """The round is closed, over, not begun, or its code has been given to another phone."""

    sentence_template = (
        "Cette tournée n'est plus valable sur ce téléphone, ou ne l'a jamais été. Demandez un nouveau code à "
        "la personne qui coordonne la campagne. Ce qui est déjà enregistré le reste."
    )


class DoorDone(Conflict):
    """Somebody has already answered for this door in this round."""

    sentence_template = "Cette adresse est déjà enregistrée. Passez à la suivante."


@dataclass(frozen=True)
class Door:
    """A door of a round; ``done``: something was recorded there, and what is not said."""

    id: UUID
    address: str
    complement: str
    commune: str
    done: bool


@dataclass(frozen=True)
class Walk:
    """A round in the hands of somebody."""

    id: UUID
    name: str
    closes_on: Any
    ends_at: datetime
    contact_name: str
    doors: Sequence[Door]

    @property
    def left(self) -> int:
        """How many doors are still to be seen."""
        return sum(not door.done for door in self.doors)


@dataclass(frozen=True)
class Taken:
    """What became of an answer: ``new`` is false when this phone had sent it already."""

    new: bool
    next_door: UUID | None


def use_code(code: str, *, address: str) -> tuple[str, datetime]:
    """Turn a code, which serves once, into the secret of this phone; return it with when it ends.

    Raises:
        TooMany: too many codes tried from this address (LAW-8).
        RoundOver: no round waits for this code.
    """
    accounts.count_attempt({f"{_WRONG}:{address}": PER_SENDER})
    secret = secrets.token_urlsafe(24)
    with transaction() as session:
        walk = session.scalar(
            select(Round).where(Round.link == seal_text(as_given(code))).with_for_update(of=Round)
        )
        if walk is None or not _is_open(walk):
            raise RoundOver
        walk.link, walk.device, walk.linked_at = None, seal_text(secret), clock.now()
        journal.write("tournee.ouverte", actor=_name(walk), subject=str(walk.id))
        return secret, _end_of(walk)


def as_given(code: str) -> str:
    """Return a typed code as it was shown."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def of_phone(secret: str | None) -> tuple[UUID, Actor]:
    """Return the round of a phone, and who holds it.

    Raises:
        RoundOver: none, or no longer.
    """
    walk = db.session.scalar(select(Round).where(Round.device == seal_text(secret))) if secret else None
    if walk is None or not _is_open(walk):
        raise RoundOver
    settings = releases.current().settings
    rules = settings.campaigns
    if rules is None:
        raise RoundOver
    rights = add_up((rules.role,), settings.roles)
    name = _name(walk)
    return walk.id, Actor(
        kind="link", name=name, person=f"tournee:{walk.id}", rights=replace(rights, read=frozenset())
    )


def open_rounds() -> list[Round]:
    """Return the rounds that may be walked today, for whoever knocks with an account."""
    rows = db.session.scalars(select(Round).where(Round.status == "ouverte").order_by(Round.name))
    return [row for row in rows if _is_open(row)]


def walk(round_id: UUID) -> Walk:
    """Return a round with its doors in order.

    Raises:
        RoundOver: it is not open.
    """
    row = _open(round_id)
    doors = db.session.scalars(
        select(Target).where(Target.round_id == round_id).order_by(Target.place, Target.id)
    )
    return Walk(
        row.id,
        row.name,
        row.closes_on or row.campaign.ends_on,
        _end_of(row),
        row.campaign.name,
        [_door(target, row) for target in doors],
    )


def _door(target: Target, row: Round) -> Door:
    done = target.status != "a_voir" or target.passes >= row.pass_number
    return Door(target.id, target.address, target.complement, target.commune, done)


def form_of(release: LoadedRelease) -> Form:
    """Return the questions asked at a door.

    Raises:
        NotFound: this territory goes to no door.
    """
    rules = release.settings.campaigns
    if rules is None or rules.form not in release.forms:
        raise NotFound
    return release.forms[rules.form]


def context_of(settings: Settings) -> dict[str, Any]:
    """Return what the questions may read."""
    return {"reglages": dict(settings.rules)}


def record(
    round_id: UUID,
    target_id: UUID,
    device_id: UUID,
    answers: Mapping[str, Any],
    *,
    said_at: datetime | None,
    by: Actor,
) -> Taken:
    """Take what was said at a door, once; a yes opens a case in the same transaction.

    Args:
        device_id: drawn by the phone for this visit: sent twice, it counts once.
        answers: validated against the questions of the door.
        said_at: when it was said, by the phone; an instant outside the round is replaced by now.

    Raises:
        NotFound: no such door in this round.
        RoundOver: the round is not open any more.
        DoorDone: another visit of this pass is recorded.
        Invalid: the alert that a yes opens would not fit.
    """
    release = releases.current()
    with as_one() as session:
        seen = session.scalar(select(DoorAnswer).where(DoorAnswer.device_id == device_id))
        if seen is not None:
            if seen.target_id != target_id:
                raise Conflict
            return Taken(new=False, next_door=None)
        row = _open(round_id)
        target = session.scalar(
            select(Target).where(Target.id == target_id, Target.round_id == round_id).with_for_update()
        )
        if target is None:
            raise NotFound
        if _door(target, row).done:
            raise DoorDone
        said = Said(answers, target, row, _when(said_at, row), release, by)
        _store(said, device_id)
        return Taken(new=True, next_door=_next(round_id, target_id))


def _store(said: Said, device_id: UUID) -> None:
    from app.services import cases  # noqa: PLC0415  # opening a case is the rarest thing at a door

    outcome = outcome_of(said)
    case_id = None
    if outcome.kind == "accord":
        case_id = cases.open_alert(alert_of(said), by=said.by).case_id
    with transaction() as session:
        target = session.get_one(Target, said.target.id)
        target.status, target.passes = outcome.kind, target.passes + 1
        session.add(
            DoorAnswer(
                device_id=device_id,
                campaign_id=target.campaign_id,
                target_id=target.id,
                round_id=said.round.id,
                outcome=outcome.kind,
                reason=outcome.reason,
                eligible=outcome.eligible,
                answers=kept_of(said) if outcome.kind != "accord" else None,
                case_id=case_id,
                by=said.by.name,
                said_at=said.at,
                at=clock.now(),
            )
        )
        journal.write(
            "porte.enregistree", actor=said.by.name, user_id=said.by.user_id, case_id=case_id,
            subject=str(target.id), details={"tournee": str(said.round.id)},
        )  # fmt: skip


def _next(round_id: UUID, after: UUID) -> UUID | None:
    """Return the next door to be seen: below this one, else the first that is left."""
    doors = walk(round_id).doors
    place = next((number for number, door in enumerate(doors) if door.id == after), -1)
    left = [door.id for door in [*doors[place + 1 :], *doors[: max(place, 0)]] if not door.done]
    return left[0] if left else None


def _open(round_id: UUID) -> Round:
    row = db.session.scalar(select(Round).where(Round.id == round_id))
    if row is None:
        raise NotFound
    if not _is_open(row):
        raise RoundOver
    return row


def _is_open(row: Round) -> bool:
    today, campaign = clock.today(), row.campaign
    begun = row.opens_on is None or row.opens_on <= today
    ends = row.closes_on or campaign.ends_on
    walked = row.status == "ouverte" and campaign.status == "terrain" and begun
    return walked and (ends is None or today <= ends) and not campaign_rows.is_given_up(campaign.process_id)


def _end_of(row: Round) -> datetime:
    """Return when the phone's secret ends: with the last day of the round."""
    last = row.closes_on or row.campaign.ends_on or clock.today()
    return datetime.combine(last, time.max, clock.PARIS)


def _when(said_at: datetime | None, row: Round) -> datetime:
    now = clock.now()
    if said_at is None or said_at > now or row.opens_on is None:
        return now
    return said_at if said_at.astimezone(clock.PARIS).date() >= row.opens_on else now


def _name(row: Round) -> str:
    return f"tournée {row.name}"
