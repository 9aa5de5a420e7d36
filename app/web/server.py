"""Serves the application with gunicorn: threads in one process, or several processes."""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

THREADS: Final = 8
"""Requests one process answers at a time."""


class Log(Logger):
    """gunicorn's own lines, written and scrubbed with all the others: they may quote an address."""

    def setup(self, cfg: Any) -> None:
        """Let the root's handler write."""
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True


class Server(BaseApplication):
    """gunicorn with our settings instead of a configuration file."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand over our settings."""
        for key, value in self.options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        """Return the application to serve."""
        return self.app


def serve(
    app: Flask,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    on_start: Callable[[], Callable[[], None] | None] | None = None,
) -> None:
    """Serve until stopped.

    Args:
        on_start: called once in each process after it has been forked (starts the pump there: a thread
            does not survive a fork); what it returns, if anything, is called when that process stops.
    """
    stops: list[Callable[[], None]] = []

    def started(_worker: object) -> None:
        stop = on_start() if on_start is not None else None
        if stop is not None:
            stops.append(stop)

    def stopped(_server: object, _worker: object) -> None:
        while stops:
            stops.pop()()

    Server(
        app,
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": 40,  # what is under way ends: a request, a round of the pump, a layout
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": Log,
            "post_worker_init": started,
            "worker_exit": stopped,
        },
    ).run()
