"""Places and amounts asked for by diagrams: never beyond, never lost, first come first (AST-2, AST-10)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.models import Envelope, Event, Incident, Quota
from app.services import journal
from tests import build, money_house
from tests.money_house import ask, follow, paris, the_commitments, the_places


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2026, 1, 5, 9)), money_house.serving(tmp_path / "root"):
        yield


def the_whole():
    end_read()
    return db.session.scalars(select(Quota).where(Quota.partner_id.is_(None))).one()


def the_envelope():
    end_read()
    return db.session.scalars(select(Envelope)).one()


def set_places(count, **parts):
    whole = the_whole()
    with transaction() as session:
        session.get_one(Quota, whole.id).count = count
        for partner_id, number in parts.items():
            session.add(
                Quota(
                    code="mesures", partner_id=partner_id, count=number, starts_on=date(2025, 11, 1),
                    created_at=clock.now(),
                )
            )  # fmt: skip


def set_envelope(amount):
    row = the_envelope()
    with transaction() as session:
        session.get_one(Envelope, row.id).amount = Decimal(amount)


def test_the_first_rows_of_the_settings_are_live_rows(house):
    assert (the_whole().count, the_envelope().amount) == (20, Decimal("52800.00"))
    assert money_house.the_agreement().advance_limit == Decimal("60.00")


def test_a_measure_holds_a_place_and_engages_its_twelve_months(house):
    ask()
    (place,), (row,) = the_places("held"), the_commitments()
    assert place.quota_id == the_whole().id
    assert (row.amount, row.unit_amount, row.quantity) == (Decimal("2640.00"), Decimal("220.00"), 12)
    assert row.agreement_id == money_house.the_agreement().id
    assert [line.action for line in build.the_journal("place.tenue")] == ["place.tenue"]
    assert journal.verify() is None


def test_the_one_too_many_waits_and_is_called_when_a_place_is_given_back(house):
    set_places(1)
    first, second, third = ask(), ask(), ask()
    assert [place.case_id for place in the_places("waiting")] == [second.case_id, third.case_id]
    follow(first, "rupture")
    assert [place.case_id for place in the_places("held")] == [second.case_id]
    build.pump()
    assert {row.case_id for row in the_commitments()} == {first.case_id, second.case_id}
    assert [place.case_id for place in the_places("waiting")] == [third.case_id]
    assert [event.status for event in db.session.scalars(select(Event))] == ["caught"]
    assert len(build.the_journal("place.appelee")) == 1


def test_nothing_is_engaged_beyond_the_envelope_and_the_place_goes_to_nobody_in_vain(house):
    set_envelope("2640.00")
    ask(), ask()
    (row,) = the_commitments()
    assert row.amount == the_envelope().amount
    assert len(the_places("held")) == 1
    assert len(the_places("released")) == 1


def test_a_cent_short_is_short(house):
    set_envelope("2639.99")
    ask()
    assert the_commitments() == []


def test_a_break_gives_back_the_months_that_were_not_served(house):
    case = ask()
    with clock.at(paris(2026, 4, 4, 10)):
        follow(case, "rupture")
    (row,) = the_commitments()
    # 5 January to 4 April, both counted: 27/31, February, March, 4/30 of 220 €
    served = Decimal(220) * Decimal(27) / 31 + 440 + Decimal(220) * 4 / 30
    assert row.amount - row.released == served.quantize(Decimal("0.01"))
    assert (row.ended_on, row.ended_reason) == (date(2026, 4, 4), "rupture")


def test_a_break_told_late_counts_from_its_own_day(house):
    case = ask()
    with clock.at(paris(2026, 4, 20, 10)):
        follow(case, "rupture", date(2026, 1, 31))
    (row,) = the_commitments()
    assert row.amount - row.released == (Decimal(220) * 27 / 31).quantize(Decimal("0.01"))


def test_a_diagnosis_is_engaged_inside_the_envelope_and_its_service_noted(house):
    case = ask()
    follow(case, "diagnostic")
    (row,) = the_commitments("diagnostic")
    assert (row.amount, row.services) == (
        Decimal("440.00"),
        [{"le": "2026-01-05", "quantite": "1.00"}],
    )


def test_each_operator_fills_its_part_first_then_what_is_common(house):
    one, other = money_house.an_operator("Un"), money_house.an_operator("Deux")
    one_id, other_id = one.id, other.id
    set_places(4)
    with transaction() as session:
        for partner_id, number in ((one_id, 2), (other_id, 1)):
            session.add(
                Quota(code="mesures", partner_id=partner_id, count=number, starts_on=date(2025, 11, 1),
                      created_at=clock.now())
            )  # fmt: skip
    mine = [ask(one_id) for _ in range(4)]  # two of its part, the one in common, then it waits
    assert [place.case_id for place in the_places("waiting")] == [mine[3].case_id]
    ask(other_id)  # its own part is still free: it passes
    late = ask(other_id)
    assert [place.case_id for place in the_places("waiting")] == [mine[3].case_id, late.case_id]
    follow(mine[0], "rupture")
    assert [place.case_id for place in the_places("waiting")] == [late.case_id]


def test_a_turn_of_a_case_given_up_is_passed_over(house):
    set_places(1)
    first, gone, next_one = ask(), ask(), ask()
    with transaction():
        build.the_process_row(gone).status = "cancelled"
    follow(first, "rupture")
    assert [place.case_id for place in the_places("held")] == [next_one.case_id]


def test_a_quota_that_no_row_opens_makes_everybody_wait(house):
    with clock.at(paris(2027, 3, 1, 9)):
        ask()
    assert [place.status for place in the_places()] == ["waiting"]
    assert not db.session.scalars(select(Incident)).all()


def test_cents_survive_exactly(house):
    with transaction() as session:
        row = the_envelope()
        session.get_one(Envelope, row.id).amount = Decimal("9999999999.99")
    assert str(the_envelope().amount) == "9999999999.99"
    with pytest.raises(Exception, match="two decimals"), transaction() as session:
        session.get_one(Envelope, the_envelope().id).amount = Decimal("0.001")
