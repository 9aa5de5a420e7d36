"""The safe language that designers write in diagrams, decision tables and forms."""

from app.expressions.calendar import (
    add_months,
    after,
    counted_from,
    deadline,
    designer_functions,
    escalation,
    parse_duration,
    timer_instant,
    working_day_after,
)
from app.expressions.errors import ExpressionError
from app.expressions.language import KNOWN_FUNCTIONS, check, evaluate
from app.expressions.reading import is_path, mask_texts

__all__ = [
    "KNOWN_FUNCTIONS",
    "ExpressionError",
    "add_months",
    "after",
    "check",
    "counted_from",
    "deadline",
    "designer_functions",
    "escalation",
    "evaluate",
    "is_path",
    "mask_texts",
    "parse_duration",
    "timer_instant",
    "working_day_after",
]
