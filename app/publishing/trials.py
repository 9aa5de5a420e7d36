"""Simulations asked from a page: started, listed, stopped, begun again, forgotten. The rows are the truth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from app import clock, tenancy
from app.catalog.bundle import Bundle, bundle_from_text
from app.database import db, transaction
from app.errors import Conflict, NotFound
from app.models import Release, Trial, Walk
from app.publishing import trial_runs
from app.publishing.trial_plans import TrialPlan
from app.services import journal, releases
from app.services.actors import Actor
from app.services.studio import judging

KEPT: Final = timedelta(hours=60 * 24)
"""How long the figures of a simulation stay to be looked at."""
MOST_SHOWN: Final = 50
MOST_WAITING: Final = 5
"""Simulations of one territory that may wait their turn."""
OVER: Final = frozenset({"done", "stopped", "failed", "interrupted"})


class TooManyWaiting(Conflict):
    """The line of this territory is full."""

    sentence_template = (
        "{count} simulations de ce territoire attendent déjà leur tour. Attendez-en la fin, ou arrêtez-en "
        "une, puis recommencez."
    )


@dataclass(frozen=True)
class TrialRow:
    """A line of the list: what was asked, where it is."""

    id: UUID
    label: str
    plan: TrialPlan
    status: str
    percent: int
    sentence: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None


def start(plan: TrialPlan, *, by: Actor, trial_id: UUID) -> UUID:
    """Ask for a simulation; it starts at once when a place is free, else it waits its turn.

    Args:
        trial_id: drawn by the page: sent twice, it is one simulation.

    Raises:
        NotFound: no such release.
        BundleFault: the draft cannot be read whole; the sentence says which file.
        TooManyWaiting: the line is full.
        Conflict: the id is that of something else.
    """
    files, label = _subject(plan.release)
    bundle_from_text(files)  # what cannot be read is said now, not by the process
    reference = releases.newest() if plan.beside else None
    if reference is not None and reference.number == plan.release:
        reference = None
    try:
        with transaction() as session:
            if db.session.get(Trial, trial_id) is not None:
                return trial_id
            releases.in_turn()
            waiting = session.scalar(select(func.count()).where(Trial.status == "waiting")) or 0
            if waiting >= MOST_WAITING:
                raise TooManyWaiting(count=waiting)
            session.add(
                Trial(
                    id=trial_id, label=label, plan=plan.as_json(), files=files, created_at=clock.now(),
                    reference_id=reference.id if reference else None, created_by=by.name,
                )
            )  # fmt: skip
            _tell_asked(trial_id, plan, by)
    except IntegrityError as taken:  # another territory's, or the same one sent twice at the same instant
        if db.session.get(Trial, trial_id) is None:
            raise Conflict from taken
        return trial_id
    trial_runs.take_turns()
    return trial_id


def _tell_asked(trial_id: UUID, plan: TrialPlan, by: Actor) -> None:
    details = {"menages": plan.households, "mois": plan.months, "graine": plan.seed}
    journal.write("essai.demande", actor=by.name, user_id=by.user_id, subject=str(trial_id), details=details)


def _subject(number: int | None) -> tuple[dict[str, str], str]:
    if number is None:
        return judging.texts(), "le brouillon"
    files: dict[str, str] | None = db.session.scalar(select(Release.files).where(Release.number == number))
    if files is None:
        raise NotFound
    return files, f"la version {number}"


def again(trial_id: UUID, *, by: Actor, new_id: UUID) -> UUID:
    """Ask for the same simulation once more, on what its subject is now.

    Raises:
        As ``start``.
    """
    return start(TrialPlan.from_json(find(trial_id).plan), by=by, trial_id=new_id)


def find(trial_id: UUID) -> Trial:
    """Return a simulation.

    Raises:
        NotFound: none of that id in this territory.
    """
    row = db.session.scalar(select(Trial).where(Trial.id == trial_id))
    if row is None:
        raise NotFound
    return row


def listing() -> list[TrialRow]:
    """Return the simulations of the territory being served, the newest first."""
    heavy = (defer(Trial.files), defer(Trial.result), defer(Trial.reference))
    rows = db.session.scalars(
        select(Trial).options(*heavy).order_by(Trial.created_at.desc(), Trial.id).limit(MOST_SHOWN)
    )
    return [
        TrialRow(
            row.id, row.label, TrialPlan.from_json(row.plan), row.status, row.percent, row.sentence,
            row.created_at, row.created_by, row.ended_at,
        )
        for row in rows
    ]  # fmt: skip


def stop(trial_id: UUID, *, by: Actor) -> None:
    """Stop a simulation: one that waits leaves the line, one that runs is killed; one that is over stays.

    Raises:
        NotFound: none of that id in this territory.
    """
    with transaction() as session:
        row = session.scalar(select(Trial).where(Trial.id == trial_id).with_for_update())
        if row is None:
            raise NotFound
        if row.status in OVER:
            return
        row.stop_wanted = True
        if row.status == "waiting" or trial_runs.is_orphan(row):
            row.status, row.ended_at = "stopped", clock.now()
        journal.write("essai.arrete", actor=by.name, user_id=by.user_id, subject=str(trial_id))
    trial_runs.hurry(trial_id)


def plan_of(row: Trial) -> TrialPlan:
    """Return what was asked."""
    return TrialPlan.from_json(row.plan)


def ahead_of(row: Trial) -> int:
    """Return how many simulations of this territory run or wait before this one."""
    before = select(func.count()).where(
        (Trial.status == "running") | ((Trial.status == "waiting") & (Trial.created_at < row.created_at))
    )
    return db.session.scalar(before.where(Trial.id != row.id)) or 0


def bundles(row: Trial) -> tuple[Bundle, Bundle | None]:
    """Return what was simulated, and what it is compared with, for whoever names their steps."""
    reference: dict[str, str] | None = None
    if row.reference_id is not None and row.reference:
        reference = db.session.scalar(select(Release.files).where(Release.id == row.reference_id))
    here = bundle_from_text({name: str(text) for name, text in row.files.items()})
    return here, bundle_from_text(reference) if reference is not None else None


def reference_label(row: Trial) -> str:
    """Return what the release beside it is called: « la version 3 »."""
    number = db.session.scalar(select(Release.number).where(Release.id == row.reference_id))
    return f"la version {number}"


def tidy(limit: int = 200) -> int:
    """Forget simulations and walks that are old, in every territory; return how many."""
    before = clock.now() - KEPT
    gone = 0
    with tenancy.unscoped("due_work"), transaction() as session:
        wanted: Any = (
            (Trial, (Trial.created_at < before, Trial.status.in_(sorted(OVER)))),
            (Walk, (Walk.updated_at < before,)),
        )
        for entity, conditions in wanted:
            old = session.scalars(select(entity.id).where(*conditions).limit(limit)).all()
            session.execute(
                delete(entity).where(entity.id.in_(old)).execution_options(synchronize_session=False)
            )
            gone += len(old)
    return gone
