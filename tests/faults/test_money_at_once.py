"""Many steps that ask for the last places and the last euros at once: each counts once (AST-2, AST-10)."""

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Conflict
from app.handlers import funds
from app.models import Envelope, Incident, Quota, Task
from app.services import journal, tasks
from tests import build, money_house
from tests.money_house import ask, the_commitments, the_places

pytestmark = pytest.mark.fault


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with money_house.serving(tmp_path / "root"):
        yield app


def limit(places=20, euros="52800.00"):
    with transaction() as session:
        quota, envelope = session.scalars(select(Quota)).one(), session.scalars(select(Envelope)).one()
        quota.count, envelope.amount = places, Decimal(euros)
        quota.ends_on = envelope.ends_on = None  # the hands below work at the hour of the machine


def opened(act):
    """Open a case at once with others; one that finds the row taken twice in a row is told so."""
    try:
        return act()
    except Conflict as conflict:
        return conflict


def test_the_last_places_go_to_as_many_cases_and_the_others_wait(house):
    limit(places=3)
    ended = build.together(house, 8, lambda _: opened(ask))
    assert not [end for end in ended if isinstance(end, Exception)], ended
    assert Counter(place.status for place in the_places()) == {"held": 3, "waiting": 5}
    assert len(the_commitments()) == 3
    assert journal.verify() is None


def test_the_last_euros_are_engaged_once(house):
    limit(euros="5280.00")
    build.together(house, 6, lambda _: opened(ask))
    envelope = db.session.scalars(select(Envelope)).one()
    assert funds.taken(envelope.id) == Decimal("5280.00")
    assert len(the_commitments()) == 2
    assert not db.session.scalars(select(Incident)).all()


def test_places_given_back_at_once_call_as_many_cases_once_each(house):
    limit(places=4)
    for _ in range(9):
        ask()
    end_read()
    open_now = db.session.scalars(select(Task).where(Task.element == "suivre", Task.status == "open")).all()
    ids = [task.id for task in open_now]
    by = build.an_actor("referent")

    def give_back(number):
        answers = {"issue": "rupture", "le": clock.today()}
        for _ in range(6):
            try:
                return tasks.complete(ids[number], answers, by=by)
            except Conflict:  # what a person does: send again
                continue
        raise AssertionError("never had its turn")

    assert [type(end) for end in build.together(house, 4, give_back)] == [tasks.Completed] * 4
    build.pump()
    assert Counter(place.status for place in the_places()) == {"held": 4, "released": 4, "waiting": 1}
    assert len({line.subject for line in build.the_journal("place.appelee")}) == 4
    assert len(the_commitments()) == 8
    assert journal.verify() is None
