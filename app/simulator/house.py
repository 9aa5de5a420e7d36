"""A private place to run in: a database in memory, a folder for a time, one territory, its people.

The configured database is never opened. Nothing leaves: the jobs that send and render are never run.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import event

from app import clock, tenancy
from app.catalog.bundle import Bundle
from app.catalog.simulation import Crew
from app.config import Settings as ServerSettings
from app.database import Base, bind, db, transaction
from app.models import (
    Case,
    Dwelling,
    Household,
    Membership,
    Orientation,
    Partner,
    ProcessInstance,
    Release,
    Task,
    Territory,
    User,
)
from app.services import actors, ceilings, compiling, first_money, first_sites, releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease

_SECRET: Final = "secret d'une simulation, le temps d'un calcul"  # noqa: S105  # lives for one run
_AT_HAND: Final = (Case, Dwelling, Household, Orientation, Partner, ProcessInstance, Task, Territory, User)
_MAIL: Final = "simulation.invalid"
_AHEAD: Final = 7_400
"""Days ahead up to which what ends is renewed: longer than any run."""


@dataclass(frozen=True)
class Colleague:
    """Somebody of a crew, who acts with the rights of their role."""

    number: int
    actor: Actor
    role: str
    crew: Crew


@dataclass(frozen=True)
class House:
    """The territory being served, its release and its people."""

    release: LoadedRelease
    colleagues: tuple[Colleague, ...]


@contextmanager
def open_house(bundle: Bundle) -> Iterator[House]:
    """Build the house for the time of the block, serve its territory, then leave no trace."""
    folder = Path(tempfile.mkdtemp(prefix=_prefix(os.getpid()), dir=_memory()))
    before = _end_in_order()
    try:
        app = Flask("relais-simulation", root_path=str(folder))
        app.config["RELAIS_SETTINGS"] = _server(folder)
        bind(app, "sqlite://", data_key=_SECRET)
        with app.app_context():
            try:
                Base.metadata.create_all(db.engine)
                _stand_alone()
                ceilings.load_shipped()
                with tenancy.serving(_territory(bundle)):
                    release = _with_assumptions(_release(bundle), bundle)
                    _directory(release)
                    _money(release)
                    yield House(release, tuple(_people(release)))
            finally:
                db.session.remove()
                db.engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def clear_after(pid: int) -> None:
    """Remove what a process that was killed has left: it had no time to do it."""
    for folder in Path(_memory() or tempfile.gettempdir()).glob(f"{_prefix(pid)}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _prefix(pid: int) -> str:
    return f"relais-simulation-{pid}-"


def _end_in_order() -> signal.Handlers | None:
    """Let the order to end (SIGTERM) leave no more behind than Ctrl+C; return what stood there before."""
    if threading.current_thread() is not threading.main_thread():
        return None
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    return signal.SIG_DFL


def _memory() -> str | None:
    """Return a folder that lives in memory, where the system has one; None: the usual temporary one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # private: mkdtemp makes it


def _stand_alone() -> None:
    """Keep what is read: nobody else writes here. Rows that every step needs stay at hand.

    What a step has read stays true for the next one, and is not read again. The answers, the journal and
    the messages are let go.
    """
    session = db.session()
    session.info["alone"], session.expire_on_commit = True, False
    held: set[object] = session.info.setdefault("held", set())

    def hold(_: object, row: object) -> None:
        if isinstance(row, _AT_HAND):
            held.add(row)

    event.listen(session, "pending_to_persistent", hold)
    event.listen(session, "loaded_as_persistent", hold)


def _server(folder: Path) -> ServerSettings:
    return ServerSettings(
        database_url="sqlite://",
        secret_key=_SECRET,
        data_key=_SECRET,
        base_url="http://127.0.0.1:8000",
        files_folder=folder / "files",
        programmes_root=folder,
    )


def _territory(bundle: Bundle) -> UUID:
    settings = bundle.settings
    # Loaded releases are kept by territory and release: a drawn id would give a twin run another's programme.
    territory_id = uuid4()
    live = {
        "annee_anah": settings.anah_year,
        "zone_anah": settings.anah_zone,
        "jours_fermes": sorted(day.isoformat() for day in settings.closing_days),
    }
    with transaction() as session:
        session.add(
            Territory(
                id=territory_id, code=settings.code, name=settings.name, created_at=clock.now(), live=live
            )
        )
    return territory_id


def _release(bundle: Bundle) -> LoadedRelease:
    """Store the bundle as the only release; what cannot run is refused here."""
    compiling.compiled(bundle)
    release_id = uuid4()
    with transaction() as session:
        session.add(
            Release(
                id=release_id,
                number=1,
                fingerprint=bundle.fingerprint,
                files={name: content.decode() for name, content in bundle.files.items()},
                published_at=clock.now(),
                note="Simulation",
            )
        )
    return releases.of(release_id)


def _with_assumptions(release: LoadedRelease, bundle: Bundle) -> LoadedRelease:
    """Let what is assumed of the teams be the bundle's own, which a trial may have changed."""
    settings = replace(release.settings, simulation=bundle.settings.simulation)
    return replace(release, bundle=replace(release.bundle, settings=settings))


def _directory(release: LoadedRelease) -> None:
    """One partner of each kind, for every commune."""
    with transaction() as session:
        for kind in release.settings.partner_kinds.values():
            session.add(Partner(kind=kind.id, name=kind.label, communes=[], email=f"{kind.id}@{_MAIL}"))


def _money(release: LoadedRelease) -> None:
    """The first agreements, envelopes and quotas, renewed as they end: something is in force all along."""
    settings, today = release.settings, clock.today()
    rows = first_money.renewed(settings.first_money, since=today, until=today + timedelta(days=_AHEAD))
    with transaction():
        first_money.plant(rows, remind_days=settings.money.remind_days)
        first_sites.plant(settings)


def _people(release: LoadedRelease) -> Iterator[Colleague]:
    """Yield the crews, lane by lane; a lane whose roles nobody holds gets a crew of the usual size."""
    number = 0
    for role, crew in _crews(release).items():
        for _ in range(crew.people):
            number += 1
            with transaction() as session:
                user = User(
                    email=f"{role}.{number}@{_MAIL}",
                    name=f"{release.settings.roles[role].label} {number}",
                    password_hash="!",  # noqa: S106  # nobody logs in here
                    created_at=clock.now(),
                )
                user.memberships.append(Membership(territory_id=tenancy.current_id(), roles=[role]))
                session.add(user)
            yield Colleague(number, actors.actor_for(user), role, crew)


def _crews(release: LoadedRelease) -> Mapping[str, Crew]:
    """Return the crew of each role that has something to answer."""
    said = release.settings.simulation.crews
    asked = {step.lane for steps in release.programme.described.values() for step in steps if step.form}
    lanes = {key: lane for key, lane in release.settings.lanes.items() if key in asked}
    found = {
        lane.roles[0]: said[lane.id]
        for lane in lanes.values()
        if lane.id in said and lane.roles and not lane.external
    }
    for lane in lanes.values():
        if lane.roles and not lane.external and not set(lane.roles) & found.keys():
            found[lane.roles[0]] = Crew()
    for lane in lanes.values():
        if lane.roles and lane.external and not set(lane.roles) & found.keys():
            found[lane.roles[0]] = Crew()
    return found
