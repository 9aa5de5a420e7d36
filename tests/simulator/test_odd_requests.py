"""What a hurried or a hostile person may ask of ``relais simulate``: a sentence, and nothing left behind."""

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import clock, jobs, simulator, tenancy
from app.catalog.bundle import resolve
from app.catalog.folder import write_folder
from app.cli import main
from app.config import ROOT
from app.database import db, transaction
from app.errors import Invalid
from app.models import Job
from app.simulator import Plan
from tests import build


def asked(*arguments, **env):
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)], env=env)


def told(result):
    """The sentence of a refusal; an error that nobody caught fails."""
    assert result.exit_code in {1, 2}, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999"])
@pytest.mark.parametrize("option", ["--release", "--compare"])
def test_a_version_that_cannot_be_is_refused(option, number, tmp_path):
    said = told(asked("carene", option, number, DATABASE_URL=f"sqlite:///{tmp_path}/a.db"))
    assert number in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [["--release", "1"], ["--draft"], ["--compare", "1"]])
def test_a_database_that_is_not_there_is_not_made(options, tmp_path):
    said = told(asked("carene", *options, DATABASE_URL=f"sqlite:///{tmp_path}/a.db"))
    assert "relais db upgrade" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("first", ["0001-01-01", "1500-01-01", "9999-12-31"])
def test_a_first_day_out_of_time_is_refused(first):
    assert "--start" in told(asked("carene", "--households", 1, "--months", 1, "--start", first))


@pytest.mark.parametrize("anchor", ["0001-01-01", "9999-12-31"])
def test_a_calendar_out_of_time_asks_for_a_first_day(anchor):
    settings = resolve(Path(ROOT), "carene").settings
    scheduled = tuple(type(item)(item.process, date.fromisoformat(anchor)) for item in settings.schedule)
    odd = type(settings)(**{**vars(settings), "schedule": scheduled})
    with pytest.raises(Invalid) as refused:
        Plan(1, 1, 1).period(odd)
    assert "--start" in refused.value.problems["start"][0]
    assert Plan(1, 1, 1, date(2026, 1, 1)).period(odd).first == date(2026, 1, 1)


def test_a_programme_that_cannot_run_is_told_by_its_own_fault(tmp_path):
    bundle = resolve(Path(ROOT), "carene")
    spoilt = bundle.files["bpmn/visite.bpmn"].replace(b"userTask", b"scriptTask")
    write_folder(tmp_path / "x", {**bundle.files, "bpmn/visite.bpmn": spoilt}, code="carene", ancestors=[])
    said = told(asked("carene", "--folder", tmp_path / "x", "--households", 1, "--months", 1))
    assert "bpmn/visite.bpmn" in said
    assert "ne peut pas tourner avec cette version" not in said


def test_a_job_of_another_database_is_none_of_the_runs_business(app, tmp_path):
    build.a_server(app, tmp_path)
    seen = []
    with build.serving("carene"):
        here = tenancy.current_id()

        def meanwhile(_progress):
            if seen:
                return
            with app.app_context(), tenancy.serving(here), transaction():
                jobs.enqueue("arm_calendar", process="revue", rank=0)
            seen.append(clock.now())
            with app.app_context(), tenancy.serving(here):
                seen.append(db.session.query(Job).filter(Job.name == "arm_calendar").count())

        bundle = resolve(Path(ROOT), "carene")
        quiet = simulator.simulate(bundle, Plan(1, 2, 3))
        watched = simulator.simulate(bundle, Plan(1, 2, 3), progress=meanwhile)
        assert seen[1] == 1
        unlike = {"seconds", "household_years_per_minute"}
        lives = [
            {key: value for key, value in run.as_json().items() if key not in unlike}
            for run in (quiet, watched)
        ]
        assert lives[0] == lives[1]


RUN = """
import os, signal, sys
from app import simulator
from app.catalog.bundle import resolve
from app.config import ROOT
from app.simulator import Plan, house

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
house._memory = lambda: sys.argv[1]
told = lambda progress: print(os.listdir(sys.argv[1]), flush=True)
simulator.simulate(resolve(ROOT, "carene"), Plan(200, 24, 1), progress=told)
"""


@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_end_leaves_nothing_behind(order, tmp_path):
    running = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with running, running.stdout as told:
        assert b"relais-simulation" in told.readline()
        running.send_signal(order)
        told.read()
    assert running.returncode
    assert list(tmp_path.iterdir()) == []
