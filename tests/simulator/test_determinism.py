"""One seed, one life: in two processes, in any hash order; another seed is another life."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from app.config import ROOT
from app.simulator import Plan, simulate
from app.simulator.households import arrivals
from tests.simulator.lives import replaced, shipped

DIFFERS = ("seconds", "household_years_per_minute")


def told(seed: int, hashes: str) -> dict[str, Any]:
    """What the command prints in a process of its own, less the time it took."""
    run = subprocess.run(
        [
            sys.executable, "-m", "app.cli", "simulate", "carene",
            "--households", "5", "--months", "5", "--seed", str(seed), "--json",
        ],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hashes}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    figures: dict[str, Any] = json.loads(run.stdout)
    return {key: value for key, value in figures.items() if key not in DIFFERS}


def test_two_processes_tell_the_same_and_another_seed_differs() -> None:
    first = told(1, "1")
    assert json.dumps(first) == json.dumps(told(1, "2"))
    other = told(2, "1")
    assert other["seed"] == 2
    assert other["by_step"] != first["by_step"]
    assert other["by_role_month"] != first["by_role_month"]


def test_runs_of_one_process_do_not_touch_each_other() -> None:
    plan = Plan(4, 4, 9)
    first = simulate(shipped(), plan).as_json()
    simulate(replaced("bpmn/tri.bpmn", ("jours_ouvres(5)", "jours_ouvres(2)")), plan)
    simulate(shipped(), Plan(3, 3, 9))
    again = simulate(shipped(), plan).as_json()
    for key in DIFFERS:
        first.pop(key)
        again.pop(key)
    assert first == again


def test_two_programmes_on_one_seed_differ_only_where_they_differ() -> None:
    """The same households arrive, say the same and decide the same until the changed step (a longer wait)."""
    plan = Plan(10, 5, 4)
    slower = replaced("forms/diagnostic.json", ('"minutes": 90', '"minutes": 900'))
    one, two = simulate(shipped(), plan), simulate(slower, plan)
    assert one.decisions["triage"] == two.decisions["triage"]
    assert one.decisions["eligibilite"] == two.decisions["eligibilite"]
    flow = "accompagnement/dans_le_champ_vers_faire_visite"
    assert one.flows[flow] == two.flows[flow]
    before = one.by_step["validation/etablir_diagnostic"].p50_days
    after = two.by_step["validation/etablir_diagnostic"].p50_days
    assert before is not None
    assert after is not None
    assert after > before


def test_a_household_more_changes_nothing_for_the_others() -> None:
    settings = shipped().settings
    few, many = Plan(20, 12, 5), Plan(21, 12, 5)
    first = {one.household: one.at for one in arrivals(few, few.period(settings), settings)}
    second = {one.household: one.at for one in arrivals(many, many.period(settings), settings)}
    assert {number: second[number] for number in first} == first
    assert second.keys() - first.keys() == {21}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_alerts_follow_the_seasons(seed: int) -> None:
    plan = Plan(600, 12, seed)
    settings = shipped().settings
    months = [one.at.month for one in arrivals(plan, plan.period(settings), settings)]
    cold = sum(month in {11, 12, 1, 2} for month in months)
    warm = sum(month in {6, 7, 8, 9} for month in months)
    assert cold > 2 * warm
