"""Where open steps go on in the new release: asked once a step, for all the cases that stand there."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from app import engine
from app.database import db, end_read, transaction
from app.engine import Described, Place
from app.engine.migrating_plan import MAPPABLE
from app.engine.targets import KINDS
from app.engine.ways import Graph
from app.errors import Invalid
from app.models import MigratedProcess, Migration, ProcessInstance, Task
from app.services import journal, releases
from app.services.actors import Actor
from app.services.migrating.record import (
    MigrationStale,
    allowed,
    found,
    go_on,
    held,
    plain_mapping,
    read_mapping,
)
from app.services.releases import LoadedRelease
from app.services.text import fold

STOPS: Final = "arret"
"""What is chosen for a branch that stops where it is."""
_NODES: Final = KINDS | {"startEvent"}


@dataclass(frozen=True)
class Asked:
    """An open step of an earlier release: how many cases stand there, where it goes on, what is proposed."""

    place: Place
    name: str
    process_name: str
    release_id: UUID
    cases: int
    needed: bool
    chosen: tuple[Place, ...] | None
    proposed: Place | None

    @property
    def key(self) -> str:
        """What names it in a form."""
        return "/".join(self.place)


@dataclass(frozen=True)
class Option:
    """An element of the new release at which a case may stand."""

    place: Place
    name: str
    process_name: str

    @property
    def key(self) -> str:
        """What names it in a form."""
        return "/".join(self.place)


@dataclass(frozen=True)
class Drawn:
    """A diagram of one of the two releases, with the steps that are asked about or chosen."""

    release_id: UUID
    number: int
    process: str
    name: str
    marked: Sequence[str]
    steps: Sequence[Described]


@dataclass(frozen=True)
class Chart:
    """Everything the page of a mapping needs: what is asked, what may be chosen, both diagrams."""

    migration: Migration
    target: LoadedRelease
    asked: Sequence[Asked]
    options: Sequence[Option]
    before: Sequence[Drawn]
    after: Sequence[Drawn]

    @property
    def pairs(self) -> list[tuple[Drawn | None, Drawn | None]]:
        """The diagrams of both releases, those of one process beside each other."""
        found: list[tuple[Drawn | None, Drawn | None]] = []
        left = list(self.after)
        for one in self.before:
            same = next((other for other in left if other.process == one.process), None)
            if same is not None:
                left.remove(same)
            found.append((one, same))
        return found + [(None, other) for other in left]


def chart(migration_id: UUID, by: Actor) -> Chart:
    """Return the open steps of a lot and where they may go on.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
    """
    allowed(by)
    row = found(migration_id)
    target = releases.of(row.target_id)
    options = _options(row, target)
    asked = _asked(row, options)
    chosen = {place for one in asked for place in one.chosen or ()}
    places = {one.place[0] for one in asked if one.needed or one.chosen is not None}
    proposed = {one.proposed for one in asked if one.proposed is not None and one.chosen is None}
    return Chart(
        row, target, asked, options,
        before=_before(asked),
        after=_drawn(target, chosen | proposed, also=places),
    )  # fmt: skip


def _asked(row: Migration, options: Sequence[Option]) -> list[Asked]:
    mapping = read_mapping(row.mapping)
    counted: Counter[tuple[Place, UUID]] = Counter()
    needed: set[Place] = set()
    rows = db.session.execute(
        select(MigratedProcess.told, MigratedProcess.from_id).where(MigratedProcess.migration_id == row.id)
    )
    for told, from_id in rows:
        for code, process, element, _name, _detail in told.get("obstacles", ()):
            if code in MAPPABLE:
                needed.add((process, element))
                counted[(process, element), from_id] += 1
    standing: Counter[tuple[Place, UUID]] = Counter()
    for process, element, from_id in _open_steps(row):
        standing[(process, element), from_id] += 1
    places = {place for place, _ in (*counted, *standing)} | set(mapping)
    where = {place: _release_of(place, (counted, standing)) for place in places}
    found_ = [
        _one(place, where[place], sum(n for (one, _), n in (standing or counted).items() if one == place)
             or sum(n for (one, _), n in counted.items() if one == place),
             needed=place in needed, chosen=mapping.get(place), options=options)
        for place in places
    ]  # fmt: skip
    known = [one for one in found_ if one is not None]
    return sorted(known, key=lambda one: (not one.needed, one.process_name, one.name, one.place))


def _open_steps(row: Migration) -> Sequence[Any]:
    return db.session.execute(
        select(Task.called_process, Task.element, ProcessInstance.release_id)
        .join(ProcessInstance, ProcessInstance.id == Task.process_id)
        .join(MigratedProcess, MigratedProcess.process_id == ProcessInstance.id)
        .where(MigratedProcess.migration_id == row.id, Task.status == "open")
        .where(ProcessInstance.release_id == MigratedProcess.from_id)
    ).all()


def _release_of(place: Place, counts: tuple[Counter[Any], Counter[Any]]) -> UUID | None:
    """Return the release in which most of the cases stand there."""
    for counter in counts:
        mine = [(number, key[1]) for key, number in counter.items() if key[0] == place]
        if mine:
            most: tuple[int, UUID] = max(mine, key=lambda one: (one[0], str(one[1])))
            return most[1]
    return None


def _one(
    place: Place,
    release_id: UUID | None,
    cases: int,
    *,
    needed: bool,
    chosen: tuple[Place, ...] | None,
    options: Sequence[Option],
) -> Asked | None:
    if release_id is None:
        return None
    programme = releases.of(release_id).programme
    names = engine.process_ids(programme)
    item = next((one for one in programme.described.get(place[0], ()) if one.element == place[1]), None)
    if item is None:
        return None
    return Asked(
        place, item.name, names.get(place[0], place[0]), release_id, cases, needed, chosen,
        _proposed(place, item, options) if needed else None,
    )  # fmt: skip


def _proposed(place: Place, item: Described, options: Sequence[Option]) -> Place | None:
    """Return the element that most likely takes over: the same id elsewhere, else the same name."""
    for same in (
        [one for one in options if one.place[1] == place[1] and one.place != place],
        [one for one in options if fold(one.name) == fold(item.name) and one.place != place],
    ):
        if len(same) == 1:
            return same[0].place
    return None


def _options(row: Migration, target: LoadedRelease) -> list[Option]:
    """Return the elements at which a case of the lot may stand in the new release, in route order."""
    mine = select(ProcessInstance.process).join(
        MigratedProcess, MigratedProcess.process_id == ProcessInstance.id
    )
    kinds = sorted(set(db.session.scalars(mine.where(MigratedProcess.migration_id == row.id))))
    names = engine.process_ids(target.programme)
    found_: dict[Place, Option] = {}
    for process in kinds:
        if process not in names:
            continue
        for place, item in Graph(target.programme, process).nodes.items():
            if item.kind in _NODES and (item.kind != "startEvent" or item.event):
                found_.setdefault(place, Option(place, item.name, names.get(place[0], place[0])))
    return list(found_.values())


def _before(asked: Sequence[Asked]) -> list[Drawn]:
    found_ = []
    for release_id in dict.fromkeys(one.release_id for one in asked if one.needed or one.chosen is not None):
        mine = {one.place for one in asked if one.release_id == release_id}
        wanted = {one.place for one in asked if one.needed or one.chosen is not None} & mine
        found_ += _drawn(releases.of(release_id), wanted)
    return found_


def _drawn(release: LoadedRelease, places: set[Place], also: Collection[str] = ()) -> list[Drawn]:
    """Return the diagrams of some places, and those of the processes ``also`` named."""
    names = engine.process_ids(release.programme)
    wanted = {place[0] for place in places} | set(also)
    processes = [process for process in sorted(wanted) if process in names]
    return [
        Drawn(
            release.id, release.number, process, names[process],
            [one[1] for one in sorted(places) if one[0] == process and one[1] in _ids(release, process)],
            engine.describe(release.programme, process),
        )
        for process in processes
    ]  # fmt: skip


def _ids(release: LoadedRelease, process: str) -> set[str]:
    return {item.element for item in engine.describe(release.programme, process)}


def remap(
    migration_id: UUID,
    mapping: Mapping[Place, tuple[Place, ...]],
    *,
    recompute: bool,
    seen: int,
    by: Actor,
) -> None:
    """Say where open steps go on, and have every case judged anew.

    Args:
        mapping: replaces what was said before.
        seen: the round that the person looked at.

    Raises:
        Forbidden, NotFound: this person may not, or there is no such lot.
        Invalid: a place that the new release does not have.
        MigrationBusy: the lot was launched, or given up.
        MigrationStale: somebody else changed it since.
    """
    allowed(by)
    row = found(migration_id)
    known = {option.place for option in _options(row, releases.of(row.target_id))}
    wrong = {place for targets in mapping.values() for place in targets if place not in known}
    if wrong:
        raise Invalid({"etapes": ["Choisissez une étape de la liste : celle-ci n'est pas dans la version."]})
    end_read()
    with transaction() as session:
        row = held(migration_id, "judging", "judged")
        if row.round != seen:
            raise MigrationStale
        row.mapping, row.recompute = plain_mapping(mapping), recompute
        row.status, row.round = "judging", row.round + 1
        mine = update(MigratedProcess).where(MigratedProcess.migration_id == migration_id)
        session.execute(
            mine.values(state="waiting", verdict="", told={}).execution_options(synchronize_session=False)
        )
        journal.write(
            "migration.reliee", actor=by.name, user_id=by.user_id, subject=str(migration_id),
            details={"etapes": len(mapping), "recalcul": recompute},
        )  # fmt: skip
        go_on("judge_migration", migration_id)
