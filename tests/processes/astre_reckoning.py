"""What the year adds up to: each operator's statement, the envelope, payments, the thirteen indicators.

Every figure of the product is set beside one counted by another arithmetic (``astre_accounts``) or from
another source (``astre_counts``).
"""

from datetime import date
from decimal import Decimal
from typing import Final

import pytest
from sqlalchemy import select

from app.database import db, end_read
from app.errors import Invalid
from app.models import Envelope
from app.services import envelopes, forecast, indicators, statements
from app.services.indicators_periods import Period
from app.services.statements import ADVANCE, BALANCE, Statement
from tests.processes import astre_accounts as accounts
from tests.processes import astre_counts, astre_year
from tests.processes import astre_house as house
from tests.processes import astre_plan as plan
from tests.processes.astre_year import Year
from tests.services.counted import value
from tests.services.indicators_oracle_astre import AstreOracle, thirteen_equal

COUNTED: Final = (
    Period(date(2025, 11, 1), date(2026, 10, 31)),
    Period(date(2025, 1, 1), date(2025, 12, 31)),
    Period(date(2026, 1, 1), date(2026, 12, 31)),
    Period(date(2026, 4, 1), date(2026, 6, 30)),
)
DAYS: Final = (
    date(2025, 11, 30), date(2025, 12, 31), date(2026, 2, 14), date(2026, 3, 31), date(2026, 5, 31),
    date(2026, 6, 20), date(2026, 7, 31), date(2026, 10, 31), plan.CENSUS,
)  # fmt: skip


def the_statements(year: Year) -> None:
    """AST-10: each operator's statement, and that of them all, to the cent, on nine days of the year."""
    for day in DAYS:
        for name in (None, *house.OPERATORS):
            seen = statement(name, day)
            assert seen.engaged == accounts.total(year.count, day, "engaged", name), (day, name)
            assert seen.served == accounts.total(year.count, day, "served", name), (day, name)
            if name is not None and day != accounts.INSTALMENT:
                assert seen.due == accounts.due(year.count, day, name), (day, name)
                assert seen.paid == seen.served - accounts.due(year.count, day, name)
                assert len(seen.lines) == sum(
                    one.operator == name and one.engaged_on <= day for one in accounts.story(year.count)
                )


def statement(name: str | None, day: date) -> Statement:
    """The statement of the agreement of the year, whole or of one operator."""
    end_read()
    partner = house.structure("operateur", name).id if name else None
    return statements.statement(astre_year.the_agreement().id, day, partner_id=partner)


def the_envelope(year: Year) -> None:
    """AST-10, AST-11: never beyond it on any day; what outlives it is carried over, to the cent."""
    row = db.session.scalars(select(Envelope).order_by(Envelope.starts_on)).first()
    assert row is not None
    for day in sorted({one.engaged_on for one in accounts.story(year.count)}):
        assert envelopes.figures(row, day).engaged == accounts.total(year.count, day, "engaged")
        assert accounts.total(year.count, day, "engaged") <= accounts.envelope(year.count, day)
    seen = envelopes.figures(row, plan.CENSUS)
    assert seen.amount == accounts.envelope(year.count, plan.CENSUS)
    assert seen.free == seen.amount - accounts.total(year.count, plan.CENSUS, "engaged")
    ends = date(2026, 10, 31)
    by_end = accounts.total(year.count, ends, "served")
    told_ahead = forecast.of_envelope(row, plan.CENSUS)
    assert told_ahead.served_by_end == by_end
    assert told_ahead.carried_over == accounts.total(year.count, date(2028, 1, 1), "served") - by_end > 0


def the_indicators(year: Year) -> None:
    """AST-12: the thirteen, over the agreement, two calendar years and a quarter."""
    rows = astre_counts.told()
    for period in COUNTED:
        thirteen_equal(indicators.figures(period), AstreOracle(rows, period.first, period.last))
    counted = indicators.figures(COUNTED[0])
    people = [plan.saisine(number)["personnes"] for number in range(year.count + 1)]
    assert value(counted, "personnes_accompagnees") == sum(people)
    visits = [
        place
        for number in range(year.count + 1)
        for when in astre_year.MONTHS[:-1]
        for day, place in plan.visits(number, year.count, when)
    ]
    assert value(counted, "visites") == len(visits)
    assert value(counted, "visites_domicile") == Decimal(visits.count("domicile")) * 100 / len(visits)


def what_is_paid(year: Year) -> None:
    """AST-10: no advance above 60 %, no more than what is served, no balance while a report is awaited."""
    first, second, third = house.OPERATORS
    assert refused(ADVANCE, Decimal("0.01"), first).startswith("L'avance ne dépasse pas 60")
    balance = accounts.due(year.count, plan.CENSUS, first)
    blocked = statement(first, plan.CENSUS)
    reference = year.measures[plan.TOO_LONG].reference
    assert {(block.kind, block.case_reference) for block in blocked.blocks} == {
        (kind, reference) for kind in ("manque", "retard", "manquement")
    }
    assert blocked.payable == 0
    assert refused(BALANCE, balance, first).startswith("Le solde attend : ")
    for name in (second, third):
        owed = accounts.due(year.count, plan.CENSUS, name)
        assert statement(name, plan.CENSUS).payable == owed > 0
        assert refused(BALANCE, owed + Decimal("0.01"), name).startswith("Il reste ")
        astre_year.pay(BALANCE, owed, name)
        assert statement(name, plan.CENSUS).due == statement(name, plan.CENSUS).payable == 0


def refused(kind: str, amount: Decimal, name: str) -> str:
    """Why a payment is not noted."""
    with pytest.raises(Invalid) as fault:
        astre_year.pay(kind, amount, name)
    ((sentence,),) = fault.value.problems.values()
    return sentence
