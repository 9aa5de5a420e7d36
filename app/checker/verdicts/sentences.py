"""Verdicts as a person reads them on a terminal."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from app.catalog.words import printable
from app.checker.problem import Problem
from app.checker.verdicts.paths import Verdict

WIDTH: Final = 100
NAMED: Final = 8
"""Elements named for one sentence; the others are counted."""

_SIGN_AFTER: Final = re.compile(r" (?=[»:;?!])")
_SIGN_BEFORE: Final = re.compile(r"(?<=«) ")
"""Spaces at which French does not break a line."""


class Style(Protocol):
    """Paints a text in a colour by name; a terminal without colours returns it as it is."""

    def __call__(self, text: str, *, fg: str | None = None, bold: bool | None = None) -> str: ...  # noqa: D102


def report(verdicts: Sequence[Verdict], paint: Style) -> Iterator[str]:
    """Yield the lines: a block for each file with problems, then the counts."""
    for verdict in verdicts:
        if verdict.problems:
            yield paint(printable(verdict.path), bold=True)
            for alike in _alike(verdict.problems):
                yield from _told(alike, paint)
            yield ""
    yield summary(verdicts, paint)


def _alike(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Return the problems of a file, those of one sentence together."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.severity, problem.code, problem.message), []).append(problem)
    return list(groups.values())


def _told(alike: Sequence[Problem], paint: Style) -> Iterator[str]:
    first = alike[0]
    error = first.severity == "error"
    mark = paint("✗ erreur", fg="red") if error else paint("! avertissement", fg="yellow")
    elements = [f"« {printable(problem.element)} »" for problem in alike[:NAMED] if problem.element]
    where = f" sur {', '.join(elements)}" if elements else ""
    if len(alike) > NAMED:
        where += f" et {_count(len(alike) - NAMED, 'autre', 'autres')}"
    yield f"  {mark}{where} ({first.code})"
    for line in textwrap.wrap(
        _SIGN_AFTER.sub("\u00a0", _SIGN_BEFORE.sub("\u00a0", printable(first.message))),
        WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield line.replace("\u00a0", " ")


def summary(verdicts: Sequence[Verdict], paint: Style) -> str:
    """Return the last line: how many files were judged, and what was found."""
    problems = [problem for verdict in verdicts for problem in verdict.problems]
    errors = sum(problem.severity == "error" for problem in problems)
    judged = _count(len(verdicts), "fichier vérifié", "fichiers vérifiés")
    if not problems:
        return f"{paint('✓', fg='green')} {judged}, rien à signaler."
    told = [_count(errors, "erreur", "erreurs")] if errors else []
    if len(problems) > errors:
        told.append(_count(len(problems) - errors, "avertissement", "avertissements"))
    touched = _count(sum(bool(verdict.problems) for verdict in verdicts), "fichier", "fichiers")
    mark = paint("✗", fg="red") if errors else paint("!", fg="yellow")
    return f"{mark} {judged} : {' et '.join(told)} dans {touched}."


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number < 2 else several}"
