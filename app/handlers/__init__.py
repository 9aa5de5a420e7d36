"""The verbs of service tasks: a registry, then one module for each family of verbs."""

from app.handlers import anah, breaches, cases, duplicates, letters, partners, processes, reviews
from app.handlers.registry import Context, Result, dispatch, operations

__all__ = [
    "Context",
    "Result",
    "anah",
    "breaches",
    "cases",
    "dispatch",
    "duplicates",
    "letters",
    "operations",
    "partners",
    "processes",
    "reviews",
]
