"""Versions of a territory's programme: loaded once from files, then the database is the truth."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import clock, tenancy
from app.catalog.bundle import Bundle, bundle_from_files, resolve
from app.catalog.entry import Entry
from app.catalog.forms import Form
from app.catalog.settings import Settings
from app.database import db, transaction
from app.decisions import DecisionFault, DecisionTable
from app.engine import Programme, ProgrammeFault
from app.errors import BundleFault, NotFound, UnreadableRelease
from app.ids import new_id
from app.models import ProcessInstance, Release, Territory
from app.services import compiling, journal, live, proofs
from app.services.proofs import Proof

_CACHE_SIZE: Final = 32
_cache: OrderedDict[tuple[UUID, UUID], "LoadedRelease"] = OrderedDict()


@dataclass(frozen=True)
class LoadedRelease:
    """A release ready to run: immutable, shared by every request of the process."""

    id: UUID
    number: int
    fingerprint: str
    bundle: Bundle
    programme: Programme
    decisions: Mapping[str, DecisionTable]

    @property
    def settings(self) -> Settings:
        """The territory's words and rules in this release."""
        return self.bundle.settings

    @property
    def entry(self) -> Entry:
        """What an alert fills in and starts.

        Raises:
            NotFound: this territory's programme has no household.
        """
        if self.settings.entry is None:
            raise NotFound
        return self.settings.entry

    @property
    def forms(self) -> Mapping[str, Form]:
        """The compiled forms by id."""
        return self.bundle.forms


@dataclass(frozen=True)
class Newest:
    """Which release is the newest of a territory."""

    id: UUID
    number: int
    fingerprint: str
    keeps_apart: bool
    """Whether a lane was kept apart from a case in this territory once (``services.apart``)."""


@dataclass(frozen=True)
class ReleaseRow:
    """A line of the page of versions."""

    id: UUID
    number: int
    fingerprint: str
    published_at: datetime
    note: str
    running: int


def territory_by_code(code: str) -> Territory | None:
    """Return the territory of that code, if any."""
    return db.session.scalar(select(Territory).where(Territory.code == code))


def all_territories() -> list[Territory]:
    """Return every territory, by name."""
    return list(db.session.scalars(select(Territory).order_by(Territory.name)))


def current() -> LoadedRelease:
    """Return the newest release of the territory being served.

    Raises:
        NotFound: the territory has none yet.
        UnreadableRelease: an earlier Relais took it, this one does not.
    """
    return here()[0]


def here() -> tuple[LoadedRelease, bool]:
    """Return ``current()``, and whether the territory has ever kept a lane apart from a case: one read.

    Raises:
        NotFound, UnreadableRelease: as ``current``.
    """
    found = newest()
    if found is None:
        raise NotFound
    return of(found.id), found.keeps_apart


def newest() -> Newest | None:
    """Return which release is the newest here, whether it can still run or not; None before the first."""
    query = (
        select(Release.id, Release.number, Release.fingerprint, Territory.keeps_apart)
        .join(Territory, Territory.id == Release.territory_id)
        .order_by(Release.number.desc())
        .limit(1)
    )
    row = db.session.execute(query).first()
    return Newest(row.id, row.number, row.fingerprint, row.keeps_apart) if row is not None else None


def of(release_id: UUID) -> LoadedRelease:
    """Return one release of the territory being served.

    Raises:
        NotFound: none of that id here.
        UnreadableRelease: an earlier Relais took it, this one does not.
    """
    key = (tenancy.current_id(), release_id)
    cached = _cache.get(key)
    if cached is not None:
        _cache.move_to_end(key)
        return cached
    row = db.session.scalar(select(Release).where(Release.id == release_id))
    if row is None:
        raise NotFound
    loaded = _load(row)
    _cache[key] = loaded
    while len(_cache) > _CACHE_SIZE:
        _cache.popitem(last=False)
    return loaded


def _load(row: Release) -> LoadedRelease:
    try:
        bundle = bundle_from_files({name: text.encode() for name, text in row.files.items()})
        decisions, programme = compiling.compiled(bundle)
    except (BundleFault, ProgrammeFault, DecisionFault) as fault:
        raise UnreadableRelease(number=row.number, cause=fault.sentence) from fault
    return LoadedRelease(
        id=row.id,
        number=row.number,
        fingerprint=row.fingerprint,
        bundle=bundle,
        programme=programme,
        decisions=decisions,
    )


def history() -> list[ReleaseRow]:
    """Return the releases of the territory being served, the newest first."""
    counted = db.session.execute(
        select(ProcessInstance.release_id, func.count())
        .where(ProcessInstance.status == "running")
        .group_by(ProcessInstance.release_id)
    )
    running = {release_id: number for release_id, number in counted}  # noqa: C416  # a dict of rows has no types
    rows = db.session.execute(
        select(Release.id, Release.number, Release.fingerprint, Release.published_at, Release.note).order_by(
            Release.number.desc()
        )
    )
    return [
        ReleaseRow(row.id, row.number, row.fingerprint, row.published_at, row.note, running.get(row.id, 0))
        for row in rows
    ]


def load_territory(root: Path, code: str, *, lived: Callable[[Bundle], Proof] | None = None) -> LoadedRelease:
    """Create a territory from files, with its first release; a known territory is left as it is.

    Args:
        lived: gives the proof of a simulation, kept beside that of the check; asked for a new territory only.

    Raises:
        BundleFault: a file cannot be used; nothing is created.
    """
    bundle = resolve(root, code)
    known = territory_by_code(code)
    if known is not None:
        with tenancy.serving(known.id):
            return current()
    compiling.prove(bundle)
    note = "Première version, chargée depuis les fichiers du territoire."
    simulation = lived(bundle) if lived is not None else {}
    return create(bundle, note=note, proof={**proofs.of_check(bundle.files), **simulation})


def create(
    bundle: Bundle, *, note: str, proof: Proof | None = None, lineage: Sequence[Mapping[str, Any]] = ()
) -> LoadedRelease:
    """Create the territory that a bundle names, with its first release.

    Raises:
        BundleFault: its code is taken, or a file cannot run; nothing is created.
    """
    compiling.prove(bundle)
    code = bundle.settings.code
    if territory_by_code(code) is not None:
        raise BundleFault(file=code, cause="ce territoire existe déjà. Choisissez un autre code.")
    try:
        with transaction() as session:
            territory = Territory(
                id=new_id(), code=code, name=bundle.settings.name, created_at=clock.now(),
                live=live.of_bundle(bundle), lineage=[dict(ancestor) for ancestor in lineage],
            )  # fmt: skip
            session.add(territory)
            session.flush()
            territory_id = territory.id
            with tenancy.serving(territory_id):
                release_id = _freeze(bundle, note=note, proof=proof)
                live.plant(bundle)
                session.flush()
    except IntegrityError as fault:
        raise BundleFault(file=code, cause="ce territoire vient d'être créé par ailleurs.") from fault
    with tenancy.serving(territory_id):
        return of(release_id)


def publish(bundle: Bundle, *, note: str, proof: Proof | None = None) -> LoadedRelease:
    """Freeze ``bundle`` as the next release of the territory being served; running cases keep theirs.

    ``proof`` is what it passed (``app.services.proofs``): the caller has judged and simulated it. A bundle of
    the same fingerprint as the current release gives no new one: only the live values are taken.

    Raises:
        BundleFault, ProgrammeFault, DecisionFault: a file cannot run; nothing is published.
    """
    compiling.prove(bundle)
    with transaction() as session:
        in_turn()
        last = newest()
        same = last is not None and last.fingerprint == bundle.fingerprint
        release_id = last.id if last is not None and same else _freeze(bundle, note=note, proof=proof)
        _take_live(bundle)
        session.flush()
    return of(release_id)


def in_turn() -> None:
    """Wait, in the transaction under way, until nobody else writes the programme of this territory."""
    db.session.execute(
        select(Territory.id).where(Territory.id == tenancy.current_id()).with_for_update(key_share=True)
    )


def _take_live(bundle: Bundle) -> None:
    changed = live.take(bundle)
    if changed:
        journal.write("territoire.valeurs", details={"cles": list(changed)})


def _freeze(bundle: Bundle, *, note: str, proof: Proof | None) -> UUID:
    """Write the release and the line of the journal that seals its proof."""
    latest = db.session.scalar(select(func.max(Release.number))) or 0
    kept = dict(proof or {})
    row = Release(
        id=new_id(),
        territory_id=tenancy.current_id(),
        number=latest + 1,
        fingerprint=bundle.fingerprint,
        files={name: content.decode() for name, content in bundle.files.items()},
        published_at=clock.now(),
        note=note,
        proof=kept,
    )
    db.session.add(row)
    details = {"empreinte": bundle.fingerprint, "preuve": proofs.digest(kept)}
    journal.write("version.publiee", subject=str(row.id), details=details)
    return row.id


def closing_days(territory: Territory) -> frozenset[date]:
    """Return the days on which the territory's teams do not work, beside the public holidays."""
    return frozenset(date.fromisoformat(day) for day in territory.live.get(live.DAYS, []))
