"""The check of a prepared territory: judged, then a year lived in a process apart; its row tells how far.

Asked from a page that answers at once; a thread follows the process. Whoever asks twice has one check,
whoever leaves finds it again, and what was checked is what opens: a step kept meanwhile asks for another.
"""

import contextlib
import contextvars
import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import checker, clock, tenancy
from app.catalog.bundle import Bundle
from app.database import db, transaction
from app.errors import Conflict, RelaisError
from app.ids import new_id
from app.models import Opening
from app.publishing import child, nursery
from app.publishing.children import BROKEN
from app.publishing.incoming import FIRST_HOUSEHOLDS, FIRST_MONTHS, SEED
from app.publishing.trial_runs import told as told_day
from app.services import openings, proofs
from app.services.actors import Actor
from app.services.openings import Preparation
from app.services.studio.judging import content_key
from app.simulator.assumptions import Assumptions

SILENT: Final = timedelta(seconds=60)
"""A check at work that has said nothing for so long has lost its server."""
SECONDS: Final = 300
"""Of processor, and of the clock, that the lived year may take."""
BEAT: Final = 0.3
"""Seconds between two looks at the process."""
SIGN: Final = 5.0
"""Seconds after which the row says that somebody is there, whatever the process says."""
NICE: Final = 10
_JUDGED: Final = 15
"""Percent once the programme is judged: the lived year takes the rest."""
_LEFT: Final = "Le serveur s'est arrêté pendant la vérification. Rien n'est perdu : vérifiez de nouveau."
_FAILED: Final = "La base de données n'a pas répondu. Vérifiez de nouveau dans une minute."
_STOPPED: Final = "La vérification est arrêtée à votre demande."
_log = logging.getLogger(__name__)
Check = Mapping[str, Any]
"""``run``, ``of`` (the preparation's version), ``key`` (of the content), ``status`` (``running``, ``done``,
``failed``, ``stopped``), ``percent``, ``told``, ``heard`` (ISO), ``sentence``, ``proof``, ``incidents`` (five
sentences at most)."""


class Busy(Conflict):
    """Another preparation of the same person is being checked."""

    sentence_template = "Une autre de vos préparations se vérifie en ce moment. Attendez qu'elle ait fini."


class Incomplete(RelaisError):
    """A step is still to be filled."""

    sentence_template = "Il reste une étape à remplir avant d'ouvrir ce territoire."


def start(opening_id: UUID, *, by: Actor) -> None:
    """Check a preparation, unless what it says was checked or is being checked already.

    Raises:
        Incomplete: a step was not kept. Busy: one check at a time for a person.
        BundleFault: what was typed does not fit the programme.
        AlreadyOpened, Forbidden, NotFound: see ``openings``.
    """
    found = openings.find(opening_id, by)
    if found.opened_at is not None:
        raise openings.AlreadyOpened(code=found.code)
    if found.next_step != "verification":
        raise Incomplete
    bundle, lived = openings.bundle_of(found), openings.bundle_of(found, with_live_rows=True)
    key = content_key(bundle.files)
    run = str(new_id())
    with transaction():
        rows = list(
            db.session.scalars(select(Opening).where(Opening.user_id == by.user_id).with_for_update())
        )
        row = next((one for one in rows if one.id == opening_id), None)
        if row is None or row.version != found.version:
            raise openings.Moved
        if row.verification.get("key") == key and _stands(row.verification):
            row.verification = {**row.verification, "of": row.version}  # the same content, said again
            return
        if any(one.id != row.id and state_of(one.verification) == "running" for one in rows):
            raise Busy
        row.verification = {
            "run": run, "of": row.version, "key": key, "status": "running", "percent": 1,
            "told": "Vérification du dispositif", "heard": clock.now().isoformat(), "sentence": "",
            "proof": {},
        }  # fmt: skip
    _follow(opening_id, run, bundle, lived)


def state_of(check: Check) -> str:
    """Return how a check stands: its status, ``left`` when its server went away, empty without any."""
    status = str(check.get("status", ""))
    if status == "running" and datetime.fromisoformat(check["heard"]) < clock.now() - SILENT:
        return "left"
    return status


def _stands(check: Check) -> bool:
    """Whether a check of the same content needs no other: at work, or ended with nothing to say."""
    if state_of(check) != "done":
        return state_of(check) == "running"
    proof = check["proof"]
    return not proof["verification"]["erreurs"] and not proof["simulation"]["chiffres"]["incidents"]


def current(found: Preparation) -> Check:
    """Return the check of a preparation as it stands; empty when what it says was never checked."""
    check = found.verification
    if check.get("of") != found.version:
        return {}
    status = state_of(check)
    return {**check, "status": "failed", "sentence": _LEFT} if status == "left" else check


def stop(opening_id: UUID, *, by: Actor) -> None:
    """Stop the check under way, if any.

    Raises:
        Forbidden, NotFound: see ``openings``.
    """
    found = openings.find(opening_id, by)
    if state_of(found.verification) == "running":
        _write(opening_id, found.verification["run"], status="stopped", sentence=_STOPPED)


def live(opening_id: UUID, run: str, bundle: Bundle, lived: Bundle) -> None:
    """Do a check; its row tells how far it is and how it ended.

    Args:
        lived: the same programme with the rows of its source (sites, prices, budgets): the new territory has
            none yet, and steps that choose among them could not be tried.
    """
    try:
        problems = checker.judge(bundle.files, whole=True)
        proof, told = dict(proofs.of_check(bundle.files, problems)), list[str]()
        if not any(problem.severity == "error" for problem in problems):
            figures = _lived(opening_id, run, lived)
            if figures is None:
                return
            households = FIRST_HOUSEHOLDS if bundle.settings.entry is not None else 0
            proof |= proofs.of_simulation(figures, households=households, months=FIRST_MONTHS, seed=SEED)
            told = [f"« {one['element_name']} » : {one['cause']}" for one in figures["incidents_list"]]
        _write(opening_id, run, status="done", percent=100, proof=proof, incidents=[*dict.fromkeys(told)][:5])
    except RelaisError as fault:
        _write(opening_id, run, status="failed", sentence=fault.sentence)
    except (SQLAlchemyError, OSError) as fault:
        _log.warning("check of opening %s: %s", opening_id, type(fault).__name__)
        db.session.rollback()
        with contextlib.suppress(SQLAlchemyError):  # still away: the row falls silent, and is told as left
            _write(opening_id, run, status="failed", sentence=_FAILED)


def _lived(opening_id: UUID, run: str, bundle: Bundle) -> Mapping[str, Any] | None:
    """Return what the lived year gave; None when somebody stopped it, or it failed: the row says so."""
    asked = {
        "files": bundle.as_text(),
        "label": bundle.settings.name,
        "plan": {"households": FIRST_HOUSEHOLDS, "months": FIRST_MONTHS, "seed": SEED},
        "assumptions": Assumptions().as_json(),
        "reference": None,
        "reference_label": "",
    }
    if not _write(opening_id, run, percent=_JUDGED, told="Une année, avec des ménages inventés"):
        return None
    process = nursery.born(child.SIMULATE, asked, seconds=SECONDS, nice=NICE)
    begun = written = time.monotonic()
    try:
        while True:
            said = process.messages(BEAT)
            last: Mapping[str, Any] = said[-1] if said else {}
            if "done" in last:
                result: Mapping[str, Any] = last["done"]["result"]
                return result
            if "fault" in last or process.ended or time.monotonic() - begun > SECONDS:
                sentence = str(last.get("fault", BROKEN))
                _write(opening_id, run, status="failed", sentence=f"La simulation n'a pas abouti. {sentence}")
                return None
            if "percent" in last:
                written, percent = time.monotonic(), _JUDGED + last["percent"] * (100 - _JUDGED) // 100
                there = _write(opening_id, run, percent=min(99, percent), told=told_day(last) or "Lecture")
            elif time.monotonic() - written > SIGN:
                written, there = time.monotonic(), _write(opening_id, run)
            else:
                there = _at_work(opening_id, run)
            if not there:
                return None
    finally:
        process.close()


def _follow(opening_id: UUID, run: str, bundle: Bundle, lived: Bundle) -> None:
    # The thread outlives the request: it takes the application itself, and the clock as it stands.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    territory_id, context = tenancy.current_id(), contextvars.copy_context()

    def work() -> None:
        with app.app_context():
            try:
                with tenancy.serving(territory_id):
                    live(opening_id, run, bundle, lived)
            finally:
                db.session.remove()

    threading.Thread(target=lambda: context.run(work), name=f"opening {opening_id}", daemon=True).start()


def _at_work(opening_id: UUID, run: str) -> bool:
    check = db.session.scalar(select(Opening.verification).where(Opening.id == opening_id))
    db.session.rollback()
    return check is not None and check.get("run") == run and check.get("status") == "running"


def _write(opening_id: UUID, run: str, **values: Any) -> bool:
    """Write how far a check is, while it is this one and at work; say whether it was."""
    with transaction():
        row = db.session.scalar(select(Opening).where(Opening.id == opening_id).with_for_update())
        if row is None or row.verification.get("run") != run or row.verification.get("status") != "running":
            return False
        row.verification = {**row.verification, "heard": clock.now().isoformat(), **values}
    return True
