"""The people of a territory and the structures they work for, kept by whoever administers it (LAW-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import tenancy
from app.database import db
from app.errors import Forbidden, NotFound
from app.models import Entrustment, Membership, Partner, User
from app.services import actors, releases
from app.services.actors import Actor

RIGHT: Final = "territoire.administrer"
NONE_YET: Final = "!"
"""What stands for the password of an account that has none: no password fits it."""


@dataclass(frozen=True)
class Person:
    """Somebody of the team. ``state``: ``active``, ``invited`` (no password chosen yet) or ``closed``.

    ``limited``: they see the cases of their structure alone.
    """

    id: UUID
    name: str
    email: str
    roles: tuple[str, ...]
    role_labels: tuple[str, ...]
    partner_id: UUID | None
    structure: str
    state: str
    limited: bool
    mine: bool


@dataclass(frozen=True)
class Structure:
    """A line of the directory with how many people work for it and how many cases it is entrusted with."""

    id: UUID
    name: str
    kind: str
    kind_label: str
    active: bool
    people: int
    cases: int


def require(actor: Actor) -> None:
    """Refuse whoever does not administer the territory, or sees a part of it only.

    Raises:
        Forbidden: so it is.
    """
    if not actor.rights.may(RIGHT) or actor.within is not None:
        raise Forbidden


def people(actor: Actor) -> list[Person]:
    """Return everybody who has or had an access to the territory, by name; closed ones last."""
    require(actor)
    settings = releases.current().settings
    names = {row.id: row.name for row in db.session.execute(select(Partner.id, Partner.name))}
    found = []
    for user, held in db.session.execute(_members()):
        roles = tuple(held.roles)
        found.append(
            Person(
                id=user.id,
                name=user.name,
                email=user.email,
                roles=roles,
                role_labels=tuple(
                    settings.roles[role].label if role in settings.roles else role for role in roles
                ),
                partner_id=held.partner_id,
                structure=names.get(held.partner_id, "") if held.partner_id else "",
                state=_state(user, roles),
                limited=actors.within(roles, held.partner_id, settings) is not None,
                mine=user.id == actor.user_id,
            )
        )
    return sorted(found, key=lambda one: (one.state == "closed", one.name.casefold(), one.email))


def _members() -> Any:
    return (
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id())
    )


def _state(user: User, roles: Sequence[str]) -> str:
    if not user.active or not roles:
        return "closed"
    return "invited" if user.password_hash == NONE_YET else "active"


def person(user_id: UUID, actor: Actor) -> Person:
    """Return one of the team.

    Raises:
        Forbidden: as ``people``.
        NotFound: nobody of that id here.
    """
    found = next((one for one in people(actor) if one.id == user_id), None)
    if found is None:
        raise NotFound
    return found


def structures(actor: Actor) -> list[Structure]:
    """Return the structures of the directory, by kind and name."""
    require(actor)
    kinds = releases.current().settings.partner_kinds
    working = _counted(
        select(Membership.partner_id, func.count())
        .join(User, User.id == Membership.user_id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
        .group_by(Membership.partner_id)
    )
    held = _counted(
        select(Entrustment.partner_id, func.count(func.distinct(Entrustment.case_id)))
        .where(Entrustment.until.is_(None))
        .group_by(Entrustment.partner_id)
    )
    rows = db.session.scalars(select(Partner).order_by(Partner.kind, Partner.name, Partner.id))
    return [
        Structure(
            id=row.id,
            name=row.name,
            kind=row.kind,
            kind_label=kinds[row.kind].label if row.kind in kinds else row.kind,
            active=row.active,
            people=working.get(row.id, 0),
            cases=held.get(row.id, 0),
        )
        for row in rows
    ]


def _counted(query: Any) -> dict[UUID, int]:
    return {key: number for key, number in db.session.execute(query) if key is not None}
