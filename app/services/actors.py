"""Who acts: a person with an account, the holder of a personal link, the public, the system."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from app import tenancy
from app.access import NO_RIGHTS, Rights, add_up
from app.catalog.settings import Settings
from app.errors import Forbidden
from app.models import User
from app.services import releases

Kind = Literal["user", "link", "public", "system"]


@dataclass(frozen=True)
class Actor:
    """Somebody in the territory being served, with what their roles add up to.

    ``person`` is the key of their drafts; ``branch`` limits a link's holder to one orientation.
    """

    kind: Kind
    name: str
    person: str
    rights: Rights = NO_RIGHTS
    lanes: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    user_id: UUID | None = None
    branch: str | None = None


SYSTEM: Final = Actor(kind="system", name="système", person="systeme")


def actor_for(user: User) -> Actor:
    """Return what ``user`` is in the territory being served.

    Raises:
        Forbidden: the person has no role there.
    """
    territory = tenancy.current_id()
    roles = next((tuple(m.roles) for m in user.memberships if m.territory_id == territory), ())
    if not roles:
        raise Forbidden
    settings = releases.current().settings
    return Actor(
        kind="user",
        name=user.name,
        person=str(user.id),
        rights=add_up(roles, settings.roles),
        lanes=lanes_of(roles, settings),
        roles=roles,
        user_id=user.id,
    )


def lanes_of(roles: tuple[str, ...], settings: Settings) -> frozenset[str]:
    """Return the lanes whose tasks the holders of ``roles`` may answer."""
    return frozenset(lane.id for lane in settings.lanes.values() if set(lane.roles) & set(roles))


def public(settings: Settings) -> Actor:
    """Return the anonymous sender of an alert: collects every class, reads none back (LAW-1, LAW-7)."""
    classes = frozenset[str]().union(*(role.collect for role in settings.roles.values()))
    return Actor(kind="public", name="formulaire public", person="public", rights=Rights(collect=classes))


def link_holder(partner_name: str, branch: str, receives: frozenset[str], settings: Settings) -> Actor:
    """Return the holder of a partner's personal link: answers its own orientation, nothing else."""
    lanes = frozenset(lane.id for lane in settings.lanes.values() if lane.external)
    return Actor(
        kind="link",
        name=partner_name,
        person=f"lien:{branch}",
        rights=Rights(collect=receives),
        lanes=lanes,
        branch=branch,
    )
