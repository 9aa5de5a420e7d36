"""What ``make run`` shows: the sample cases are carried by the real services, up to today."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, tenancy
from app.config import ROOT
from app.database import db
from app.models import Breach, Case, DoorAnswer, Household, Incident, Payment, QuotaPlace, Task
from app.services import demo, releases
from tests import build


def test_the_demonstration_carries_every_sample_case_to_where_its_story_ends(app: Flask, tmp_path: Path):
    build.a_server(app, tmp_path)
    demo.fill(ROOT)
    told = {place["code"]: place for place in demo.samples()}  # the file itself
    for code, place in told.items():
        territory = releases.territory_by_code(code)
        assert territory is not None
        with tenancy.serving(territory.id):
            walked = [step for one in place.get("campagnes", []) for step in one["parcours"]]
            doors = [
                said for what, *_, told in walked if what == "portes" for said in told["reponses"].values()
            ]
            agreed = sum(1 for said in doors if said.get("accepte_visite"))
            assert (
                db.session.scalar(select(func.count()).select_from(Case)) == len(place["dossiers"]) + agreed
            )
            assert db.session.scalar(select(func.count()).select_from(Incident)) == 0
            assert db.session.scalar(select(func.count()).select_from(DoorAnswer)) == len(doors)
            steps = sum(len(case["parcours"]) for case in place["dossiers"])
            steps += sum(1 for what, *_ in walked if what not in {"adresses", "portes"})
            steps += len(place.get("campagnes", []))  # the act that begins each
            done = db.session.scalar(select(func.count()).where(Task.status == "done"))
            assert done == steps
            if code == "pas-de-calais":
                a_living_astre()
    assert {account.territory_code for account in demo.accounts()} == set(told)
    assert len({account.email for account in demo.accounts()}) == len(demo.accounts())


def a_living_astre() -> None:
    """Measures at each step, money paid, places shared out, and one measure whose visits have stopped."""
    held = select(func.count()).select_from(QuotaPlace).where(QuotaPlace.status == "held")
    assert (db.session.scalar(held) or 0) >= 4
    assert set(db.session.scalars(select(Payment.kind))) == {"avance"}
    missed = (
        select(Case.household_id).join(Breach, Breach.case_id == Case.id).where(Breach.kind == "frequence")
    )
    (household,) = set(db.session.scalars(missed))
    assert db.session.get_one(Household, household).last_name == "Delcroix"
    steps = {task.element for task in build.open_tasks()}
    assert {
        "completer_saisine", "donner_position", "etablir_contrat", "envoyer_contrat", "rediger_bilan",
        "traiter_manquement_operateur", "recueillir_satisfaction",
    } <= steps  # fmt: skip


@pytest.mark.parametrize("days", [0, 3, 5])
def test_the_demonstration_plants_three_late_things_whatever_the_day(app: Flask, tmp_path: Path, days: int):
    build.a_server(app, tmp_path)
    with clock.at(datetime(2026, 11, 23, 10, tzinfo=clock.PARIS) + timedelta(days=days)):
        demo.fill(ROOT, only={"carene"})
        with build.serving("carene"):
            late = [task for task in build.open_tasks() if task.due_at and task.due_at <= clock.now()]
    assert {task.element for task in late} == {
        "valider_diagnostic", "prendre_rendez_vous", "repondre_demande",
    }  # fmt: skip
    assert len(late) == 3
