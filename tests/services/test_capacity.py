"""What the team will be asked and what it can do, week by week; the peak that comes is announced (MTP-6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.catalog.capacity import read_capacity
from app.catalog.source import Section, SettingsFault
from app.checker import check_files
from app.errors import Forbidden
from app.services import actors, capacity, delegations, releases
from app.services.capacity_weeks import WEEK, Expected, Week, ahead, peaks, season
from tests import build, stock_house
from tests.money_house import paris

MONDAY = date(2026, 11, 2)
FLAT = (1.0,) * 12
PLANNED = """
[roles.pilote]
libelle = "Pilotage"
droits = ["capacite.voir"]

[capacite]
etape = "visite/visiter"
couloir = "visite"
duree_heures = 3.5
heures_semaine = 14

[simulation]
saisons = [3, 2, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3]
"""


def weeks_of(*pairs):
    return [
        Week(MONDAY + WEEK * place, Decimal(asked), Decimal(can), Decimal(0))
        for place, (asked, can) in enumerate(pairs)
    ]


def test_the_same_season_of_the_past_years_says_what_is_expected():
    known = {MONDAY - WEEK * 52 * year + WEEK * shift: 6 * year for year in (1, 2) for shift in (-1, 0, 1)}
    expected = Expected(known, MONDAY - WEEK * 130, MONDAY, seasons=FLAT, a_month=1)
    assert (expected.years, expected.from_settings) == (2, False)
    assert expected.of(MONDAY) == Decimal("9.0")
    assert expected.of(MONDAY + WEEK) == Decimal("6.0"), "two weeks of three had nine"
    assert expected.of(MONDAY + WEEK * 8) == Decimal("0.0")


def test_with_little_past_what_was_seen_follows_the_seasons_of_the_settings():
    seasons = (2.0,) * 6 + (1.0,) * 6
    seen = {MONDAY - WEEK * place: 2 for place in range(1, 9)}
    expected = Expected(seen, MONDAY - WEEK * 8, MONDAY, seasons=seasons, a_month=99)
    assert expected.from_settings
    assert expected.of(date(2026, 12, 7)) == Decimal("2.0")
    assert expected.of(date(2027, 1, 11)) == Decimal("4.0")
    nothing = Expected({}, None, MONDAY, seasons=FLAT, a_month=13)
    assert nothing.of(MONDAY) == Decimal("3.0"), "thirteen a month are three a week"


def test_a_peak_is_a_spell_of_weeks_and_the_worst_comes_first():
    weeks = weeks_of((1, 2), (4, 2), (2, 2), (5, 2), (1, 2), (1, 2), (9, 2), (1, 2), (3, 2), (9, 2), (0, 2))
    worst, other = peaks(weeks)
    assert (worst.first, worst.last) == (weeks[6].monday, weeks[9].monday + timedelta(days=6))
    assert (worst.asked, worst.possible, worst.missing, worst.worst) == (22, 8, 14, weeks[6].monday)
    assert (other.first, other.missing) == (weeks[1].monday, 5)
    assert peaks(weeks_of((9, 2), (1, 2), (1, 2))) == [], "a week alone is no peak"


def test_the_busiest_season_is_told_even_when_the_team_can_do_it():
    weeks = weeks_of((1, 9), (1, 9), (4, 9), (6, 9), (5, 9), (3, 9), (1, 9), (0, 9), (1, 9))
    told = season(weeks)
    assert (told.first, told.last) == (weeks[2].monday, weeks[5].monday + timedelta(days=6))
    assert (told.worst, told.missing) == (weeks[3].monday, 0)
    assert season(weeks_of((2, 9), (2, 9), (2, 9))) is None
    assert season(weeks_of((0, 9))) is None


PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=26, max_size=26)


@given(PAIRS, st.integers(0, 50))
def test_what_waits_is_what_was_asked_and_not_done_and_never_below_zero(pairs, waiting):
    asked = {MONDAY + WEEK * place: Decimal(one) for place, (one, _) in enumerate(pairs)}
    can = {MONDAY + WEEK * place: Decimal(other) for place, (_, other) in enumerate(pairs)}
    weeks = ahead(MONDAY, waiting, asked.__getitem__, can.__getitem__)
    before = Decimal(waiting)
    for week in weeks:
        assert week.waiting == max(before + week.asked - week.possible, 0)
        before = week.waiting
    assert all(peak.missing >= 0 and peak.first <= peak.worst <= peak.last for peak in peaks(weeks))


@pytest.fixture
def team(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2024, 9, 2, 9)), stock_house.serving(tmp_path / "root", PLANNED):
        yield build.an_actor("pilote")


def visits(on, number):
    with clock.at(on):
        for _ in range(number):
            stock_house.a_visit(("ampoule", 1))


def winters():
    """Two winters: six visits a week from December to February, one every other week besides."""
    day = paris(2024, 9, 4, 10)
    while day < paris(2026, 10, 28, 10):
        cold = day.month in {12, 1, 2}
        visits(day, 6 if cold else day.isocalendar().week % 2)
        day += timedelta(weeks=1)


@pytest.mark.fault
def test_two_winters_announce_the_third(team):
    winters()
    with clock.at(paris(2026, 11, 2, 9)):
        plan = capacity.plan(team)
    assert plan.years == 2
    (peak,) = plan.peaks
    assert date(2026, 11, 16) <= peak.first <= date(2026, 12, 7)
    assert date(2027, 2, 14) <= peak.last <= date(2027, 3, 14)
    january = next(week for week in plan.weeks if week.monday == date(2027, 1, 11))
    assert (january.asked, january.possible) == (6, 4)
    assert plan.hours_short > 0


def test_the_page_is_drawn_from_what_was_asked_the_people_there_and_their_absences(team):
    visits(paris(2026, 10, 6, 9), 4)
    visits(paris(2026, 10, 13, 9), 2)
    with clock.at(paris(2026, 11, 2, 9)):
        person = build.a_user("charge", name="Deuxième")
        other = build.a_user("charge", name="Troisième")
        delegations.declare(
            person.id, other.id, date(2026, 11, 10), date(2026, 11, 13), actors.actor_for(person)
        )
        plan = capacity.plan(team)
    assert (plan.step, plan.people, plan.years, plan.waiting) == ("visiter", 3, 0, 0)
    assert [week.possible for week in plan.weeks[:2]] == [Decimal("12.0"), Decimal("7.2")], (
        "the second week has a public holiday and an absence of four days, three of them worked"
    )
    assert sum(week.asked for week in plan.past) == 6
    assert sum(week.done for week in plan.past) == 6
    assert plan.weeks[9].asked > plan.weeks[0].asked, "January is asked more than November"


def test_nothing_is_planned_where_the_programme_plans_nothing(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2026, 11, 2, 9)), stock_house.serving(tmp_path / "root"):
        someone = build.an_actor("magasin")
        with pytest.raises(Forbidden):
            capacity.plan(someone)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"etape": "visiter"}, "etape"), ({"couloir": "ailleurs"}, "couloir"), ({"duree_heures": 0}, "duree"),
        ({"heures_semaine": 60}, "heures_semaine"), ({"duree_heures": None}, "duree_heures"), ({"x": 1}, "x"),
    ],
)  # fmt: skip
def test_what_does_not_fit_in_the_settings_is_said(given, said):
    good = {"etape": "a/b", "couloir": "visite", "duree_heures": 2, "heures_semaine": 7}
    values = {key: value for key, value in {**good, **given}.items() if value is not None}
    with pytest.raises(SettingsFault, match=said):
        read_capacity(Section("", {"capacite": values}), {"visite": {}})


def test_a_step_that_no_diagram_draws_is_refused(team):
    files = dict(releases.current().bundle.files)
    codes = {one.code for one in check_files(files)}
    assert "unknown-step" not in codes
    files["territoire.toml"] = files["territoire.toml"].replace(b"visite/visiter", b"visite/visiteur")
    (wrong,) = [one for one in check_files(files) if one.code == "unknown-step"]
    assert "visite/visiter" in wrong.message
