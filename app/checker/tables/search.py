"""Looks for a combination of values that a set of rules leaves uncovered, within a bounded search."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import RelaisError

Choice = tuple[int, int]
"""A class of values: its number in its column, and the rules (one bit each) that cover it there."""


class TooLargeToProve(RelaisError):
    """The search was given up: nothing is known."""

    sentence_template = "Cette table est trop grande pour être vérifiée en entier."


@dataclass
class Budget:
    """How much work may still be done, in steps of a few microseconds."""

    left: int

    def spend(self, steps: int = 1) -> None:
        """Count ``steps`` of work.

        Raises:
            TooLargeToProve: none is left.
        """
        self.left -= steps
        if self.left < 0:
            raise TooLargeToProve


def uncovered(columns: Sequence[Sequence[Choice]], rules: int, budget: Budget) -> list[int] | None:
    """Return one class for each column such that no rule covers them all, None when there is no such choice.

    A rule covers a combination when its bit stands in the class chosen in every column.

    Raises:
        TooLargeToProve: the search took more than the budget allows.
    """
    if not all(columns):
        return None
    return _Search(columns, budget).find(rules)


class _Search:
    def __init__(self, columns: Sequence[Sequence[Choice]], budget: Budget) -> None:
        self.columns = [_distinct(choices) for choices in columns]
        self.order = sorted(range(len(columns)), key=lambda n: len(self.columns[n]))
        self.budget = budget
        self.failed: set[tuple[int, int]] = set()
        self.always = self._always()

    def _always(self) -> list[int]:
        """At each depth, the rules that cover every class of the columns still to choose."""
        found, every = [-1], -1
        for column in reversed(self.order):
            for _, cover in self.columns[column]:
                every &= cover
            found.append(every)
        return found[::-1]

    def find(self, rules: int) -> list[int] | None:
        chosen = self._below(0, rules)
        if chosen is None:
            return None
        places = [self.columns[n][0][0] for n in range(len(self.columns))]
        for column, place in zip(self.order, chosen, strict=False):
            places[column] = place
        return places

    def _below(self, depth: int, rules: int) -> list[int] | None:
        """The classes of the columns from ``depth`` on, as many as it takes."""
        if not rules:
            return []
        if rules & self.always[depth] or depth == len(self.order) or (depth, rules) in self.failed:
            return None
        for place, cover in self.columns[self.order[depth]]:
            self.budget.spend()
            rest = self._below(depth + 1, rules & cover)
            if rest is not None:
                return [place, *rest]
        self.failed.add((depth, rules))
        return None


def _distinct(choices: Sequence[Choice]) -> list[Choice]:
    """The choices that differ, those that cover least first."""
    first: dict[int, int] = {}
    for place, cover in choices:
        first.setdefault(cover, place)
    return sorted(((place, cover) for cover, place in first.items()), key=lambda item: item[1].bit_count())
