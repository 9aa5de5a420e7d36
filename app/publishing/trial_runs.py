"""Simulations at work: a bounded number at once, each in a process of low priority, followed by a thread.

The thread hands the progress to the row, and looks there whether somebody wants the simulation stopped: any
process of the server may be asked. A row whose thread gives no sign any more was left by a server that
went away; whoever looks next says so.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import func, select, update

from app import clock, jobs, tenancy
from app.database import db, end_read, transaction
from app.models import Release, Trial
from app.publishing import child, nursery
from app.publishing.children import BROKEN, Child
from app.simulator.words import counted, day

AT_ONCE: Final = max(1, (os.cpu_count() or 2) // 2)
"""Simulations at work at once, over all territories; one a territory."""
BEAT: Final = 0.4
"""Seconds between two looks at a process and at its row."""
SIGN: Final = 5.0
"""Seconds after which a runner says that it is there, whatever its process says."""
SILENT: Final = timedelta(seconds=45)
"""A simulation whose runner has said nothing for so long has no runner any more."""
LONGEST: Final = 3_600
"""Seconds of processor, and of the clock, that a simulation may take."""
NICE: Final = 10
_CLAIM_LOCK: Final = 0x45535341  # any number, the same for every process
_TOO_LONG: Final = (
    "La simulation a duré plus d'une heure : elle est arrêtée. Demandez moins de ménages ou moins de mois."
)
_LEFT: Final = (
    "Le serveur s'est arrêté pendant la simulation : elle n'est pas allée au bout. Rien n'est perdu de votre "
    "brouillon ; relancez-la."
)
Ending = tuple[str, str] | tuple[str, str, Mapping[str, Any]]
"""Status and sentence; the figures of both programmes once it is done."""
_log = logging.getLogger(__name__)
_hurried: dict[UUID, threading.Event] = {}


def is_orphan(row: Trial) -> bool:
    """Whether a simulation at work has lost its runner."""
    return row.status == "running" and (row.seen_at is None or row.seen_at < clock.now() - SILENT)


def look_after(limit: int = 0) -> int:
    """Say of simulations whose runner is gone that they were interrupted, and begin those whose turn it is.

    Returns how many were begun; ``limit`` is there because the pump gives one.
    """
    del limit
    with tenancy.unscoped("due_work"):
        busy = db.session.scalar(
            select(func.count()).select_from(Trial).where(Trial.status.in_(("waiting", "running")))
        )
    end_read()
    return take_turns() if busy else 0


def take_turns() -> int:
    """Begin the simulations whose turn it is, in threads of this process; return how many."""
    begun = 0
    # The thread outlives the request: it takes the application itself.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    while True:
        claimed = _claim()
        if claimed is None:
            return begun
        begun += 1
        trial_id, territory_id = claimed
        _hurried[trial_id] = threading.Event()
        threading.Thread(
            target=_follow, args=(app, trial_id, territory_id), name=f"trial {trial_id}", daemon=True
        ).start()


def hurry(trial_id: UUID) -> None:
    """Let the follower of a simulation, if it is here, look at its row at once."""
    event = _hurried.get(trial_id)
    if event is not None:
        event.set()


def _claim() -> tuple[UUID, UUID] | None:
    """Take the next simulation whose turn it is, if there is a place; those without a runner are settled."""
    now = clock.now()
    with tenancy.unscoped("due_work"), transaction() as session:
        if session.connection().dialect.name == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
        lost = (Trial.status == "running") & ((Trial.seen_at.is_(None)) | (Trial.seen_at < now - SILENT))
        session.execute(
            update(Trial)
            .where(lost)
            .values(status="interrupted", sentence=_LEFT, ended_at=now)
            .execution_options(synchronize_session=False)
        )
        running = list(session.scalars(select(Trial.territory_id).where(Trial.status == "running")))
        if len(running) >= AT_ONCE:
            return None
        row = session.execute(
            select(Trial.id, Trial.territory_id)
            .where(Trial.status == "waiting", Trial.territory_id.not_in(running))
            .order_by(Trial.created_at, Trial.id)
            .limit(1)
        ).first()
        if row is None:
            return None
        values = {"status": "running", "owner": jobs.OWNER, "seen_at": now, "started_at": now}
        session.execute(
            update(Trial)
            .where(Trial.id == row.id)
            .values(**values, stage="Préparation")
            .execution_options(synchronize_session=False)
        )
    return row.id, row.territory_id


def _follow(app: Flask, trial_id: UUID, territory_id: UUID) -> None:
    """Start the process of a simulation and follow it to its end; then begin the next one."""
    with app.app_context():
        try:
            with tenancy.serving(territory_id):
                _live(trial_id)
        except Exception as error:  # noqa: BLE001  # the guard of one simulation: its row must not stay at work
            _log.warning("trial %s failed: %s", trial_id, type(error).__name__)
            db.session.rollback()
            with tenancy.serving(territory_id):
                _settle(trial_id, ("failed", BROKEN))
        finally:
            try:
                take_turns()
            finally:
                db.session.remove()
                _hurried.pop(trial_id, None)


def _live(trial_id: UUID) -> None:
    process = nursery.born(child.SIMULATE, _asked(trial_id), seconds=LONGEST, nice=NICE)
    hurried = _hurried.get(trial_id) or threading.Event()
    begun = written = time.monotonic()
    try:
        while True:
            hurried.wait(BEAT)
            hurried.clear()
            said = process.messages(0)
            ended = _ended(process, said, time.monotonic() - begun)
            if ended is not None:
                _settle(trial_id, ended)
                return
            news = said[-1] if said else {}
            if "percent" in news or time.monotonic() - written > SIGN:
                written = time.monotonic()
                _note(trial_id, news)
            if _stop_wanted(trial_id):
                process.close()
                _settle(trial_id, ("stopped", ""))
                return
    finally:
        process.close()


def _ended(process: Child, said: Sequence[Mapping[str, Any]], seconds: float) -> Ending | None:
    """Return how a simulation ended (status, sentence, figures), None while it is at work."""
    last = said[-1] if said else {}
    if "done" in last:
        return "done", "", last["done"]
    if "fault" in last:
        return "failed", _told_fault(last)
    if process.ended:
        return "failed", BROKEN
    return ("failed", _TOO_LONG) if seconds > LONGEST else None


def _asked(trial_id: UUID) -> dict[str, Any]:
    row = db.session.scalars(select(Trial).where(Trial.id == trial_id)).one()
    plan = dict(row.plan)
    reference = (
        db.session.execute(select(Release.files, Release.number).where(Release.id == row.reference_id)).one()
        if row.reference_id is not None
        else None
    )
    asked = {
        "files": dict(row.files),
        "label": row.label,
        "plan": {name: plan[name] for name in ("households", "months", "seed")},
        "assumptions": plan["assumptions"],
        "reference": dict(reference.files) if reference else None,
        "reference_label": f"la version {reference.number}" if reference else "",
    }
    end_read()
    return asked


def _note(trial_id: UUID, news: Mapping[str, Any]) -> None:
    """Give a sign of life, and write the progress when there is some."""
    values: dict[str, Any] = {"seen_at": clock.now()}
    if "percent" in news:
        values |= {"percent": news["percent"], "stage": news["stage"], "told": told(news)}
    _write(trial_id, values)


def _stop_wanted(trial_id: UUID) -> bool:
    row = db.session.execute(select(Trial.status, Trial.stop_wanted).where(Trial.id == trial_id)).first()
    end_read()
    return row is None or row.stop_wanted or row.status != "running"


def told(progress: Mapping[str, Any]) -> str:
    """Return how far a simulation has come, in words: « 14 mars 2026, 12 ménages signalés, 3 réglés »."""
    if "day" not in progress:
        return ""
    reached = day(date.fromisoformat(progress["day"]))
    if not progress["started"]:
        return reached
    started = counted(progress["started"], "ménage signalé", "ménages signalés")
    return f"{reached} : {started}, {counted(progress['closed'], 'réglé', 'réglés')}"


def _told_fault(last: Mapping[str, Any]) -> str:
    problems = last.get("problems") or {}
    lines = [f"{name} : {' '.join(said)}" for name, said in sorted(problems.items())]
    return " ".join([str(last["fault"]), *lines])


def _settle(trial_id: UUID, ending: Ending) -> None:
    """Write how a simulation ended, unless its row says already."""
    now = clock.now()
    values: dict[str, Any] = {"status": ending[0], "sentence": ending[1], "ended_at": now, "seen_at": now}
    if len(ending) == 3:
        values |= {"result": ending[2]["result"], "reference": ending[2]["reference"], "percent": 100}
    _write(trial_id, values)


def _write(trial_id: UUID, values: Mapping[str, Any]) -> None:
    with transaction() as session:
        session.execute(
            update(Trial)
            .where(Trial.id == trial_id, Trial.status == "running")
            .values(**values)
            .execution_options(synchronize_session=False)
        )
