"""A line of the sheet, read: who, since when, at which step, what was done before and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.catalog.sheets import SheetRow
from app.engine.ways import Node, Stop
from app.services.takeover.route import Way

Raw = Mapping[str, Any]
"""Answers as typed, by field."""


@dataclass(frozen=True)
class Done:
    """A step done, on a known day or not, with what was answered."""

    node: Node
    on: date | None
    raw: Raw


@dataclass(frozen=True)
class Acted:
    """An act (« geste ») done on a day."""

    act: str
    on: date
    raw: Raw


@dataclass(frozen=True)
class Situation:
    """One open situation, ready to be played again.

    ``opened`` is the day of its alert; ``since`` that on which it came to ``stop``, when the sheet says it.
    ``answers`` are those of each form of the way, by form; what ``done`` says comes before them. The last
    three tell the household and the dwelling from others.
    """

    line: int
    reference: str
    household: str
    opened: date
    alert: Raw
    stop: Stop
    way: Way
    since: date | None
    done: tuple[Done, ...] = ()
    acts: tuple[Acted, ...] = ()
    answers: Mapping[str, Raw] = field(default_factory=dict)
    match_name: str = ""
    match_address: str = ""
    insee: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong on a line: the column when it is one's, a sentence, and whether the line is refused."""

    line: int
    column: str
    sentence: str
    refuses: bool = True


@dataclass(frozen=True)
class Read:
    """What a line says: a situation, or why not; a line that is left out on purpose has neither."""

    line: int
    situation: Situation | None = None
    problems: tuple[Problem, ...] = ()
    skipped: bool = False

    @property
    def refused(self) -> bool:
        """Whether the line cannot be taken over as it is."""
        return any(problem.refuses for problem in self.problems)


@dataclass
class Line:
    """A line being read, and what was found wrong on it."""

    row: SheetRow
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether something on it keeps it from being taken over."""
        return any(problem.refuses for problem in self.problems)

    def cell(self, column: str) -> str:
        """Return what stands in a column, empty when nothing does."""
        return self.row.cells.get(column, "")

    def first(self, columns: Iterable[str]) -> str:
        """Return the first of some columns in which something stands."""
        return next(filter(None, map(self.cell, columns)), "")

    def refuse(self, column: str, sentence: str) -> None:
        """Note what keeps the line from being taken over."""
        self._add(Problem(self.row.number, column, sentence))

    def note(self, column: str, sentence: str) -> None:
        """Note something to know, that keeps nothing from being done."""
        self._add(Problem(self.row.number, column, sentence, refuses=False))

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
