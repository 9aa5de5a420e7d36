"""How a diagram is drawn: every element in its place, none over another."""

from app.checker.drawings.layout import problems

__all__ = ["problems"]
