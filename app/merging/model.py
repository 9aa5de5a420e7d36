"""What a merge gives: the files, what came in, what stayed, and what somebody must decide."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

Side = Literal["ours", "theirs"]
Movement = Literal["added", "removed", "changed"]
OURS: Final[Side] = "ours"
THEIRS: Final[Side] = "theirs"
MAX_SHOWN: Final = 400
"""Characters of a value that a sentence quotes."""


@dataclass(frozen=True)
class Choice:
    """What somebody decided of a conflict: one side, or words of their own (``side`` is ``edit``)."""

    side: Literal["ours", "theirs", "edit"]
    value: str = ""


@dataclass(frozen=True)
class Spot:
    """A place in a file: an element (id or key; empty for the whole file) and an attribute of it.

    ``element_name`` and ``attribute_name`` are what people read; without ``attribute``, the element itself.
    """

    file: str
    element: str = ""
    attribute: str = ""
    element_name: str = ""
    attribute_name: str = ""

    @property
    def id(self) -> str:
        """A short name, the same each time the same files meet."""
        return sha256("\0".join((self.file, self.element, self.attribute)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Conflict:
    """Both sides changed one thing, each in its way.

    Values are as the file writes them, None where the thing is absent; ``said_*`` are the same for people.
    ``chosen`` is the side that the merged files follow. ``editable``: other words may be given instead.
    ``elements`` are the ids to mark on the diagram.
    """

    id: str
    spot: Spot
    base: str | None
    ours: str | None
    theirs: str | None
    said_base: str
    said_ours: str
    said_theirs: str
    chosen: Literal["ours", "theirs", "edit"]
    decided: bool
    editable: bool
    value: str | None = None

    @property
    def where(self) -> str:
        """The place in words."""
        return " · ".join(filter(None, (self.spot.element_name, self.spot.attribute_name))) or self.spot.file


@dataclass(frozen=True)
class Told:
    """One difference that needed nobody: ``side`` is where it comes from, ``both`` when both agree."""

    spot: Spot
    side: Literal["ours", "theirs", "both"]
    movement: Movement
    old: str | None
    new: str | None
    cosmetic: bool
    sentence: str


@dataclass(frozen=True)
class Merged:
    """The merged files, what somebody must decide, and what needed nobody.

    Without a choice the files follow our side wherever the two disagree.
    """

    files: Mapping[str, bytes]
    conflicts: tuple[Conflict, ...]
    told: tuple[Told, ...]

    def coming(self) -> Iterator[Told]:
        """Yield what comes in from upstream, drawings apart."""
        return (told for told in self.told if told.side == "theirs" and not told.cosmetic)

    def staying(self) -> Iterator[Told]:
        """Yield what stays as our side made it."""
        return (told for told in self.told if told.side == "ours" and not told.cosmetic)


class Unmergeable(Exception):
    """A file cannot be read as what it is: it is merged as one block. Never leaves this room."""
