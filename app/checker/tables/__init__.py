"""What decision tables answer: gaps, overlaps, rules that no case reaches."""

from app.checker.tables.coverage import problems

__all__ = ["problems"]
