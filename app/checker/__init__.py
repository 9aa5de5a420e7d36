"""Judges a bundle: diagrams, decisions, forms, templates, settings; words for people."""

import logging

from app.checker.judging import check_files
from app.checker.report import Problem, Severity
from app.checker.sentences import report
from app.checker.verdicts import NothingToCheck, Verdict, as_json, check_paths
from app.checker.watch import judge

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
