"""Lists people keep: a search with its filters and order, under a name, for oneself or for the team."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.models import SavedFilter
from app.services import releases, teams
from app.services.actors import Actor
from app.services.wanted import Wanted, read

NAME_LENGTH: Final = 60
MOST: Final = 30
"""Lists that one person keeps in a territory."""


class NameTaken(Conflict):
    """The person has a list of that name."""

    sentence_template = "Vous avez déjà un filtre nommé « {name} ». Choisissez un autre nom."


@dataclass(frozen=True)
class Kept:
    """A list somebody keeps. ``owner`` is the name of whoever shares it, None for one's own."""

    id: UUID
    name: str
    wanted: Wanted
    shared: bool
    owner: str | None


def listed(actor: Actor) -> Sequence[Kept]:
    """Return one's own lists, then those shared by the people with whom one has a lane in common."""
    if actor.user_id is None:
        return []
    rows = db.session.scalars(
        select(SavedFilter)
        .where(or_(SavedFilter.user_id == actor.user_id, SavedFilter.shared.is_(True)))
        .order_by(SavedFilter.name, SavedFilter.id)
    ).all()
    others = {row.user_id for row in rows if row.user_id != actor.user_id}
    names = {one.id: one.name for one in teams.colleagues(actor.lanes)} if others else {}
    own = [_kept(row, None) for row in rows if row.user_id == actor.user_id]
    return own + [
        _kept(row, names[row.user_id]) for row in rows if row.user_id in names and row.user_id in others
    ]


def _kept(row: SavedFilter, owner: str | None) -> Kept:
    return Kept(row.id, row.name, read(row.query), row.shared, owner)


def save(name: str, wanted: Wanted, actor: Actor, *, shared: bool = False) -> UUID:
    """Keep a list under a name.

    Raises:
        Invalid: no name, one too long, or too many lists.
        NameTaken: one's own list has this name.
    """
    kept = _name(name)
    if actor.user_id is None:
        raise NotFound
    try:
        with transaction() as session:
            releases.in_turn()  # the number of lists is counted by one at a time
            own = session.scalars(select(SavedFilter.name).where(SavedFilter.user_id == actor.user_id)).all()
            if len(own) >= MOST:
                raise Invalid(
                    {"nom": [f"Vous gardez déjà {MOST} filtres. Supprimez-en un pour garder celui-ci."]}
                )
            row = SavedFilter(
                user_id=actor.user_id, name=kept, query=wanted.query(), shared=shared, created_at=clock.now()
            )
            session.add(row)
            session.flush()
            return row.id
    except IntegrityError as fault:
        raise NameTaken(name=kept) from fault


def change(filter_id: UUID, actor: Actor, *, name: str, shared: bool) -> None:
    """Rename one's own list, share it or keep it for oneself.

    Raises:
        NotFound: not one of one's own here.
        Invalid, NameTaken: as ``save``.
    """
    kept = _name(name)
    try:
        with transaction():
            row = _own(filter_id, actor)
            row.name, row.shared = kept, shared
    except IntegrityError as fault:
        raise NameTaken(name=kept) from fault


def delete(filter_id: UUID, actor: Actor) -> None:
    """Forget one's own list.

    Raises:
        NotFound: not one of one's own here.
    """
    with transaction() as session:
        session.delete(_own(filter_id, actor))


def _own(filter_id: UUID, actor: Actor) -> SavedFilter:
    row = db.session.scalar(select(SavedFilter).where(SavedFilter.id == filter_id))
    if row is None or row.user_id != actor.user_id:
        raise NotFound
    return row


def _name(text: str) -> str:
    """Return a name as it is kept: one line of signs that print."""
    kept = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:10_000]).split())
    if not kept:
        raise Invalid({"nom": ["Donnez un nom à ce filtre."]})
    if len(kept) > NAME_LENGTH:
        raise Invalid({"nom": [f"Donnez un nom de {NAME_LENGTH} caractères au plus."]})
    return kept
