"""What may have been written at one moment of a process, and what surely has been."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ANYTHING: Final = "*"
"""Stands for whatever a process that cannot be read may write."""


@dataclass(frozen=True)
class Written:
    """``data``: dotted names that may be in process data. ``answers``: forms that may have been filled in.

    ``sure``: first names that are in process data whatever the way.
    """

    data: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()

    def then(self, other: "Written") -> "Written":
        """Return what is written after this, then ``other``."""
        return Written(self.data | other.data, self.answers | other.answers, self.sure | other.sure)

    def or_else(self, other: "Written") -> "Written":
        """Return what is written by one or the other."""
        return Written(self.data | other.data, self.answers | other.answers, self.sure & other.sure)

    def holds(self, name: str) -> bool:
        """Whether a dotted name may be in process data."""
        root, dot, rest = name.partition(".")
        if ANYTHING in self.data or root in self.data:
            return True
        if not dot:
            return any(path.startswith(f"{root}.") for path in self.data)
        return f"{root}.{rest.partition('.')[0]}" in self.data

    def answered(self, form: str) -> bool:
        """Whether a form may have been filled in."""
        return form in self.answers or ANYTHING in self.answers


NOTHING: Final = Written()
UNKNOWN: Final = Written(frozenset({ANYTHING}), frozenset({ANYTHING}), frozenset({ANYTHING}))


def either(states: Sequence[Written]) -> Written:
    """Return what one of these ways has written, whichever it is."""
    found = states[0]
    for state in states[1:]:
        found = found.or_else(state)
    return found


def together(states: Sequence[Written]) -> Written:
    """Return what all these ways have written."""
    found = NOTHING
    for state in states:
        found = found.then(state)
    return found
