"""Somebody's own page of a gathering: another group, or the place given back (ANG-4, LAW-5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, seal_text, transaction
from app.errors import Gone
from app.models import Gathering, Registration, Territory
from app.services import journal
from app.services.registration_rows import CANCELLED, Shown, cancel, shown
from app.services.registrations import check


class PlaceLost(Gone):
    """The personal link opens no registration any more."""

    sentence_template = (
        "Cette inscription n'existe plus : elle a été annulée, ou l'événement est passé. Rien d'autre n'est "
        "attendu de vous."
    )


@dataclass(frozen=True)
class Own:
    """A registration as the person who made it sees it."""

    registration: Registration
    shown: Shown
    territory: Territory


@contextmanager
def holding(link: str) -> Iterator[Own]:
    """Serve the territory of somebody's own link for the time of the block.

    Raises:
        PlaceLost: no registration stands behind it any more, or none ever did.
    """
    with tenancy.unscoped("token"):
        found = db.session.execute(
            select(Registration.id, Registration.territory_id).where(Registration.link == seal_text(link))
        ).first()
    end_read()
    if found is None:
        raise PlaceLost
    with tenancy.serving(found.territory_id):
        yield _own(found.id)


def _own(registration_id: UUID) -> Own:
    one = db.session.get(Registration, registration_id)
    if one is None or one.status == CANCELLED or one.person is None:
        raise PlaceLost
    row = db.session.get_one(Gathering, one.gathering_id)
    if clock.today() > row.day:
        raise PlaceLost
    return Own(one, shown(row), db.session.get_one(Territory, one.territory_id))


def change_group(mine: Own, group: str) -> None:
    """Move somebody to another group that has room.

    Raises:
        Invalid: no such group, or it is full.
        PlaceLost: the registration is gone.
    """
    registration_id = mine.registration.id
    with transaction():
        one, row = _held(registration_id)
        said = {**(one.person or {}), "type": one.kind, "groupe": group}
        check(said, shown(row), own_group=one.group_key)
        one.group_key = group
        journal.write("inscription.changee", process_id=row.process_id, subject=str(one.id))


def give_back(mine: Own) -> None:
    """Give a place back: the name is erased at once, and whoever waits longest takes the place.

    Raises:
        PlaceLost: it was given back already.
    """
    registration_id = mine.registration.id
    with transaction():
        one, row = _held(registration_id)
        cancel(one, row)


def _held(registration_id: UUID) -> tuple[Registration, Gathering]:
    one = db.session.scalar(select(Registration).where(Registration.id == registration_id).with_for_update())
    if one is None or one.status == CANCELLED or one.person is None:
        raise PlaceLost
    row = db.session.scalars(
        select(Gathering).where(Gathering.id == one.gathering_id).with_for_update()
    ).one()
    return one, row
