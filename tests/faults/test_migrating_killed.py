"""The worker is killed again and again while it carries a lot over: no case is left out or done twice."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from app import scheduler
from app.database import db, end_read, transaction
from app.models import Job, MigratedProcess, ProcessInstance
from app.services import journal, migrating
from tests import build
from tests.faults.machines import machine, wait_until
from tests.migration_house import a_lot, a_new_release, ask_for_a_second_look, the_lot, the_migrator, the_rows

pytestmark = pytest.mark.fault
CASES, KILLS = 60, 3


def how_many_done():
    end_read()
    return db.session.scalar(select(func.count()).where(MigratedProcess.state == "done"))


def test_a_worker_killed_while_it_carries_a_lot_over_neither_doubles_nor_loses_a_case(app, carene, tmp_path):
    by = the_migrator()
    build.a_directory()
    for _ in range(CASES):
        build.an_alert()
    with transaction() as session:  # their papers would keep the worker busy for minutes
        session.execute(delete(Job).where(Job.name.in_(scheduler.PRESS)))
    target = a_new_release(ask_for_a_second_look)
    lot = a_lot(target, by)
    build.pump()
    assert migrating.launch(lot, reason="Une relecture de plus.", seen=1, by=by) == CASES
    with machine(app, tmp_path, ahead=timedelta()) as house:
        for number in range(KILLS):
            # What the one before held is free again after its lease.
            worker = house.worker(later=timedelta(minutes=6 * number))
            wait_until(lambda so_far=number: how_many_done() >= (so_far + 1) * 5)
            worker.kill()
        assert how_many_done() < CASES, "no kill fell while there was work left"
        last = house.worker(later=timedelta(minutes=6 * KILLS))
        wait_until(lambda: how_many_done() == CASES)
        wait_until(lambda: the_lot(lot).status == "done" or end_read())
        assert last.end() == 0
    end_read()
    assert {row.state for row in the_rows(lot)} == {"done"}
    told = Counter(line.process_id for line in build.the_journal("parcours.migre"))
    assert len(told) == CASES
    assert set(told.values()) == {1}
    there = ProcessInstance.release_id == target.id, ProcessInstance.case_id.is_not(None)
    assert db.session.scalar(select(func.count()).where(*there)) == CASES
    assert journal.verify() is None
