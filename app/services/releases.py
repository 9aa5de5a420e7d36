"""Versions of a territory's programme: loaded once from files, then the database is the truth."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
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
from app.decisions import DecisionTable, parse_decisions
from app.engine import Programme, compile_programme, describe, process_ids
from app.errors import BundleFault, NotFound
from app.ids import new_id
from app.models import ProcessInstance, Release, Territory
from app.services import journal, live, proofs
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
    """
    newest = _newest()
    if newest is None:
        raise NotFound
    return of(newest[0])


def _newest() -> tuple[UUID, str] | None:
    """Return the id and the fingerprint of the newest release."""
    query = select(Release.id, Release.fingerprint).order_by(Release.number.desc()).limit(1)
    row = db.session.execute(query).first()
    return (row.id, row.fingerprint) if row is not None else None


def of(release_id: UUID) -> LoadedRelease:
    """Return one release of the territory being served.

    Raises:
        NotFound: none of that id here.
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
    bundle = bundle_from_files({name: text.encode() for name, text in row.files.items()})
    decisions, programme = _compiled(bundle)
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


def load_territory(root: Path, code: str) -> LoadedRelease:
    """Create a territory from files, with its first release; a known territory is left as it is.

    Raises:
        BundleFault: a file cannot be used; nothing is created.
    """
    bundle = resolve(root, code)
    known = territory_by_code(code)
    if known is not None:
        with tenancy.serving(known.id):
            return current()
    _prove(bundle)
    note = "Première version, chargée depuis les fichiers du territoire."
    return create(bundle, note=note, proof=proofs.of_check(bundle.files))


def create(
    bundle: Bundle, *, note: str, proof: Proof | None = None, lineage: Sequence[Mapping[str, Any]] = ()
) -> LoadedRelease:
    """Create the territory that a bundle names, with its first release.

    Raises:
        BundleFault: its code is taken, or a file cannot run; nothing is created.
    """
    _prove(bundle)
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
    _prove(bundle)
    with transaction() as session:
        in_turn()
        newest = _newest()
        same = newest is not None and newest[1] == bundle.fingerprint
        release_id = newest[0] if newest is not None and same else _freeze(bundle, note=note, proof=proof)
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


def _prove(bundle: Bundle) -> None:
    """Compile everything before anything is stored, and see that diagrams name what exists."""
    _, programme = _compiled(bundle)
    for process in process_ids(programme):
        for step in describe(programme, process):
            if step.form and step.form not in bundle.forms:
                raise BundleFault(
                    file=f"processus {process}",
                    cause=f"l'étape « {step.name} » demande le formulaire « {step.form} », qui n'existe pas.",
                )
            if step.form and step.lane not in bundle.settings.lanes:
                raise BundleFault(
                    file=f"processus {process}",
                    cause=f"le couloir « {step.lane} » de l'étape « {step.name} » manque à territoire.toml.",
                )
    entry = bundle.settings.entry
    if entry is not None and (entry.form not in bundle.forms or entry.process not in process_ids(programme)):
        raise BundleFault(
            file="territoire.toml",
            cause="« dossier » nomme un formulaire ou un processus qui n'existe pas dans ce dispositif.",
        )
    for scheduled in bundle.settings.schedule:
        if scheduled.process not in process_ids(programme):
            raise BundleFault(
                file="territoire.toml",
                cause=f"le calendrier démarre « {scheduled.process} », qui n'existe pas.",
            )


def _compiled(bundle: Bundle) -> tuple[dict[str, DecisionTable], Programme]:
    decisions: dict[str, DecisionTable] = {}
    diagrams: dict[str, bytes] = {}
    for name, content in bundle.files.items():
        if name.startswith("dmn/"):
            decisions |= parse_decisions(content)
        elif name.startswith("bpmn/"):
            diagrams[name] = content
    return decisions, compile_programme(diagrams, bundle.fingerprint)


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
