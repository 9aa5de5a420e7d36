"""Verdicts as a person reads them on a terminal."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from app.checker.report import Problem
from app.checker.verdicts import Verdict

WIDTH: Final = 100


class Style(Protocol):
    """Paints a text in a colour by name; a terminal without colours returns it as it is."""

    def __call__(self, text: str, *, fg: str | None = None, bold: bool | None = None) -> str: ...  # noqa: D102


def report(verdicts: Sequence[Verdict], paint: Style) -> Iterator[str]:
    """Yield the lines: a block for each file with problems, then the counts."""
    for verdict in verdicts:
        if verdict.problems:
            yield paint(verdict.path, bold=True)
            for problem in verdict.problems:
                yield from _told(problem, paint)
            yield ""
    yield summary(verdicts, paint)


def _told(problem: Problem, paint: Style) -> Iterator[str]:
    error = problem.severity == "error"
    mark = paint("✗ erreur", fg="red") if error else paint("! avertissement", fg="yellow")
    element = f" sur « {problem.element} »" if problem.element else ""
    yield f"  {mark}{element} ({problem.code})"
    yield from textwrap.wrap(
        problem.message,
        WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


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
