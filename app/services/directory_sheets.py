"""The sheet of a structure: read, changed with its trace, verified (ANG-5, F11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import Conflict, Forbidden, NotFound
from app.handlers.directory import is_stale
from app.ids import new_id
from app.models import CharterSignature, DirectorySheet, Partner, SheetChange, StructureLink
from app.notifications.once import add_once
from app.services import directory_words as words
from app.services import journal, releases
from app.services.actors import Actor

KEEP: Final = ("annuaire.agir", "territoire.administrer")
"""Either lets a person keep the directory."""


class SheetMoved(Conflict):
    """Somebody else changed the sheet since it was opened."""

    sentence_template = (
        "Cette fiche a été modifiée par quelqu'un d'autre entre-temps : rien n'a été enregistré. Votre "
        "saisie est ci-dessous : comparez-la à la fiche, puis enregistrez de nouveau."
    )


@dataclass(frozen=True)
class Sheet:
    """A structure with its sheet, if it has one.

    ``fresh``: somebody verified it recently enough. ``signed_on``: since when it has signed a version of the
    charter, None when it has not, or withdrew.
    """

    partner: Partner
    row: DirectorySheet | None
    fresh: bool
    signed_on: date | None


def may_keep(actor: Actor) -> bool:
    """Whether a person may change the sheets of every structure."""
    return any(actor.rights.may(right) for right in KEEP)


def sheets(on: date | None = None) -> list[Sheet]:
    """Return every structure of the directory with its sheet, by name."""
    checked, day = releases.current().settings.directory.checked, on or clock.today()
    signed = _signed()
    rows = db.session.execute(
        select(Partner, DirectorySheet)
        .outerjoin(DirectorySheet, DirectorySheet.partner_id == Partner.id)
        .order_by(Partner.name, Partner.id)
    )
    return [
        Sheet(partner, row, row is not None and not is_stale(row.verified_on, checked, day),
              signed.get(partner.id))
        for partner, row in rows
    ]  # fmt: skip


def sheet(partner_id: UUID) -> Sheet:
    """Return one structure with its sheet.

    Raises:
        NotFound: no such structure here.
    """
    partner = db.session.scalar(select(Partner).where(Partner.id == partner_id))
    if partner is None:
        raise NotFound
    row = db.session.scalar(select(DirectorySheet).where(DirectorySheet.partner_id == partner_id))
    checked = releases.current().settings.directory.checked
    fresh = row is not None and not is_stale(row.verified_on, checked, clock.today())
    return Sheet(partner, row, fresh, _signed(partner_id).get(partner_id))


def _signed(partner_id: UUID | None = None) -> dict[UUID, date]:
    query = select(CharterSignature.partner_id, CharterSignature.signed_on).where(
        CharterSignature.ended_on.is_(None)
    )
    if partner_id is not None:
        query = query.where(CharterSignature.partner_id == partner_id)
    return {row.partner_id: row.signed_on for row in db.session.execute(query.order_by("signed_on"))}


def history(partner_id: UUID, most: int = 20) -> Sequence[SheetChange]:
    """Return the last changes of a sheet, the newest first.

    Raises:
        NotFound: no such structure here.
    """
    _known(partner_id)
    return db.session.scalars(
        select(SheetChange).where(SheetChange.partner_id == partner_id)
        .order_by(SheetChange.at.desc(), SheetChange.id.desc()).limit(most)
    ).all()  # fmt: skip


def save(
    partner_id: UUID,
    facts: Mapping[str, Any],
    *,
    version: int,
    by: Actor,
    verified: bool = False,
    link_id: UUID | None = None,
) -> None:
    """Change a sheet, or write the first one; the trace keeps what changed.

    Args:
        partner_id: the structure.
        facts: what the form sent, by the names of ``TEXTS``, ``LISTS``, ``delai_jours``, ``accueil``,
            ``nommee``.
        version: of the sheet that was shown; 0 for none.
        by: who keeps the directory, or the structure itself by its link.
        verified: all of it was read again and holds.
        link_id: the personal link by which the structure answers; it remembers when.

    Raises:
        Forbidden: the role does not keep the directory, and it is not the structure's own sheet.
        Invalid: a fact does not fit, by field.
        NotFound: no such structure here.
        SheetMoved: it changed since it was shown.
    """
    _may(by, partner_id)
    directory = releases.current().settings.directory
    wanted = words.wanted_of(facts, directory)
    with transaction() as session:
        row = _row(partner_id)
        if row.version != version:
            raise SheetMoved
        changes = words.changes(row, wanted, directory)
        for name, value in wanted.items():
            setattr(row, name, value)
        if verified:
            row.verified_on, row.verified_by = clock.today(), by.name
        row.version, row.updated_at = version + 1, clock.now()
        if link_id is not None:
            session.get_one(StructureLink, link_id).answered_at = row.updated_at
        _trace(partner_id, changes, verified=verified, by=by.name, user_id=by.user_id)


def verify(partner_id: UUID, *, by: Actor) -> None:
    """Note today that a sheet still holds.

    Raises:
        Forbidden: the role does not keep the directory, and it is not the structure's own sheet.
        NotFound: no such structure here.
    """
    _may(by, partner_id)
    with transaction():
        note_verified(partner_id, clock.today(), by.name, user_id=by.user_id)


def note_verified(
    partner_id: UUID, on: date, by: str, *, user_id: UUID | None = None, process_id: UUID | None = None
) -> None:
    """Note that a sheet holds, in the transaction under way; an older day never hides a later one.

    Raises:
        NotFound: no such structure here.
    """
    row = _row(partner_id)
    if row.verified_on is None or row.verified_on <= on:
        row.verified_on, row.verified_by, row.updated_at = on, by, clock.now()
    _trace(partner_id, [], verified=True, by=by, user_id=user_id, process_id=process_id)


def _may(by: Actor, partner_id: UUID) -> None:
    if not (may_keep(by) or (by.kind == "link" and by.partner_id == partner_id)):
        raise Forbidden


def _known(partner_id: UUID) -> None:
    if db.session.scalar(select(Partner.id).where(Partner.id == partner_id)) is None:
        raise NotFound


def _row(partner_id: UUID) -> DirectorySheet:
    """Return the sheet of a structure, locked; an empty one, version 0, when nobody wrote it yet."""
    _known(partner_id)
    query = select(DirectorySheet).where(DirectorySheet.partner_id == partner_id)
    query = query.with_for_update(of=DirectorySheet).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is not None:
        return found
    first = {
        "id": new_id(), "territory_id": tenancy.current_id(), "partner_id": partner_id, "version": 0,
        "updated_at": clock.now(), **words.blank(),
    }  # fmt: skip
    add_once(DirectorySheet, first, "territory_id", "partner_id")
    return db.session.scalars(query).one()


def _trace(
    partner_id: UUID,
    changes: list[list[str]],
    *,
    verified: bool,
    by: str,
    user_id: UUID | None,
    process_id: UUID | None = None,
) -> None:
    if verified:
        changes = [*changes, ["Vérification", "", "la fiche est juste"]]
    if not changes:
        return
    db.session.add(
        SheetChange(partner_id=partner_id, at=clock.now(), by=by, user_id=user_id, changes=changes)
    )
    journal.write(
        "fiche.verifiee" if verified else "fiche.modifiee",
        actor=by, user_id=user_id, process_id=process_id, subject=str(partner_id),
        details={"champs": [change[0] for change in changes]},
    )  # fmt: skip
