"""The rules of the checker, in the order in which a person would want to hear of them."""

from collections.abc import Callable, Iterator
from typing import Final

from app.checker import drawings, engine_refusals, flow, names, references, routes, tables
from app.checker.model import Model
from app.checker.problem import Problem

Rule = Callable[[Model], Iterator[Problem]]

RULES: Final[tuple[Rule, ...]] = (
    engine_refusals.problems,
    references.missing_problems,
    references.verb_problems,
    references.message_problems,
    references.meeting_problems,
    references.invitation_problems,
    references.frequency_problems,
    references.hold_problems,
    references.act_problems,
    references.lane_problems,
    references.money_problems,
    references.assumption_problems,
    references.campaign_problems,
    references.planned_problems,
    names.unknown_problems,
    names.indicator_problems,
    flow.early_read_problems,
    flow.secrecy_problems,
    names.template_problems,
    tables.problems,
    routes.problems,
    drawings.problems,
    references.unused_problems,
)
