"""A year of three operators and twenty measures reconciles to the cent with another arithmetic (AST-10)."""

import calendar
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Breach, Case, Commitment, Envelope, Payment
from app.services import envelopes, forecast, journal, payments, statements
from tests import build, money_house
from tests.money_house import answer, ask, follow, paris, the_agreement, the_commitments


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2025, 11, 3, 9)), money_house.serving(tmp_path / "root"):
        yield


def finances():
    return build.an_actor("finances")


FOUND = "Service fait ; objectifs atteints pour la mesure."


def pay(kind, amount, *, on=None, partner=None, version=None, by=None, finding=FOUND):
    agreement = the_agreement()
    paid = payments.Paid(kind, Decimal(amount), on or clock.today(), "mandat 12", partner, finding)
    seen_version = agreement.version if version is None else version
    return payments.record(agreement.id, paid, version=seen_version, by=by or finances())


def seen(on=None, partner=None):
    end_read()
    return statements.statement(the_agreement().id, on or clock.today(), partner_id=partner)


# Another arithmetic: day by day, in cents, with no help from the product


def days(first, last):
    while first <= last:
        yield first
        first += timedelta(days=1)


def term(start, months=12):
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=1)


def owed(start, broken, on):
    """Return the cents owed for a measure of twelve months at 220 €, at the end of a day."""
    last = min(on, broken or date.max)
    if broken is None and last >= term(start):
        return 264_000
    share = sum(
        (Fraction(1, calendar.monthrange(day.year, day.month)[1]) for day in days(start, last)), Fraction(0)
    )
    return int(min(share, 12) * 22_000 + Fraction(1, 2))


def test_a_year_of_three_operators_and_twenty_measures_reconciles_to_the_cent(house):
    draw = random.Random(1)  # noqa: S311  # a draw, no secret
    operators = [money_house.an_operator(name).id for name in ("Un", "Deux", "Trois")]
    story = []
    for _ in range(20):
        start = date(2025, 11, 3) + timedelta(days=draw.randrange(300))
        broken = start + timedelta(days=draw.randrange(400)) if draw.random() < 0.35 else None
        story.append((start, broken if broken and broken < term(start) else None, draw.choice(operators)))
    for start, broken, operator in sorted(story, key=lambda row: row[0]):
        with clock.at(datetime.combine(start, datetime.min.time(), clock.PARIS) + timedelta(hours=9)):
            case = ask(operator)
        if broken is not None:
            with clock.at(datetime.combine(broken, datetime.min.time(), clock.PARIS) + timedelta(hours=12)):
                follow(case, "rupture", broken)
    for on in (date(2025, 12, 31), date(2026, 5, 17), date(2026, 10, 31), date(2027, 12, 31)):
        with clock.at(paris(2028, 1, 2, 9)):
            of_all = 0
            for operator in operators:
                mine = [row for row in story if row[2] == operator and row[0] <= on]
                cents = sum(owed(start, broken, on) for start, broken, _ in mine)
                found = seen(on, operator)
                assert found.served == Decimal(cents) / 100
                assert len(found.lines) == len(mine)
                kept = sum(owed(s, b, on) if b and b <= on else 264_000 for s, b, _ in mine)
                assert found.engaged == Decimal(kept) / 100
                of_all += cents
            assert seen(on).served == Decimal(of_all) / 100
    with clock.at(paris(2028, 1, 2, 9)):
        the_forecast_adds_up(story)


def the_forecast_adds_up(story):
    envelope = db.session.scalars(select(Envelope)).one()
    told = forecast.of_envelope(envelope, date(2026, 10, 31))
    final = sum(owed(start, broken, date(2029, 1, 1)) for start, broken, _ in story)
    by_end = sum(owed(start, broken, date(2026, 10, 31)) for start, broken, _ in story)
    assert sum(month.served for month in told.months) == Decimal(final) / 100
    assert told.served_by_end == Decimal(by_end) / 100
    assert told.carried_over == Decimal(final - by_end) / 100
    assert (
        sum(month.engaged for month in told.months) == envelopes.figures(envelope, date(2029, 1, 1)).engaged
    )
    assert {month.beyond for month in told.months if month.first > date(2026, 10, 31)} == {True}


# Payments


def test_an_advance_stays_within_its_share_of_the_annual_amount(house):
    pay("avance", "31680.00")
    with pytest.raises(Invalid) as refused:
        pay("avance", "0.01")
    (sentence,) = refused.value.problems["montant"]
    assert "60" in sentence and "31\u202f680" in sentence
    assert seen().advance_left == 0
    assert seen().due == Decimal("-31680.00")


def test_the_next_year_of_an_agreement_has_its_own_advance(house):
    with transaction():
        the_agreement().ends_on = date(2028, 10, 31)
    pay("avance", "31680.00")
    with clock.at(paris(2026, 11, 2, 9)):
        pay("avance", "100.00")
        assert seen().advance_left == Decimal("31580.00")


def test_an_agreement_that_is_over_begins_no_other_year_of_advances(house):
    pay("avance", "31680.00")
    with clock.at(paris(2026, 11, 20, 9)):
        with pytest.raises(Invalid) as refused:
            pay("avance", "0.01")
        assert "60" in refused.value.problems["montant"][0]
        assert seen().advance_left == 0


def test_no_more_is_paid_than_what_is_served(house):
    ask()
    with clock.at(paris(2025, 11, 30, 9)):
        due = seen().due
        assert due == (Decimal(220) * 28 / 30).quantize(Decimal("0.01"))
        with pytest.raises(Invalid):
            pay("acompte", due + Decimal("0.01"))
        pay("acompte", due)
        assert seen().due == 0


def test_the_balance_waits_for_the_report_that_is_missing(house):
    case = ask()
    with clock.at(paris(2026, 11, 4, 9)):
        (block,) = seen().blocks
        assert (block.kind, block.case_id, block.since) == ("manque", case.case_id, date(2026, 11, 2))
        with pytest.raises(Invalid, match="à corriger") as refused:
            pay("solde", "2640.00")
        assert case.reference in refused.value.problems["montant"][0]
        follow(case, "fin")
        assert [block.kind for block in seen().blocks] == ["manque"]
    with clock.at(paris(2026, 11, 25, 9)):
        assert [block.kind for block in seen().blocks] == ["manque", "retard"]
        answer(case, "conclure", avis="La situation est réglée.")
        assert seen().blocks == []
        assert [block.kind for block in seen(date(2026, 11, 24)).blocks] == ["manque", "retard"]
        for nothing in (
            "",
            "  ",
        ):  # the balance is paid on the aims too: somebody says what was found of them
            with pytest.raises(Invalid) as refused:
                pay("solde", "2640.00", finding=nothing)
            assert "des objectifs" in refused.value.problems["constat"][0]
        pay("solde", "2640.00")
        assert (seen().due, seen().payable) == (0, 0)
        assert [line.finding for line in seen().payments] == [FOUND]


def test_an_open_breach_holds_the_balance_back(house):
    case = ask()
    with clock.at(paris(2025, 12, 5, 9)):
        with transaction() as session:
            session.add(
                Breach(
                    case_id=case.case_id, kind="frequence", element="suivre", name="Deux visites par mois",
                    window_to=clock.now(), recorded_at=clock.now(),
                )
            )  # fmt: skip
        assert [block.words for block in seen().blocks] == ["Deux visites par mois"]
        assert seen().payable == 0 < seen().due
        pay("acompte", "10.00")  # a part of what is served: only the balance is held back
        with pytest.raises(Invalid):
            pay("solde", "10.00")


def test_a_payment_noted_by_mistake_is_cancelled_with_its_reason(house):
    payment = pay("avance", "1000.00")
    payments.cancel(payment, reason="Saisi deux fois.", by=finances())
    assert seen().paid == 0
    assert [line.cancelled_reason for line in seen().payments] == ["Saisi deux fois."]
    with pytest.raises(Conflict):
        payments.cancel(payment, reason="Encore.", by=finances())
    assert [line.action for line in build.the_journal("versement.annule")] == ["versement.annule"]
    assert journal.verify() is None


def test_two_payments_sent_from_one_page_are_one(house):
    version = the_agreement().version
    pay("avance", "1000.00", version=version)
    with pytest.raises(Conflict):
        pay("avance", "1000.00", version=version)
    assert seen().paid == Decimal("1000.00")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "don"}, "nature"),
        ({"amount": None}, "montant"),
        ({"amount": Decimal(-5)}, "montant"),
        ({"on": date(2030, 1, 1)}, "date"),
        ({"reference": "a\nb"}, "reference"),
    ],
)
def test_a_payment_that_says_nothing_sensible_is_refused(house, given, field):
    agreement = the_agreement()
    asked = {"kind": "avance", "amount": Decimal(5), "on": clock.today(), **given}
    with pytest.raises(Invalid) as refused:
        payments.record(agreement.id, payments.Paid(**asked), version=agreement.version, by=finances())
    assert field in refused.value.problems


def test_only_who_acts_on_money_notes_a_payment(house):
    for role in ("elu", "referent"):
        with pytest.raises(Forbidden):
            pay("avance", "1.00", by=build.an_actor(role))


def test_what_is_no_agreement_here_has_no_statement(house):
    with pytest.raises(NotFound):
        statements.statement(db.session.scalars(select(Envelope)).one().id, clock.today())


def test_a_statement_of_an_operator_adds_up_its_agreements(house):
    operator = money_house.an_operator("Un").id
    ask(operator), ask(operator)
    told = statements.statement(operator, clock.today())
    assert told.engaged == Decimal("5280.00")
    assert [(total.label, total.count) for total in told.totals] == [("Mesure", 2)]
    assert {line.case_reference for line in told.lines} == set(db.session.scalars(select(Case.reference)))
    assert not db.session.scalars(select(Payment)).all()
    assert {row.partner_id for row in the_commitments()} == {operator}
    assert all(isinstance(row, Commitment) for row in the_commitments())
