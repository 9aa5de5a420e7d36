"""The verbs of service tasks: a registry, then one module for each family of verbs."""

from app.handlers import (
    anah,
    breaches,
    campaigns,
    cases,
    challenges,
    duplicates,
    letters,
    money,
    network,
    partners,
    processes,
    quotas,
    reviews,
    sites,
    stock,
    structures,
)
from app.handlers.registry import Context, Result, dispatch, operations

__all__ = [
    "Context",
    "Result",
    "anah",
    "breaches",
    "campaigns",
    "cases",
    "challenges",
    "dispatch",
    "duplicates",
    "letters",
    "money",
    "network",
    "operations",
    "partners",
    "processes",
    "quotas",
    "reviews",
    "sites",
    "stock",
    "structures",
]
