"""Frequencies under watch: counted, warned of before a window closes, a breach after it (AST-6)."""

import pytest

from app import clock
from app.services import duties, journal
from tests import build, duty_house
from tests.duty_house import a_measure, paris, the_breaches, the_notices, visit


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with duty_house.serving(tmp_path / "root"):
        duty_house.the_referent(), build.an_actor("pole")
        yield


def watch(*moment):
    with clock.at(paris(*moment)):
        return duties.watch_due()


def test_two_visits_a_month_one_at_home_are_counted_and_a_short_month_is_one_breach(house):
    with clock.at(paris(2026, 3, 1, 9)):
        case = a_measure()
    with clock.at(paris(2026, 3, 10, 9)):
        visit(case)
    assert watch(2026, 3, 19, 23, 59) == 0  # day 20 begins at midnight
    assert watch(2026, 3, 20) == 1
    (line,) = build.the_journal("frequence.avertie")
    assert line.details["trouve"] == 1
    assert {notice.kind for notice in the_notices("frequence_avertissement")} == {"frequence_avertissement"}
    assert watch(2026, 3, 25) == 0  # told once
    assert watch(2026, 3, 31, 23, 59) == 0
    assert watch(2026, 4, 1) == 1
    (breach,) = the_breaches()
    assert (breach.expected, breach.found, breach.missed) == (2, 1, 1)
    assert (breach.expected_within, breach.found_within) == (1, 1)
    assert breach.window_from == paris(2026, 3, 1)
    assert breach.window_to == paris(2026, 4, 1)
    assert watch(2026, 4, 1) == 0
    assert len(the_breaches()) == 1
    assert journal.verify() is None
