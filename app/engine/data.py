"""Process data of a task: written with a stamp, merged so that the last write wins.

SpiffWorkflow copies data from task to task. When parallel branches meet, a branch that never touched
a field still carries its old value; the stamp says which branch wrote last.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.values import admit, clone

STAMPS = "#"
"""Key of the stamps inside a task's data: no identifier, so no expression can name it."""

Data = dict[str, Any]


def visible(data: Data) -> Data:
    """Return a copy of ``data`` as people and expressions see it."""
    return {key: clone(value) for key, value in data.items() if key != STAMPS}


def write(task: Any, path: str, value: object) -> None:
    """Store ``value`` in the task's data under ``path`` (``visite`` or ``visite.issue``).

    Raises:
        UnfitValue: the value or the name cannot be kept.
    """
    top = task.workflow.top_workflow
    top.writes += 1
    root, _, field = path.partition(".")
    data = task.data
    if field:
        holder = data.get(root)
        if not isinstance(holder, dict):
            holder = data[root] = {}
        holder.update(admit({field: value}))
    else:
        data.update(admit({root: value}))
    data.setdefault(STAMPS, {})[path] = top.writes


def merge(into: Data, other: Data, *, without: str | None = None) -> None:
    """Bring what ``other`` wrote later than ``into`` into ``into``; ``without`` names a key to leave."""
    ours: dict[str, int] = into.get(STAMPS, {})
    theirs: dict[str, int] = other.get(STAMPS, {})
    for key, value in other.items():
        if key in (STAMPS, without):
            continue
        if key not in into:
            into[key] = clone(value)
        elif theirs != ours:
            _merge_key(into, key, value, ours, theirs)
    if theirs:
        stamps = dict(ours)
        for path, stamp in theirs.items():
            if path.partition(".")[0] != without and stamp > stamps.get(path, 0):
                stamps[path] = stamp
        into[STAMPS] = stamps


def _merge_key(into: Data, key: str, value: Any, ours: Mapping[str, int], theirs: Mapping[str, int]) -> None:
    mine = into[key]
    whole_ours, whole_theirs = ours.get(key, 0), theirs.get(key, 0)
    if not (isinstance(mine, dict) and isinstance(value, dict)):
        if _latest(theirs, key) > _latest(ours, key):
            into[key] = clone(value)
        return
    for field in [*mine, *(name for name in value if name not in mine)]:
        path = f"{key}.{field}"
        if max(whole_theirs, theirs.get(path, 0)) <= max(whole_ours, ours.get(path, 0)):
            continue
        if field in value:
            mine[field] = clone(value[field])
        else:
            del mine[field]


def _latest(stamps: Mapping[str, int], key: str) -> int:
    prefix = f"{key}."
    return max((stamp for path, stamp in stamps.items() if path == key or path.startswith(prefix)), default=0)


class Layered(Mapping[str, Any]):
    """The passing view: ``answers``, with the process's own data over them, field by field.

    A group is laid out when it is read: ``answers`` may be read from the database at that moment only.
    """

    def __init__(self, data: Data, answers: Mapping[str, object]) -> None:
        self._data = data
        self._answers = answers

    def __getitem__(self, key: str) -> Any:
        if key == STAMPS or key not in self._data:
            return self._answers[key]
        value = self._data[key]
        under = self._answers[key] if isinstance(value, dict) and key in self._answers else None
        return {**under, **value} if isinstance(under, Mapping) else value

    def __contains__(self, key: object) -> bool:
        return (key in self._data and key != STAMPS) or key in self._answers

    def __iter__(self) -> Iterator[str]:
        yield from self._answers
        yield from (key for key in self._data if key != STAMPS and key not in self._answers)

    def __len__(self) -> int:
        return sum(1 for _ in self)
