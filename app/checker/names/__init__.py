"""The names that expressions and templates read: those that nothing gives."""

from app.checker.names.in_indicators import problems as indicator_problems
from app.checker.names.in_templates import problems as template_problems
from app.checker.names.unknown import problems as unknown_problems

__all__ = ["indicator_problems", "template_problems", "unknown_problems"]
