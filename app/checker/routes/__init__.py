"""Where a case can go: elements never reached, ways that stop short, joins that wait for ever."""

from app.checker.routes.graph import problems

__all__ = ["problems"]
