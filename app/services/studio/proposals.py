"""A whole draft brought in: an archive, or the files of an earlier release; looked at first, then taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from app import clock, tenancy
from app.catalog import archive, identity, lineage
from app.catalog.archive import ArchiveRefused
from app.catalog.folder import SCENARIOS
from app.catalog.settings import FILE as SETTINGS_FILE
from app.database import db, transaction
from app.errors import BundleFault, NotFound
from app.ids import new_id
from app.models import DraftProposal, Release, Territory
from app.services.actors import Actor
from app.services.studio import admitting, drafting, judging, standing
from app.services.studio.standing import Movement

_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True)
class Proposal:
    """What taking it would change: each file with what happens to its meaning; ``same``: nothing would.

    ``scenarios``: the text of the file of scenarios that came beside them, empty without any.
    """

    id: UUID
    origin: str
    version: int
    moves: tuple[tuple[str, Movement], ...]
    scenarios: str = ""

    @property
    def same(self) -> bool:
        """Whether the draft already says that."""
        return not self.moves


def of_archive(
    filename: str, data: bytes, *, by: Actor, judge: Callable[[bytes | None], None] = lambda _: None
) -> UUID:
    """Keep the files of an archive until somebody takes or leaves them.

    Args:
        judge: refuses (``BundleFault``) what came beside them and is no file of scenarios.

    Raises:
        Refused: the archive hides something, or a file of it cannot be kept (journalled); nothing is kept.
    """
    with admitting.journalled(by, what="importer"):
        try:
            found = archive.unpack(data)
        except ArchiveRefused as fault:
            cause = str(fault.facts["cause"])
            raise admitting.Refused(file=str(fault.facts["file"]), cause=cause, kind=fault.kind) from fault
        except BundleFault as fault:
            cause = str(fault.facts["cause"])
            raise admitting.Refused(file=str(fault.facts["file"]), cause=cause, kind="texte") from fault
        texts = admitting.admitted_all(found.files)
        texts[SETTINGS_FILE] = _named_here(texts[SETTINGS_FILE])
        texts |= _beside(found.scenarios, judge)
    shown = "".join(sign for sign in filename if sign.isprintable())[:80]
    return _keep(texts, f"Importé de l'archive « {shown} ».", by=by)


def _beside(scenarios: bytes | None, judge: Callable[[bytes | None], None]) -> dict[str, str]:
    """Return the file of scenarios as a proposal keeps it, once judged."""
    if scenarios is None:
        return {}
    try:
        judge(scenarios)
    except BundleFault as fault:
        cause = str(fault.facts["cause"])
        raise admitting.Refused(file=SCENARIOS, cause=cause, kind="scenarios") from fault
    return {SCENARIOS: scenarios.decode("utf-8")}


def of_release(number: int, *, by: Actor) -> UUID:
    """Keep the files of an earlier release until somebody takes or leaves them.

    Raises:
        NotFound: no such release here.
    """
    row = db.session.scalar(select(Release).where(Release.number == number))
    if row is None:
        raise NotFound
    return _keep(dict(row.files), f"Revenu à la version {number}.", by=by)


def show(proposal_id: UUID) -> Proposal:
    """Return what a proposal would change.

    Raises:
        NotFound: none of that id, or it was taken or left.
    """
    row = _row(proposal_id)
    before, after = judging.texts(), _programme(row)
    moves = ((name, standing.movement(name, before, after)) for name in sorted(before.keys() | after.keys()))
    return Proposal(
        row.id,
        row.origin,
        row.version,
        tuple((name, move) for name, move in moves if move is not None),
        str(row.files.get(SCENARIOS, "")),
    )


def _programme(row: DraftProposal) -> dict[str, str]:
    """Return the files of a proposal without what came beside them."""
    return {name: text for name, text in row.files.items() if name != SCENARIOS}


def take(proposal_id: UUID, *, by: Actor) -> int:
    """Put the files of a proposal in the draft; return the draft's new version.

    Raises:
        NotFound: it was taken or left already. Conflict: the draft moved since it was brought.
    """
    row = _row(proposal_id)
    files = {name: text.encode() for name, text in _programme(row).items()}
    version = drafting.replace(files, expected=row.version, by=by, reason=row.origin)
    leave(proposal_id)
    return version


def leave(proposal_id: UUID) -> None:
    """Forget a proposal."""
    with transaction() as session:
        session.execute(delete(DraftProposal).where(DraftProposal.id == proposal_id))


def export(*, number: int | None, packed: str, scenarios: bytes | None = None) -> tuple[str, bytes]:
    """Return the archive of the draft (or of a release) and its name.

    Args:
        packed: ``zip`` or ``tar.gz``.
        scenarios: the file of scenarios to put beside the programme, None without any.

    Raises:
        NotFound: no such release, no such format, or no draft.
    """
    pack = {"zip": archive.pack_zip, "tar.gz": archive.pack_tar}.get(packed)
    if pack is None:
        raise NotFound
    territory = db.session.get_one(Territory, tenancy.current_id())
    if number is None:
        texts, told = judging.texts(), "brouillon"
    else:
        row = db.session.scalar(select(Release).where(Release.number == number))
        if row is None:
            raise NotFound
        texts, told = dict(row.files), f"version-{number}"
    if not texts:
        raise NotFound
    files = {name: text.encode() for name, text in texts.items()}
    files |= {SCENARIOS: scenarios} if scenarios is not None else {}
    ancestors = _ancestors(territory, number)[: lineage.MAX_GENERATIONS]
    return f"{territory.code}-{told}.{packed}", pack(files, ancestors)


def _ancestors(territory: Territory, number: int | None) -> list[Mapping[str, Any]]:
    """Return where the files come from: the release itself, then what it came from."""
    row = db.session.scalar(select(Release).where(Release.number == number)) if number is not None else None
    own = (
        [
            {
                "territoire": territory.code,
                "version": row.number,
                "empreinte": row.fingerprint,
                "le": clock.today().isoformat(),
            }
        ]
        if row is not None
        else []
    )
    return [*own, *territory.lineage]


def _named_here(text: str) -> str:
    """Return settings under the code and the name of this territory, as written when they cannot be read."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    try:
        return identity.renamed(text, code=territory.code, name=territory.name)
    except BundleFault:
        return text


def _keep(texts: Mapping[str, str], origin: str, *, by: Actor) -> UUID:
    version = drafting.opened(by).version
    row = DraftProposal(
        id=new_id(), files=dict(texts), origin=origin, version=version, by=by.name, user_id=by.user_id,
        created_at=clock.now(),
    )  # fmt: skip
    kept = row.id
    with transaction() as session:
        session.execute(delete(DraftProposal).where(DraftProposal.created_at < clock.now() - _KEPT))
        session.add(row)
    return kept


def _row(proposal_id: UUID) -> DraftProposal:
    row = db.session.scalar(select(DraftProposal).where(DraftProposal.id == proposal_id))
    if row is None:
        raise NotFound
    return row
