"""Delays, reminders and escalations in working days pass over the days on which the territory is closed."""

from datetime import date

import pytest

from app import clock
from app.database import db, transaction
from app.models import Territory
from tests import build, duty_house
from tests.bpmn_builder import process
from tests.duty_house import a_measure, paris

STEP = (
    process("mesure", name="Mesure")
    .user(
        "bilan",
        lane="referent",
        formulaire="bilan",
        delai="jours_ouvres(3)",
        rappel="jours_ouvres(1)",
        escalade="jours_ouvres(2)",
        manquement="jours_ouvres(4)",
    )
    .end()
)


@pytest.fixture
def territory(app, tmp_path):
    build.a_server(app, tmp_path)
    with duty_house.serving(tmp_path / "root", duty={}, extra={"mesure.bpmn": STEP.xml()}) as found:
        yield found.id


def close(territory_id, *days):
    with transaction() as session:
        row = session.get_one(Territory, territory_id)
        row.live = {**row.live, "jours_fermes": [day.isoformat() for day in days]}


def the_instants():
    with clock.at(paris(2026, 3, 2, 9)):  # a Monday
        case = a_measure()
    task = build.the_task("bilan", case=case)
    return [task.remind_at, task.due_at, task.escalate_at, task.breach_at]


def test_working_days_without_a_closing_day_are_monday_to_friday(territory):
    # Tuesday; Thursday; then from Thursday on: Monday, Wednesday. Each day lasts until its midnight.
    assert the_instants() == [paris(2026, 3, day) for day in (4, 6, 10, 12)]


def test_the_days_on_which_the_territory_is_closed_do_not_count_before_or_after_the_due_date(territory):
    close(territory, date(2026, 3, 3), date(2026, 3, 9), date(2026, 3, 10))
    # The reminder falls on Wednesday, the due date on Friday; then Monday and Tuesday are closed too.
    assert the_instants() == [paris(2026, 3, day) for day in (5, 7, 13, 17)]


def test_the_days_are_those_of_the_territory_today_not_those_of_its_release(territory):
    before = the_instants()
    close(territory, date(2026, 3, 3))
    assert the_instants()[0] > before[0]
    close(territory)
    assert the_instants() == before
    assert db.session.get_one(Territory, territory).live["jours_fermes"] == []
