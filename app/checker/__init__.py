"""Judges a bundle: diagrams, decisions, forms, templates, settings; words for people.

``files`` reads what was handed in into a ``Model``, ``judging`` asks every rule of ``rules`` about it, and
``verdicts`` answers, each file its own. The rules stand by what they judge: ``engine_refusals``,
``references`` (what files name in each other), ``names`` (in expressions and templates), ``flow`` (data on
their way), ``tables``, ``routes``, ``drawings``. They share ``inventory`` (what a bundle holds by name),
``diagrams`` (elements and flows) and ``values`` (what an expression can take).
"""

import logging

from app.checker.judging import check_files
from app.checker.problem import Problem, Severity
from app.checker.verdicts import NothingToCheck, Verdict, as_json, bounded, check_paths, judge, report

__all__ = [
    "NothingToCheck",
    "Problem",
    "Severity",
    "Verdict",
    "as_json",
    "bounded",
    "check_files",
    "check_paths",
    "judge",
    "report",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())
"""A program that set up no log must not show our errors on its terminal."""
