"""Whose cases a person sees: served for the time of what they ask, and asked of whoever is told something.

The filter stands underneath every read (``app.database``); this module enters it. Whoever resolves « everyone
of a lane » for something of a case goes through ``who_sees``.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select

from app import perimeter, tenancy
from app.database import db
from app.models import Case, Entrustment, Membership
from app.services import actors, releases
from app.services.actors import Actor


@contextmanager
def serving(actor: Actor) -> Iterator[None]:
    """Show what ``actor`` may see for the time of the block: a limited person, their structure's cases."""
    with perimeter.within(actor.within):
        yield


@contextmanager
def serving_user(user_id: UUID) -> Iterator[None]:
    """Show what a person may see in the territory being served; somebody without a role there sees nothing.

    For what acts for a person outside a request of theirs: a summary, a list made ready for them.
    """
    with perimeter.within(_within([user_id]).get(user_id, perimeter.NOWHERE)):
        yield


def who_sees(user_ids: Collection[UUID], case_id: UUID | None) -> list[UUID]:
    """Return those of these people whose perimeter holds the case, in the order given.

    Without a case (a meeting, a territory's process) it concerns everybody's cases: limited people are left
    out. Read past the reader's own perimeter: who is told does not hang on who acts.
    """
    if not user_ids or not _any_limited():
        return list(user_ids)
    within = _within(user_ids)
    limited = {user_id for user_id, structure in within.items() if structure is not None}
    if not limited:
        return list(user_ids)
    held = structures_of(case_id) if case_id is not None else frozenset()
    return [one for one in user_ids if one not in limited or within[one] in held]


def seen_references(references: Sequence[str]) -> list[str]:
    """Return those of these references of cases that the perimeter served shows."""
    if perimeter.current() is None or not references:
        return list(references)
    seen = set(db.session.scalars(select(Case.reference).where(Case.reference.in_(references))))
    return [one for one in references if one in seen]


def structures_of(case_id: UUID) -> frozenset[UUID]:
    """Return the structures to which a case is entrusted now, whatever the relation."""
    with perimeter.lifted("notices"):
        return frozenset(
            db.session.scalars(
                select(Entrustment.partner_id).where(
                    Entrustment.case_id == case_id, Entrustment.until.is_(None)
                )
            )
        )


def limits() -> dict[UUID, UUID]:
    """Return the structure of each person of the territory who is limited to one."""
    if not _any_limited():
        return {}
    return {user_id: structure for user_id, structure in _within(None).items() if structure is not None}


def _any_limited() -> bool:
    """Whether the programme limits any role: elsewhere, nothing more is asked of the database."""
    return any(role.limited for role in releases.current().settings.roles.values())


def _within(user_ids: Collection[UUID] | None) -> dict[UUID, UUID | None]:
    """Return the structure to which each person is limited here, None for those who see every case."""
    settings = releases.current().settings
    query = select(Membership.user_id, Membership.roles, Membership.partner_id).where(
        Membership.territory_id == tenancy.current_id()
    )
    if user_ids is not None:
        query = query.where(Membership.user_id.in_(user_ids))
    return {
        row.user_id: actors.within(tuple(row.roles), row.partner_id, settings)
        for row in db.session.execute(query)
    }
