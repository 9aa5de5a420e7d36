"""Campaigns and their rounds: formed from targets, handed out by a code that serves once, closed (CAR-5)."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select

from app import clock
from app.database import db, seal_text, transaction
from app.errors import Conflict, Invalid, NotFound
from app.ids import new_id
from app.models import Campaign, Round, Target
from app.services import campaign_rows, journal, releases
from app.services.actors import Actor
from app.services.campaign_board import Board, RoundRow
from app.services.text import fold

OUTCOMES: Final = ("a_voir", "absent", "refus", "ecarte", "accord")
"""What may come of a door, in the order in which it is shown."""
MOST_DOORS: Final = 200
"""Doors of one round, at most: a postman's day holds fewer."""
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS: Final = 3


class NotInField(Conflict):
    """Rounds are handed out once the campaign is in the field: the convention comes first (CAR-1)."""

    sentence_template = (
        "La campagne n'est pas sur le terrain : les tournées s'ouvrent quand l'étape « Importer les "
        "adresses et former les tournées » est faite, après la signature de la convention."
    )


class CampaignClosed(Conflict):
    """The campaign is over, or was given up: nothing of it changes any more."""

    sentence_template = "Cette campagne est close. Ses résultats se consultent ; elle ne change plus."


def listing() -> list[tuple[Campaign, int]]:
    """Return the campaigns of the territory, the newest first, with how many targets each has."""
    count = (
        select(func.count(Target.id))
        .where(Target.campaign_id == Campaign.id)
        .correlate(Campaign)
        .scalar_subquery()
    )
    return [(row[0], row[1]) for row in db.session.execute(
        select(Campaign, count).order_by(Campaign.opened_at.desc(), Campaign.id)
    )]  # fmt: skip


def state_of(row: Campaign) -> str:
    """Return where a campaign stands: its status, or ``abandonnee`` when its process was given up."""
    return "abandonnee" if row.status != "close" and campaign_rows.is_given_up(row.process_id) else row.status


def find(campaign_id: UUID) -> Campaign:
    """Return a campaign.

    Raises:
        NotFound: no such campaign here.
    """
    row = db.session.scalar(select(Campaign).where(Campaign.id == campaign_id))
    if row is None:
        raise NotFound
    return row


def board(campaign_id: UUID) -> Board:
    """Return a campaign with its rounds and counts.

    Raises:
        NotFound: no such campaign here.
    """
    row = find(campaign_id)
    by_round: dict[UUID | None, dict[str, int]] = {}
    for round_id, status, count in db.session.execute(
        select(Target.round_id, Target.status, func.count())
        .where(Target.campaign_id == campaign_id)
        .group_by(Target.round_id, Target.status)
    ):
        by_round.setdefault(round_id, {})[status] = count
    walks = db.session.scalars(
        select(Round).where(Round.campaign_id == campaign_id).order_by(Round.pass_number, Round.name)
    )
    counts = {name: sum(one.get(name, 0) for one in by_round.values()) for name in OUTCOMES}
    settings = releases.current().settings
    names = {commune.insee: commune.name for commune in settings.communes}
    return Board(
        campaign=row,
        rounds=[_row(walk, by_round.get(walk.id, {})) for walk in walks],
        counts=counts,
        without_round=sum(by_round.get(None, {}).values()),
        absent=_seen_again(campaign_id),
        communes=[names.get(insee, insee) for insee in row.communes],
    )


def _row(walk: Round, counts: dict[str, int]) -> RoundRow:
    return RoundRow(
        walk.id, walk.name, walk.pass_number, walk.opens_on, walk.closes_on, walk.status,
        walk.link is not None, walk.linked_at, counts,
    )  # fmt: skip


def form_rounds(campaign_id: UUID, size: int, *, by: Actor) -> int:
    """Put the targets without a round into rounds of at most ``size`` doors; return how many rounds.

    They go commune by commune, street by street.

    Raises:
        NotFound: no such campaign here.
        CampaignClosed: it is over.
        Invalid: a size that is none.
    """
    _check_size(size)
    with transaction() as session:
        row = _writable(campaign_id)
        free = session.scalars(
            select(Target).where(Target.campaign_id == campaign_id, Target.round_id.is_(None))
        )
        by_commune: dict[str, list[Target]] = {}
        for target in free:
            by_commune.setdefault(target.commune, []).append(target)
        formed = 0
        for commune in sorted(by_commune):
            formed += _cut(row, commune, sorted(by_commune[commune], key=_in_street), size, 1)
        _tell(row, by, {"tournees": formed})
        return formed


def second_pass(campaign_id: UUID, size: int, *, by: Actor) -> int:
    """Form rounds with the absent of closed rounds, to knock once more; return how many rounds.

    Raises:
        NotFound, CampaignClosed, Invalid: as ``form_rounds``.
    """
    _check_size(size)
    with transaction() as session:
        row = _writable(campaign_id)
        absent = list(session.scalars(_seen_again_query(campaign_id)))
        by_commune: dict[tuple[int, str], list[Target]] = {}
        for target in absent:
            by_commune.setdefault((target.passes + 1, target.commune), []).append(target)
        formed = 0
        for (number, commune), targets in sorted(by_commune.items()):
            formed += _cut(row, commune, sorted(targets, key=_in_street), size, number)
            for target in targets:
                target.status = "a_voir"
        _tell(row, by, {"tournees": formed, "second_passage": len(absent)})
        return formed


def _seen_again_query(campaign_id: UUID) -> Select[Target]:
    rules = releases.current().settings.campaigns
    most = rules.passes if rules is not None else 1
    return (
        select(Target)
        .join(Round, Round.id == Target.round_id)
        .where(Target.campaign_id == campaign_id, Target.status == "absent")
        .where(Round.status == "close", Target.passes < most)
    )


def _seen_again(campaign_id: UUID) -> int:
    query = select(func.count()).select_from(_seen_again_query(campaign_id).subquery())
    return db.session.scalar(query) or 0


def _check_size(size: int) -> None:
    if not 1 <= size <= MOST_DOORS:
        raise Invalid({"taille": [f"Indiquez un nombre d'adresses par tournée, de 1 à {MOST_DOORS}."]})


def _writable(campaign_id: UUID) -> Campaign:
    row = db.session.scalar(select(Campaign).where(Campaign.id == campaign_id).with_for_update())
    if row is None:
        raise NotFound
    if row.status == "close" or campaign_rows.is_given_up(row.process_id):
        raise CampaignClosed
    return row


def _in_street(target: Target) -> tuple[str, int, str]:
    """Return the order of a street: its name, then the number as a number."""
    words = fold(target.address).split()
    number = int(words[0][:6]) if words and words[0].isdecimal() else 0
    return " ".join(words[1:] if number else words), number, target.complement


def _cut(row: Campaign, commune: str, targets: Sequence[Target], size: int, number: int) -> int:
    taken = set(db.session.scalars(select(Round.name).where(Round.campaign_id == row.id)))
    turn = 0
    for start in range(0, len(targets), size):
        walk = Round(id=new_id(), campaign_id=row.id, name="", pass_number=number)
        again = f", passage {number}" if number > 1 else ""
        while not walk.name or walk.name in taken:
            turn += 1
            walk.name = f"{commune} {turn}{again}"
        taken.add(walk.name)
        db.session.add(walk)
        db.session.flush()
        for place, target in enumerate(targets[start : start + size], 1):
            target.round_id, target.place = walk.id, place
    return -(-len(targets) // size)


def open_round(campaign_id: UUID, round_id: UUID, *, by: Actor) -> str:
    """Open a round and return its code, shown this once; a code given before ends with its phone.

    Raises:
        NotFound: no such round in this campaign.
        NotInField: the campaign is not in the field.
        Conflict: the round is closed or has no door.
    """
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))
    with transaction() as session:
        row = _writable(campaign_id)
        if row.status != "terrain":
            raise NotInField
        walk = _round(campaign_id, round_id)
        doors = session.scalar(select(func.count()).where(Target.round_id == round_id)) or 0
        if walk.status == "close" or not doors:
            raise Conflict
        walk.status, walk.link, walk.device, walk.linked_at = "ouverte", seal_text(code), None, None
        walk.opens_on = walk.opens_on or clock.today()
        _tell(row, by, {"tournee": str(round_id), "ouverte": True})
    return code


def plan_round(
    campaign_id: UUID, round_id: UUID, *, opens_on: date | None, closes_on: date | None, by: Actor
) -> None:
    """Say between which days a round is walked; its code ends with the last one.

    Raises:
        NotFound, CampaignClosed: as ``open_round``.
        Invalid: it would end before it begins.
    """
    if opens_on is not None and closes_on is not None and closes_on < opens_on:
        raise Invalid({"jusquau": ["La tournée finit avant de commencer. Corrigez l'une des deux dates."]})
    with transaction():
        row = _writable(campaign_id)
        walk = _round(campaign_id, round_id)
        walk.opens_on, walk.closes_on = opens_on, closes_on
        _tell(row, by, {"tournee": str(round_id)})


def close_round(campaign_id: UUID, round_id: UUID, *, by: Actor) -> None:
    """Close a round: its code and its phone open nothing any more. Twice does no harm.

    Raises:
        NotFound, CampaignClosed: as ``open_round``.
    """
    with transaction():
        row = _writable(campaign_id)
        walk = _round(campaign_id, round_id)
        if walk.status != "close":
            walk.status, walk.closed_at, walk.link, walk.device = "close", clock.now(), None, None
            _tell(row, by, {"tournee": str(round_id), "ouverte": False})


def _round(campaign_id: UUID, round_id: UUID) -> Round:
    walk = db.session.scalar(
        select(Round).where(Round.id == round_id, Round.campaign_id == campaign_id).with_for_update(of=Round)
    )
    if walk is None:
        raise NotFound
    return walk


def _tell(row: Campaign, by: Actor, details: dict[str, object]) -> None:
    journal.write(
        "campagne.tournees", actor=by.name, user_id=by.user_id, process_id=row.process_id,
        subject=str(row.id), details=details,
    )  # fmt: skip
