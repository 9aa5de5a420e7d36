"""What ``make run`` shows: the sample cases are carried by the real services, up to today."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, tenancy
from app.config import ROOT
from app.database import db
from app.models import Case, Incident, Task
from app.services import demo, releases
from tests import build


def test_the_demonstration_carries_every_sample_case_to_where_its_story_ends(app: Flask, tmp_path: Path):
    build.a_server(app, tmp_path)
    demo.fill(ROOT)
    told = {place["code"]: place for place in demo._data()["territoires"]}  # the file itself
    for code, place in told.items():
        territory = releases.territory_by_code(code)
        assert territory is not None
        with tenancy.serving(territory.id):
            assert db.session.scalar(select(func.count()).select_from(Case)) == len(place["dossiers"])
            assert db.session.scalar(select(func.count()).select_from(Incident)) == 0
            steps = sum(len(case["parcours"]) for case in place["dossiers"])
            done = db.session.scalar(select(func.count()).where(Task.status == "done"))
            assert done == steps
    assert {account.territory_code for account in demo.accounts()} == set(told)


@pytest.mark.parametrize("days", [0, 3, 5])
def test_the_demonstration_plants_three_late_things_whatever_the_day(app: Flask, tmp_path: Path, days: int):
    build.a_server(app, tmp_path)
    with clock.at(datetime(2026, 11, 23, 10, tzinfo=clock.PARIS) + timedelta(days=days)):
        demo.fill(ROOT)
        with build.serving("carene"):
            late = [task for task in build.open_tasks() if task.due_at and task.due_at <= clock.now()]
    assert {task.element for task in late} == {
        "valider_diagnostic", "prendre_rendez_vous", "repondre_demande",
    }  # fmt: skip
    assert len(late) == 3
