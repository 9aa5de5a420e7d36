"""The thirteen indicators of ASTRE equal an independent recomputation, over a simulated life (AST-12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.catalog.bundle import resolve
from app.services import indicators
from app.services.indicators_periods import Period
from app.services.indicators_sums import Counted
from app.simulator import Plan, simulate
from tests.services.counted import value
from tests.services.indicators_oracle import Rows
from tests.services.indicators_oracle_astre import AstreOracle, thirteen_equal
from tests.services.test_indicators_oracle import bare_rows

ROOT = Path(__file__).resolve().parents[2]
CONVENTION = Period(date(2025, 11, 1), date(2026, 10, 31))


@dataclass
class Life:
    """What the product counted, by period, and the bare rows."""

    counted: dict[Period, Counted]
    rows: Rows


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    found: dict[str, Any] = {}

    def look() -> None:
        rows = bare_rows()
        first = min(row["opened_at"] for row in rows.cases).date()
        years = [Period(date(year, 1, 1), date(year, 12, 31)) for year in (first.year, first.year + 1)]
        found["rows"] = rows
        found["counted"] = {period: indicators.figures(period) for period in (CONVENTION, *years)}

    simulate(resolve(ROOT, "pas-de-calais"), Plan(households=6, months=15, seed=1), inspect=look)
    yield Life(found["counted"], found["rows"])


def test_the_thirteen_indicators_equal_their_recomputation_from_bare_rows(life):
    seen = 0
    for period, counted in life.counted.items():
        oracle = AstreOracle(life.rows, period.first, period.last)
        thirteen_equal(counted, oracle)
        seen += oracle.seen()[0] + oracle.requests()[0]
    assert seen > 30


def test_the_thirteen_are_all_there_each_with_its_definition():
    told = resolve(ROOT, "pas-de-calais").indicators
    numbers = {one.source.partition(", ")[2] for one in told.all if one.source.startswith("AST-12")}
    assert numbers == {str(number) for number in range(1, 14)}
    assert all(len(one.definition) > 40 for one in told.all)
    assert {one.id for one in told.filters} == {"mds", "commune", "operateur", "perimetre"}


def test_what_is_engaged_is_counted_to_the_cent(life):
    for counted in life.counted.values():
        engaged = value(counted, "engage")
        assert engaged is not None and engaged == engaged.quantize(Decimal("0.01"))
