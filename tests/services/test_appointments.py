"""Visits that answers set, and the calendar in which they stand (CAR-7)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.clock import PARIS
from app.database import db, end_read, transaction
from app.models import Appointment, Case, Delegation, Meeting, ProcessInstance, Task
from app.services import calendar_view, claims
from tests import build

DAY = date(2026, 3, 12)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
VISIT = {"prendre_rendez_vous": {"date": DAY, "heure": "14 h 30"}}


def a_visit(**wanted):
    return build.a_case(
        "realiser_visite", answers={"prendre_rendez_vous": {**VISIT["prendre_rendez_vous"], **wanted}}
    )


def rows():
    end_read()
    return list(db.session.scalars(select(Appointment).order_by(Appointment.starts_at)))


def seen(actor, kind=None, whose="equipe", **window):
    end_read()
    found = calendar_view.calendar(actor, *window.get("days", MARCH), whose=whose)
    return [entry for entry in found.entries if kind is None or entry.kind == kind]


def again(element="prendre_rendez_vous", **wanted):
    build.complete("realiser_visite", issue="absent")
    build.complete(element, **wanted)


def test_an_answer_puts_the_visit_in_the_agenda_of_whoever_goes_there(app, carene):
    case = a_visit()
    (visit,) = seen(build.an_actor("technicien"), "rendez_vous")
    assert visit.title == "Visite à domicile"
    assert visit.start == datetime(2026, 3, 12, 14, 30, tzinfo=PARIS)
    assert visit.end - visit.start == timedelta(minutes=90)
    assert (visit.reference, visit.commune) == (case.reference, "Saint-Nazaire")
    assert visit.household.endswith("Lucie Moreau")
    assert visit.task_id == build.the_task("realiser_visite").id
    assert seen(build.an_actor("ecorenove"), "rendez_vous") == []


def test_the_call_after_a_visit_stands_in_the_agenda_of_whoever_coordinates(app, carene):
    case = build.a_case("decider_orientations")
    day = clock.today() + timedelta(days=60)
    build.complete("decider_orientations", case=case, rappel=day)
    month = (day.replace(day=1), day)
    (call,) = seen(build.an_actor("travailleur_social"), "rendez_vous", days=month)
    assert (call.title, call.reference) == ("Rappel du ménage après la visite", case.reference)
    assert call.day == day
    assert seen(build.an_actor("ecorenove"), "rendez_vous", days=month) == []
    with transaction() as session:
        session.get_one(Case, case.case_id).status = "closed"
    assert seen(build.an_actor("travailleur_social"), "rendez_vous", days=month) == []


def test_a_visit_is_mine_once_i_have_taken_its_step(app, carene):
    a_visit()
    me, other = build.an_actor("technicien"), build.an_actor("technicien", name="Autre technicien")
    assert seen(me, "rendez_vous", "moi") == []
    claims.claim(build.the_task("realiser_visite").id, me)
    assert len(seen(me, "rendez_vous", "moi")) == 1
    assert seen(other, "rendez_vous", "moi") == []
    assert len(seen(other, "rendez_vous", "equipe")) == 1


def test_a_visit_without_an_hour_has_its_whole_day(app, carene):
    a_visit(heure="dans la journée")
    (visit,) = seen(build.an_actor("technicien"), "rendez_vous")
    assert (visit.day, visit.start, visit.end) == (DAY, None, None)


def test_a_later_answer_moves_the_visit_that_has_not_taken_place(app, carene):
    a_visit()
    with build.later(datetime(2026, 3, 10, 9, tzinfo=PARIS)):  # noticed before the day
        again(date=date(2026, 3, 20), heure="9 h")
        assert [(row.status, row.starts_at.date()) for row in rows()] == [
            ("replaced", DAY),
            ("planned", date(2026, 3, 20)),
        ]
        (visit,) = seen(build.an_actor("technicien"), "rendez_vous")
        assert visit.day == date(2026, 3, 20)


def test_a_visit_that_took_place_stays_where_it_was(app, carene):
    a_visit()
    with build.later(datetime(2026, 3, 13, 9, tzinfo=PARIS)):
        again(date=date(2026, 3, 20), heure="9 h")
        assert [entry.day for entry in seen(build.an_actor("technicien"), "rendez_vous")] == [
            DAY,
            date(2026, 3, 20),
        ]


def test_an_answer_without_a_day_calls_the_visit_off(app, carene):
    a_visit()
    with build.later(datetime(2026, 3, 10, 9, tzinfo=PARIS)):
        again(issue="refus")
        assert seen(build.an_actor("technicien"), "rendez_vous") == []


@pytest.mark.parametrize("end", ["process", "case", "undone"])
def test_what_ends_a_case_takes_out_the_visits_to_come(app, carene, end):
    case = a_visit()
    with transaction() as session:
        if end == "process":
            process = session.scalars(
                select(ProcessInstance).where(ProcessInstance.case_id == case.case_id)
            ).one()
            process.status, process.ended_at = "cancelled", clock.now()
        elif end == "case":
            row = session.get_one(Case, case.case_id)
            row.status, row.closed_at = "closed", clock.now()
        else:
            task = session.scalars(select(Task).where(Task.element == "prendre_rendez_vous")).one()
            task.status = "open"
    technician = build.an_actor("technicien")
    assert seen(technician, "rendez_vous") == []
    called_off = calendar_view.calendar(technician, *MARCH, whose="equipe", cancelled=True)
    assert [entry.cancelled for entry in called_off.entries if entry.kind == "rendez_vous"] == [True]


def test_a_case_that_ends_after_its_visit_keeps_it(app, carene):
    case = a_visit()
    with build.later(datetime(2026, 3, 20, 9, tzinfo=PARIS)):
        with transaction() as session:
            row = session.get_one(Case, case.case_id)
            row.status, row.closed_at = "closed", clock.now()
        assert len(seen(build.an_actor("technicien"), "rendez_vous")) == 1


def test_the_steps_due_and_to_be_seen_again_stand_on_their_days(app, carene):
    build.a_case("analyser_signalement")
    task = build.the_task("analyser_signalement")
    me = build.an_actor("ecorenove")
    due = (task.due_at - timedelta(microseconds=1)).astimezone(PARIS).date()
    assert seen(me, "tache", "moi") == []
    claims.claim(task.id, me)
    with transaction() as session:
        session.get_one(Task, task.id).follow_up_on = DAY
    (deadline,) = seen(me, "tache", "moi")
    (follow_up,) = seen(me, "rappel", "moi")
    assert (deadline.day, deadline.task_id, deadline.late) == (due, task.id, False)
    assert (follow_up.day, follow_up.task_id) == (DAY, task.id)
    with build.later(task.due_at, days=2):
        (late,) = seen(me, "tache", "moi")
        assert late.late
    with transaction() as session:
        session.get_one(Task, task.id).active = False
    assert seen(me, None, "moi") == []


def test_a_step_of_another_lane_is_in_nobody_else_s_agenda(app, carene):
    build.a_case("analyser_signalement")
    assert seen(build.an_actor("technicien"), "tache") == []


def test_review_meetings_show_to_those_who_see_reviews(app, carene):
    a_visit()
    build.hold_review()
    with transaction() as session:
        process = session.scalars(
            select(ProcessInstance).where(ProcessInstance.process == "revue").limit(1)
        ).one()
        meeting = session.scalar(select(Meeting).where(Meeting.process_id == process.id))
        if meeting is None:
            meeting = Meeting(process_id=process.id)
            session.add(meeting)
        meeting.meets_at = datetime(2026, 3, 19, 10, tzinfo=PARIS)
        meeting.status = "planned"
        process_id = process.id
    (sitting,) = [
        one for one in seen(build.an_actor("travailleur_social"), "reunion") if str(process_id) in one.id
    ]
    assert (sitting.day, sitting.start.astimezone(PARIS).hour) == (date(2026, 3, 19), 10)
    assert seen(build.an_actor("technicien"), "reunion") == []
    with transaction() as session:
        session.scalars(select(Meeting).where(Meeting.process_id == process_id)).one().status = "cancelled"
    left = seen(build.an_actor("travailleur_social"), "reunion")
    assert [one for one in left if str(process_id) in one.id] == []


def test_the_days_off_carry_their_names(app, carene):
    with transaction() as session:
        territory = session.merge(carene)
        territory.live = {**territory.live, "jours_fermes": ["2026-05-15"]}
    found = calendar_view.days_off(date(2026, 5, 1), date(2026, 5, 31))
    assert found[date(2026, 5, 1)] == "Fête du Travail"
    assert found[date(2026, 5, 15)] == "Fermeture"
    assert date(2026, 5, 4) not in found


def test_a_calendar_says_when_it_is_cut(app, carene, monkeypatch):
    monkeypatch.setattr(calendar_view, "MOST", 2)
    for _ in range(3):
        build.a_case("analyser_signalement")
    found = calendar_view.calendar(build.an_actor("ecorenove"), *MARCH, whose="equipe")
    assert found.cut
    assert len([entry for entry in found.entries if entry.kind == "tache"]) == 2


def test_whoever_stands_in_for_somebody_sees_their_calendar_for_those_days(app, carene):
    a_visit()
    away, stand_in = build.an_actor("technicien"), build.an_actor("technicien", name="Remplaçante")
    claims.claim(build.the_task("realiser_visite").id, away)
    assert seen(stand_in, None, "moi") == []
    with transaction() as session:
        session.add(
            Delegation(
                from_user=away.user_id,
                to_user=stand_in.user_id,
                starts_on=date(2026, 3, 2),
                ends_on=date(2026, 3, 6),
                created_by=away.user_id,
                created_at=clock.now(),
            )
        )
    assert [entry.kind for entry in seen(stand_in, None, "moi")] == ["tache", "rendez_vous"]
    with build.later(datetime(2026, 3, 9, 9, tzinfo=PARIS)):
        assert seen(stand_in, None, "moi") == []
