"""A person's desk: what is unread, who else is there, what is to be looked at again, in which order."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import clock, scheduler
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound, TaskAlreadyDone
from app.models import ProcessInstance, Task, TaskVisit
from app.services import claims, desk, inbox, paging, priorities, tasks
from app.services.wanted import SORTS, WHICH, Wanted
from tests import build


@pytest.fixture
def pair(carene):
    return build.an_actor("ecorenove", name="Anne"), build.an_actor("ecorenove", name="Boris")


def a_task(**alert):
    return build.the_task("analyser_signalement", case=build.a_case(alert=alert)).id


def listed(actor, **wanted):
    return [row.id for row in inbox.inbox(actor, wanted=Wanted(**wanted)).rows]


def change(task_id, **facts):
    with transaction() as session:
        row = session.get_one(Task, task_id)
        for name, value in facts.items():
            setattr(row, name, value)


def test_a_task_is_unread_until_its_page_is_opened(pair):
    anne, boris = pair
    one, two = a_task(), a_task()
    assert {row.unread for row in inbox.inbox(anne, which="equipe").rows} == {True}
    desk.visit(one, anne)
    assert {row.id: row.unread for row in inbox.inbox(anne, which="equipe").rows} == {one: False, two: True}
    assert listed(anne, vue="non_lues") == [two]
    assert inbox.counts(boris)["non_lues"] == 2


def test_what_somebody_else_has_taken_is_not_mine_to_read(pair):
    anne, boris = pair
    claims.claim(a_task(), anne)
    assert inbox.counts(boris)["non_lues"] == 0
    assert inbox.counts(anne)["non_lues"] == 1


def test_somebody_is_here_while_their_page_is_heard_of(pair):
    anne, boris = pair
    task = a_task()
    desk.visit(task, anne)
    desk.visit(task, boris)
    assert [(one.name, one.now) for one in desk.visitors(task, boris)] == [("Anne", True)]
    assert inbox.inbox(boris, which="equipe").rows[0].here == ("Anne",)
    with build.later(seconds=100):
        desk.visit(task, boris)
        assert [(one.name, one.now) for one in desk.visitors(task, boris)] == [("Anne", False)]
        assert inbox.inbox(boris, which="equipe").rows[0].here == ()
        desk.leave(task, boris)
        assert [one.now for one in desk.visitors(task, anne)] == [False]
    assert db.session.scalars(select(TaskVisit)).all()[0].first_at <= clock.now()


def test_a_page_that_beats_often_writes_seldom(pair):
    anne, _ = pair
    task = a_task()
    desk.visit(task, anne)
    (first,) = db.session.execute(select(TaskVisit.last_at)).scalars()
    with build.later(seconds=5):
        desk.visit(task, anne)
    assert db.session.scalar(select(TaskVisit.last_at)) == first


def test_nobody_visits_a_task_of_another_lane_or_territory(pair, tmp_path):
    task = a_task()
    with pytest.raises(Forbidden):
        desk.visit(task, build.an_actor("technicien"))
    with build.serving("ailleurs", root=build.a_variant(tmp_path / "ailleurs", "ailleurs")):
        stranger = build.an_actor("ecorenove", name="Voisine")
        for act in (
            lambda: desk.visit(task, stranger),
            lambda: desk.set_priority(task, "P0", stranger),
            lambda: desk.set_follow_up(task, clock.today(), stranger),
        ):
            with pytest.raises(NotFound):
                act()
        assert inbox.counts(stranger) == dict.fromkeys(WHICH, 0)
        assert desk.visitors(task, stranger) == []


def test_two_visits_at_the_same_instant_make_one(app, pair):
    anne, _ = pair
    task = a_task()
    assert build.together(app, 3, lambda _: desk.visit(task, anne)) == [None] * 3
    assert len(db.session.scalars(select(TaskVisit)).all()) == 1


def test_the_priorities_are_those_of_the_programme(carene):
    assert list(priorities.known())[:2] == ["P0", "P1"]
    assert priorities.known()["P0"].startswith("P0")


def test_a_priority_is_changed_by_hand_with_its_journal_line(pair):
    anne, _ = pair
    task = a_task()
    before = build.the_task("analyser_signalement").priority
    desk.set_priority(task, "P0", anne)
    desk.set_priority(task, "P0", anne)
    (line,) = build.the_journal("tache.priorite")
    assert line.details == {"de": before, "a": "P0"}
    with pytest.raises(Invalid):
        desk.set_priority(task, "urgent", anne)
    with pytest.raises(Forbidden):
        desk.set_priority(task, "P1", build.an_actor("technicien"))
    desk.set_priority(task, "P1", build.an_actor("administration"))
    tasks.complete(task, build.answers_for(task, anne), by=anne)
    with pytest.raises(TaskAlreadyDone):
        desk.set_priority(task, "P2", anne)


def test_a_task_to_look_at_again_is_taken_listed_and_comes_back_that_day(pair):
    anne, boris = pair
    task, day = a_task(), clock.today() + timedelta(days=3)
    change(task, due_at=clock.now() + timedelta(days=30))
    desk.set_follow_up(task, day, anne, aside=True)
    assert listed(anne, vue="suivi") == [task]
    assert (listed(anne, vue="miennes"), inbox.counts(anne)["miennes"]) == ([], 0)
    assert listed(anne, vue="equipe") == [task]
    with pytest.raises(desk.NotHeld, match="Anne"):
        desk.set_follow_up(task, day, boris)
    with build.later(days=3):
        assert listed(anne, vue="miennes") == [task]
    desk.set_follow_up(task, None, anne)
    assert (listed(anne, vue="miennes"), listed(anne, vue="suivi")) == ([task], [])


def test_nothing_late_stays_aside(pair):
    anne, _ = pair
    task = a_task()
    desk.set_follow_up(task, clock.today() + timedelta(days=300), anne, aside=True)
    assert listed(anne, vue="miennes") == []
    due = build.the_task("analyser_signalement").due_at
    with build.later(due, minutes=1):
        assert listed(anne, vue="miennes") == [task]


def test_a_follow_up_goes_with_its_holder(pair):
    anne, boris = pair
    task = a_task()
    desk.set_follow_up(task, clock.today() + timedelta(days=3), anne, aside=True)
    claims.hand_over(task, boris.user_id, "", anne)
    assert (listed(boris, vue="miennes"), listed(boris, vue="suivi")) == ([task], [])


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2029, 1, 1)])
def test_a_follow_up_is_neither_past_nor_far(pair, day):
    with pytest.raises(Invalid):
        desk.set_follow_up(a_task(), day, pair[0])


def test_drafts_are_a_list_of_one_s_own(pair):
    anne, boris = pair
    task = a_task()
    tasks.save_draft(task, {"priorite": ["P1"]}, anne)
    assert (listed(anne, vue="brouillons"), listed(boris, vue="brouillons")) == ([task], [])
    tasks.drop_draft(task, anne)
    assert inbox.counts(anne)["brouillons"] == 0


def test_a_suspended_task_is_neither_late_nor_due_this_week(pair):
    anne, _ = pair
    task = a_task()
    change(task, active=False, due_at=clock.now() - timedelta(days=1))
    with transaction() as session:
        for process in session.scalars(select(ProcessInstance)):
            process.status = "suspended"
    assert (inbox.counts(anne)["retard"], inbox.counts(anne)["equipe"]) == (0, 1)
    (row,) = inbox.inbox(anne, wanted=Wanted(suspendues="oui")).rows
    assert (row.suspended, row.late) == (True, False)


@pytest.fixture
def five(pair):
    """Five tasks that differ in everything a list sorts and filters by."""
    anne, _ = pair
    now = clock.now()
    made = [a_task() for _ in range(5)]
    communes = ["Trignac", "Besné", None, "Donges", "Besné"]
    for rank, (task, commune) in enumerate(zip(made, communes, strict=True)):
        change(
            task,
            commune=commune,
            priority=["P2", None, "P0", "P9", "P1"][rank],
            entered_at=now - timedelta(hours=rank),
            due_at=None if rank == 3 else now + timedelta(hours=rank - 1),
            claimed_by=anne.user_id if rank == 4 else None,
        )
    return made


EXPECTED = {
    "echeance": [0, 1, 2, 4, 3],
    "priorite": [2, 4, 0, 3, 1],
    "entree": [4, 3, 2, 1, 0],
    "recentes": [0, 1, 2, 3, 4],
    "commune": [1, 4, 3, 0, 2],
    "dossier": [0, 1, 2, 3, 4],
}


@pytest.mark.parametrize("walked", [False, True], ids=["sorted", "walked"])
@pytest.mark.parametrize("tri", SORTS)
def test_each_order_is_the_same_for_a_short_list_and_a_long_one(pair, five, monkeypatch, tri, walked):
    if walked:
        monkeypatch.setattr(inbox, "COUNTED", 1)
        monkeypatch.setattr(inbox, "LAST_PAGE", 9)
    assert [five.index(task) for task in listed(pair[0], tri=tri)] == EXPECTED[tri]


@pytest.mark.parametrize("walked", [False, True], ids=["sorted", "walked"])
@pytest.mark.parametrize("tri", SORTS)
def test_pages_follow_each_other_without_a_gap(pair, five, monkeypatch, tri, walked):
    monkeypatch.setattr(inbox, "SIZE", 2)
    if walked:
        monkeypatch.setattr(inbox, "COUNTED", 1)
        monkeypatch.setattr(inbox, "LAST_PAGE", 9)
    pages = [listed(pair[0], tri=tri, page=number) for number in (1, 2, 3)]
    assert [five.index(task) for found in pages for task in found] == EXPECTED[tri]


def test_filters_narrow_and_add_up(pair, five):
    anne, boris = pair
    assert len(listed(anne, commune="Besné")) == 2
    assert listed(anne, commune="Besné", priorite="P1") == [five[4]]
    assert listed(anne, personne=str(anne.user_id)) == [five[4]]
    assert len(listed(anne, personne="aucune")) == 4
    assert listed(boris, vue="miennes", personne=str(anne.user_id)) == []
    assert listed(anne, echeance="retard") == [five[0], five[1]]
    assert listed(anne, echeance="bientot") == [five[2], five[4]]
    assert len(listed(anne, etape="tri.analyser_signalement")) == 5
    assert listed(anne, etape="tri.autre") == listed(anne, couloir="technicien") == []
    assert len(listed(anne, couloir="ecorenove")) == 5


def test_a_list_is_filtered_by_the_partner_it_waits_for(carene):
    case = build.a_case("orientation")
    partner = next(iter(build.the_orientations(case).values())).partner_id
    hand = build.an_actor("travailleur_social")
    found = listed(hand, partenaire=str(partner))
    assert [task.id for task in build.open_tasks(case.case_id) if task.scope] == found != []
    assert listed(hand, partenaire=str(carene.id)) == []


def test_a_count_stops_where_people_stop_counting(pair, five, monkeypatch):
    monkeypatch.setattr(inbox, "COUNTED", 3)
    assert inbox.counts(pair[0])["equipe"] == inbox.late_count(pair[0]) + 1 == 3
    assert inbox.inbox(pair[0], which="equipe").total == 3
    assert paging.COUNTED == 1_000


def test_several_tasks_at_once_tell_what_was_refused(pair, five):
    anne, boris = pair
    report = desk.each(five, lambda one: claims.claim(one, boris), boris)
    assert (list(report.done), [one.task_id for one in report.refused]) == (five[:4], [five[4]])
    assert "Anne vient de prendre" in report.refused[0].reason
    with pytest.raises(claims.TooManyAtOnce):
        desk.each([UUID(int=number) for number in range(201)], print, anne)


def test_the_hourly_tidying_tells_sqlite_how_its_rows_are_spread(backend, pair, five):
    scheduler.tidy()
    if backend == "sqlite":
        stat = db.session.connection().exec_driver_sql("SELECT idx FROM sqlite_stat1 WHERE tbl = 'task'")
        assert "ix_task_inbox" in {row.idx for row in stat}
    assert len(listed(pair[0])) == 5
