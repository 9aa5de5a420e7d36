"""An absence: somebody else answers meanwhile, with the rights that they have, and it ends by itself."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from app import clock
from app.errors import Forbidden, Invalid, NotFound
from app.services import claims, delegations, inbox
from tests import build

TODAY = date(2026, 3, 2)


@pytest.fixture
def team(carene):
    return [build.an_actor("ecorenove", name=f"Conseillère {letter}") for letter in "ABC"]


def away(who, taker, first=0, last=4, *, by=None):
    days = TODAY + timedelta(days=first), TODAY + timedelta(days=last)
    return delegations.declare(who.user_id, taker.user_id, *days, by or who)


def standing(who, day=0):
    return delegations.standing_in_for(who.user_id, TODAY + timedelta(days=day))


def test_a_replacement_stands_in_from_the_first_day_to_the_last(team):
    a, b, _ = team
    away(a, b, 1, 3)
    assert [bool(standing(b, day)) for day in range(5)] == [False, True, True, True, False]
    assert standing(a, 2) == frozenset()


def test_the_absent_person_s_tasks_are_among_the_replacement_s_own(team):
    a, b, c = team
    task = build.the_task("analyser_signalement", case=build.a_case()).id
    claims.claim(task, a)
    away(a, b)
    (row,) = inbox.inbox(b, which="miennes").rows
    assert (row.stood_in, row.claimed_by_name, row.away_until) == (True, "Conseillère A", date(2026, 3, 6))
    assert inbox.counts(b)["miennes"] == 1
    assert inbox.counts(c)["miennes"] == 0
    with build.later(days=5):
        assert inbox.counts(b)["miennes"] == 0


def test_a_replacement_takes_gives_back_or_hands_over_meanwhile_only(team):
    a, b, c = team
    task = build.the_task("analyser_signalement", case=build.a_case()).id
    claims.claim(task, a)
    with pytest.raises(claims.NotYours):
        claims.assign(task, c.user_id, b)
    away(a, b)
    claims.claim(task, b)
    assert build.the_journal("tache.prise")[-1].details == {"de": str(a.user_id)}
    claims.hand_over(task, a.user_id, "Pour ton retour.", b)
    claims.release(task, b)
    claims.claim(task, a)
    with build.later(days=5), pytest.raises(claims.HeldByAnother, match="Conseillère A"):
        claims.claim(task, b)


def test_a_replacement_answers_no_lane_that_they_do_not_hold(carene):
    both = build.an_actor("ecorenove", "technicien", name="Polyvalente")
    one = build.an_actor("ecorenove", name="Conseillère")
    visit = build.the_task("realiser_visite", case=build.a_case("realiser_visite")).id
    claims.claim(visit, both)
    away(both, one)
    assert inbox.counts(one)["miennes"] == 0
    with pytest.raises(Forbidden):
        claims.claim(visit, one)
    (absence,) = delegations.of_person(both.user_id, both)
    assert list(absence.uncovered) == ["Technicien conseil"]


def test_a_replacement_away_hands_the_whole_on(team):
    a, b, c = team
    away(a, b, 0, 9)
    away(b, c, 3, 5)
    assert standing(c, 2) == frozenset()
    assert standing(c, 4) == {a.user_id, b.user_id}
    assert standing(c, 6) == frozenset()
    assert standing(b, 6) == {a.user_id}
    on = TODAY + timedelta(days=4)
    assert delegations.stand_ins([a.user_id, c.user_id], on) == {
        a.user_id: frozenset({c.user_id}),
        c.user_id: frozenset(),
    }


def test_nobody_is_left_to_answer_in_a_circle(team):
    a, b, c = team
    away(a, b, 0, 4)
    away(b, c, 2, 6)
    with pytest.raises(delegations.Circle, match="Conseillère A"):
        away(c, a, 3, 8)
    away(c, a, 5, 8)
    assert standing(a, 5) == {b.user_id, c.user_id}


def test_two_absences_of_one_person_do_not_overlap(team):
    a, b, c = team
    away(a, b, 0, 4)
    with pytest.raises(delegations.OverlappingAbsence, match="2/03/2026 au 6/03/2026"):
        away(a, c, 4, 8)
    away(a, c, 5, 8)


def test_two_declared_at_the_same_instant_do_not_overlap_either(app, team):
    a, b, c = team
    given = build.together(app, 2, lambda number: away(a, (b, c)[number]))
    assert sorted(type(one).__name__ for one in given) == ["OverlappingAbsence", "UUID"]


def test_an_absence_is_called_off_early_once(team):
    a, b, _ = team
    one = away(a, b)
    with pytest.raises(Forbidden):
        delegations.call_off(one, b)
    delegations.call_off(one, a)
    delegations.call_off(one, a)
    assert standing(b) == frozenset()
    assert len(build.the_journal("absence.arretee")) == 1
    assert [row.state for row in delegations.of_person(a.user_id, a)] == ["called_off"]
    away(a, b)


def test_a_supervisor_notes_somebody_s_absence_and_others_do_not(team):
    a, b, c = team
    with pytest.raises(Forbidden):
        away(a, b, by=c)
    boss = build.an_actor("administration")
    away(a, b, by=boss)
    assert [row.from_name for row in delegations.of_the_team(boss)] == ["Conseillère A"]
    with pytest.raises(Forbidden):
        delegations.of_the_team(a)
    assert [row.to_name for row in delegations.entrusted_to(b.user_id, b)] == ["Conseillère B"]


@pytest.mark.parametrize(
    ("first", "last", "key"), [(3, 2, "au"), (-5, -1, "au"), (0, 400, "au"), (800, 801, "du")]
)
def test_days_that_make_no_absence_are_refused(team, first, last, key):
    a, b, _ = team
    with pytest.raises(Invalid) as refusal:
        away(a, b, first, last)
    assert list(refusal.value.problems) == [key]


def test_a_replacement_shares_a_lane_and_is_somebody_else(team, carene):
    a, _, _ = team
    stranger = build.an_actor("technicien", name="Paul Rio")
    for taker in (stranger.user_id, a.user_id, uuid4()):
        with pytest.raises(Invalid) as refusal:
            delegations.declare(a.user_id, taker, TODAY, TODAY, a)
        assert list(refusal.value.problems) == ["a"]


def test_an_absence_of_another_territory_is_not_there(team, tmp_path):
    a, b, _ = team
    one = away(a, b)
    with build.serving("ailleurs", root=build.a_variant(tmp_path / "ailleurs", "ailleurs")):
        boss = build.an_actor("administration")
        with pytest.raises(NotFound):
            delegations.call_off(one, boss)
        assert delegations.of_the_team(boss) == []
        assert delegations.standing_in_for(b.user_id, clock.today()) == frozenset()
