"""What would become of one case, worked out on a copy: nothing of it has happened."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from app import clock, engine, tenancy
from app.catalog.fingerprint import normalise
from app.engine import Migrated, MigrationRefused, Obstacle, Place, StateFault
from app.errors import BundleFault, UnreadableRelease
from app.models import ProcessInstance
from app.services import releases, starting
from app.services.mending.moving import LEAVES
from app.services.migrating import foreseeing
from app.services.migrating.record import Lot, facts
from app.services.releases import LoadedRelease
from app.services.steps import StepHooks

SETTINGS: Final = "territoire.toml"
ENDED, SUSPENDED, THERE, UNREADABLE = "ended", "suspended", "there", "unreadable"


@dataclass(frozen=True)
class Verdict:
    """Whether a case can be carried over, and what is to be said of it.

    ``kind``: ``ready``, ``unchanged`` or ``refused``. ``told`` holds words of the programme and instants
    alone. ``migrated`` is None when it is refused, or has not begun. ``old`` is the release it leaves.
    """

    kind: str
    told: dict[str, Any]
    migrated: Migrated | None = None
    hooks: StepHooks | None = None
    old: LoadedRelease | None = None
    obstacles: tuple[Obstacle, ...] = field(default=())


def of(process: ProcessInstance, lot: Lot, target: LoadedRelease) -> Verdict:
    """Judge one process as it stands now."""
    early = _early(process, target)
    if early is not None:
        return _refused(early)
    try:
        old = releases.of(process.release_id)
    except UnreadableRelease as fault:
        return _refused(Obstacle(UNREADABLE, process.process, process.process, "", fault.sentence))
    if process.state == b"":
        return _unbegun(process, target, old)
    return _carried(process, lot, target, old)


def _carried(process: ProcessInstance, lot: Lot, target: LoadedRelease, old: LoadedRelease) -> Verdict:
    """Carry a copy over, then look at what would come to it."""
    hooks = starting.hooks_for(process, target)
    try:
        with _standing(process):
            migrated = engine.migrate(
                old.programme, target.programme, process.state, lot.plan_for(process), hooks
            )
    except MigrationRefused as refusal:
        return _refused(*refusal.obstacles)
    except StateFault as fault:
        return _refused(Obstacle("fault", process.process, process.process, "", fault.sentence))
    stirred = _stirred(process, old, migrated, hooks)
    if stirred is not None:
        return _refused(stirred)
    foreseen = foreseeing.foresee(migrated, old, target)
    if foreseen.obstacles:
        return _refused(*foreseen.obstacles)
    return _ready(replace(migrated, notes=(*migrated.notes, *foreseen.notes)), hooks, old, target)


def _early(process: ProcessInstance, target: LoadedRelease) -> Obstacle | None:
    if process.status not in ("running", "suspended"):
        return Obstacle(ENDED, process.process, process.process, "")
    if process.release_id == target.id:
        return Obstacle(THERE, process.process, process.process, "")
    return None


def _standing(process: ProcessInstance) -> AbstractContextManager[Any]:
    """Let a process in suspense be carried as of the instant at which it stopped: resuming moves it."""
    if process.status == "suspended" and process.suspended_at is not None:
        return clock.at(process.suspended_at)
    return nullcontext()


def _stirred(
    process: ProcessInstance, old: LoadedRelease, migrated: Migrated, hooks: StepHooks
) -> Obstacle | None:
    """Say what of a process in suspense would happen at once: nothing may leave, nobody is asked."""
    if process.status != "suspended":
        return None
    position = migrated.position
    known = {task.id for task in engine.read(old.programme, process.state).open_tasks}
    opened = next((task for task in position.open_tasks if task.id not in known), None)
    if opened is not None:
        return Obstacle(SUSPENDED, opened.process, opened.element, opened.name)
    if position.steps or position.finished or hooks.effects:
        return Obstacle(SUSPENDED, process.process, process.process, "")
    return None


def _refused(*obstacles: Obstacle) -> Verdict:
    return Verdict("refused", {"obstacles": facts(obstacles)}, obstacles=obstacles)


def _unbegun(process: ProcessInstance, target: LoadedRelease, old: LoadedRelease) -> Verdict:
    """A process whose first step failed begins in the other release once it is tried again."""
    if process.process not in engine.process_ids(target.programme):
        name = engine.process_ids(old.programme).get(process.process, process.process)
        return _refused(Obstacle("process", process.process, process.process, name))
    return Verdict("ready", {"unbegun": True}, old=old)


def _ready(migrated: Migrated, hooks: StepHooks, old: LoadedRelease, target: LoadedRelease) -> Verdict:
    content = dict(_content(migrated, old, target))
    sets = [LEAVES[type(effect)] for effect in hooks.effects if type(effect) in LEAVES]
    told = {
        "notes": facts(migrated.notes),
        "asked": [list(row) for row in _asked(migrated, old, target)],
        "sets": list(dict.fromkeys(sets)),
        "content": content,
    }
    same = migrated.unchanged and not content and not told["asked"] and not sets
    return Verdict("unchanged" if same else "ready", told, migrated, hooks, old)


def _asked(migrated: Migrated, old: LoadedRelease, target: LoadedRelease) -> Iterator[tuple[str, str]]:
    """Yield the fields that open steps will ask for and did not: the step, the field."""
    back = {new: place for place, new in migrated.renamed.items()}
    for task in migrated.position.open_tasks:
        form = target.forms.get(task.form or "")
        was = old.forms.get(_form_of(old, back.get((task.process, task.element))) or "")
        if form is None or was is None or form.version == was.version:
            continue
        known = {item.key for item in was.fields if item.required}
        for item in form.fields:
            if item.required and item.key not in known:
                yield task.name, item.label


def _form_of(release: LoadedRelease, place: Place | None) -> str | None:
    if place is None:
        return None
    described = release.programme.described.get(place[0], ())
    return next((item.form for item in described if item.element == place[1]), None)


def _content(migrated: Migrated, old: LoadedRelease, target: LoadedRelease) -> Iterator[tuple[str, Any]]:
    """Yield what else changes for what may still come: forms, tables, texts, settings."""
    changed = changed_files(tenancy.current_id(), old, target)
    described = [
        item
        for process in {place[0] for place in migrated.ahead}
        for item in target.programme.described.get(process, ())
        if (process, item.element) in migrated.ahead
    ]
    forms = sorted({item.form for item in described if item.form and f"forms/{item.form}.json" in changed})
    if forms:
        yield "forms", [target.forms[name].title for name in forms if name in target.forms]
    kinds = {item.kind for item in described}
    if "businessRuleTask" in kinds and any(path.startswith("dmn/") for path in changed):
        yield "tables", True
    if kinds & {"serviceTask", "sendTask"} and any(
        path.startswith(("messages/", "documents/")) for path in changed
    ):
        yield "texts", True
    if SETTINGS in changed:
        yield "settings", True


@lru_cache(maxsize=64)
def _changed(_territory: UUID, old: "_Keyed", target: "_Keyed") -> frozenset[str]:
    one, other = old.release.bundle.files, target.release.bundle.files
    return frozenset(path for path in one.keys() | other.keys() if not _same(path, one, other))


@dataclass(frozen=True, eq=False)
class _Keyed:
    """A release known by its id, so that what was worked out of it is worked out once."""

    release: LoadedRelease

    def __hash__(self) -> int:
        return hash(self.release.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.release.id == self.release.id


def changed_files(territory: UUID, old: LoadedRelease, target: LoadedRelease) -> frozenset[str]:
    """Return the files of two releases of a territory that do not mean the same."""
    return _changed(territory, _Keyed(old), _Keyed(target))


def _same(path: str, one: Any, other: Any) -> bool:
    if path not in one or path not in other:
        return False
    if one[path] == other[path]:
        return True
    try:
        return normalise(path, one[path]) == normalise(path, other[path])
    except BundleFault:  # stored by an earlier Relais, which took what is refused today
        return False
