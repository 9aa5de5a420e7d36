"""Judging files: reading each, then every rule on what could be read."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from app.catalog.settings import FILE as SETTINGS_FILE
from app.checker.files.reading import guarded, read
from app.checker.model import Model
from app.checker.problem import Problem
from app.checker.rules import RULES, Rule


def check_files(
    files: Mapping[str, bytes], *, whole: bool = True, unread: Collection[str] = ()
) -> list[Problem]:
    """Return everything wrong in ``files``, errors and warnings, file by file.

    Args:
        files: normalised names (``bpmn/visite.bpmn``, ``territoire.toml``) to content.
        whole: they are all the files of a bundle; false when they are judged without the rest.
        unread: names of files that exist but could not be opened: nobody says that they are missing.

    Nothing is raised: what cannot be judged is itself a problem.
    """
    model, found, doubts = read(files, whole=whole, unread=unread)
    for rule in RULES:
        found += _applied(rule, model)
    told = {problem.path for problem in found}
    found += [doubt for doubt in doubts if doubt.path not in told]
    return in_order(_without_echoes(set(found), model), files)


def in_order(problems: Iterable[Problem], files: Mapping[str, bytes]) -> list[Problem]:
    """Return the problems file by file, errors first, then as their elements come in the file."""

    def place(problem: Problem) -> tuple[str, bool, int, Problem]:
        return (
            problem.path,
            problem.severity != "error",
            _place(files.get(problem.path, b""), problem),
            problem,
        )

    return sorted(problems, key=place)


def _place(data: bytes, problem: Problem) -> int:
    """Return where an element is declared in its file, else where it is first named."""
    if not problem.element:
        return -1
    quoted = f'"{problem.element}"'.encode(errors="replace")
    declared = data.find(b" id=" + quoted)
    return declared if declared >= 0 else data.find(quoted)


_OF_TABLES: Final = frozenset({"dmn-gap", "dmn-overlap", "dmn-dead-rule"})
_WRONG_COLUMN: Final = frozenset({"bad-decision", "unknown-name", "unknown-field", "unknown-setting"})
_OF_DRAWING: Final = frozenset({"no-position", "overlap", "out-of-lane", "unlabelled"})


def _without_echoes(found: set[Problem], model: Model) -> Iterator[Problem]:
    """Yield the problems, without what is only the echo of another: one fault is told once.

    What a table covers depends on the answers that may come, hence on forms that can be read and on columns
    whose names exist; of a table alone only what is sure is said. How an element at fault is drawn, and what
    a file at fault is for, are questions for later.
    """
    form_broken = any(path.startswith("forms/") for path in model.broken)
    in_error = {problem.path for problem in found if problem.severity == "error"}
    tables_wrong = {problem.path for problem in found if problem.code in _WRONG_COLUMN}
    too_long = {problem.path for problem in found if problem.code == "too-many-steps"}
    elements_wrong = {
        (problem.path, problem.element)
        for problem in found
        if problem.severity == "error" and problem.code not in _OF_DRAWING
    }
    reached_twice = {(item.path, item.element) for item in found if item.code == "join-reached-twice"}
    for problem in found:
        echo = (
            (problem.code in _OF_TABLES and (form_broken or problem.path in tables_wrong))
            or (problem.code == "dmn-gap" and problem.severity == "warning" and not model.whole)
            or (problem.code in _OF_DRAWING and (problem.path, problem.element) in elements_wrong)
            or (problem.code.startswith("unused-") and problem.path in in_error)
            or (problem.code == "too-many-elements-to-read" and problem.path in too_long)
            or (problem.code == "join-waits-for-one-way" and (problem.path, problem.element) in reached_twice)
        )
        if not echo:
            yield problem


def _applied(rule: Rule, model: Model) -> list[Problem]:
    """Return what a rule says; when it breaks, it is asked about each file alone."""
    found: list[Problem] = []
    broken: list[Problem] = []
    blamed = SETTINGS_FILE if SETTINGS_FILE in model.files else min(model.files, default=SETTINGS_FILE)
    if guarded(blamed, broken, lambda: found.extend(rule(model))):
        return found
    found = []
    for path in model.files:
        guarded(path, found, partial(_alone, rule, model.only(path), found))
    told = [problem for problem in found if problem.code in {"unreadable", "too-deep", "too-slow"}]
    return found if told else found + broken


def _alone(rule: Rule, model: Model, found: list[Problem]) -> None:
    found.extend(rule(model))
