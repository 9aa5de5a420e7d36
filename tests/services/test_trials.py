"""Simulations asked from a page: a process of their own, one row each, stopped, lost, taken in turn."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock, tenancy
from app.catalog.bundle import bundle_from_files
from app.database import db, end_read, transaction
from app.errors import BundleFault, Conflict, Invalid, NotFound
from app.models import Case, Trial
from app.publishing import nursery, trial_runs, trials
from app.publishing.trial_plans import TrialPlan, proposal
from app.services import releases
from app.services.actors import SYSTEM
from app.simulator.assumptions import Assumptions, refusal_rates
from app.simulator.result import Result
from tests import build
from tests.rows import put_draft, the_journal

SMALL = TrialPlan(households=2, months=1, beside=False)
LONG = TrialPlan(households=900, months=36, beside=False)


def end_all() -> None:
    """Stop every simulation, and wait until nobody follows any."""
    with tenancy.unscoped("due_work"), transaction() as session:
        ending = update(Trial).where(Trial.status.in_(("running", "waiting"))).values(status="stopped")
        session.execute(ending.execution_options(synchronize_session=False))
    for event in list(trial_runs._hurried.values()):
        event.set()
    until(lambda: not trial_runs._hurried)


@pytest.fixture
def place(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A server that serves CARENE; no simulation is left at work behind it."""
    build.a_server(app, tmp_path)
    with build.serving("carene"):
        yield app
        end_all()


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it did not come"
        end_read()
        time.sleep(0.05)


def row_of(trial_id: UUID) -> Trial:
    """Return a simulation as it stands now."""
    end_read()
    return trials.find(trial_id)


def asked(plan: TrialPlan = SMALL) -> UUID:
    """Ask for a simulation."""
    return trials.start(plan, by=SYSTEM, trial_id=uuid4())


def at_work(trial_id: UUID) -> None:
    """Wait until a simulation has lived its first week."""
    until(lambda: row_of(trial_id).percent > 0 and row_of(trial_id).told != "")


def processes() -> list[int]:
    """Return the processes that have been forked and are still there."""
    parent = nursery._held[0].process.pid
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, after = path.read_text().rpartition(") ")
        except OSError:
            continue
        state, ppid = after.split()[:2]
        if int(ppid) == parent and state != "Z":
            found.append(int(path.parent.name))
    return found


def left_by(process: int) -> list[Path]:
    """Return the private folders of a process that are still there."""
    places = ("/dev/shm", gettempdir())  # noqa: S108  # where the simulator makes its own
    return [folder for one in places for folder in Path(one).glob(f"relais-simulation-{process}-*")]


def test_a_trial_is_lived_in_its_own_process_and_gives_the_figures_of_both(place: Flask) -> None:
    number = releases.current().number
    trial_id = asked(TrialPlan(households=2, months=1, beside=True))
    until(lambda: row_of(trial_id).status in trials.OVER)
    row = row_of(trial_id)
    assert (row.status, row.percent, row.sentence) == ("done", 100, "")
    assert Result.from_json(row.result).households == Result.from_json(row.reference).households == 2
    assert row.result["tasks_completed"] == row.reference["tasks_completed"] > 0
    assert trials.reference_label(row) == f"la version {number}"
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0
    assert [line.subject for line in the_journal("essai.demande")] == [str(trial_id)]


def test_a_stopped_trial_ends_with_its_process_and_the_next_in_line_begins(place: Flask) -> None:
    first, second = asked(LONG), asked(LONG)
    assert row_of(second).status == "waiting"
    assert trials.ahead_of(row_of(second)) == 1
    at_work(first)
    (killed,) = processes()
    trials.stop(first, by=SYSTEM)
    until(lambda: row_of(first).status == "stopped" and killed not in processes())
    until(lambda: row_of(second).status == "running")
    trials.stop(first, by=SYSTEM)
    assert row_of(first).status == "stopped"
    assert len(the_journal("essai.arrete")) == 1


def test_a_trial_whose_process_is_killed_says_so_and_can_be_asked_again(place: Flask) -> None:
    trial_id = asked(LONG)
    at_work(trial_id)
    (victim,) = processes()
    assert left_by(victim)
    os.kill(victim, signal.SIGKILL)
    until(lambda: row_of(trial_id).status == "failed")
    assert "moins de ménages" in row_of(trial_id).sentence
    until(lambda: left_by(victim) == [])
    again = trials.again(trial_id, by=SYSTEM, new_id=uuid4())
    assert trials.plan_of(row_of(again)) == LONG


def test_a_trial_left_by_a_server_that_went_away_is_interrupted_and_frees_its_place(place: Flask) -> None:
    lost = uuid4()
    with transaction() as session:
        session.add(
            Trial(
                id=lost, label="le brouillon", plan=SMALL.as_json(), files={}, status="running",
                seen_at=clock.now() - timedelta(minutes=5), created_at=clock.now(), created_by="Inès",
            )
        )  # fmt: skip
    next_one = asked()
    row = row_of(lost)
    assert row.status == "interrupted"
    assert "relancez-la" in row.sentence
    until(lambda: row_of(next_one).status == "done")
    assert trial_runs.look_after() == 0


def test_the_same_request_twice_is_one_trial_and_the_line_has_an_end(place: Flask) -> None:
    trial_id = uuid4()
    for _ in range(2):
        assert trials.start(LONG, by=SYSTEM, trial_id=trial_id) == trial_id
    assert len(trials.listing()) == 1
    for _ in range(trials.MOST_WAITING):
        asked()
    with pytest.raises(trials.TooManyWaiting, match="5 simulations"):
        asked()


def test_another_territory_neither_sees_nor_stops_a_trial(place: Flask) -> None:
    trial_id = asked(LONG)
    with build.serving("pas-de-calais"):
        assert trials.listing() == []
        for wrong in (trials.find, lambda one: trials.stop(one, by=SYSTEM)):
            with pytest.raises(NotFound):
                wrong(trial_id)
        with pytest.raises(NotFound):
            trials.again(trial_id, by=SYSTEM, new_id=uuid4())
        with pytest.raises(Conflict):
            trials.start(SMALL, by=SYSTEM, trial_id=trial_id)
    assert row_of(trial_id).status == "running"


def test_what_cannot_be_lived_is_said_before_anything_starts(place: Flask) -> None:
    with pytest.raises(Invalid) as refusal:
        TrialPlan(households=5000, months=0, seed=-1)
    assert set(refusal.value.problems) == {"households", "months", "seed"}
    with pytest.raises(NotFound):
        asked(TrialPlan(households=1, months=1, release=99))
    files = dict(releases.current().bundle.files)
    put_draft({**files, "bpmn/visite.bpmn": b"<definitions"})
    with pytest.raises(BundleFault):
        asked()
    put_draft({**files, "forms/visite.json": b"{"})
    with pytest.raises(BundleFault, match="visite"):
        asked()
    assert trials.listing() == []


def test_old_figures_are_forgotten_and_what_is_at_work_stays(place: Flask) -> None:
    trial_id = asked(LONG)
    old = clock.now() - trials.KEPT - timedelta(days=1)
    with transaction() as session:
        session.execute(update(Trial).values(created_at=old))
    assert trials.tidy() == 0
    end_all()
    assert trials.tidy() == 1
    with pytest.raises(NotFound):
        row_of(trial_id)


def test_assumptions_change_the_teams_and_the_refusals_and_nothing_else() -> None:
    from tests.simulator.lives import shipped

    plain = shipped()
    files = dict(plain.files)
    head, settings = b"[simulation.refus]\n", files["territoire.toml"]
    assert head in settings
    files["territoire.toml"] = settings.replace(head, head + b'"absent.champ" = ["x"]\n')
    bundle = bundle_from_files(files)
    assert bundle.fingerprint == plain.fingerprint
    assert refusal_rates(bundle)["visite.issue"] == Decimal("0.050")
    assert "absent.champ" not in refusal_rates(bundle)
    assumed = Assumptions.from_json(
        {
            "staff": {"technicien": {"people": 4, "hours_week": "10.5"}, "inconnu": {"people": 2}},
            "refusals": {"visite.issue": "0.5"},
        }
    )
    lived = assumed.laid_over(bundle)
    crew = lived.settings.simulation.crews["technicien"]
    assert (crew.people, crew.hours_week, crew.absence) == (4, Decimal("10.5"), Decimal("0.04"))
    assert refusal_rates(lived)["visite.issue"] == Decimal("0.500")
    assert lived.settings.rules == bundle.settings.rules
    assert Assumptions.from_json(assumed.as_json()) == assumed
    assert {lane.lane for lane in proposal(bundle).lanes} >= {"technicien", "partenaire"}
    with pytest.raises(Invalid) as refusal:
        Assumptions.from_json({"staff": {"technicien": {"absence": "1.5"}}})
    assert set(refusal.value.problems) == {"technicien.absence"}
