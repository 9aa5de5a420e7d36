"""Lots of situations to take over: sent, matched, given up; what was sent is kept a day at most, sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update

from app import clock, jobs
from app.catalog import sheets
from app.catalog.sheets import Sheet, SheetRow
from app.database import db, end_read, transaction
from app.errors import Conflict, Forbidden, NotFound
from app.ids import new_id
from app.jobs import job
from app.models import TakeoverBatch, TakeoverProfile, TakeoverRow
from app.services import journal, releases
from app.services.actors import Actor
from app.services.takeover import matching as matchings
from app.services.takeover.errors import BatchBusy
from app.services.takeover.matching import Matching
from app.services.takeover.meanings import Meanings
from app.services.text import fold

PERMISSION: Final = "reprise.agir"
KEPT: Final = timedelta(hours=24)
"""How long what was sent is kept, at most (LAW-5)."""
MOST_LINES: Final = 2_000
"""Situations of one lot: bringing one in takes about a fifth of a second."""
MOST_VISITS: Final = 20_000
_SHOWN: Final = 50


class NotMatched(Conflict):
    """A column that everything hangs on means nothing yet."""

    sentence_template = (
        "Reliez d'abord la colonne « {column} » : sans elle, aucune ligne ne peut être placée."
    )


@dataclass(frozen=True)
class Sent:
    """A lot as its pages show it, with the sheet while it is kept."""

    id: UUID
    file_name: str
    status: str
    matching: Matching
    profile: str | None
    author: str
    sent_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    lines: int
    release_id: UUID
    partner_id: UUID | None
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    visit_columns: tuple[str, ...]
    visits: tuple[SheetRow, ...]
    again: datetime | None


def receive(content: bytes, name: str, *, by: Actor, visits: tuple[bytes, str] | None = None) -> UUID:
    """Keep a spreadsheet, sealed, with the matching that its headings suggest; nothing else is written.

    Args:
        visits: a second sheet, whose lines bear the same references: visits, steps done again.

    Raises:
        SheetRefused: a file cannot be read.
        Forbidden: the person may not take situations over.
    """
    allowed(by)
    sheet = sheets.read(content, name, limit_rows=MOST_LINES)
    second = sheets.read(*visits, limit_rows=MOST_VISITS) if visits is not None else None
    release = releases.current()
    meanings = Meanings(release)
    profile, matching = _proposed(meanings, sheet, second)
    now, batch_id = clock.now(), new_id()
    digest = sha256(content + (visits[0] if visits else b"")).hexdigest()
    with transaction() as session:
        session.add(
            TakeoverBatch(
                id=batch_id,
                file_name=name[:200],
                digest=digest,
                lines=len(sheet.rows),
                matching=matching.plain(),
                profile=profile,
                content={"feuille": _plain(sheet), "visites": _plain(second) if second else None},
                partner_id=by.within,
                release_id=release.id,
                user_id=by.user_id,
                author=by.name,
                sent_at=now,
                expires_at=now + KEPT,
            )
        )
        journal.write(
            "reprise.recue",
            actor=by.name,
            user_id=by.user_id,
            subject=str(batch_id),
            details={"lignes": len(sheet.rows), "empreinte": digest[:16]},
        )
        jobs.enqueue("forget_takeover", run_at=now + KEPT, batch_id=batch_id)
    return batch_id


def allowed(by: Actor) -> None:
    """Refuse whoever may not take situations over.

    Raises:
        Forbidden: they may not.
    """
    if not by.rights.may(PERMISSION) or by.user_id is None:
        raise Forbidden


def _plain(sheet: Sheet) -> dict[str, Any]:
    return {
        "colonnes": list(sheet.columns),
        "lignes": [[row.number, dict(row.cells)] for row in sheet.rows],
    }


def rows_of(kept: Mapping[str, Any] | None) -> tuple[tuple[str, ...], tuple[SheetRow, ...]]:
    """Return the columns and the rows of a sheet that was kept; nothing once it is erased."""
    if not kept:
        return (), ()
    return tuple(kept["colonnes"]), tuple(SheetRow(number, cells) for number, cells in kept["lignes"])


def _proposed(meanings: Meanings, sheet: Sheet, second: Sheet | None) -> tuple[str | None, Matching]:
    """Return the profile that knows most of the columns, if one knows half of them, and the matching."""
    known = [(matchings.read(row.matching), row.name) for row in profiles()]
    best = max(known, key=lambda one: matchings.kept_for(sheet.columns, one[0].columns), default=None)
    if best is not None and matchings.kept_for(sheet.columns, best[0].columns) * 2 < len(sheet.columns):
        best = None
    base = best[0] if best else Matching()
    columns = matchings.fitted(base.columns, sheet.columns, meanings.guess(sheet.columns))
    visits = second.columns if second else ()
    return best[1] if best else None, matchings.renewed(
        base,
        columns=columns,
        visits=matchings.fitted(base.visits, visits, meanings.guess(visits, visits=True)),
        steps=_steps(meanings, base.steps, columns, sheet.rows),
    )


def _steps(
    meanings: Meanings, known: Mapping[str, str], columns: Mapping[str, str], rows: Sequence[SheetRow]
) -> dict[str, str]:
    """Return the step that each word of the step's column means: that of the profile, else the likely one."""
    found = {}
    for text in words_of(columns, rows, matchings.STEP):
        said = known.get(fold(text), "")
        if said and said != matchings.SKIPPED and meanings.stop(said) is None:
            said = ""  # the programme has no such step any more
        found[fold(text)] = said or meanings.guess_step(text) or ""
    return found


def words_of(columns: Mapping[str, str], rows: Sequence[SheetRow], meaning: str) -> list[str]:
    """Return the different texts of the columns of a meaning, in the order of the sheet."""
    mine = [column for column, meant in columns.items() if meant == meaning]
    texts = (row.cells.get(column, "") for row in rows for column in mine)
    return list({fold(text): text for text in texts if fold(text)}.values())


def find(batch_id: UUID, by: Actor) -> Sent:
    """Return a lot that this person may see.

    Raises:
        NotFound: no such lot here.
        Forbidden: the person may not take situations over.
    """
    allowed(by)
    row = db.session.get(TakeoverBatch, batch_id)
    if row is None:
        raise NotFound
    kept = row.content or {}
    columns, rows = rows_of(kept.get("feuille"))
    visit_columns, visits = rows_of(kept.get("visites"))
    return Sent(
        row.id, row.file_name, row.status, matchings.read(row.matching), row.profile, row.author, row.sent_at,
        row.expires_at, row.confirmed_at, row.ended_at, row.lines, row.release_id, row.partner_id, columns,
        rows, visit_columns, visits, _again(row),
    )  # fmt: skip


def _again(row: TakeoverBatch) -> datetime | None:
    """Return when the same file was brought in before, unless that was undone."""
    same = select(func.max(TakeoverBatch.confirmed_at)).where(
        TakeoverBatch.digest == row.digest,
        TakeoverBatch.id != row.id,
        TakeoverBatch.status.in_(("running", "done", "undoing")),
    )
    return db.session.scalar(same)


def listing(by: Actor) -> Sequence[TakeoverBatch]:
    """Return the latest lots, the newest first."""
    allowed(by)
    return db.session.scalars(
        select(TakeoverBatch).order_by(TakeoverBatch.sent_at.desc(), TakeoverBatch.id).limit(_SHOWN)
    ).all()


def profiles() -> Sequence[TakeoverProfile]:
    """Return the matchings kept by name."""
    return db.session.scalars(select(TakeoverProfile).order_by(TakeoverProfile.name)).all()


def match(batch_id: UUID, matching: Matching, *, by: Actor, profile: str = "") -> None:
    """Keep what the columns mean, and by a name for the next time when one is given.

    Raises:
        NotFound, Forbidden: as ``find``.
        BatchBusy: the lot is confirmed or given up.
    """
    sent = find(batch_id, by)
    release = releases.current()
    steps = _steps(Meanings(release), matching.steps, matching.columns, sent.rows)
    kept = matchings.renewed(matching, steps=steps).plain()
    end_read()
    with transaction() as session:
        row = held(batch_id, "draft")
        row.matching, row.profile, row.release_id = kept, profile or row.profile, release.id
        if not profile:
            return
        known = session.scalar(select(TakeoverProfile).where(TakeoverProfile.name == profile))
        if known is None:
            known = TakeoverProfile(name=profile, partner_id=by.within)
            session.add(known)
        known.matching, known.author, known.at = kept, by.name, clock.now()


def held(batch_id: UUID, *statuses: str) -> TakeoverBatch:
    """Return a lot, locked in the transaction under way.

    Raises:
        NotFound: no such lot here.
        BatchBusy: it is in none of these states.
    """
    query = select(TakeoverBatch).where(TakeoverBatch.id == batch_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.status not in statuses:
        raise BatchBusy
    return row


def drop(batch_id: UUID, *, by: Actor) -> None:
    """Give a lot up before it is confirmed: what was sent is erased.

    Raises:
        NotFound, Forbidden: as ``find``.
        BatchBusy: it is confirmed, or given up already.
    """
    allowed(by)
    end_read()
    with transaction():
        row = held(batch_id, "draft")
        row.status, row.content, row.ended_at = "dropped", None, clock.now()
        journal.write("reprise.abandonnee", actor=by.name, user_id=by.user_id, subject=str(batch_id))


@job("forget_takeover")
def forget(batch_id: str) -> None:
    """Erase what is left of what was sent, a day after; repeated without harm."""
    with transaction() as session:
        row = session.scalar(
            select(TakeoverBatch).where(TakeoverBatch.id == UUID(batch_id)).with_for_update()
        )
        if row is None:
            return
        row.content = None
        if row.status == "draft":
            row.status, row.ended_at = "dropped", clock.now()
        mine = update(TakeoverRow).where(TakeoverRow.batch_id == row.id, TakeoverRow.state != "waiting")
        session.execute(mine.values(kept=None, reason=None).execution_options(synchronize_session=False))
