"""What a release would let people see or do that the one in force does not (LAW-1).

Who writes a programme also writes who reads what: widening it is for whoever administers the territory.
"""

from collections.abc import Iterator

from app.access import CLASSES
from app.catalog.bundle import Bundle
from app.catalog.fields import Field
from app.errors import Conflict
from app.services import releases
from app.services.actors import Actor

ADMINISTRATOR = "territoire.administrer"
_MOST = 5
"""Widenings that are named; the others are counted."""


class WidensRights(Conflict):
    """The release gives rights that only an administrator may give."""

    sentence_template = (
        "Cette version ouvre de nouveaux droits ({told}) : seule une personne qui administre le territoire "
        "peut la publier. Rien n'est publié ; le brouillon reste tel quel."
    )


def require(after: Bundle, by: Actor) -> None:
    """Refuse a release that widens rights, unless an administrator publishes it.

    Raises:
        WidensRights: what it would open, in words.
    """
    if by.kind == "system" or by.rights.may(ADMINISTRATOR) or releases.newest() is None:
        return
    found = list(widened(releases.current().bundle, after))
    if found:
        rest = len(found) - _MOST
        named = " ; ".join(found[:_MOST])
        raise WidensRights(told=f"{named} ; et {rest} autres" if rest > 0 else named)


def widened(before: Bundle, after: Bundle) -> Iterator[str]:
    """Yield, in words, what ``after`` opens that ``before`` keeps closed; nobody has a new role yet."""
    yield from _roles(before, after)
    for key, lane in after.settings.lanes.items():
        old = before.settings.lanes.get(key)
        new = set(lane.roles) - set(old.roles) if old is not None else set()
        if new:
            yield f"le couloir « {lane.label} » s'ouvre à d'autres rôles"
    for kind, partner in after.settings.partner_kinds.items():
        known = before.settings.partner_kinds.get(kind)
        if known is not None and partner.receives - known.receives:
            yield f"« {partner.label} » reçoit d'autres réponses"
    for form_id, form in after.forms.items():
        earlier = before.forms.get(form_id)
        if earlier is not None:
            ranks = dict(_ranks(earlier.fields))
            for key, rank in _ranks(form.fields):
                if rank < ranks.get(key, rank):
                    yield f"une réponse de « {form.title} » devient plus lisible"
                    break


def _roles(before: Bundle, after: Bundle) -> Iterator[str]:
    for key, role in after.settings.roles.items():
        old = before.settings.roles.get(key)
        if old is None:
            continue
        wider = (
            role.permissions - old.permissions,
            role.collect - old.collect,
            role.read - old.read,
            role.reread - old.reread,
        )
        if any(wider) or (old.limited and not role.limited) or _later(old.reread_until, role.reread_until):
            yield f"le rôle « {role.label} » peut plus"


def _later(before: str | None, after: str | None) -> bool:
    return before is not None and after != before


def _ranks(fields: tuple[Field, ...], within: str = "") -> Iterator[tuple[str, int]]:
    """Yield each field and column with the rank of its class."""
    for field in fields:
        yield f"{within}{field.key}", CLASSES.index(field.classe)
        yield from _ranks(field.columns, f"{field.key}.")
