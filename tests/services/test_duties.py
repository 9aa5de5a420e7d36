"""Frequencies under watch: counted, warned of before a window closes, a breach after it (AST-6)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app import clock, scheduler
from app.database import db, end_read, transaction
from app.models import Duty, Job, Notice, Submission, User
from app.services import duties, journal, mending
from tests import build, duty_house
from tests.duty_house import VISITS, a_measure, answer, paris, the_breaches, the_duties, the_notices, visit


@pytest.fixture
def start(app, tmp_path):
    """Serve the small territory, with other rules when asked."""
    build.a_server(app, tmp_path)
    opened = []

    def serve(**given):
        block = duty_house.serving(tmp_path / "root", **given)
        block.__enter__()
        opened.append(block)
        duty_house.the_referent(), build.an_actor("pole")

    yield serve
    for block in opened:
        block.__exit__(None, None, None)


@pytest.fixture
def house(start):
    start()


def rule(**changed):
    return {name: text for name, text in {**VISITS, **changed}.items() if text}


def plain(**changed):
    """A rule without an inner one."""
    return rule(frequence="1", frequence_dont="", frequence_dont_si="", **changed)


def watch(*moment):
    with clock.at(paris(*moment)):
        return duties.watch_due()


def began(*moment):
    with clock.at(paris(*moment)):
        return a_measure()


def visited(case, *moment, **facts):
    with clock.at(paris(*moment)):
        visit(case, **facts)


def told(kind):
    names = {user.id: user.name for user in db.session.scalars(select(User))}
    return sorted((names[notice.user_id], notice.title) for notice in the_notices(kind))


def test_two_visits_a_month_one_at_home_are_counted_and_a_short_month_is_one_breach(house):
    case = began(2026, 3, 1, 9)
    visited(case, 2026, 3, 10, 9)
    assert watch(2026, 3, 19, 23, 59) == 0  # day 20 begins at midnight
    assert watch(2026, 3, 20) == 1
    assert [line.details["trouve"] for line in build.the_journal("frequence.avertie")] == [1]
    assert watch(2026, 3, 25) == 0  # told once
    assert watch(2026, 3, 31, 23, 59) == 0
    assert watch(2026, 4, 1) == 1
    (breach,) = the_breaches()
    assert (breach.expected, breach.found, breach.missed) == (2, 1, 1)
    assert (breach.expected_within, breach.found_within) == (1, 1)
    assert (breach.window_from, breach.window_to) == (paris(2026, 3, 1), paris(2026, 4, 1))
    assert watch(2026, 4, 1) == 0
    assert len(the_breaches()) == 1
    assert journal.verify() is None


def test_the_warning_says_in_words_to_the_lane_and_to_supervision_what_is_missing(house):
    case = began(2026, 3, 1, 9)
    visited(case, 2026, 3, 10, 9, at_home=False)
    watch(2026, 3, 20)
    missing = "accompagner : il manque 1 visite à domicile avant la fin du mardi 31 mars 2026"
    words = f"{missing} ({case.reference})"
    assert told("frequence_avertissement") == [("pole", words), ("referent", words)]
    mail = build.the_message("frequence_avertissement", to=build.a_user("referent").email)
    assert "2 visites par mois, dont 1 à domicile" in mail.body
    assert "Moreau" not in mail.subject + mail.body  # LAW-1


def test_nobody_is_warned_when_the_count_is_there_already(house):
    case = began(2026, 3, 1, 9)
    for day in (3, 12):
        visited(case, 2026, 3, day, 9)
    assert watch(2026, 3, 20) == 1
    assert not build.the_journal("frequence.avertie")
    assert watch(2026, 4, 1) == 1
    assert not the_breaches()
    (line,) = build.the_journal("frequence.fermee")
    assert (line.details["attendu"], line.details["trouve"]) == (2, 2)


def test_enough_visits_none_of_them_at_home_is_a_breach_of_the_inner_rule(house):
    case = began(2026, 3, 1, 9)
    for day in (3, 12, 20):
        visited(case, 2026, 3, day, 9, at_home=False)
    watch(2026, 4, 1)
    (breach,) = the_breaches()
    assert (breach.found, breach.expected, breach.found_within, breach.expected_within) == (3, 2, 0, 1)


def test_a_visit_that_was_not_made_does_not_count(house):
    case = began(2026, 3, 1, 9)
    visited(case, 2026, 3, 3, 9)
    visited(case, 2026, 3, 4, 9, done=False)
    watch(2026, 4, 1)
    assert the_breaches()[0].found == 1


def test_a_first_part_month_owes_its_share_rounded_down(house):
    began(2026, 3, 15, 9)  # 17 days of 31: 2 × 17 ÷ 31 = 1 visit, and no visit at home
    watch(2026, 4, 1)
    (breach,) = the_breaches()
    assert (breach.expected, breach.expected_within, breach.found) == (1, 0, 0)
    assert breach.window_from == paris(2026, 3, 15)


def test_a_part_month_too_short_to_owe_a_visit_asks_for_none_and_warns_nobody(house):
    began(2026, 3, 18, 9)  # 14 days of 31
    assert the_duties()[0].warn_at is None
    watch(2026, 3, 20)
    watch(2026, 4, 1)
    assert not the_breaches()


def test_without_pro_rata_a_first_part_month_owes_the_whole_and_a_last_one_nothing(start):
    start(duty=rule(frequence_prorata="non"))
    case = began(2026, 3, 25, 9)
    watch(2026, 4, 1)
    assert the_breaches()[0].expected == 2
    visited(case, 2026, 4, 28, 9, more=False)
    watch(2026, 4, 28, 9, 1)
    assert len(the_breaches()) == 1


def test_an_activity_left_in_mid_month_is_judged_on_its_days_and_never_again(house):
    case = began(2026, 3, 1, 9)
    for day in (3, 12):
        visited(case, 2026, 3, day, 9)
    visited(case, 2026, 4, 20, 9, more=False)  # 20 days of 30: one visit owed, one made
    assert watch(2026, 4, 20, 9, 1) == 1
    assert not the_breaches()
    assert [duty.status for duty in the_duties()] == ["ended"]
    watch(2027, 1, 1)
    assert [breach.kind for breach in the_breaches()] == ["echeance"]  # the evaluation, promised after it


def test_an_activity_left_without_its_share_of_visits_is_a_breach(house):
    case = began(2026, 3, 1, 9)
    visited(case, 2026, 3, 30, 9, done=False, more=False)
    watch(2026, 3, 30, 10)
    (breach,) = the_breaches()
    assert (breach.expected, breach.found) == (1, 0)  # 30 days of 31: 1,94 visits
    assert breach.window_to == paris(2026, 3, 30, 9)


def test_a_visit_written_down_late_counts_in_the_month_when_it_was_made(house):
    case = began(2026, 3, 1, 9)
    visited(case, 2026, 3, 10, 9)
    watch(2026, 4, 1)
    assert the_breaches()[0].found == 1
    visited(case, 2026, 4, 3, 9, on=date(2026, 3, 28))
    (breach,) = the_breaches()
    assert (breach.found, breach.status) == (2, "open")  # late stays late: somebody says why
    assert build.the_journal("manquement.recompte")
    visited(case, 2026, 4, 10, 9)
    watch(2026, 5, 1)
    assert [(row.window_from.month, row.found) for row in the_breaches()[1:]] == [(3, 1)]  # 31 March, UTC


def test_thirty_days_of_downtime_close_each_month_once_and_make_one_breach(start):
    start(duty=plain(frequence_fenetre="semaine", frequence_alerte='"P2D"'))
    case = began(2026, 3, 2, 9)  # a Monday
    visited(case, 2026, 3, 10, 9)
    assert watch(2026, 4, 8) == 1
    (breach,) = the_breaches()
    assert breach.missed == 4  # weeks of 2, 16, 23 and 30 March; that of 9 March was kept
    assert (breach.expected, breach.found) == (4, 0)
    assert (breach.window_from, breach.window_to) == (paris(2026, 3, 2), paris(2026, 4, 6))
    assert len(build.the_journal("frequence.fermee")) == 5
    assert not build.the_journal("frequence.avertie")  # nobody is warned of what is over
    assert watch(2026, 4, 8) == 0


def test_windows_of_a_duration_are_counted_from_the_entry_never_from_the_last(start):
    start(duty=plain(frequence_fenetre='"P1M"', frequence_alerte=""))
    began(2026, 1, 31, 15)
    ends = []
    for _ in range(5):
        (duty,) = the_duties()
        ends.append(duty.window_to.astimezone(clock.PARIS).date())
        with clock.at(duty.window_to - timedelta(microseconds=1)):
            assert duties.watch_due() == 0
        with clock.at(duty.window_to):
            assert duties.watch_due() == 1
    assert ends == [date(2026, month, day) for month, day in ((2, 28), (3, 31), (4, 30), (5, 31), (6, 30))]
    assert len(the_breaches()) == 5


@pytest.mark.parametrize(("first", "change"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_nothing_is_early_or_doubled_on_the_nights_of_the_clock_change(start, first, change):
    start(duty=plain(frequence_fenetre='"P1D"', frequence_alerte='"PT1H"'))
    began(*first, 0, 30)
    (duty,) = the_duties()
    assert duty.window_to - paris(*first) == timedelta(hours=change)
    assert duty.warn_at == duty.window_to - timedelta(hours=1)
    with clock.at(duty.window_to - timedelta(seconds=1)):
        assert duties.watch_due() == 1  # the warning, not the end
    with clock.at(duty.window_to):
        assert duties.watch_due() == 1
        assert duties.watch_due() == 0
    assert len(the_breaches()) == 1


def test_while_a_process_is_in_suspense_nothing_closes_and_its_days_ask_for_nothing(house):
    case = began(2026, 3, 1, 9)
    for day in (3, 12):
        visited(case, 2026, 3, day, 9)
    watch(2026, 4, 1)
    pole = build.an_actor("pole")
    with clock.at(paris(2026, 4, 5)):
        mending.suspend(case.process_id, reason="Hospitalisation.", by=pole)
    assert watch(2026, 5, 20) == 0
    with clock.at(paris(2026, 6, 20)):
        mending.resume(case.process_id, reason="Retour.", by=pole)
    watch(2026, 7, 1)
    assert not the_breaches()  # April owed 2 × 4 ÷ 30, June 2 × 11 ÷ 30
    watch(2026, 8, 1)
    assert [breach.expected for breach in the_breaches()] == [2]


def test_a_window_counted_from_the_entry_ends_later_by_the_pause(start):
    start(duty=plain(frequence_fenetre='"P1M"', frequence_alerte='"P5D"'))
    case = began(2026, 3, 10, 9)
    pole = build.an_actor("pole")
    with clock.at(paris(2026, 3, 20, 9)):
        mending.suspend(case.process_id, reason="Hospitalisation.", by=pole)
    assert watch(2026, 4, 25) == 0
    with clock.at(paris(2026, 4, 30, 9)):
        mending.resume(case.process_id, reason="Retour.", by=pole)
    (duty,) = the_duties()
    assert duty.window_from == paris(2026, 3, 10)
    assert duty.window_to == paris(2026, 5, 20)  # a month after 10 March and 41 days
    assert duty.warn_at == paris(2026, 5, 15)
    watch(2026, 5, 20)
    (duty,) = the_duties()
    assert (duty.window_from, duty.window_to) == (paris(2026, 5, 20), paris(2026, 6, 20))


def test_a_cancelled_process_is_not_judged(house):
    case = began(2026, 3, 1, 9)
    with clock.at(paris(2026, 3, 25)):
        mending.cancel(case.process_id, reason="Ouvert par erreur.", by=build.an_actor("pole"))
    assert watch(2026, 6, 1) == 0
    assert [duty.status for duty in the_duties()] == ["ended"]
    assert not the_breaches()


def test_two_watchers_at_once_warn_once_and_close_once(house, app):
    began(2026, 3, 1, 9)
    for moment in ((2026, 3, 20), (2026, 4, 1)):
        with build.later(paris(*moment)):
            done = build.together(app, 4, lambda _: duties.watch_due())
        assert sorted(done) == [0, 0, 0, 1]
    assert len(build.the_journal("frequence.avertie")) == 1
    assert len(the_breaches()) == 1
    assert journal.verify() is None


def test_a_rule_that_cannot_be_counted_is_pushed_back_then_dead_and_holds_nobody_back(house):
    visited(began(2026, 3, 1, 9), 2026, 3, 1, 9)
    began(2026, 3, 1, 10)
    poisoned = the_duties()[0].id
    with clock.at(paris(2026, 3, 2)):
        poison(poisoned)
    assert watch(2026, 4, 1) == 1
    assert len(the_breaches()) == 1
    for hours in range(1, 5):
        watch(2026, 4, 1, hours)
    end_read()
    assert db.session.get_one(Duty, poisoned).status == "dead"
    assert build.the_journal("frequence.impossible")
    (job,) = db.session.scalars(select(Job).where(Job.name == "watch_duty"))
    assert job.ids == {"duty_id": str(poisoned)}


def poison(duty_id):
    with transaction() as session:
        row = session.get_one(Duty, duty_id)
        row.rule = {**row.rule, "condition": "issue / 0 == 1"}


def test_the_pump_watches_and_the_territory_has_its_own_quarterly_meeting(start):
    start(meeting=duty_house.MEETINGS)
    with clock.at(paris(2026, 1, 1, 8)):
        scheduler.arm_calendars()
    (duty,) = the_duties()
    assert (duty.process_id, duty.case_id, duty.element) == (None, None, "trimestre")
    with clock.at(paris(2026, 1, 16)):
        scheduler.drain()
        process = build.the_task("tenir_seance").process_id
        answer("tenir_seance", process, tenue_le=date(2026, 1, 16))
        scheduler.drain()
    with clock.at(paris(2026, 4, 1)):
        scheduler.drain()
    assert not the_breaches()
    with clock.at(paris(2026, 6, 16)):  # armed for 15 April, begun, not held
        scheduler.drain()
    assert len(build.the_journal("frequence.avertie")) == 1
    with clock.at(paris(2026, 7, 1)):
        scheduler.drain()
    (breach,) = the_breaches()
    assert (breach.case_id, breach.expected, breach.found) == (None, 1, 0)
    assert len(the_duties()) == 1  # one, whatever the rank


def test_a_meeting_written_down_late_counts_in_its_own_quarter(start):
    start(meeting={**duty_house.MEETINGS, "frequence_date": "tenue_le"})
    with clock.at(paris(2026, 1, 1, 8)):
        scheduler.arm_calendars()
    with clock.at(paris(2026, 4, 2)):
        scheduler.drain()
        assert [breach.found for breach in the_breaches()] == [0]
        process = build.the_task("tenir_seance").process_id
        answer("tenir_seance", process, tenue_le=date(2026, 3, 30))
    assert [breach.found for breach in the_breaches()] == [1]


def test_a_territory_whose_calendar_was_armed_before_its_rule_gets_the_duty_at_the_next_start(start):
    start(meeting=duty_house.MEETINGS)
    with clock.at(paris(2026, 1, 1, 8)):
        scheduler.arm_calendars()
        with transaction() as session:
            session.delete(session.scalars(select(Duty)).one())
        scheduler.arm_calendars()
        scheduler.arm_calendars()
    assert len(the_duties()) == 1


def test_notices_are_lines_under_the_bell_once_each(house):
    began(2026, 3, 1, 9)
    watch(2026, 3, 20)
    watch(2026, 3, 20)
    keys = [notice.key for notice in db.session.scalars(select(Notice))]
    assert len(keys) == 2  # the one referent, the one of the pôle


def test_a_visit_put_right_counts_once_as_it_was_put_right(house):
    case = began(2026, 3, 1, 9)
    visited(case, 2026, 3, 10, 9)
    end_read()
    row = db.session.scalars(select(Submission).where(Submission.form == "visite")).one()
    wrong = {"date": date(2026, 3, 9), "lieu": "bureau", "issue": "realisee", "encore": True, "note": None}
    with clock.at(paris(2026, 4, 1) - timedelta(hours=1)):
        mending.correct(row.id, wrong, reason="Vu au bureau.", by=build.an_actor("pole"))
    watch(2026, 4, 1)
    (breach,) = the_breaches()
    assert (breach.found, breach.found_within) == (1, 0)


def test_a_step_that_left_the_activity_and_is_undone_leaves_its_duty_where_it_stood(house):
    case = began(2026, 3, 1, 9)
    pole = build.an_actor("pole")
    task = build.the_task("noter_visite", case=case)
    before = [(duty.id, duty.window_to, duty.warn_at) for duty in the_duties()]
    with clock.at(paris(2026, 3, 5, 9)):
        outcomes = {"visite.encore": False}
        mend = mending.skip(case.process_id, task.id, outcomes, reason="Essai.", by=pole)
        assert [duty.status for duty in the_duties()] == ["leaving"]
        mending.undo(mend, by=pole)
    assert [duty.status for duty in the_duties()] == ["watching"]
    assert [(duty.id, duty.window_to, duty.warn_at) for duty in the_duties()] == before
    watch(2026, 3, 20)
    watch(2026, 4, 1)
    assert [breach.expected for breach in the_breaches()] == [2]
