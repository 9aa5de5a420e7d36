"""Relais: every alert is handed from partner to partner until it is settled."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask  # a process that lays out a page has no use for it, and it takes a while

try:
    __version__ = version("relais")
except PackageNotFoundError:  # run from files that nobody installed
    __version__ = "0"


def create_app(settings: object | None = None) -> "Flask":
    """Build the web application: bind the database, register the pages, nothing else."""
    from app.config import Settings
    from app.web import build

    resolved = settings if isinstance(settings, Settings) else Settings.from_env()
    return build(resolved)
