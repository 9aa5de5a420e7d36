"""Who can be given an action: a lane, a person of the territory, a kind of partner."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.catalog.settings import Settings
from app.database import db
from app.models import Membership, User

LANE, PERSON, PARTNER = "couloir", "personne", "partenaire"
"""What stands before the colon in the value of a choice: ``couloir:pole``, ``personne:<id>``."""


@dataclass(frozen=True)
class InCharge:
    """Who does it, in words; ``lane`` receives it (None: none of ours); ``user_id`` is a person's."""

    label: str
    lane: str | None = None
    user_id: UUID | None = None


def choices(settings: Settings) -> list[dict[str, str]]:
    """Return who may be given an action: our lanes, then our people by name, then kinds of partners."""
    lanes = [
        {"valeur": f"{LANE}:{lane.id}", "libelle": lane.label}
        for lane in settings.lanes.values()
        if not lane.external and _works(lane.roles, settings)
    ]
    people = [
        {"valeur": f"{PERSON}:{user_id}", "libelle": name}
        for user_id, name, roles in _people()
        if _lane_of(roles, settings) is not None
    ]
    kinds = [
        {"valeur": f"{PARTNER}:{kind.id}", "libelle": f"Partenaire : {kind.label}"}
        for kind in settings.partner_kinds.values()
    ]
    return [*lanes, *people, *kinds]


def in_charge(value: str, settings: Settings) -> InCharge:
    """Return who a choice names; a text of another form is said as it stands."""
    word, _, key = value.partition(":")
    if word == LANE and key in settings.lanes:
        return InCharge(settings.lanes[key].label, lane=key)
    if word == PARTNER and key in settings.partner_kinds:
        return InCharge(settings.partner_kinds[key].label)
    if word == PERSON:
        for user_id, name, roles in _people():
            if str(user_id) == key:
                return InCharge(name, lane=_lane_of(roles, settings), user_id=user_id)
        return InCharge("une personne qui a quitté l'équipe")
    return InCharge(value)


def _lane_of(roles: frozenset[str], settings: Settings) -> str | None:
    """Return the first lane of ours whose tasks these roles answer."""
    ours = (lane for lane in settings.lanes.values() if not lane.external and roles & set(lane.roles))
    return next((lane.id for lane in ours if _works(lane.roles, settings)), None)


def _works(roles: tuple[str, ...], settings: Settings) -> bool:
    """Whether somebody of these roles answers tasks: one who only alerts is given nothing to do."""
    known = (settings.roles[role] for role in roles if role in settings.roles)
    return any("taches.traiter" in role.permissions for role in known)


def _people() -> list[tuple[UUID, str, frozenset[str]]]:
    rows = db.session.execute(
        select(User.id, User.name, Membership.roles)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
        .order_by(User.name)
    )
    return [(row.id, row.name, frozenset(row.roles)) for row in rows]
