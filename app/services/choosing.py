"""The answers that a form offers to pass on, one by one: to a partner, or to a lane of the team (BAT-11)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from app.catalog.kinds.choices import LANES
from app.catalog.roles import Lane
from app.database import db
from app.models import Case, ProcessInstance
from app.services import answers, perimeter, sharing
from app.services.answers import Shareable
from app.services.releases import LoadedRelease

ANYBODY: Final = "champs_partageables"
"""The list that a form names in « options » for a partner."""
LENGTH: Final = 160


def lists(
    reads: frozenset[str], process: ProcessInstance, release: LoadedRelease, allowed: frozenset[str]
) -> dict[str, Any]:
    """Return the lists of answers that a form reads; nothing is read for a form that names none.

    Args:
        allowed: the classes that whoever chooses may read: nobody passes on what they do not see (LAW-1).
    """
    if not reads & {ANYBODY, LANES}:
        return {}
    found = answers.shareable(process, release, allowed)
    given: dict[str, Any] = {}
    if ANYBODY in reads:
        given[ANYBODY] = [_option(item) for item in found]
    if LANES in reads:
        given[LANES] = _by_lane(found, process, release)
    return given


def _by_lane(
    found: Sequence[Shareable], process: ProcessInstance, release: LoadedRelease
) -> dict[str, list[dict[str, str]]]:
    """Return what each lane may be told; nothing once the household has withdrawn its agreement (LAW-2)."""
    lanes = release.settings.lanes
    withdrawn = select(Case.agreement_withdrawn_on).where(Case.id == process.case_id)
    if process.case_id is None or db.session.scalar(withdrawn) is not None:
        return {lane: [] for lane in lanes}
    told, apart = sharing.told(process.case_id), perimeter.lanes_apart(process.case_id)
    return {
        lane.id: _offered(found, _adds(lane, release), told.get(lane.id, frozenset()))
        if lane.id not in apart
        else []
        for lane in lanes.values()
    }


def _adds(lane: Lane, release: LoadedRelease) -> frozenset[str]:
    """Return the classes of which a share tells a lane something: that not all its roles read already."""
    roles = release.settings.roles
    reads = [roles[role].read for role in lane.roles if role in roles]
    return lane.receives - (frozenset[str].intersection(*reads) if reads else frozenset())


def _offered(
    found: Sequence[Shareable], classes: frozenset[str], told: frozenset[str]
) -> list[dict[str, str]]:
    return [
        {**_option(item), "aide": "Déjà partagé." if item.key in told else ""}
        for item in found
        if item.classe in classes
    ]


def _option(item: Shareable) -> dict[str, str]:
    return {"valeur": item.key, "libelle": f"{item.label} : {item.text}"[:LENGTH]}
