"""What the server writes about its work: ids and durations, never a name, an answer or an address (LAW-1).

Two forms of the same lines: plain text for eyes, JSON for machines (``RELAIS_LOGS=json``). An error is told
by its family and the way to it: its message may quote the row that a database refused.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO
from uuid import UUID

from pythonjsonlogger.json import JsonFormatter

from app import clock, tenancy

FIELDS: Final = (
    "request_id", "method", "route", "status", "duration_ms", "territory", "territory_id", "user_id",
    "process_id", "case_id", "task_id", "element", "timer_id", "job_id", "job", "step",
)  # fmt: skip
"""What a line may carry beside its message: ids, names of routes and of elements, figures."""

_LEVELS: Final = {"WARNING": "ATTENTION", "ERROR": "ERREUR", "CRITICAL": "GRAVE", "DEBUG": "DÉTAIL"}
_HIDDEN: Final = (
    (re.compile(r"/(o|r|acces)/[^\s/\"'?&<>]+"), r"/\1/…"),
    (re.compile(r"[^\s/\"'=]{16,}\.ics"), "….ics"),
    (re.compile(r"([a-z][a-z0-9+]*://)[^\s/@\"']+@"), r"\1…@"),
    (re.compile(r"[^\s@<>\"'(,;:]+@[\w-]+(\.[\w-]+)+"), "…@…"),
    (re.compile(r"\b(Bearer|token=|jeton=)\s*[^\s&\"']+", re.IGNORECASE), r"\1 …"),
)
"""Personal links, feeds, passwords in addresses, e-mail addresses: whoever lets one into a line."""

_about: ContextVar[Mapping[str, str]] = ContextVar("relais_log_about", default={})  # noqa: B039  # never changed
Trouble = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Let every line of the block carry these ids (names among ``FIELDS``); None adds nothing."""
    told = {name: str(value) for name, value in ids.items() if value is not None}
    token = _about.set({**_about.get(), **told})
    try:
        yield
    finally:
        _about.reset(token)


def start_afresh(**ids: object) -> None:
    """Forget the ids of what this thread did before; keep these from now on (a request begins)."""
    _about.set({})
    remember(**ids)


def remember(**ids: object) -> None:
    """Add ids to the lines of the block under way, such as a request that learns who is asking."""
    told = {name: str(value) for name, value in ids.items() if value is not None}
    _about.set({**_about.get(), **told})


def scrub(line: str) -> str:
    """Return a line without what nobody should read in it."""
    for pattern, instead in _HIDDEN:
        line = pattern.sub(instead, line)
    return line


def configure(style: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Write the lines of the whole process to ``stream`` (the standard error): ``texte`` or ``json``."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if style == "json" else _Text())
    handler.addFilter(_tell)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(level)


def _tell(record: logging.LogRecord) -> bool:
    for name, value in _facts().items():
        if not hasattr(record, name):
            setattr(record, name, value)
    return True


def _facts() -> dict[str, str]:
    facts = dict(_about.get())
    scope = tenancy.scope_or_none()
    if isinstance(scope, UUID) and "territory" not in facts:
        facts["territory_id"] = str(scope)
    return facts


def _instant(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _way(trouble: Trouble) -> str:
    family, _, trace = trouble
    return "".join(traceback.format_tb(trace)) + (family.__name__ if family is not None else "")


class _Text(logging.Formatter):
    """``22/11/2026 10:42:07 ATTENTION app.jobs : message (job=… territory=…)``, hours of Paris."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        when = _instant(record).astimezone(clock.PARIS).strftime("%d/%m/%Y %H:%M:%S")
        level = _LEVELS.get(record.levelname, record.levelname)
        ids = " ".join(f"{name}={getattr(record, name)}" for name in FIELDS if hasattr(record, name))
        line = f"{when} {level} {record.name} : {record.getMessage()}" + (f" ({ids})" if ids else "")
        if record.exc_info:
            line += "\n" + _way(record.exc_info)
        return scrub(line)


class _Json(JsonFormatter):
    """One object a line: ``time``, ``level``, ``logger``, ``message``, the ids, ``error`` if there is one."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Keep what a line may carry, nothing that somebody attached to it."""
        return {name: value for name, value in log_data.items() if name in _KEPT}

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill the object from the record."""
        del message_dict
        log_data["time"] = _instant(record).isoformat()
        log_data["level"], log_data["logger"] = record.levelname, record.name
        log_data["message"] = record.getMessage()
        for name in FIELDS:
            if hasattr(record, name):
                log_data[name] = getattr(record, name)
        if record.exc_info:
            log_data["error"] = _way(record.exc_info)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return scrub(super().format(record))


_KEPT: Final = frozenset({"time", "level", "logger", "message", "error", *FIELDS})
