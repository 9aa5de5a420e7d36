"""Relais: every alert is handed from partner to partner until it is settled."""

from flask import Flask


def create_app(settings: object | None = None) -> Flask:
    """Build the web application: bind the database, register the pages, nothing else."""
    from app.config import Settings
    from app.web import build

    resolved = settings if isinstance(settings, Settings) else Settings.from_env()
    return build(resolved)
