"""The worker is killed again and again while it fires: nothing is lost, nothing is done twice."""

import time
from datetime import timedelta

from tests.faults.machines import (
    assert_each_once,
    at_both_scales,
    chance,
    how_many_fired,
    machine,
    wait_for_firings,
    waiting_cases,
)

TIMERS, KILLS = 2000, 40


@at_both_scales
def test_a_worker_killed_again_and_again_fires_every_timer_once(app, carene, tmp_path, scale):
    count, kills = int(TIMERS * scale), int(KILLS * scale)
    timers = waiting_cases(count, first=timedelta(days=21), apart=timedelta(seconds=1))
    dice, killed_at = chance(40), []
    with machine(app, tmp_path, ahead=timedelta(days=22)) as house:
        for number in range(kills):
            # Each start is three minutes later: what the one before held is free again.
            worker = house.worker(later=timedelta(minutes=3 * number))
            wait_for_firings((number + 1) * count // (kills + 1), worker)
            time.sleep(dice.random() * 0.05)
            worker.kill()
            killed_at.append(how_many_fired())
        last = house.worker(later=timedelta(minutes=3 * kills))
        wait_for_firings(count, last)
        assert last.end() == 0
    assert len(killed_at) == kills
    assert killed_at == sorted(killed_at)
    assert killed_at[0] < count, "no kill fell while there was work left"
    assert_each_once(timers)
