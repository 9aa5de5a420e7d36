"""Whose cases a person sees: served for the time of what they ask, and asked of whoever is told something.

The filter stands underneath every read (``app.database``); this module enters it. Whoever resolves « everyone
of a lane » for something of a case goes through ``who_sees``.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import select

from app import perimeter, tenancy
from app.catalog.settings import Settings
from app.database import db
from app.models import Case, Entrustment, KeptApart, Membership
from app.services import actors, releases
from app.services.actors import Actor


@contextmanager
def serving(actor: Actor) -> Iterator[None]:
    """Show what ``actor`` may see for the time of the block.

    A limited person, their structure's cases; somebody whose lane is kept apart from some cases, the others.
    """
    with perimeter.within(actor.within), perimeter.kept_apart(actor.apart):
        yield


@contextmanager
def serving_user(user_id: UUID) -> Iterator[None]:
    """Show what a person may see in the territory being served; somebody without a role there sees nothing.

    For what acts for a person outside a request of theirs: a summary, a list made ready for them.
    """
    release, keeps_apart = releases.here()
    within = _within([user_id], release.settings).get(user_id, perimeter.NOWHERE)
    apart = _apart([user_id], release.settings).get(user_id) if keeps_apart else None
    with perimeter.within(within), perimeter.kept_apart(apart):
        yield


def who_sees(user_ids: Collection[UUID], case_id: UUID | None) -> list[UUID]:
    """Return those of these people whose perimeter holds the case, in the order given.

    Without a case (a meeting, a territory's process) it concerns everybody's cases: limited people are left
    out. Whoever is kept apart from the case is. Read past the reader's own perimeter: who is told does not
    hang on who acts.
    """
    if not user_ids:
        return []
    release, keeps_apart = releases.here()
    seeing = _in_perimeter(list(user_ids), case_id, release.settings)
    if not keeps_apart or case_id is None:
        return seeing
    return _not_apart(seeing, case_id, release.settings)


def not_apart(user_ids: Collection[UUID], case_id: UUID) -> list[UUID]:
    """Return those of these people who are not kept apart from the case, in the order given."""
    release, keeps_apart = releases.here()
    return _not_apart(list(user_ids), case_id, release.settings) if keeps_apart else list(user_ids)


def kept_out(case_id: UUID) -> list[UUID]:
    """Return everybody of the territory who is kept apart from the case now."""
    here = select(Membership.user_id).where(Membership.territory_id == tenancy.current_id())
    people = list(db.session.scalars(here))
    seeing = set(not_apart(people, case_id))
    return [one for one in people if one not in seeing]


def _not_apart(user_ids: list[UUID], case_id: UUID, settings: Settings) -> list[UUID]:
    """Return those of these people who are not kept apart from the case."""
    kept = _lanes_apart(case_id) if user_ids else frozenset()
    if not kept:
        return user_ids
    by = _apart(user_ids, settings)
    return [one for one in user_ids if (held := by.get(one)) is None or not held.hides(kept)]


def lanes_apart(case_id: UUID) -> frozenset[str]:
    """Return the lanes kept apart from a case now; nothing is read where no lane ever was."""
    return _lanes_apart(case_id) if releases.here()[1] else frozenset()


def _lanes_apart(case_id: UUID) -> frozenset[str]:
    with perimeter.lifted("notices"):
        return frozenset(
            db.session.scalars(
                select(KeptApart.lane).where(KeptApart.case_id == case_id, KeptApart.until.is_(None))
            )
        )


def _in_perimeter(user_ids: list[UUID], case_id: UUID | None, settings: Settings) -> list[UUID]:
    if not _any_limited(settings):
        return user_ids
    within = _within(user_ids, settings)
    limited = {user_id for user_id, structure in within.items() if structure is not None}
    if not limited:
        return user_ids
    held = structures_of(case_id) if case_id is not None else frozenset()
    return [one for one in user_ids if one not in limited or within[one] in held]


def seen_references(references: Sequence[str]) -> list[str]:
    """Return those of these references of cases that the perimeter served shows."""
    if not perimeter.narrowed() or not references:
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
    settings = releases.current().settings
    if not _any_limited(settings):
        return {}
    found = _within(None, settings)
    return {user_id: structure for user_id, structure in found.items() if structure is not None}


def _apart(user_ids: Collection[UUID], settings: Settings) -> dict[UUID, perimeter.Apart | None]:
    """Return by which lanes each person may be kept apart from a case."""
    query = select(Membership.user_id, Membership.roles).where(
        Membership.territory_id == tenancy.current_id(), Membership.user_id.in_(user_ids)
    )
    return {row.user_id: actors.apart(tuple(row.roles), settings) for row in db.session.execute(query)}


def _any_limited(settings: Settings) -> bool:
    """Whether the programme limits any role: elsewhere, nothing more is asked of the database."""
    return any(role.limited for role in settings.roles.values())


def _within(user_ids: Collection[UUID] | None, settings: Settings) -> dict[UUID, UUID | None]:
    """Return the structure to which each person is limited here, None for those who see every case."""
    query = select(Membership.user_id, Membership.roles, Membership.partner_id).where(
        Membership.territory_id == tenancy.current_id()
    )
    if user_ids is not None:
        query = query.where(Membership.user_id.in_(user_ids))
    return {
        row.user_id: actors.within(tuple(row.roles), row.partner_id, settings)
        for row in db.session.execute(query)
    }
