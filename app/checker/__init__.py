"""Judges a bundle: diagrams, decisions, forms, templates, settings; words for people."""

from app.checker.judging import check_files
from app.checker.report import Problem, Severity

__all__ = ["Problem", "Severity", "check_files"]
