"""Months served, by each rule of the settings; the months of a measure add up to its amount (AST-10)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.money import BEGUN, ELAPSED, PRO_RATA, RULES, SEEN
from app.catalog.service_done import engaged_amount, euros, last_day, months, served_amount, served_quantity

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@dataclass
class Engaged:
    rule: str = PRO_RATA
    starts_on: date = date(2026, 3, 15)
    start_awaited: bool = False
    unit_amount: Decimal = Decimal(220)
    quantity: Decimal = Decimal(12)
    amount: Decimal = Decimal(2640)
    services: list[Any] = field(default_factory=list)
    ended_on: date | None = None
    released: Decimal = Decimal(0)


@pytest.mark.parametrize(
    ("rule", "until", "expected"),
    [
        (PRO_RATA, date(2026, 3, 31), Fraction(17, 31)),
        (PRO_RATA, date(2026, 4, 30), Fraction(17, 31) + 1),
        (BEGUN, date(2026, 3, 15), 1),
        (BEGUN, date(2026, 4, 14), 1),
        (BEGUN, date(2026, 4, 15), 2),
        (ELAPSED, date(2026, 4, 13), 0),
        (ELAPSED, date(2026, 4, 14), 1),
        (PRO_RATA, date(2026, 3, 14), 0),
    ],
)
def test_months_are_counted_as_the_rule_says(rule, until, expected):
    assert months(rule, date(2026, 3, 15), until) == expected


@given(DAYS, st.integers(1, 36), st.sampled_from([PRO_RATA, BEGUN, ELAPSED]))
def test_at_its_last_day_a_measure_is_served_whole_and_never_beyond(starts_on, count, rule):
    row = Engaged(rule=rule, starts_on=starts_on, quantity=Decimal(count), amount=Decimal(220 * count))
    term = last_day(row)
    assert term is not None
    assert served_amount(row, term) == served_amount(row, term + timedelta(days=400)) == row.amount
    assert served_amount(row, starts_on - timedelta(days=1)) == 0
    before = [served_amount(row, starts_on + timedelta(days=day)) for day in range(0, 31 * count, 17)]
    assert before == sorted(before)
    assert all(0 <= amount <= row.amount for amount in before)


@given(DAYS, st.integers(0, 500), st.sampled_from([PRO_RATA, BEGUN, ELAPSED]))
def test_what_a_break_gives_back_and_what_was_served_make_the_amount(starts_on, lived, rule):
    row = Engaged(rule=rule, starts_on=starts_on)
    last = starts_on + timedelta(days=lived)
    row.released = row.amount - served_amount(row, last)
    row.ended_on = last
    for day in (last, last + timedelta(days=90)):
        assert served_amount(row, day) + row.released == row.amount
        assert engaged_amount(row, day) == served_amount(row, day)
    assert engaged_amount(row, last - timedelta(days=1)) == row.amount


def test_what_is_noted_counts_from_its_day_and_never_beyond_what_was_engaged():
    noted = [{"le": "2026-04-01", "quantite": "0.50"}, {"le": "2026-05-01", "quantite": "3"}]
    row = Engaged(rule=SEEN, quantity=Decimal(2), amount=Decimal(440), services=noted)
    assert [served_quantity(row, date(2026, month, 1)) for month in (3, 4, 5)] == [0, Fraction(1, 2), 2]
    assert last_day(row) is None
    assert set(RULES) == {SEEN, PRO_RATA, BEGUN, ELAPSED}


@given(st.fractions(min_value=0, max_value=10**6))
def test_euros_are_rounded_once_halves_away_from_zero(value):
    cents = euros(value)
    assert abs(Fraction(cents) - value) <= Fraction(1, 200)
    assert cents == cents.quantize(Decimal("0.01"))
    assert euros(Fraction(5, 1000)) == Decimal("0.01")


@pytest.mark.parametrize("rule", [PRO_RATA, BEGUN, ELAPSED])
def test_nothing_is_served_while_the_first_day_is_awaited(rule):
    row = Engaged(rule=rule, start_awaited=True)
    assert (served_amount(row, date(2029, 1, 1)), last_day(row)) == (Decimal(0), None)
    row.ended_on, row.released = date(2026, 6, 30), Decimal(2640)
    assert (served_amount(row, date(2026, 6, 30)), engaged_amount(row, date(2026, 6, 30))) == (0, 0)
