"""The tasks of a stored state as a tree that can be mended: renamed, hung elsewhere, cut out.

What stands keeps its row, and so its id: drafts, links, reminders and dates stay attached to it. Finished
history is kept where the new release knows it, else cut out; nothing reads it but its children's way up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from app.engine.data import merge
from app.engine.mends import JOINED
from app.engine.specs import LIVE
from app.engine.values import pack, unpack
from app.ids import new_id

Data = dict[str, Any]
_STANDING: Final = TaskState.CANCELLED


@dataclass(eq=False)
class Row:
    """One task: as it is stored, with its parent and its children. ``data`` and ``internal`` are packed."""

    id: str
    name: str
    state: int
    triggered: int
    internal: Any
    data: Any
    parent: "Row | None" = None
    children: list["Row"] = field(default_factory=list)

    @property
    def living(self) -> bool:
        """Whether it waits, is open or is under way."""
        return bool(self.state & LIVE)

    @property
    def stands(self) -> bool:
        """Whether, at a joining gateway, it is a token that no one has taken yet."""
        if self.state == TaskState.WAITING:
            return True
        return self.state == _STANDING and JOINED not in (unpack(self.internal) or {})

    def hang(self, parent: "Row") -> None:
        """Put it under another parent, last."""
        if self.parent is not None:
            self.parent.children.remove(self)
        self.parent = parent
        parent.children.append(self)

    def replace_by(self, other: "Row") -> None:
        """Put another row between it and its parent, at the same place."""
        if self.parent is None:  # the root is never moved
            return
        siblings = self.parent.children
        siblings[siblings.index(self)] = other
        other.parent, self.parent = self.parent, other
        other.children.append(self)


class Tree:
    """The tasks of one process or sub-process; ``owner`` is the id of the activity that holds it, if any."""

    def __init__(self, record: dict[str, Any], owner: str | None) -> None:
        self.owner = owner
        self.done: bool = record["done"]
        rows: list[Row] = []
        for key, parent, name, state, triggered, internal, data in record["tasks"]:
            row = Row(key, name, state, triggered, internal, data)
            if parent >= 0:
                row.parent = rows[parent]
                rows[parent].children.append(row)
            rows.append(row)
        self.root = rows[0]

    def rows(self) -> Iterator[Row]:
        """Yield every row, parents first."""
        stack = [self.root]
        while stack:
            row = stack.pop()
            yield row
            stack.extend(reversed(row.children))

    def cut(self, row: Row) -> None:
        """Take a row out; what hung under it hangs from the root."""
        for child in list(row.children):
            child.hang(self.root)
        if row.parent is not None:
            row.parent.children.remove(row)
            row.parent = None

    def finished(self, name: str, data: Any, parent: Row | None = None) -> Row:
        """Return a new finished row under ``parent`` or the root: what the next one came from."""
        row = Row(new_id().hex, name, int(TaskState.COMPLETED), 0, pack({}), data)
        row.hang(parent or self.root)
        return row

    def dump(self) -> dict[str, Any]:
        """Return the tree as a state stores it."""
        places: dict[int, int] = {}
        told: list[list[Any]] = []
        for row in self.rows():
            places[id(row)] = len(told)
            parent = -1 if row.parent is None else places[id(row.parent)]
            told.append([row.id, parent, row.name, row.state, row.triggered, row.internal, row.data])
        return {"done": self.done, "tasks": told}


def merged(*packed: Any) -> Data:
    """Return the data of several rows in one, the last write of each field winning."""
    found: Data = {}
    for data in packed:
        merge(found, unpack(data) or {})
    return found
