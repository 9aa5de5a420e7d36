"""Twelve invented households of which everything is known: the gain is the truth, to the cent (BAT-7, BAT-8).

The truth does not come from the product: what each household really used between two days is written here by
hand, and worked out here day by day, with nothing of ``app.consumption``.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from app.consumption.figures import Figures
from app.consumption.readings import Reading, read
from app.consumption.reckoning import compare
from app.consumption.reference import Bill
from app.consumption.rounding import cents
from app.consumption.sheets import ESTIMATED, HOLE, Sheet, Use

D, F = Decimal, Fraction
WEATHER = {  # degree days of a month; 2025: 2 000 in all, 2028: 2 074
    2025: (400, 320, 280, 160, 60, 0, 0, 0, 30, 150, 250, 350),
    2026: (410, 290, 260, 170, 50, 10, 0, 0, 40, 140, 260, 360),
    2027: (390, 330, 250, 150, 70, 0, 0, 5, 35, 160, 240, 340),
    2028: (420, 310, 270, 155, 64, 0, 0, 0, 25, 145, 255, 430),
}
BY_MONTH = {date(y, m + 1, 1): D(v) for y, row in WEATHER.items() for m, v in enumerate(row)}


@dataclass
class Dial:
    """A dial: what was read, and what was really used (``truth``: first, until, quantity)."""

    readings: list
    truth: list
    bills: list = field(default_factory=list)
    digits: int = 5
    option: str = ""
    prices: dict = field(default_factory=dict)
    standing: dict = field(default_factory=dict)
    coefficients: dict = field(default_factory=dict)


@dataclass
class Household:
    dials: list
    first: date
    until: date
    euros: str
    reasons: tuple = ()
    heating: str = "0"


def on(text):
    return date.fromisoformat(text)


def shown(day, index, **more):
    return Reading(on(day), D(index), **more)


def used(first, until, quantity):
    return on(first), on(until), F(D(quantity))


def bill(first, last, quantity, **more):
    return Bill(on(first), on(last), D(quantity), **more)


def since(**dated):
    return {on(day.strip("_").replace("_", "-")): D(value) for day, value in dated.items()}


WATER = since(_2020_01_01="4.00")
YEAR_OF_WATER = bill("2025-01-01", "2025-12-31", "146")  # 0.4 m³ a day
GAS_YEAR = ("2025-01-01", "2025-12-31")
KWH = since(_2020_01_01="11.2")
JANUARY = (on("2026-01-01"), on("2026-02-01"))


def of_water(readings, truth, **more):
    return Dial(readings, truth, [YEAR_OF_WATER], prices=WATER, **more)


def of_gas(readings, truth, prices=None, **more):
    kept = {"coefficients": KWH, **more}
    return Dial(readings, truth, prices=prices or since(_2020_01_01="0.10"), **kept)


PLAIN = Household(  # 31 × 0.4 = 12.4 expected, 10 used: 2.4 m³ at 4 €
    [
        of_water(
            [shown("2026-01-01", "1000"), shown("2026-02-01", "1010")], [used("2026-01-01", "2026-02-01", 10)]
        )
    ],
    *JANUARY,
    "9.60",
)
PAST_ZERO = Household(  # 99 990 to 0.5: 10.5 used
    [
        of_water(
            [shown("2026-01-01", "99990"), shown("2026-02-01", "0.5")],
            [used("2026-01-01", "2026-02-01", "10.5")],
        )
    ],
    *JANUARY,
    "7.60",
)
REPLACED = Household(  # 6 on the old one, 3 on the new one
    [
        of_water(
            [
                shown("2026-01-01", "500"),
                shown(
                    "2026-02-01",
                    "3",
                    change="remplace",
                    old_end=D(506),
                    new_start=D(0),
                    changed_on=on("2026-01-16"),
                ),
            ],
            [used("2026-01-01", "2026-01-16", 6), used("2026-01-16", "2026-02-01", 3)],
        )
    ],
    *JANUARY,
    "13.60",
)
REPLACED_SOME_DAY = Household(  # 6 on the old one, 3.5 on a new one that began at 12; nobody knows the day
    [
        of_water(
            [
                shown("2026-01-01", "500"),
                shown("2026-02-01", "15.5", change="remplace", old_end=D(506), new_start=D(12)),
            ],
            [used("2026-01-01", "2026-02-01", "9.5")],
        )
    ],
    *JANUARY,
    "11.60",
)
MISSING_MONTH = Household(  # nothing read on 1 February: January's part follows its degree days
    [
        of_gas(
            [shown("2026-01-01", "2000"), shown("2026-03-01", "2250")],
            [used("2026-01-01", "2026-03-01", 250)],
            bills=[bill(*GAS_YEAR, "1200", heating=D("0.6"))],
        )
    ],
    *JANUARY,
    "50.95",
    heating="0.6",
)
ESTIMATED_THEN_REAL = Household(  # 1 040 on 1 February was invented by the supplier: it is forgotten
    [
        of_water(
            [
                shown("2026-01-01", "1000"),
                shown("2026-02-01", "1040", estimated=True),
                shown("2026-03-01", "1020"),
            ],
            [used("2026-01-01", "2026-03-01", 20)],
        )
    ],
    on("2026-01-01"),
    on("2026-03-01"),
    "14.40",
)
ESTIMATED_LAST = Household(  # nothing real came after: it counts, and is said not to be sure
    [
        of_water(
            [
                shown("2026-01-01", "1000"),
                shown("2026-02-01", "1010"),
                shown("2026-03-01", "1018", estimated=True),
            ],
            [used("2026-01-01", "2026-02-01", 10), used("2026-02-01", "2026-03-01", 8)],
        )
    ],
    on("2026-01-01"),
    on("2026-03-01"),
    "22.40",
    (ESTIMATED,),
)
LEAP_YEAR = Household(  # 146.4 m³ on 366 days; February 2028 has 29: 11.6 expected, 8.6 used
    [
        Dial(
            [shown("2028-02-01", "300"), shown("2028-03-01", "308.6")],
            [used("2028-02-01", "2028-03-01", "8.6")],
            [bill("2024-01-01", "2024-12-31", "146.4")],
            prices=WATER,
        )
    ],
    on("2028-02-01"),
    on("2028-03-01"),
    "12.00",
)
TARIFF_MID_MONTH = Household(  # 15 days at 4 €, 16 at 5 €: 2.4 × (15 × 4 + 16 × 5) / 31 = 10.8387
    [
        Dial(
            [shown("2026-01-01", "1000"), shown("2026-02-01", "1010")],
            [used("2026-01-01", "2026-02-01", 10)],
            [YEAR_OF_WATER],
            prices=since(_2020_01_01="4.00", _2026_01_16="5.00"),
        )
    ],
    *JANUARY,
    "10.84",
)
OTHER_OPTION = Household(  # 310 kWh at 0.20 + 12 € before; now 180 at 0.25, 120 at 0.15 and 15 €
    [
        Dial(
            [],
            [],
            [bill("2025-01-01", "2025-12-31", "3650")],
            digits=6,
            option="base",
            prices=since(_2020_01_01="0.20"),
            standing=since(_2020_01_01="12.00"),
        ),
        Dial(
            [shown("2026-01-01", "0"), shown("2026-02-01", "180")],
            [used("2026-01-01", "2026-02-01", 180)],
            digits=6,
            option="hphc",
            prices=since(_2020_01_01="0.25"),
            standing=since(_2020_01_01="15.00"),
        ),
        Dial(
            [shown("2026-01-01", "0"), shown("2026-02-01", "120")],
            [used("2026-01-01", "2026-02-01", 120)],
            digits=6,
            option="hphc",
            prices=since(_2020_01_01="0.15"),
        ),
    ],
    *JANUARY,
    "-4.00",
)
EVERYTHING = Household(  # past zero, replaced some day, an estimate, a leap month, a new tariff
    [
        of_gas(
            [
                shown("2027-12-01", "99900"),
                shown("2028-01-01", "60.25"),
                shown("2028-02-01", "400", estimated=True),
                shown("2028-03-01", "120.5", change="remplace", old_end=D("250.75"), new_start=D(20)),
                shown("2028-04-01", "220.125"),
            ],
            [
                used("2027-12-01", "2028-01-01", "160.25"),
                used("2028-01-01", "2028-03-01", "291"),
                used("2028-03-01", "2028-04-01", "99.625"),
            ],
            prices=since(_2027_01_01="0.0951", _2028_02_15="0.1124"),
            coefficients=since(_2027_01_01="11.18", _2028_03_10="11.31"),
            standing=since(_2027_01_01="21.30"),
            bills=[bill(*GAS_YEAR, "1300", heating=D("0.75"))],
        )
    ],
    on("2027-12-10"),
    on("2028-03-21"),
    "204.50",
    heating="0.75",
)
WORSE_THAN_BEFORE = Household(  # bills in kWh, two of them; a missing month over a new tariff; it uses more
    [
        of_gas(
            [shown("2026-01-10", "700"), shown("2026-03-20", "1180.5")],
            [used("2026-01-10", "2026-03-20", "480.5")],
            prices=since(_2025_01_01="0.0951", _2026_02_01="0.1070"),
            bills=[
                bill("2025-01-01", "2025-06-30", "7000", converted=True, heating=D("0.6")),
                bill("2025-07-01", "2025-12-31", "4500", converted=True, heating=D("0.6")),
            ],
        )
    ],
    on("2026-01-10"),
    on("2026-03-20"),
    "-200.78",
    heating="0.6",
)

HOUSEHOLDS = {
    "plain": PLAIN,
    "past zero": PAST_ZERO,
    "replaced": REPLACED,
    "replaced some day": REPLACED_SOME_DAY,
    "a missing month": MISSING_MONTH,
    "estimated then real": ESTIMATED_THEN_REAL,
    "estimated last": ESTIMATED_LAST,
    "leap year": LEAP_YEAR,
    "tariff mid-month": TARIFF_MID_MONTH,
    "another option": OTHER_OPTION,
    "everything at once": EVERYTHING,
    "worse than before": WORSE_THAN_BEFORE,
}


def each_day(first, until):
    return [first + timedelta(days=n) for n in range((until - first).days)]


def degrees(day):
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return F(WEATHER[day.year][day.month - 1], (after - day.replace(day=1)).days)


def in_force(dated, day):
    known = [when for when in dated if when <= day]
    return F(dated[max(known)]) if known else F(0)


def the_truth(household):
    """Return the gain in euros, day by day."""
    heating = F(D(household.heating))
    total = F(0)
    base = {}
    for rank, dial in enumerate(household.dials):
        billed = [day for one in dial.bills for day in each_day(one.first, one.last + timedelta(days=1))]
        if billed:
            base[rank] = (sum(F(one.quantity) for one in dial.bills), billed)

    def course(day):
        billed = next(iter(base.values()))[1]
        steady = (1 - heating) / len(billed)
        return steady + (heating * degrees(day) / sum(map(degrees, billed)) if heating else 0)

    days = each_day(household.first, household.until)
    for rank, dial in enumerate(household.dials):
        factor = {day: in_force(dial.coefficients, day) if dial.coefficients else F(1) for day in days}
        rent = {day: in_force(dial.standing, day) for day in days}
        rent = {day: value / len(the_month(day)) for day, value in rent.items()}
        if rank in base:
            quantity = base[rank][0]
            kwh = any(one.converted for one in dial.bills)
            total += sum(
                quantity * course(day) * (1 if kwh else factor[day]) * in_force(dial.prices, day) + rent[day]
                for day in days
            )
        for first, until, quantity in dial.truth:
            within = each_day(first, until)
            whole = sum(course(day) for day in within)
            total -= sum(
                quantity * course(day) / whole * factor[day] * in_force(dial.prices, day) + rent[day]
                for day in within
                if day in factor
            )
    return total


def the_month(day):
    first = day.replace(day=1)
    return each_day(first, date(day.year + day.month // 12, day.month % 12 + 1, 1))


def dated(values):
    return Figures("date", values) if values else None


def sheet_of(household, *, entered=lambda readings: readings):
    uses = tuple(
        Use(
            dial=str(rank),
            option=dial.option,
            read=read(entered(list(dial.readings)), dial.digits),
            bills=tuple(dial.bills),
            price=dated(dial.prices),
            standing=dated(dial.standing),
            coefficient=dated(dial.coefficients),
        )
        for rank, dial in enumerate(household.dials)
    )
    return Sheet("fluide", "energie", Figures("mois", BY_MONTH), uses, shortest=330)


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_the_gain_of_a_household_is_the_truth_to_the_cent(name):
    household = HOUSEHOLDS[name]
    compared = compare(sheet_of(household), household.first, household.until)
    assert compared.euros == the_truth(household)
    assert cents(compared.euros) == D(household.euros)
    assert tuple(one.kind for one in compared.reasons) == household.reasons
    assert compared.days == (household.until - household.first).days


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_the_order_of_entry_changes_nothing(name):
    household = HOUSEHOLDS[name]
    typed = compare(sheet_of(household), household.first, household.until)
    for entered in (lambda some: some[::-1], lambda some: some[1:] + some[:1]):
        assert compare(sheet_of(household, entered=entered), household.first, household.until) == typed


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_splitting_the_period_changes_nothing(name):
    household = HOUSEHOLDS[name]
    sheet = sheet_of(household)
    whole = compare(sheet, household.first, household.until)
    for day in each_day(household.first, household.until)[1::13]:
        halves = compare(sheet, household.first, day), compare(sheet, day, household.until)
        assert sum(one.euros for one in halves) == whole.euros
        assert sum(one.quantity for one in halves) == whole.quantity
        assert sum(one.days for one in halves) == whole.days


def test_an_old_meter_whose_end_nobody_knows_leaves_a_hole_that_is_not_compared():
    gone = shown("2026-02-01", "3", change="remplace", new_start=D(0), changed_on=on("2026-01-16"))
    household = Household([of_water([shown("2026-01-01", "500"), gone], [])], *JANUARY, "0")
    compared = compare(sheet_of(household), *JANUARY)
    assert [(one.kind, one.first, one.until) for one in compared.reasons] == [
        (HOLE, on("2026-01-01"), on("2026-01-16"))
    ]
    assert cents(compared.euros) == D("13.60")  # 16 days: 6.4 expected, 3 used
    assert compared.days == 16
