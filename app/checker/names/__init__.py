"""The names that expressions and templates read: those that nothing gives."""

from app.checker.names.in_templates import problems as template_problems
from app.checker.names.unknown import problems as unknown_problems

__all__ = ["template_problems", "unknown_problems"]
