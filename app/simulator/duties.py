"""Duties and promises of a simulated run: looked at when something falls due, never in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import event, func, select

from app import clock
from app.database import db
from app.models import Breach, Duty, JournalLine
from app.services import duties

At = Callable[[datetime, Callable[[], None]], None]


class DutyWatch:
    """Lets duties warn and close, and promises be broken, at their instants.

    Args:
        at: plans an action for an instant of the run.
    """

    def __init__(self, at: At) -> None:
        self._at = at
        self._planned: set[datetime] = set()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of every duty that begins, moves or is left, for the time of the block."""
        for what in ("after_insert", "after_update"):
            event.listen(Duty, what, self._on_duty)
        try:
            yield
        finally:
            for what in ("after_insert", "after_update"):
                event.remove(Duty, what, self._on_duty)

    def _on_duty(self, mapper: Any, connection: Any, row: Duty) -> None:
        del mapper, connection
        if row.status == "leaving":
            self.due(clock.now())
        elif row.status == "watching":
            self.due(row.window_to)
            self.due(row.retry_at)
            self.due(row.warn_at)

    def due(self, moment: datetime | None) -> None:
        """Look at what is due at that instant, once."""
        if moment is not None and moment not in self._planned:
            self._planned.add(moment)
            self._at(moment, lambda: self._look(moment))

    def _look(self, moment: datetime) -> None:
        self._planned.discard(moment)
        while duties.watch_due():
            pass


def breaches_found() -> dict[str, int]:
    """Return how many breaches each rule had, by ``process/element``."""
    rows = db.session.execute(select(Breach.rule, Breach.element, Breach.missed))
    found: dict[str, int] = {}
    for rule, element, missed in rows:
        key = f"{rule['process']}/{element}"
        found[key] = found.get(key, 0) + missed
    return dict(sorted(found.items()))


def warnings_given() -> int:
    """Return how often somebody was warned that a window would be missed."""
    lines = select(func.count()).select_from(JournalLine).where(JournalLine.action == "frequence.avertie")
    return db.session.scalar(lines) or 0
