"""Bringing a confirmed lot in: one transaction a line, in the order of their days, taken up where it stopped.

A line and its case are written together: a server that is killed in between has written neither.
"""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock, jobs
from app.catalog.sheets import SheetRow
from app.database import as_one, db, end_read, transaction
from app.jobs import job
from app.models import Entrustment, TakeoverBatch, TakeoverRow
from app.services import journal, mail, notices, releases
from app.services.actors import Actor
from app.services.takeover import batches, preview
from app.services.takeover import matching as matchings
from app.services.takeover.batches import NotMatched, Sent
from app.services.takeover.errors import RowRefused, StalePreview
from app.services.takeover.preview import Preview
from app.services.takeover.reader import Reader
from app.services.takeover.replay import Replay, player
from app.services.takeover.situations import Situation

AT_ONCE: Final = timedelta(seconds=45)
"""How long one job goes on before it hands over to the next: well below a lease."""
NOBODYS: Final = (
    "Ces réponses ne confient ce dossier à votre structure par aucune étape. Reliez la colonne qui la nomme, "
    "ou faites reprendre cette ligne par le territoire."
)


def confirm(batch_id: UUID, digest: str, *, by: Actor) -> int:
    """Let every good line of a lot become a case; return how many will. The sheet is erased.

    Args:
        digest: the matching of the preview that is confirmed.

    Raises:
        NotFound, Forbidden: as ``batches.find``.
        BatchBusy: it is confirmed, or given up already.
        StalePreview: the matching or the programme changed since.
    """
    sent = batches.find(batch_id, by)
    release = releases.current()
    if sent.status == "draft" and (sent.matching.digest != digest or sent.release_id != release.id):
        raise StalePreview
    seen = preview.read(sent)
    if seen.missing:
        raise NotMatched(column=seen.missing[0])
    visits, refused = preview.visits_of(sent), _refused(seen)
    order = {one.line: rank for rank, one in enumerate(sorted(seen.ready, key=_day))}
    skipped = {one.line for one in seen.reads if one.skipped}
    end_read()
    with transaction() as session:
        batch = batches.held(batch_id, "draft")
        if matchings.read(batch.matching).digest != digest:
            raise StalePreview
        batch.status, batch.confirmed_at, batch.content = "running", clock.now(), None
        for row in sent.rows:
            if row.number in skipped:
                continue
            said = refused.get(row.number)
            session.add(_row_of(sent, row, order.get(row.number), said, _kept(sent, row, visits)))
        journal.write(
            "reprise.confirmee",
            actor=by.name,
            user_id=by.user_id,
            subject=str(batch_id),
            details={"lignes": len(order), "refusees": len(refused)},
        )
        _go_on(batch_id)
    return len(order)


def _refused(seen: Preview) -> dict[int, list[str]]:
    """Return what is said of each line that is refused."""
    refused: dict[int, list[str]] = {}
    for problem in seen.problems:
        if problem.refuses:
            refused.setdefault(problem.line, []).append(problem.sentence)
    return refused


def _row_of(sent: Sent, row: SheetRow, rank: int | None, said: list[str] | None, kept: Any) -> TakeoverRow:
    """Return the row of a line: waiting its turn, or refused with what is said of it."""
    return TakeoverRow(
        batch_id=sent.id,
        line=row.number,
        rank=rank or 0,
        state="waiting" if rank is not None else "refused",
        kept=kept,
        reason=None if rank is not None else " ".join(said or ["Ligne illisible."]),
    )


def _kept(sent: Sent, row: SheetRow, visits: dict[str, list[SheetRow]]) -> dict[str, Any]:
    beside = visits.get(preview.reference_of(sent, row), [])
    return {"cellules": dict(row.cells), "visites": [dict(one.cells) for one in beside]}


def _day(one: Situation) -> tuple[date, date, int]:
    """Return what orders the lines: the day of the last thing known of each, then that of its alert."""
    return (
        one.since or max((done.on for done in one.done if done.on), default=one.opened),
        one.opened,
        one.line,
    )


def _go_on(batch_id: UUID) -> None:
    jobs.enqueue("place_takeover", lock=f"takeover:{batch_id}", batch_id=batch_id)


@job("place_takeover")
def place(batch_id: str) -> None:
    """Bring the next lines of a lot in, for a while; then hand over to the next job, or end the lot."""
    batch = db.session.get(TakeoverBatch, UUID(batch_id))
    if batch is None or batch.status != "running":
        return
    reader = Reader(releases.of(batch.release_id), matchings.read(batch.matching))
    facts = _Lot(batch.id, batch.partner_id, batch.user_id, batch.author)
    end_read()
    until = clock.now() + AT_ONCE
    while (row_id := _next(facts.id)) is not None:
        _place_one(row_id, Replay(reader, player(facts.author, facts.partner_id)), facts)
        if clock.now() >= until:
            break
    end_read()
    with transaction():
        if _next(facts.id) is not None:
            _go_on(facts.id)
        else:
            _end(facts.id)


class _Lot:
    """What every line of a lot has in common; it outlives the transactions."""

    def __init__(self, batch_id: UUID, partner_id: UUID | None, user_id: UUID, author: str) -> None:
        self.id, self.partner_id, self.user_id, self.author = batch_id, partner_id, user_id, author


def _next(batch_id: UUID) -> UUID | None:
    waiting = select(TakeoverRow.id).where(TakeoverRow.batch_id == batch_id, TakeoverRow.state == "waiting")
    return db.session.scalar(waiting.order_by(TakeoverRow.rank, TakeoverRow.line).limit(1))


def _place_one(row_id: UUID, replay: Replay, lot: _Lot) -> None:
    end_read()
    try:
        with as_one() as session:
            mine = select(TakeoverRow).where(TakeoverRow.id == row_id).with_for_update()
            row = session.scalar(mine.execution_options(populate_existing=True))
            if row is not None and row.state == "waiting":
                _play(row, replay, lot)
    except RowRefused as refusal:
        with transaction() as session:
            row = session.scalar(select(TakeoverRow).where(TakeoverRow.id == row_id).with_for_update())
            if row is not None and row.state == "waiting":
                row.state, row.reason = "refused", refusal.sentence


def _play(row: TakeoverRow, replay: Replay, lot: _Lot) -> None:
    row_id, line, kept = row.id, row.line, row.kept or {}
    beside = [SheetRow(0, cells) for cells in kept.get("visites", ())]
    said = replay.reader.read(SheetRow(line, kept.get("cellules", {})), beside)
    if said.situation is None:
        raise RowRefused(
            cause=" ".join(one.sentence for one in said.problems if one.refuses) or "Ligne illisible."
        )
    played = replay.play(said.situation)
    if lot.partner_id is not None and not _is_theirs(played.case_id, lot.partner_id):
        raise RowRefused(cause=NOBODYS)
    with transaction() as session:
        placed = session.get_one(TakeoverRow, row_id)
        placed.state, placed.case_id, placed.reference = "placed", played.case_id, played.reference
        placed.stop, placed.placed_at, placed.kept, placed.reason = (
            said.situation.stop.name,
            clock.now(),
            None,
            None,
        )
        journal.write(
            "reprise.dossier",
            actor=lot.author,
            user_id=lot.user_id,
            case_id=played.case_id,
            subject=str(lot.id),
            details={"ligne": line, "etape": said.situation.stop.element, "retenus": played.sent},
        )


def _is_theirs(case_id: UUID, partner_id: UUID) -> bool:
    theirs = select(Entrustment.id).where(
        Entrustment.case_id == case_id, Entrustment.partner_id == partner_id, Entrustment.until.is_(None)
    )
    return db.session.scalar(theirs.limit(1)) is not None


def _end(batch_id: UUID) -> None:
    """End a lot in the transaction under way; tell Supervision once, if whoever imported asked for it."""
    batch = batches.held(batch_id, "running")
    batch.status, batch.ended_at = "done", clock.now()
    counts = dict(
        db.session.execute(
            select(TakeoverRow.state, func.count())
            .where(TakeoverRow.batch_id == batch_id)
            .group_by(TakeoverRow.state)
        ).all()
    )
    journal.write(
        "reprise.terminee",
        actor=batch.author,
        user_id=batch.user_id,
        subject=str(batch_id),
        details={"repris": counts.get("placed", 0), "refusees": counts.get("refused", 0)},
    )
    if matchings.read(batch.matching).told and counts.get("placed"):
        told = (
            f"Reprise terminée : {counts['placed']} dossiers. Leurs échéances passées sont dans les retards"
        )
        release = releases.current()
        people = mail.who_may_act(release, None)
        notices.tell(people, "reprise_terminee", str(batch_id), told, "retards", release=release)
