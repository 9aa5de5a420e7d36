"""The money of an ASTRE measure begins with its contract, to the cent (AST-5, AST-10)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.catalog.service_done import last_day, served_amount
from app.database import db, end_read
from app.models import Agreement, Commitment, Territory
from app.services import envelopes, statement_paper, statements
from app.services.cases import OpenedAlert
from tests import build
from tests.processes import astre_house as house


@pytest.fixture
def astre(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The Département being served."""
    with house.on("2026-02-02"), house.serving(app, tmp_path) as territory:
        yield territory


def commitment(case: OpenedAlert) -> Commitment:
    end_read()
    return db.session.scalars(select(Commitment).where(Commitment.case_id == case.case_id)).one()


def to_contract() -> OpenedAlert:
    with house.on("2026-02-02"):
        case = house.saisine()
        house.to_committee(case)
    return case


def test_service_is_counted_from_the_first_day_of_the_contract(astre: Territory) -> None:
    """Engaged on 2 February, signed on the 16th, begun on the 23rd, broken on 1 April."""
    case = to_contract()
    waiting = commitment(case)
    assert (waiting.amount, waiting.start_awaited) == (Decimal("2640.00"), True)
    assert served_amount(waiting, date(2026, 2, 28)) == 0
    agreement = db.session.get_one(Agreement, waiting.agreement_id)
    with house.on("2026-02-16"):
        (line,) = statements.statement(agreement.id, date(2026, 2, 16)).lines
        assert (line.starts_on, line.last_on, line.served) == (None, None, Decimal("0.00"))
        assert "à venir" in statement_paper.html(statements.statement(agreement.id, date(2026, 2, 16)))
        house.answer("etablir_contrat", case, debut=date(2026, 2, 23), bilans=["6"])
    dated = commitment(case)
    assert (dated.starts_on, last_day(dated)) == (date(2026, 2, 23), date(2027, 2, 22))
    assert served_amount(dated, date(2026, 2, 22)) == 0
    assert [line.details["debut"] for line in build.the_journal("depense.datee")] == ["2026-02-23"]
    house.pump_on("2026-02-23")
    with house.on("2026-04-02"):
        house.act("rupture", case, date=date(2026, 4, 1), motif="demenagement", type="rupture")
        build.pump()
        # 23 to 28 February (6 days of 28), March, 1 April (1 day of 30) at 220 € a month
        assert dated.amount - commitment(case).released == Decimal("274.48")
        held = {block.kind for block in statements.statement(agreement.id, date(2026, 4, 2)).blocks}
        assert "manque" not in held  # the rupture is the report that ends it
    seen = {row.starts_on: row for row in envelopes.overview(date(2026, 11, 15))}  # the next year has begun
    assert {day: row.in_force for day, row in seen.items()} == {
        date(2026, 11, 1): True,
        date(2025, 11, 1): False,  # 274,48 € are still to be paid
    }
    assert seen[date(2025, 11, 1)].served == Decimal("274.48")


def test_a_contract_noted_late_counts_the_days_already_served(astre: Territory) -> None:
    case = to_contract()
    with house.on("2026-03-02"):
        house.answer("etablir_contrat", case, debut=date(2026, 2, 9), bilans=["6"])
    assert served_amount(commitment(case), date(2026, 2, 28)) == Decimal("157.14")  # 20 days of 28


def test_a_household_that_does_not_sign_costs_nothing_and_holds_no_balance_back(astre: Territory) -> None:
    case = to_contract()
    with house.on("2026-02-20"):
        house.answer("etablir_contrat", case, signe=False)
        row = commitment(case)
        assert (row.ended_on, row.released) == (date(2026, 2, 20), Decimal("2640.00"))
        seen = statements.statement(row.agreement_id, date(2026, 2, 20))  # type: ignore[arg-type]
        assert seen.engaged == seen.served == 0
        assert not seen.blocks
