"""The day's summary: once a day to each person, late first, on working days, without any name."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import clock, jobs, scheduler, tenancy
from app.clock import PARIS
from app.database import db, transaction
from app.models import Membership, Message, Notice, NoticePreference, NoticeSettings, Task, Territory, User
from app.services import bell, digests, notices
from tests import build

WORK = frozenset({"send_digest", "deliver_message"})


def at(day: int, hour: int = 8, minute: int = 0, *, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def summaries() -> list[Message]:
    return build.the_messages("resume_du_jour")


def beat() -> None:
    digests.digest_due()
    while jobs.run_due(only=WORK):
        pass


def wait_for(person: User, key: str = "un", title: str = "Une tâche", **more) -> None:
    with transaction():
        notices.tell([person.id], "tache_rappel", key, title, "corbeille", **more)


@pytest.fixture
def anne(carene) -> User:
    person = build.a_user("ecorenove", name="Anne")
    with transaction() as session:
        session.add(NoticePreference(user_id=person.id, kind="tache_rappel", mode="resume"))
    return person


def test_the_summary_leaves_at_eight_the_next_working_day(anne):
    with build.later(at(2, 10)):
        wait_for(anne)
        beat()
        assert summaries() == []
    with build.later(at(3, 7, 59)):
        beat()
        assert summaries() == []
    with build.later(at(3, 8)):
        beat()
        assert [row.subject for row in summaries()] == ["Votre résumé du mardi 3 mars 2026 : 1 avis"]
    with build.later(at(3, 9)):
        wait_for(anne, "deux")
        beat()
        assert len(summaries()) == 1
    with build.later(at(4, 8, 5)):
        beat()
        assert [row.status for row in summaries()] == ["sent", "sent"]


def test_each_has_their_own_hour(anne):
    with transaction() as session:
        session.add(NoticeSettings(user_id=anne.id, digest_at=18 * 60))
    with build.later(at(2, 10)):
        wait_for(anne)
        beat()
        assert summaries() == []
    with build.later(at(2, 18)):
        beat()
        assert len(summaries()) == 1


def test_no_summary_on_a_day_when_nobody_works(anne, carene):
    with transaction() as session:
        row = session.get_one(Territory, carene.id)
        row.live = {**row.live, "jours_fermes": ["2026-03-09"]}
    with build.later(at(6, 20)):
        wait_for(anne)
        beat()
    for day in (7, 8, 9):  # Saturday, Sunday, a closing day
        with build.later(at(day, 12)):
            beat()
    assert summaries() == []
    with build.later(at(10, 8)):
        beat()
    assert len(summaries()) == 1


def test_after_a_stop_of_a_week_one_summary_says_all(anne):
    for day in range(2, 7):
        with build.later(at(day, 19)):
            wait_for(anne, f"{day}", f"Étape du {day}")
    with build.later(at(16, 9)):
        beat()
        beat()
    (row,) = summaries()
    assert "5 avis" in row.subject
    assert all(f"Étape du {day}" in row.body for day in range(2, 7))


def test_what_was_read_or_is_over_is_left_out_and_an_empty_summary_does_not_leave(carene, anne):
    case = build.a_case("analyser_signalement")
    task = build.the_task("analyser_signalement", case=case)
    wait_for(anne, task_id=task.id, case_id=case.case_id)
    wait_for(anne, "lu")
    build.complete("analyser_signalement", case=case)
    bell.read_all(build.an_actor("ecorenove", name="Anne"))
    with build.later(at(3, 8)):
        beat()
    assert summaries() == []
    assert {row.digest for row in db.session.scalars(select(Notice).where(Notice.user_id == anne.id))} <= {
        "sent", "none",
    }  # fmt: skip


def test_late_steps_come_first_by_reference_and_nobody_is_named(carene, anne):
    for number, due in enumerate((5, -3, -1)):
        case = build.a_case("analyser_signalement")
        task = build.the_task("analyser_signalement", case=case)
        with transaction() as session:
            session.get_one(Task, task.id).due_at = clock.now() + timedelta(days=due)
        wait_for(anne, str(number), f"Étape {number}", task_id=task.id, case_id=case.case_id)
    wait_for(anne, "sans date", "Sans date")
    with build.later(at(3, 8)):
        beat()
    (row,) = summaries()
    lines = [line for line in row.body.split("\n") if line.startswith("- ")]
    assert [line.partition("Étape ")[2][:1] or "-" for line in lines] == ["1", "2", "0", "-"]
    assert "en retard depuis le" in lines[0] and "en retard" not in lines[2]
    assert all("DOS-" in line for line in lines[:3])
    assert "Moreau" not in row.body + str(row.subject)


def test_a_long_summary_says_how_many_more_there_are(anne):
    for number in range(53):
        wait_for(anne, str(number), f"Étape {number}")
    with build.later(at(3, 8)):
        beat()
    (row,) = summaries()
    assert row.body.count("\n- ") == 51
    assert "et 3 autres" in row.body


def test_runners_at_the_same_moment_send_one_summary(app, anne):
    wait_for(anne)
    with build.later(at(3, 8)):
        ordered = build.together(app, 4, lambda _: digests.digest_due())
        assert sum(ordered) == 1
        beat()
    assert len(summaries()) == 1


def test_a_summary_that_is_run_again_is_not_written_again(anne):
    wait_for(anne)
    with build.later(at(3, 8)):
        beat()
    wait_for(anne, "deux")
    digests.send(str(anne.id), "2026-03-03")  # the same day's, by a job that was thought lost
    assert len(summaries()) == 1
    assert (
        db.session.scalars(select(Notice).where(Notice.key == "tache_rappel:deux")).one().digest == "waiting"
    )


@pytest.mark.parametrize(
    ("night", "month"), [(29, 3), (25, 10)], ids=["the clock goes forward", "the clock goes back"]
)
def test_the_nights_when_the_clock_changes_one_summary_a_day(anne, carene, night, month, monkeypatch):
    with transaction() as session:
        session.add(NoticeSettings(user_id=anne.id, digest_at=2 * 60 + 30))
    monkeypatch.setattr(digests, "is_working_day", lambda *_: True)  # these nights are Sundays
    start = at(night, 0, month=month)
    for step in range(24 * 4):
        with build.later(start, minutes=15 * step):
            wait_for(anne, str(step))
            beat()
    days = [row.sent_at.astimezone(PARIS).date() for row in summaries()]
    assert len(days) == len(set(days)) == 1


def test_somebody_who_has_left_gets_no_summary(anne):
    wait_for(anne)
    with transaction() as session:
        session.get_one(User, anne.id).active = False
    with build.later(at(3, 8)):
        beat()
    assert summaries() == []


def test_each_territory_sends_its_own_summary(app, carene, anne, tmp_path):
    wait_for(anne)
    anne_id = anne.id
    root = build.a_variant(tmp_path / "files", "voisin")
    with build.serving("voisin", root=root):
        with transaction() as session:
            session.add(Membership(user_id=anne_id, territory_id=tenancy.current_id(), roles=["ecorenove"]))
            session.add(NoticePreference(user_id=anne_id, kind="tache_rappel", mode="resume"))
        with transaction():
            notices.tell([anne_id], "tache_rappel", "ici", "Ailleurs", "corbeille")
    with build.later(at(3, 8)):
        beat()
    (row,) = summaries()
    assert "Ailleurs" not in row.body
    with build.serving("voisin", root=root):
        (row,) = summaries()
        assert "Ailleurs" in row.body


def test_the_pump_sends_summaries_by_itself(anne):
    wait_for(anne)
    with build.later(at(3, 8)):
        scheduler.pump()
        scheduler.pump()
        assert [row.status for row in summaries()] == ["sent"]


def test_an_evening_hour_missed_while_the_server_was_stopped_is_made_up_for(anne):
    with transaction() as session:
        session.add(NoticeSettings(user_id=anne.id, digest_at=23 * 60 + 30))
    with build.later(at(2, 20)):
        wait_for(anne)
    with build.later(at(3, 0, 10)):
        beat()
        assert [row.subject for row in summaries()] == ["Votre résumé du lundi 2 mars 2026 : 1 avis"]
