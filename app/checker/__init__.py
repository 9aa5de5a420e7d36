"""Judges a bundle: diagrams, decisions, forms, templates, settings; words for people."""

import logging

from app.checker.judging import check_files
from app.checker.problem import Problem, Severity
from app.checker.verdicts import NothingToCheck, Verdict, as_json, check_paths, judge, report

__all__ = [
    "NothingToCheck",
    "Problem",
    "Severity",
    "Verdict",
    "as_json",
    "check_files",
    "check_paths",
    "judge",
    "report",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())
"""A program that set up no log must not show our errors on its terminal."""
