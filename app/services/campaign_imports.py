"""Addresses from a sheet: shown with every error first, the good rows loaded once confirmed (CAR-5)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, jobs
from app.catalog import sheets
from app.catalog.sheets import SheetRow
from app.database import db, transaction
from app.errors import Conflict, Gone, NotFound
from app.ids import new_id
from app.jobs import job
from app.models import Campaign, Case, Round, SheetPreview, SheetProfile, Target
from app.services import campaign_rows, journal, releases
from app.services.actors import Actor
from app.services.target_rows import FIELDS, Door, Judged, Key, Known, Refused, guess, judge, key_of
from app.services.text import fold

KIND: Final = "cibles"
KEPT: Final = timedelta(hours=4)
"""How long a file that was sent waits for its confirmation."""
MOST_ROWS: Final = 20_000
_FORGET: Final = "forget_sheet"


class PreviewOver(Gone):
    """A preview was dropped: loaded, given up, or too old."""

    sentence_template = "Cet aperçu n'existe plus. Envoyez de nouveau le fichier : rien n'en a été chargé."


class PreviewChanged(Conflict):
    """What would be loaded is no longer what the person saw."""

    sentence_template = (
        "Rien n'a été chargé : l'aperçu a changé depuis que vous l'avez affiché. Relisez-le, puis confirmez."
    )


@dataclass(frozen=True)
class Preview:
    """A file as it would be loaded. ``seen`` names exactly this: the confirmation sends it back."""

    row: SheetPreview
    campaign: Campaign
    columns: tuple[str, ...]
    header: int
    judged: Judged
    seen: str

    @property
    def loaded(self) -> bool:
        """Whether its good rows are in: only the refused ones are left to look at."""
        return self.row.status == "chargee"


def send(campaign_id: UUID, content: bytes, name: str, *, by: Actor) -> UUID:
    """Read a file and keep it for a preview; nothing of it is loaded.

    Raises:
        NotFound: no such campaign here.
        Conflict: the campaign is closed.
        SheetRefused: the file is no table; its sentence says why.
    """
    _open_campaign(campaign_id)
    sheet = sheets.read(content, name, limit_rows=MOST_ROWS)
    mapping = _remembered(sheet.columns) or guess(sheet.columns)
    with transaction() as session:
        row = SheetPreview(
            id=new_id(),
            campaign_id=campaign_id,
            user_id=by.user_id,
            name=name[:120],
            content={
                "columns": list(sheet.columns),
                "header": sheet.header,
                "rows": [[one.number, dict(one.cells), list(one.beyond)] for one in sheet.rows],
            },
            mapping=mapping,
            at=clock.now(),
            forget_at=clock.now() + KEPT,
        )
        session.add(row)
        session.flush()
        jobs.enqueue(_FORGET, run_at=row.forget_at, preview_id=row.id)
        return row.id


def show(campaign_id: UUID, preview_id: UUID) -> Preview:
    """Return a preview, judged against what is there now.

    Raises:
        PreviewOver: it was dropped, or is another campaign's.
    """
    return _judged(_row(campaign_id, preview_id))


def match(campaign_id: UUID, preview_id: UUID, mapping: Mapping[str, str]) -> None:
    """Say which column holds what; unknown fields and columns are left out, a column serves once.

    Raises:
        PreviewOver: it was dropped.
        Conflict: it is loaded.
    """
    with transaction():
        row = _row(campaign_id, preview_id, to_write=True)
        if row.status != "a_confirmer":
            raise Conflict
        columns, kept = set(row.content["columns"]), dict[str, str]()
        for name, column in mapping.items():
            if name in FIELDS and column in columns and column not in kept.values():
                kept[name] = column
        row.mapping, row.version = kept, row.version + 1


def load(campaign_id: UUID, preview_id: UUID, seen: str, *, by: Actor) -> int:
    """Load the good rows of a preview, once; return how many.

    Raises:
        PreviewOver: it was dropped.
        PreviewChanged: it no longer says what was ``seen``, or is loaded already.
        Conflict: the campaign is closed.
    """
    with transaction() as session:
        row = _row(campaign_id, preview_id, to_write=True)
        campaign = session.scalars(select(Campaign).where(Campaign.id == campaign_id).with_for_update()).one()
        if campaign.status == "close" or campaign_rows.is_given_up(campaign.process_id):
            raise Conflict
        preview = _judged(row)
        if row.status != "a_confirmer" or preview.seen != seen:
            raise PreviewChanged
        _add(campaign, preview.judged.doors)
        refused = [[one.number, dict(one.row.cells), list(one.row.beyond), list(one.reasons)]
                   for one in preview.judged.refused]  # fmt: skip
        row.content = {**row.content, "rows": [], "refused": refused}
        row.status, row.loaded = "chargee", len(preview.judged.doors)
        _remember(preview.columns, row.mapping)
        journal.write(
            "campagne.cibles", actor=by.name, user_id=by.user_id, subject=str(campaign_id),
            details={"chargees": row.loaded, "refusees": len(refused)},
        )  # fmt: skip
        return row.loaded


def give_up(campaign_id: UUID, preview_id: UUID) -> None:
    """Drop a preview; nothing of it stays. Twice does no harm."""
    with transaction() as session:
        row = session.scalar(
            select(SheetPreview).where(SheetPreview.id == preview_id, SheetPreview.campaign_id == campaign_id)
        )
        if row is not None:
            session.delete(row)


@job(_FORGET)
def forget(preview_id: str) -> None:
    """Drop a preview whose time is over."""
    with transaction() as session:
        row = session.scalar(select(SheetPreview).where(SheetPreview.id == UUID(preview_id)))
        if row is not None and row.forget_at <= clock.now():
            session.delete(row)


def refused_table(preview: Preview) -> tuple[list[str], list[list[str]]]:
    """Return the refused rows as they came, the reason in a last column, to be mended and sent again."""
    headers = [*preview.columns, "Ligne du fichier", "À corriger"]
    return headers, [
        [*map(one.row.cells.__getitem__, preview.columns), str(one.number), " ".join(one.reasons)]
        for one in preview.judged.refused
    ]  # fmt: skip


def _open_campaign(campaign_id: UUID) -> Campaign:
    row = db.session.scalar(select(Campaign).where(Campaign.id == campaign_id))
    if row is None:
        raise NotFound
    if row.status == "close" or campaign_rows.is_given_up(row.process_id):
        raise Conflict
    return row


def _row(campaign_id: UUID, preview_id: UUID, *, to_write: bool = False) -> SheetPreview:
    query = select(SheetPreview).where(SheetPreview.id == preview_id, SheetPreview.campaign_id == campaign_id)
    row = db.session.scalar(query.with_for_update() if to_write else query)
    if row is None and db.session.get(Campaign, campaign_id) is None:
        raise NotFound
    if row is None or row.forget_at <= clock.now():
        raise PreviewOver
    return row


def _judged(row: SheetPreview) -> Preview:
    campaign = db.session.scalars(select(Campaign).where(Campaign.id == row.campaign_id)).one()
    content = row.content
    if row.status == "chargee":
        kept = [
            Refused(number, SheetRow(number, cells, tuple(beyond)), tuple(reasons))
            for number, cells, beyond, reasons in content["refused"]
        ]
        judged = Judged(refused=kept)
    else:
        rows = [SheetRow(number, cells, tuple(beyond)) for number, cells, beyond in content["rows"]]
        judged = judge(rows, row.mapping, _known(campaign))
    digest = hashlib.sha256(f"{row.id} {row.version} {row.status}".encode())
    for door in judged.doors:
        digest.update(repr((door.number, door.key, door.round, door.order)).encode())
    return Preview(row, campaign, tuple(content["columns"]), content["header"], judged, digest.hexdigest())


def _known(campaign: Campaign) -> Known:
    settings = releases.current().settings
    earlier = db.session.execute(
        select(Target.insee, Target.match_address, Campaign.name)
        .join(Campaign, Campaign.id == Target.campaign_id)
        .where(Target.match_address != "")
    )
    targets: dict[Key, str] = {(insee, matched): name for insee, matched, name in earlier}
    cases = db.session.scalars(select(Case).where(Case.status == "open"))
    followed = frozenset(
        key_of(case.dwelling.insee or "", case.dwelling.address, case.dwelling.complement) for case in cases
    )
    gone = db.session.scalars(
        select(Round.name).where(Round.campaign_id == campaign.id, Round.status != "prete")
    )
    return Known(
        communes=settings.communes,
        perimeter=frozenset(campaign.communes),
        targets=targets,
        followed=followed,
        closed_rounds=frozenset(fold(name) for name in gone),
    )


def _add(campaign: Campaign, doors: Sequence[Door]) -> None:
    rounds = {
        fold(row.name): row.id
        for row in db.session.scalars(select(Round).where(Round.campaign_id == campaign.id))
    }
    for name in dict.fromkeys(door.round for door in doors if door.round):
        if fold(name) not in rounds:
            row = Round(id=new_id(), campaign_id=campaign.id, name=name)
            db.session.add(row)
            rounds[fold(name)] = row.id
    db.session.flush()
    now = clock.now()
    db.session.add_all(
        Target(
            id=new_id(),
            campaign_id=campaign.id,
            round_id=rounds[fold(door.round)] if door.round else None,
            place=door.order,
            address=door.address,
            complement=door.complement,
            postcode=door.postcode,
            insee=door.commune.insee,
            commune=door.commune.name,
            match_address=door.key[1],
            imported_at=now,
        )
        for door in doors
    )


def _heading(columns: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(fold(column) for column in columns).encode()).hexdigest()


def _remembered(columns: Sequence[str]) -> dict[str, str]:
    query = select(SheetProfile).where(SheetProfile.kind == KIND, SheetProfile.heading == _heading(columns))
    row = db.session.scalar(query)
    return {name: column for name, column in (row.mapping if row else {}).items() if column in columns}


def _remember(columns: Sequence[str], mapping: Mapping[str, str]) -> None:
    heading = _heading(columns)
    query = select(SheetProfile).where(SheetProfile.kind == KIND, SheetProfile.heading == heading)
    row = db.session.scalar(query) or SheetProfile(kind=KIND, heading=heading)
    row.mapping, row.at = dict(mapping), clock.now()
    db.session.add(row)
