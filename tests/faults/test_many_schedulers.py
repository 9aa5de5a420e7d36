"""Several schedulers at once, and PostgreSQL that is stopped hard under them: each timer fires once."""

import time
from datetime import timedelta

import pytest
from flask import Flask

from app.database import bind, db
from tests import build
from tests.conftest import DATA_KEY
from tests.databases import PostgresServer
from tests.faults.machines import (
    answers,
    assert_each_once,
    at_both_scales,
    how_many_fired,
    machine,
    wait_for_firings,
    wait_until,
    waiting_cases,
)

TIMERS, CRASHES = 5000, 3
SOME = pytest.mark.parametrize(
    "scale", [0.04, pytest.param(1, marks=pytest.mark.fault)], ids=["deux-cents", "en-entier"]
)
"""Two hundred timers are enough for four hands to reach for the same one; ``make faults`` has them all."""


@SOME
@pytest.mark.parametrize("workers", [pytest.param(2, marks=pytest.mark.fault), 4])
def test_several_schedulers_fire_every_timer_once(app, carene, tmp_path, workers, scale):
    count = int(TIMERS * scale)
    timers = waiting_cases(count, first=timedelta(days=21), apart=timedelta(milliseconds=200))
    with machine(app, tmp_path, ahead=timedelta(days=22)) as house:
        hands = [house.worker() for _ in range(workers)]
        wait_for_firings(count, *hands)
        assert [hand.end() for hand in hands] == [0] * workers
    assert_each_once(timers)


@pytest.fixture(scope="module")
def lasting_server():
    """A PostgreSQL server that keeps what it was told, for this module alone."""
    server = PostgresServer(lasting=True)
    yield server
    server.stop()


@pytest.fixture
def fragile(lasting_server, monday, tmp_path):
    """CARENE on a server that the test may stop hard, and that server."""
    application = Flask("tests", root_path=str(tmp_path))
    bind(application, lasting_server.fresh(), data_key=DATA_KEY)
    with application.app_context():
        build.a_server(application, tmp_path)
        with build.serving("carene"):
            yield application, lasting_server
        db.session.remove()
        db.engine.dispose()


@at_both_scales
def test_postgresql_stopped_hard_loses_nothing_and_the_web_answers_again(fragile, tmp_path, scale):
    app, server = fragile
    count, crashes = int(TIMERS * scale), CRASHES
    timers = waiting_cases(count, first=timedelta(days=21), apart=timedelta(milliseconds=200))
    db.session.remove()
    with machine(app, tmp_path, ahead=timedelta(days=22)) as house:
        web, address = house.server()
        hands = [house.worker() for _ in range(2)]
        for number in range(crashes):
            wait_for_firings((number + 1) * count // (crashes + 2), *hands)
            db.session.remove()
            db.engine.dispose()
            server.crash()
            assert answers(f"{address}/connexion") >= 500
            time.sleep(1)
            server.come_back()
            wait_until(lambda: answers(f"{address}/connexion") == 200, seconds=60)
        wait_for_firings(count, web, *hands)
        assert how_many_fired() == count
        assert [hand.end() for hand in hands] == [0, 0]
    assert_each_once(timers)
