"""Two simulated years of the SLIME: winter shows in what is asked, the page announces the next (MTP-6)."""

from datetime import date

import pytest

from app.access import Rights
from app.catalog.bundle import resolve
from app.services import capacity
from app.services.actors import Actor
from app.services.capacity import Plan as Capacity
from app.simulator import Plan, simulate
from tests.simulator.lives import ROOT

WINTER = {11, 12, 1, 2, 3}


@pytest.mark.fault
def test_two_winters_of_the_slime_announce_the_third() -> None:
    seen: list[Capacity] = []
    reader = Actor(kind="user", name="Essai", person="essai", rights=Rights(frozenset({"capacite.voir"})))
    plan = Plan(households=200, months=24, seed=1, start=date(2024, 10, 1))
    simulate(resolve(ROOT, "montpellier"), plan, inspect=lambda: seen.append(capacity.plan(reader)))
    (told,) = seen
    assert told.years >= 1
    cold = [week.asked for week in told.weeks if week.monday.month in {12, 1, 2}]
    mild = [week.asked for week in told.weeks if week.monday.month == 10]
    assert sum(cold) / len(cold) > 2 * sum(mild) / len(mild)
    season = told.peaks[0] if told.peaks else told.season
    assert season is not None
    assert season.worst.month in WINTER
    assert season.first.month in WINTER
