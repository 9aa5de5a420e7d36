"""What ``make run`` shows: the sample cases are carried by the real services, up to today."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, tenancy
from app.catalog.answers import decode
from app.config import ROOT
from app.database import db
from app.expressions.calendar import is_working_day
from app.models import (
    Breach,
    Case,
    DoorAnswer,
    Gathering,
    Household,
    Incident,
    Payment,
    Post,
    QuotaPlace,
    Reading,
    Registration,
    Submission,
    Task,
    Voice,
)
from app.services import charter, demo, demo_days, directory_sheets, releases
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
            told_of = [step for case in place["dossiers"] for step in case["parcours"]]
            perhaps = {step[0] for step in told_of if len(step) > 4}  # « si ouverte »
            steps = sum(step[0] not in perhaps for step in told_of)
            steps += sum(1 for what, *_ in walked if what not in {"adresses", "portes"})
            steps += len(place.get("campagnes", []))  # the act that begins each
            done = db.session.scalar(
                select(func.count()).where(Task.status == "done", Task.element.not_in(perhaps))
            )
            assert done == steps
            if code == "pas-de-calais":
                a_living_astre()
            if code == "angers":
                a_living_network()
            if code in {"batigere", "montpellier"}:
                check_mostly_on_time()
                the_directory_is_kept()
            if code == "batigere":
                a_living_coaching()
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


def a_living_network() -> None:
    """Sheets verified on several days, one of them due again; a signed charter, threads, voices."""
    kept = directory_sheets.sheets()
    verified = {one.row.verified_on for one in kept if one.row is not None and one.row.verified_on}
    assert len(verified) >= 6
    due = [one.partner.name for one in kept if one.row is not None and one.row.verified_on and not one.fresh]
    assert due == ["Secours catholique, Anjou"]
    assert sum(1 for one in charter.standing() if one.number == 1) == 6
    assert db.session.scalar(select(func.count()).select_from(Post)) == 8
    assert db.session.scalar(select(func.count()).where(Voice.choice != "")) == 4
    gathering = db.session.scalars(select(Gathering)).one()
    assert is_working_day(gathering.day)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 10


def check_mostly_on_time() -> None:
    """Something late, something due within a week, and most of it on time."""
    now, open_ = clock.now(), [task for task in build.open_tasks() if task.due_at]
    late = [task for task in open_ if task.due_at <= now]
    soon = [task for task in open_ if now < task.due_at <= now + timedelta(days=7)]
    assert 1 <= len(late) <= 2, [task.element for task in late]
    assert soon
    assert len(late) * 4 <= len(open_)
    assert db.session.scalar(select(func.count()).where(Case.closed_at.is_not(None))) in {1, 2}
    assert db.session.scalar(select(func.count()).select_from(Breach)) == 0


def the_directory_is_kept() -> None:
    """Sheets verified at several moments; one of them is due again."""
    kept = [one for one in directory_sheets.sheets() if one.row is not None and one.row.verified_on]
    assert len(kept) >= 8
    assert sum(not one.fresh for one in kept) == 1


def a_living_coaching() -> None:
    """Households at each step, each on its site; one coached a whole year, its savings told in euros."""
    assert {"apprecier_fragilite", "conseiller_menage", "etudier_mutation"} <= {
        task.element for task in build.open_tasks()
    }
    assert db.session.scalar(select(func.count()).where(Case.site_id.is_(None))) == 0
    year = db.session.scalars(select(Case).join(Household).where(Household.last_name == "Fontaine")).one()
    assert year.closure_reason == "terme"
    read = select(func.count()).where(Reading.case_id == year.id, Reading.dial == "electricite")
    assert db.session.scalar(read) == 12
    last = select(Submission).where(Submission.case_id == year.id, Submission.form == "bilan")
    told = db.session.scalars(last.order_by(Submission.at.desc())).first()
    assert told is not None
    assert Decimal(str(decode(told.answers)["gain_euros"])) > 100


def test_no_day_of_a_demonstration_is_a_holiday():
    assert demo_days.working_day(date(2026, 12, 25)) == date(2026, 12, 24)
    assert demo_days.working_day(date(2027, 5, 17)) == date(2027, 5, 14)  # Whit Monday, then a weekend


@pytest.mark.fault
@pytest.mark.parametrize("code", ["batigere", "montpellier"])
@pytest.mark.parametrize("day", ["2026-12-26", "2027-01-01", "2027-03-29", "2027-05-08", "2027-08-16"])
def test_the_demonstration_is_mostly_on_time_whatever_the_day(
    app: Flask, tmp_path: Path, day: str, code: str
):
    """After Christmas, on the first of January, at Easter, on a Saturday, in August."""
    build.a_server(app, tmp_path)
    with clock.at(datetime.combine(date.fromisoformat(day), time(10), clock.PARIS)):
        demo.fill(ROOT, only={code})
        with build.serving(code):
            check_mostly_on_time()


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
