"""Whether what falls due is being done: each process that does it leaves a sign of life.

« Le moteur des échéances ne tourne plus depuis 12 minutes » is read here by pages, doctor and metrics.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from app import clock, jobs
from app.database import db, end_read, transaction
from app.models import Heartbeat

EVERY: Final = timedelta(seconds=15)
"""How often a process writes that it is alive: a write a second would be felt on SQLite."""
SILENT: Final = timedelta(minutes=2)
"""After this long without a sign of life, what falls due is no longer being done."""
FORGET: Final = timedelta(hours=7 * 24)

_said: dict[tuple[str, str], datetime] = {}
"""When this process last said so, by database and kind."""


@dataclass(frozen=True)
class Pulse:
    """The processes of a kind: how many are alive, when one was last heard (None: never)."""

    kind: str
    alive: int
    last: datetime | None

    @property
    def silence(self) -> timedelta | None:
        """How long nobody was heard, None while somebody is alive or when nobody ever was."""
        return clock.now() - self.last if not self.alive and self.last is not None else None

    @property
    def said_silence(self) -> str:
        """How long nobody was heard, as people say it; empty while somebody is alive."""
        return _said_of(self.silence) if self.silence is not None else ""

    def sentence(self, start: str) -> str:
        """Return how it fares, in French; ``start`` names what starts it."""
        if self.beats:
            return "il tourne." if self.alive == 1 else f"il tourne, dans {self.alive} processus."
        if self.silence is None:
            return f"il n'a jamais tourné : lancez {start}. Rien ne part ni ne se déclenche sans lui."
        return f"il ne tourne plus depuis {self.said_silence} : lancez {start}. Rien n'est perdu."

    @property
    def beats(self) -> bool:
        """Whether somebody is alive."""
        return self.alive > 0


def beat(kind: str) -> int:
    """Write that this process got through its work, at most once in ``EVERY``; return 0."""
    now = clock.now()
    before = _said.get((_here(), kind))
    if before is not None and timedelta(0) <= now - before < EVERY:
        return 0
    with transaction() as session:
        touched = session.execute(
            update(Heartbeat).where(Heartbeat.id == _id(kind)).values(beat_at=now, stopped_at=None)
        )
        if not touched.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            session.add(
                Heartbeat(
                    id=_id(kind), kind=kind, host=socket.gethostname(), pid=os.getpid(), started_at=now,
                    beat_at=now,
                )
            )  # fmt: skip
    _said[_here(), kind] = now
    return 0


def leave() -> int:
    """Write that this process was told to end; return 0."""
    mine = [_id(kind) for place, kind in _said if place == _here()]
    _said.clear()
    with transaction() as session:
        session.execute(update(Heartbeat).where(Heartbeat.id.in_(mine)).values(stopped_at=clock.now()))
    return 0


def pulse(kind: str = "pump") -> Pulse:
    """Return the signs of life of one kind of process."""
    now = clock.now()
    # A clock that went back must not make the dead look alive for an hour.
    alive = Heartbeat.stopped_at.is_(None) & Heartbeat.beat_at.between(now - SILENT, now + SILENT)
    counted = db.session.scalar(
        select(func.count()).select_from(Heartbeat).where(Heartbeat.kind == kind, alive)
    )
    last = db.session.scalar(select(func.max(Heartbeat.beat_at)).where(Heartbeat.kind == kind))
    return Pulse(kind, counted or 0, last)


def everyone(limit: int = 50) -> list[Heartbeat]:
    """Return the processes heard lately, the newest sign first."""
    return list(db.session.scalars(select(Heartbeat).order_by(Heartbeat.beat_at.desc()).limit(limit)))


def tidy() -> int:
    """Forget processes that are long gone, but the last of each kind; return how many."""
    before = clock.now() - FORGET
    newest = db.session.scalars(select(func.max(Heartbeat.beat_at)).group_by(Heartbeat.kind)).all()
    end_read()
    with transaction() as session:
        gone = session.execute(
            delete(Heartbeat)
            .where(Heartbeat.beat_at < before)
            .where(Heartbeat.beat_at.not_in(list(newest)))
            .execution_options(synchronize_session=False)
        )
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a cursor result


def _said_of(silence: timedelta) -> str:
    """Return a silence as people say it: « 12 min », « 3 h », « 2 jours »."""
    minutes = int(silence.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} jours"


def _here() -> str:
    return str(db.engine.url)


def _id(kind: str) -> str:
    return f"{jobs.OWNER}:{kind}"
