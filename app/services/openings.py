"""A territory in preparation: kept step by step by whoever opens it, resumed later, checked at each step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from app import clock
from app.catalog.bundle import Bundle, bundle_from_files
from app.catalog.opening import adapted
from app.catalog.settings import FILE as SETTINGS_FILE
from app.database import db, transaction
from app.errors import Conflict, NotFound
from app.ids import new_id
from app.models import Opening
from app.services import journal, offers
from app.services.actors import Actor
from app.services.offers import Upstream

STEPS: Final = ("nom", "communes", "roles", "partenaires", "calendrier", "contact", "personnes")
"""The steps between the choice of a release and the opening, in order."""
KEPT: Final = timedelta(hours=90 * 24)
"""How long a preparation that nobody touches is kept."""


class AlreadyOpened(Conflict):
    """The territory is open: nothing of its preparation changes any more."""

    sentence_template = "Ce territoire est déjà ouvert, à l'adresse /t/{code}."


class Moved(Conflict):
    """The preparation was changed in another window."""

    sentence_template = (
        "Cette préparation a changé dans une autre fenêtre : rien n'est enregistré. Relisez-la, puis "
        "recommencez."
    )


@dataclass(frozen=True)
class Preparation:
    """A territory in preparation, as its author sees it."""

    id: UUID
    state: Mapping[str, Any]
    version: int
    code: str
    opened_at: datetime | None
    updated_at: datetime
    verification: Mapping[str, Any]

    @property
    def done(self) -> frozenset[str]:
        """The steps that were kept."""
        return frozenset(self.state.get("faites", ()))

    @property
    def next_step(self) -> str:
        """The first step that was not kept; the last page when all were."""
        return next((step for step in STEPS if step not in self.done), "verification")


def listing(by: Actor) -> list[Preparation]:
    """Return one's own preparations that are not open yet, the newest first; forgotten ones go.

    Raises:
        Forbidden: one may not open territories.
    """
    offers.require(by)
    with transaction() as session:
        session.execute(
            delete(Opening).where(Opening.opened_at.is_(None), Opening.updated_at < clock.now() - KEPT)
        )
    rows = db.session.scalars(
        select(Opening)
        .where(Opening.user_id == by.user_id, Opening.opened_at.is_(None))
        .order_by(Opening.updated_at.desc())
    )
    return [_told(row) for row in rows]


def begin(source: str, number: int, *, by: Actor, opening_id: UUID) -> UUID:
    """Begin to prepare a territory on an offered release; the same click twice begins once.

    Raises:
        Forbidden: one may not open territories. NotFound: the release is not offered.
    """
    offers.require(by)
    found = offers.opened(source, number)
    with transaction() as session:
        known = session.get(Opening, opening_id)
        if known is not None:
            if known.user_id != by.user_id:
                raise NotFound
            return known.id
        now = clock.now()
        origin: dict[str, Any] = {"territoire": found.territory, "version": found.number}
        state = {"source": origin, "faites": []}
        session.add(Opening(id=opening_id, user_id=by.user_id, state=state, created_at=now, updated_at=now))
        journal.write(
            "ouverture.commencee",
            actor=by.name,
            user_id=by.user_id,
            subject=str(opening_id),
            details=origin,
        )
    return opening_id


def find(opening_id: UUID, by: Actor) -> Preparation:
    """Return one's own preparation.

    Raises:
        Forbidden: one may not open territories. NotFound: none of that id is one's own, here.
    """
    offers.require(by)
    return _told(_row(opening_id, by))


def keep(
    opening_id: UUID, step: str, facts: Mapping[str, Any], *, expected: int | None, by: Actor
) -> Preparation:
    """Keep what was typed at a step, judged already.

    Args:
        expected: the version that the page showed; None where it sent nothing that could go over another's.

    Raises:
        AlreadyOpened, Moved: nothing is kept. Forbidden, NotFound: as ``find``.
    """
    offers.require(by)
    with transaction():
        row = _row(opening_id, by, to_write=True)
        if row.opened_at is not None:
            raise AlreadyOpened(code=row.code)
        if expected is not None and row.version != expected:
            raise Moved
        done = [*dict.fromkeys([*row.state.get("faites", ()), step])]
        row.state = {**row.state, **facts, "faites": done}
        row.version += 1
        row.updated_at = clock.now()
        return _told(row)


def alter(
    opening_id: UUID, altered: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, by: Actor
) -> Preparation:
    """Change a part of what is kept, whatever other windows did meanwhile; no step is said to be done.

    Args:
        altered: given the state as it stands, returns the parts that change; twice must be as once.

    Raises:
        AlreadyOpened: nothing is kept. Forbidden, NotFound: as ``find``. Whatever ``altered`` raises.
    """
    offers.require(by)
    with transaction():
        row = _row(opening_id, by, to_write=True)
        if row.opened_at is not None:
            raise AlreadyOpened(code=row.code)
        changed = altered(row.state)
        if any(row.state.get(key) != value for key, value in changed.items()):
            row.state = {**row.state, **changed}
            row.version += 1
            row.updated_at = clock.now()
        return _told(row)


def give_up(opening_id: UUID, *, by: Actor) -> None:
    """Forget a preparation, all that was typed in it included.

    Raises:
        AlreadyOpened: the territory is open. Forbidden, NotFound: as ``find``.
    """
    offers.require(by)
    with transaction() as session:
        row = _row(opening_id, by, to_write=True)
        if row.opened_at is not None:
            raise AlreadyOpened(code=row.code)
        session.delete(row)
        journal.write("ouverture.abandonnee", actor=by.name, user_id=by.user_id, subject=str(opening_id))


def _row(opening_id: UUID, by: Actor, *, to_write: bool = False) -> Opening:
    wanted = select(Opening).where(Opening.id == opening_id, Opening.user_id == by.user_id)
    if to_write:
        wanted = wanted.with_for_update()
    row = db.session.scalar(wanted)
    if row is None:
        raise NotFound
    return row


def claim(opening_id: UUID, *, expected: int, by: Actor) -> Opening:
    """Return the row of a preparation about to open, inside the transaction that opens it.

    Raises:
        AlreadyOpened, Moved: another click was first. NotFound: as ``find``.
    """
    row = _row(opening_id, by, to_write=True)
    if row.opened_at is not None:
        raise AlreadyOpened(code=row.code)
    if row.version != expected:
        raise Moved
    return row


def close(row: Opening, code: str) -> None:
    """Say that a territory is open, inside the transaction that opens it, and forget what was typed."""
    row.state, row.verification, row.code, row.opened_at = {}, {}, code, clock.now()
    row.version += 1


def _told(row: Opening) -> Preparation:
    return Preparation(
        row.id, dict(row.state), row.version, row.code, row.opened_at, row.updated_at, dict(row.verification)
    )


def source_of(preparation: Preparation) -> Upstream:
    """Return the release that a preparation starts from, offered still or not: it was when it began.

    Raises:
        NotFound: the territory or the release is gone.
    """
    origin = preparation.state["source"]
    return offers.release_of(origin["territoire"], origin["version"])


def bundle_of(preparation: Preparation, *, with_live_rows: bool = False) -> Bundle:
    """Return the programme that the new territory opens with; with the source's live rows to try it only.

    Raises:
        BundleFault: what was typed does not fit the programme; the sentence says what.
    """
    upstream = source_of(preparation)
    source = upstream.files[SETTINGS_FILE].decode()
    text = adapted(source, preparation.state, with_live_rows=with_live_rows)
    return bundle_from_files({**upstream.files, SETTINGS_FILE: text.encode()})


def fresh_id() -> UUID:
    """Return the id that a page gives to a preparation before it begins."""
    return new_id()
