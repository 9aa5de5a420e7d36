"""Whose task it is: handed over, entrusted, given back; to somebody who may answer it, and never unseen."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound, TaskAlreadyDone
from app.models import Task, TaskVisit
from app.services import claims
from tests import build


def a_task(element="analyser_signalement"):
    return build.the_task(element, case=build.a_case(element)).id


def holder(task_id):
    return db.session.scalar(
        select(Task.claimed_by).where(Task.id == task_id).execution_options(populate_existing=True)
    )


def team(count=2):
    return [build.an_actor("ecorenove", name=f"Conseillère {letter}") for letter in "ABCD"[:count]]


def test_a_holder_hands_over_with_a_word_that_the_task_shows(carene):
    first, second = team()
    task = a_task()
    claims.claim(task, first)
    claims.hand_over(task, second.user_id, " Rappeler avant midi. ", first)

    row = build.the_task("analyser_signalement")
    assert row.claimed_by == second.user_id
    assert (row.note["text"], row.note["by"]) == ("Rappeler avant midi.", "Conseillère A")
    line = build.the_journal("tache.confiee")[-1]
    assert line.details == {"a": str(second.user_id)}
    assert "midi" not in str(line.details)


def test_a_word_goes_when_the_task_goes_back_to_the_team(carene):
    first, second = team()
    task = a_task()
    claims.hand_over(task, second.user_id, "À toi.", first)
    claims.release(task, second)
    assert build.the_task("analyser_signalement").note is None


def test_anybody_of_the_lane_hands_over_a_task_that_nobody_holds(carene):
    first, second = team()
    task = a_task()
    claims.hand_over(task, second.user_id, "", first)
    assert holder(task) == second.user_id


def test_somebody_else_s_task_is_moved_by_its_holder_or_a_supervisor_only(carene):
    first, second, third = team(3)
    task = a_task()
    claims.claim(task, first)
    with pytest.raises(claims.NotYours, match="Conseillère A"):
        claims.assign(task, third.user_id, second)
    assert holder(task) == first.user_id
    claims.assign(task, third.user_id, build.an_actor("administration"))
    assert holder(task) == third.user_id
    assert build.the_journal("tache.confiee")[-1].details == {
        "de": str(first.user_id),
        "a": str(third.user_id),
    }


def test_a_supervisor_gives_a_task_back_to_its_team(carene):
    (first,) = team(1)
    task = a_task()
    claims.claim(task, first)
    claims.assign(task, None, build.an_actor("administration"))
    assert holder(task) is None
    assert build.the_journal("tache.rendue")[-1].details == {"de": str(first.user_id)}


def test_another_lane_s_task_is_not_moved_by_who_does_not_supervise(carene):
    task = a_task()
    with pytest.raises(Forbidden):
        claims.assign(task, None, build.an_actor("technicien"))


def test_nobody_receives_a_task_that_they_cannot_answer(carene):
    (first,) = team(1)
    task = a_task()
    stranger = build.an_actor("technicien", name="Paul Rio")
    with pytest.raises(claims.CannotReceive, match=r"Paul Rio.*Analyser le signalement.*ÉCORÉNOVE"):
        claims.assign(task, stranger.user_id, first)
    with pytest.raises(claims.CannotReceive, match="Cette personne"):
        claims.assign(task, uuid4(), first)
    assert holder(task) is None


def test_nobody_receives_a_task_of_another_territory(carene, tmp_path):
    first, _ = team()
    task = a_task()
    root = build.a_variant(tmp_path / "ailleurs", "ailleurs")
    with build.serving("ailleurs", root=root):
        neighbour = build.an_actor("ecorenove", name="Voisine")
        with pytest.raises(NotFound):
            claims.assign(task, neighbour.user_id, build.an_actor("administration"))
    with pytest.raises(claims.CannotReceive):
        claims.assign(task, neighbour.user_id, first)


def test_an_account_that_is_closed_receives_nothing(carene):
    first, second = team()
    task = a_task()
    with transaction() as session:
        session.get_one(type(build.a_user("ecorenove", name="Conseillère B")), second.user_id).active = False
    with pytest.raises(claims.CannotReceive):
        claims.assign(task, second.user_id, first)


def test_two_assigners_do_not_overwrite_each_other_unseen(carene):
    first, second, third = team(3)
    supervisor = build.an_actor("administration")
    task = a_task()
    claims.assign(task, second.user_id, supervisor, seen=None)
    with pytest.raises(claims.MovedMeanwhile, match="Conseillère B s'en occupe"):
        claims.assign(task, third.user_id, supervisor, seen=None)
    assert holder(task) == second.user_id
    claims.assign(task, third.user_id, supervisor, seen=second.user_id)
    assert holder(task) == third.user_id
    claims.assign(task, None, supervisor)
    with pytest.raises(claims.MovedMeanwhile, match="rendue à l'équipe"):
        claims.assign(task, first.user_id, supervisor, seen=third.user_id)


def test_of_two_at_the_same_instant_one_wins_and_the_other_is_told(app, carene):
    _, second, third = team(3)
    supervisor = build.an_actor("administration")
    task = a_task()
    given = build.together(
        app, 2, lambda number: claims.assign(task, (second, third)[number].user_id, supervisor, seen=None)
    )
    assert sorted(type(one).__name__ for one in given) == ["MovedMeanwhile", "NoneType"]
    assert len(build.the_journal("tache.confiee")) == 1


def test_sending_it_twice_changes_nothing_more(carene):
    first, second = team()
    task = a_task()
    claims.assign(task, second.user_id, first, seen=None)
    claims.assign(task, second.user_id, build.an_actor("administration"), seen=None)
    assert len(build.the_journal("tache.confiee")) == 1


def test_a_task_that_is_done_stays_where_it_is(carene):
    first, second = team()
    task = a_task()
    build.complete("analyser_signalement")
    with pytest.raises(TaskAlreadyDone):
        claims.assign(task, second.user_id, first)
    with pytest.raises(TaskAlreadyDone):
        claims.hand_over(task, second.user_id, "", first)


def test_whoever_receives_a_task_has_not_read_it(carene):
    first, second = team()
    task = a_task()
    with transaction() as session:
        session.add(
            TaskVisit(task_id=task, user_id=second.user_id, first_at=clock.now(), last_at=clock.now())
        )
    claims.assign(task, second.user_id, first)
    assert db.session.scalar(select(TaskVisit)) is None


def test_many_at_once_tell_which_were_refused_and_why(carene):
    first, second = team()
    free, held, done = (a_task(), a_task(), a_task())
    build.tasks.complete(done, build.answers_for(done, first), by=first)
    claims.claim(held, build.an_actor("ecorenove", name="Conseillère C"))
    report = claims.assign_many([free, held, done, free, uuid4()], second.user_id, first)

    assert report.done == [free]
    assert [one.task_id for one in report.refused][:2] == [held, done]
    assert "prise par Conseillère C" in report.refused[0].reason
    assert "déjà été faite" in report.refused[1].reason
    assert report.refused[2].name == "?"
    assert holder(free) == second.user_id


def test_many_has_a_limit(carene):
    with pytest.raises(claims.TooManyAtOnce, match="200"):
        claims.assign_many([uuid4() for _ in range(201)], None, build.an_actor("administration"))


def test_a_word_is_not_a_novel(carene):
    first, second = team()
    with pytest.raises(Invalid):
        claims.hand_over(a_task(), second.user_id, "a" * 1_001, first)
