"""What ``make run`` shows: the sample cases are carried by the real services, up to today."""

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from app import tenancy
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
