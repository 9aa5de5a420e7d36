"""One commit, whole or nothing; instants with a zone; secrets unreadable in the file."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from app import clock, tenancy
from app.database import db, end_read, seal_text, transaction
from app.models import Draft, Territory

PARIS_SUMMER = timezone(timedelta(hours=2))


def a_territory(code="a", **facts):
    return Territory(**{"id": uuid4(), "code": code, "name": "A", "created_at": clock.now(), **facts})


def codes():
    end_read()
    return db.session.scalars(select(Territory.code).order_by(Territory.code)).all()


def test_a_transaction_commits_whole(app):
    with transaction() as session:
        session.add(a_territory("a"))
        session.add(a_territory("b"))
    assert codes() == ["a", "b"]


def test_a_transaction_that_fails_leaves_nothing(app):
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(a_territory("a"))
        session.flush()
        raise ZeroDivisionError
    assert codes() == []


def test_a_transaction_that_breaks_a_rule_of_the_database_leaves_nothing(app):
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(a_territory("a"))
        session.flush()
        session.add(a_territory("a"))
    assert codes() == []
    with transaction() as session:
        session.add(a_territory("b"))
    assert codes() == ["b"]


def test_a_transaction_in_a_transaction_is_refused_and_the_outer_one_fails(app):
    with pytest.raises(RuntimeError, match="already open"), transaction() as session:
        session.add(a_territory("a"))
        with transaction():
            pass
    assert codes() == []


def test_a_transaction_sees_what_another_wrote_after_the_last_read(app):
    assert codes() == []
    db.session.scalars(select(Territory)).all()

    def another():
        with app.app_context(), transaction() as session:
            session.add(a_territory("a"))

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    with transaction() as session:
        assert session.scalars(select(Territory.code)).all() == ["a"]


def test_two_writers_wait_for_each_other_instead_of_failing(app):
    with transaction() as session:
        session.add(a_territory("a", case_counter=0))

    def count():
        with app.app_context():
            for _ in range(10):
                with transaction() as session:
                    row = session.scalars(select(Territory).with_for_update()).one()
                    row.case_counter += 1
            db.session.remove()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end_read()
    assert db.session.scalar(select(Territory.case_counter)) == 40


def test_an_instant_comes_back_in_utc(app):
    with transaction() as session:
        session.add(a_territory(created_at=datetime(2026, 7, 14, 10, 0, 0, 123456, tzinfo=PARIS_SUMMER)))
    end_read()
    read = db.session.scalar(select(Territory.created_at))
    assert read == datetime(2026, 7, 14, 8, 0, 0, 123456, tzinfo=UTC)
    assert read.tzinfo is UTC


def test_instants_compare_in_the_database_whatever_zone_they_came_in(app):
    noon = datetime(2026, 7, 14, 12, 0, tzinfo=PARIS_SUMMER)
    with transaction() as session:
        session.add(a_territory(created_at=noon))
    before = Territory.created_at < datetime(2026, 7, 14, 10, 0, 1, tzinfo=UTC)
    assert db.session.scalars(select(Territory.code).where(before)).all() == ["a"]


def test_a_naive_instant_is_refused(app):
    with pytest.raises(StatementError, match="naive instants are refused"), transaction() as session:
        session.add(a_territory(created_at=datetime(2026, 7, 14, 10, 0)))  # noqa: DTZ001


def test_a_sealed_value_is_unreadable_in_the_file_and_comes_back_whole(app):
    secret = {"signalement": {"sante": ["asthme sévère"], "montant": "12,50"}}
    with transaction() as session:
        session.add(territory := a_territory())
    with tenancy.serving(territory.id), transaction() as session:
        session.add(Draft(task_id=uuid4(), person="p", raw=secret, at=clock.now()))
        session.add(Draft(task_id=uuid4(), person="p", raw=secret, at=clock.now()))
    with tenancy.serving(territory.id):
        one, two = (bytes(raw) for raw in db.session.scalars(text("SELECT raw FROM draft")))
        assert db.session.scalars(select(Draft.raw)).all() == [secret, secret]
    for word in ("asthme", "sante", "12,50", "signalement"):
        assert word.encode() not in one
    assert one != two


def test_a_sealed_value_that_was_touched_or_needs_another_key_is_refused(app):
    with transaction() as session:
        session.add(territory := a_territory())
    with tenancy.serving(territory.id), transaction() as session:
        session.add(Draft(task_id=uuid4(), person="p", raw={"a": 1}, at=clock.now()))
    app.config["RELAIS_DATA_KEY"] = "une-autre-clé"
    with tenancy.serving(territory.id), pytest.raises(InvalidTag):
        db.session.scalars(select(Draft.raw)).all()


def test_a_digest_is_stable_for_a_key_and_says_nothing_of_the_code(app):
    digest = seal_text("ABCD-1234")
    assert digest == seal_text("ABCD-1234") != seal_text("ABCD-1235")
    assert "ABCD" not in digest
    app.config["RELAIS_DATA_KEY"] = "une-autre-clé"
    assert digest != seal_text("ABCD-1234")


def test_an_error_of_the_database_does_not_repeat_what_people_answered(app):
    with pytest.raises(IntegrityError) as caught, transaction() as session:
        session.add(a_territory("a", name="Ménage Dupont"))
        session.add(a_territory("a", name="Ménage Dupont"))
    assert "Dupont" not in str(caught.value)
