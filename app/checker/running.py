"""What the engine refuses to run."""

from collections.abc import Iterator
from typing import Final

from app.checker.model import Model
from app.checker.past_faults import sentence
from app.checker.report import Problem
from app.engine import ProgrammeFault, compile_fresh

ELSEWHERE: Final = frozenset({"unknown-call"})
"""Findings that need the rest of the bundle: not said of a file judged alone."""


def problems(model: Model) -> Iterator[Problem]:
    """Yield everything the engine refuses in the readable diagrams."""
    diagrams = {path: model.files[path] for path in model.roots}
    try:
        compile_fresh(diagrams, "")
    except ProgrammeFault as fault:
        yield Problem(
            str(fault.facts["file"]),
            str(fault.facts["element"] or ""),
            "error",
            "unreadable",
            sentence(fault.facts["cause"]),
        )
