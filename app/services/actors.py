"""Who acts: a person with an account, the holder of a personal link, the public, the system."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from app import perimeter, tenancy
from app.access import NO_RIGHTS, Rights, add_up, limited, separable
from app.catalog.settings import Settings
from app.errors import Forbidden
from app.models import User
from app.services import releases

Kind = Literal["user", "link", "public", "system"]


@dataclass(frozen=True)
class Actor:
    """Somebody in the territory being served, with what their roles add up to.

    ``person`` is the key of their drafts; ``branch`` limits a link's holder to one orientation.
    ``partner_id`` is the structure they work for; ``within`` is set when their roles show them its cases
    alone (``perimeter.NOWHERE`` when they work for none: they see no case). ``apart``: by which lanes they
    may be kept apart from a case, None where no lane ever was.
    """

    kind: Kind
    name: str
    person: str
    rights: Rights = NO_RIGHTS
    lanes: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    user_id: UUID | None = None
    branch: str | None = None
    partner_id: UUID | None = None
    within: UUID | None = None
    apart: perimeter.Apart | None = None


SYSTEM: Final = Actor(kind="system", name="système", person="systeme")


def actor_for(user: User) -> Actor:
    """Return what ``user`` is in the territory being served.

    Raises:
        Forbidden: the person has no role there.
    """
    territory = tenancy.current_id()
    membership = next((one for one in user.memberships if one.territory_id == territory), None)
    if membership is None or not membership.roles:
        raise Forbidden
    roles = tuple(membership.roles)
    release, keeps_apart = releases.here()
    settings = release.settings
    return Actor(
        kind="user",
        name=user.name,
        person=str(user.id),
        rights=add_up(roles, settings.roles),
        lanes=lanes_of(roles, settings),
        roles=roles,
        user_id=user.id,
        partner_id=membership.partner_id,
        within=within(roles, membership.partner_id, settings),
        apart=apart(roles, settings) if keeps_apart else None,
    )


def within(roles: Sequence[str], partner_id: UUID | None, settings: Settings) -> UUID | None:
    """Return the structure to which the holder of ``roles`` is limited, None when they see every case.

    Limited without a structure, a person sees no case: ``perimeter.NOWHERE``.
    """
    if not limited(roles, settings.roles, lambda some: lanes_of(some, settings)):
        return None
    return partner_id or perimeter.NOWHERE


def apart(roles: Sequence[str], settings: Settings) -> perimeter.Apart | None:
    """Return by which lanes the holder of ``roles`` may be kept apart from a case, None when nothing can."""
    found = separable(roles, settings.roles, lambda some: lanes_of(some, settings))
    return perimeter.Apart(*found) if found is not None else None


def lanes_of(roles: Iterable[str], settings: Settings) -> frozenset[str]:
    """Return the lanes whose tasks the holders of ``roles`` may answer."""
    held = set(roles)
    return frozenset(lane.id for lane in settings.lanes.values() if held.intersection(lane.roles))


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
