"""The shape of a change: where, what it was, what it is, in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.catalog.durations import duration

Movement = Literal["added", "removed", "changed"]
NO_BREAK: Final = "\u00a0"
LONGEST: Final = 120
"""Letters of a value quoted in a sentence; the whole value stands beside it."""


@dataclass(frozen=True)
class Change:
    """One thing that differs.

    ``where`` is the id of the element, field, rule or key (empty: the file as a whole), ``what`` the property
    (empty: the thing itself), ``old`` and ``new`` its value as text, None when it was or is not there.
    ``cosmetic``: nothing that runs, decides or is read by people changes.
    """

    movement: Movement
    where: str
    what: str
    old: str | None
    new: str | None
    cosmetic: bool
    sentence: str


@dataclass(frozen=True)
class FileChange:
    """A file that differs; ``cosmetic`` when each of its changes is."""

    path: str
    title: str
    movement: Movement
    details: tuple[Change, ...]

    @property
    def cosmetic(self) -> bool:
        """Whether nothing but drawing, white space or documentation changed."""
        return self.movement == "changed" and all(change.cosmetic for change in self.details)

    @property
    def telling(self) -> tuple[Change, ...]:
        """Return what is not cosmetic."""
        return tuple(change for change in self.details if not change.cosmetic)


def quoted(value: str | None) -> str:
    """Return a value as a sentence quotes it."""
    plain = " ".join((value or "").split())
    plain = duration(plain) or plain  # « 14 jours » rather than « P14D »
    shown = f"{plain[: LONGEST - 1]}…" if len(plain) > LONGEST else plain
    return f"«{NO_BREAK}{shown}{NO_BREAK}»" if shown else "rien"


def instead(old: str | None, new: str | None) -> str:
    """Return « X au lieu de Y », « X, nouveau », or « retiré (Y auparavant) »."""
    if new is None or new == "":
        return f"retiré ({quoted(old)} auparavant)"
    return f"{quoted(new)} au lieu de {quoted(old)}" if old not in (None, "") else f"{quoted(new)}, nouveau"


def added(where: str, label: str, sentence: str, *, cosmetic: bool = False) -> Change:
    """Return the change of a thing that was not there."""
    return Change("added", where, "", None, label, cosmetic, sentence)


def removed(where: str, label: str, sentence: str, *, cosmetic: bool = False) -> Change:
    """Return the change of a thing that is no longer there."""
    return Change("removed", where, "", label, None, cosmetic, sentence)


def whole(where: str, what: str, sentence: str, *, cosmetic: bool) -> Change:
    """Return a change that no single value tells (an order, a drawing)."""
    return Change("changed", where, what, None, None, cosmetic, sentence)


@dataclass(frozen=True)
class Subject:
    """What a sentence is about: its id, how the sentence begins, how its properties are called."""

    where: str
    said: str
    words: Mapping[str, str]
    cosmetic: frozenset[str] = frozenset()


def properties(subject: Subject, before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return how the properties of one thing differ, each in a sentence."""
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        movement: Movement = "added" if old is None else "removed" if new is None else "changed"
        word = subject.words.get(key, key.replace("_", " "))
        told = f"{subject.said} : {word} {instead(old, new)}."
        found.append(Change(movement, subject.where, key, old, new, key in subject.cosmetic, told))
    return found
