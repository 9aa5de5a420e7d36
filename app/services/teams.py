"""Who works in the territory being served: who may be given a task, and of which lanes."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app import perimeter, tenancy
from app.access import add_up
from app.database import db
from app.models import Membership, User
from app.services import perimeter as sight
from app.services import releases
from app.services.actors import Actor, lanes_of, within


@dataclass(frozen=True)
class Colleague:
    """Somebody who answers tasks here, with the lanes whose tasks they may answer.

    ``within`` is the structure whose cases alone they see, None when they see all of them.
    """

    id: UUID
    name: str
    lanes: frozenset[str]
    within: UUID | None = None


def colleagues(lanes: Collection[str] | None = None, *, case_id: UUID | None = None) -> list[Colleague]:
    """Return who may be given tasks, by name: active, of a lane (one of ``lanes``), allowed to answer.

    To somebody limited to their structure, the people of the other structures are not shown.

    Args:
        lanes: one of them must be held.
        case_id: leave out whoever does not see this case.
    """
    settings = releases.current().settings
    rows = db.session.execute(
        select(User.id, User.name, Membership.roles, Membership.partner_id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
        .order_by(User.name, User.id)
    )
    found = []
    for row in rows:
        roles = tuple(row.roles)
        held = lanes_of(roles, settings)
        if held and add_up(roles, settings.roles).may("taches.traiter"):
            found.append(Colleague(row.id, row.name, held, within(roles, row.partner_id, settings)))
    served = perimeter.current()
    held_by = sight.structures_of(case_id) if case_id and any(one.within for one in found) else None
    seeing = frozenset(sight.not_apart([one.id for one in found], case_id)) if case_id else None
    return [
        one
        for one in found
        if (seeing is None or one.id in seeing)
        and (lanes is None or one.lanes & set(lanes))
        and (one.within is None or served in (None, one.within))
        and (one.within is None or held_by is None or one.within in held_by)
    ]


def colleague(user_id: UUID) -> Colleague | None:
    """Return one person who may be given tasks here, None for anybody else."""
    return next((one for one in colleagues() if one.id == user_id), None)


def sees(actor: Actor, user_id: UUID) -> bool:
    """Whether somebody of the team is shown to this person, no other structure's to a limited one."""
    return actor.within is None or sight.limits().get(user_id, actor.within) == actor.within


def names(user_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the name of each account."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}
