"""The worker is killed again and again while it brings a lot in: no line is lost, none becomes two cases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.database import db, end_read
from app.models import Case, TakeoverRow
from app.services import journal
from tests import build, takeover_sheets
from tests.faults.machines import machine, wait_until
from tests.takeover_house import EVENING, confirmed, sent

pytestmark = pytest.mark.fault
LINES, KILLS = 30, 4


def how_many_placed():
    end_read()
    return db.session.scalar(select(func.count()).where(TakeoverRow.state == "placed"))


def test_a_worker_killed_while_it_brings_a_lot_in_neither_doubles_nor_loses_a_line(app, carene, tmp_path):
    ahead = EVENING - datetime.now(clock.PARIS) - clock.shifted()
    with build.later(EVENING):
        build.a_directory()
        by = build.an_actor("coordinatrice_pole")
        known = takeover_sheets.situations(LINES)
        assert confirmed(sent(takeover_sheets.workbook(takeover_sheets.rows(known)), by), by) == LINES
    with machine(app, tmp_path, ahead=ahead) as house:
        for number in range(KILLS):
            # What the one before held is free again after its lease.
            worker = house.worker(later=timedelta(minutes=6 * number))
            wait_until(lambda so_far=number: how_many_placed() >= (so_far + 1) * 4)
            worker.kill()
        assert how_many_placed() < LINES, "no kill fell while there was work left"
        last = house.worker(later=timedelta(minutes=6 * KILLS))
        wait_until(lambda: how_many_placed() == LINES)
        assert last.end() == 0
    end_read()
    cases = set(db.session.scalars(select(Case.id)))
    rows = db.session.scalars(select(TakeoverRow)).all()
    assert {row.case_id for row in rows} == cases
    assert len(cases) == LINES
    assert journal.verify() is None
