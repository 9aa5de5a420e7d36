"""The rules of the checker, in the order in which a person would want to hear of them."""

from collections.abc import Callable, Iterator
from typing import Final

from app.checker import (
    drawing,
    flow,
    graph,
    messages,
    names,
    references,
    running,
    secrecy,
    tables,
    template_fields,
    unused,
    verbs,
)
from app.checker.model import Model
from app.checker.report import Problem

Rule = Callable[[Model], Iterator[Problem]]

RULES: Final[tuple[Rule, ...]] = (
    running.problems,
    references.problems,
    verbs.problems,
    messages.problems,
    names.problems,
    flow.problems,
    secrecy.problems,
    template_fields.problems,
    tables.problems,
    graph.problems,
    drawing.problems,
    unused.problems,
)
