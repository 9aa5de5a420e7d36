"""Agreements: remembered before they end, read by diagrams, carried in and out with the territory (CAR-1)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.catalog.settings import load_toml
from app.database import db, end_read, transaction
from app.errors import Conflict, Forbidden, Invalid
from app.handlers import places
from app.models import Agreement, Envelope, Notice, Quota, QuotaPlace, Territory
from app.services import (
    agreement_facts,
    agreements,
    clones,
    first_money,
    journal,
    live,
    promises,
    quota_changes,
    quotas,
    releases,
    renewals,
    spending,
)
from app.services.envelopes import figures
from tests import build, money_house
from tests.money_house import ask, paris, the_agreement, the_places


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2026, 1, 5, 9)), money_house.serving(tmp_path / "root") as territory:
        yield territory


def test_who_acts_on_money_is_told_once_before_an_agreement_ends(house):
    with clock.at(paris(2026, 8, 31, 23)):
        assert renewals.remind_due() == 0
    with clock.at(paris(2026, 9, 1, 8)):  # sixty days before 31 October
        assert renewals.remind_due() == 1
        assert renewals.remind_due() == 0
    (notice,) = db.session.scalars(select(Notice))
    assert notice.user_id == build.an_actor("finances").user_id
    assert "Convention des opérateurs prend fin le samedi 31 octobre 2026" in notice.title
    assert build.the_message("convention_a_renouveler").recipient == build.a_user("finances").email
    assert the_agreement().reminded_at == paris(2026, 9, 1, 8)


def test_another_end_is_spoken_of_again_and_an_ended_agreement_is_not(house):
    with clock.at(paris(2026, 9, 1, 8)):
        renewals.remind_due()
        row = the_agreement()
        facts = agreements.Facts(
            **{name: getattr(row, name) for name in agreements._KEPT} | {"ends_on": date(2026, 12, 31)}
        )
        agreements.save(row.id, facts, version=row.version, by=build.an_actor("finances"))
    with clock.at(paris(2026, 11, 2, 8)):
        assert renewals.remind_due() == 1
    agreements.end(
        the_agreement().id, on=date(2026, 12, 1), reason="Résiliée.", version=the_agreement().version,
        by=build.an_actor("finances"),
    )  # fmt: skip
    with clock.at(paris(2026, 12, 2, 8)):
        assert the_agreement().remind_at is None
        assert agreements.listing()[0].state == "ended"


def test_supervision_sees_the_end_of_an_agreement_come(house):
    with clock.at(paris(2026, 10, 26, 9)):
        told = promises.promised(build.an_actor("finances"), days=7)
    assert [one.words for one in told.coming if one.kind == "convention"] == [
        "Convention des opérateurs : fin de la convention"
    ]


def test_diagrams_read_whether_an_agreement_is_in_force(house):
    known = agreement_facts.Agreements()
    assert known["operateurs"] == {
        "en_cours": True, "signee_le": date(2025, 10, 20), "debut": date(2025, 11, 1),
        "fin": date(2026, 10, 31),
    }  # fmt: skip
    assert known["la_poste"]["en_cours"] is False
    with clock.at(paris(2026, 11, 1, 9)):
        assert not agreement_facts.running("operateurs")
    with transaction():
        the_agreement().signed_on = None
    assert not agreement_facts.running("operateurs")


def test_the_rows_of_today_go_out_with_the_territory_and_are_not_brought_in_twice(house):
    with transaction() as session:
        session.scalars(select(Envelope)).one().amount = Decimal("60000.50")
    bundle = releases.current().bundle
    files = live.settled(bundle, db.session.get_one(Territory, house.id))
    said = load_toml(files["territoire.toml"].decode())["vivant"]
    assert said["enveloppes"][0]["montant"] == Decimal("60000.50")
    assert said["quotas"] == [
        {"quota": "mesures", "nombre": 20, "debut": date(2025, 11, 1), "fin": date(2026, 10, 31)}
    ]
    with transaction():
        assert live.plant(bundle) == ()
    assert len(db.session.scalars(select(Agreement)).all()) == 1


def test_a_world_that_goes_on_renews_what_ends_and_only_once(house):
    first = releases.current().settings.first_money
    rows = first_money.renewed(first, since=date(2024, 6, 1), until=date(2028, 3, 1))
    spans = sorted((row.starts_on, row.ends_on) for row in rows.quotas)
    assert spans[0] == (date(2023, 11, 1), date(2024, 10, 31))
    assert spans[-1] == (date(2027, 11, 1), date(2028, 10, 31))
    assert len(spans) == len(set(spans)) == len(rows.envelopes) == 5


# Quotas changed


def wanted(count, **given):
    facts = {
        "code": "mesures",
        "partner_id": None,
        "starts_on": date(2025, 11, 1),
        "ends_on": date(2026, 10, 31),
    }
    return quota_changes.Wanted(count=count, **{**facts, **given})


def change(count, *, by=None, **given):
    quotas_now = quotas.figures("mesures", "", clock.today())
    quota_changes.save(
        wanted(count, **given), version=quotas_now.version, by=by or build.an_actor("finances")
    )


def test_raising_a_quota_calls_those_who_wait_in_order(house):
    change(1)
    cases = [ask() for _ in range(4)]
    change(3)
    assert [place.case_id for place in the_places("held")] == [case.case_id for case in cases[:3]]
    assert len(build.the_journal("place.appelee")) == 2
    build.pump()
    assert len(money_house.the_commitments()) == 3
    (line,) = [one for one in build.the_journal("quota.modifie") if one.details.get("apres") == {"count": 3}]
    assert line.details["avant"] == {"count": 1}
    assert journal.verify() is None


def test_a_period_to_come_calls_those_who_wait_on_its_first_day(house):
    change(0)
    case = ask()
    with transaction() as session:
        session.scalars(select(Envelope)).one().ends_on = None
    change(2, starts_on=date(2026, 11, 1), ends_on=date(2027, 10, 31))
    with clock.at(paris(2026, 10, 31, 12)):
        build.pump()
        assert [place.status for place in the_places()] == ["waiting"]
    with clock.at(paris(2026, 11, 1, 1)):
        build.pump()
        assert [place.case_id for place in the_places("held")] == [case.case_id]
        assert places.whole("mesures", clock.today()).id == the_places("held")[0].quota_id
    ended = [row.ends_on for row in db.session.scalars(select(Quota).order_by(Quota.starts_on))]
    assert ended == [date(2026, 10, 31), date(2027, 10, 31)]


def test_a_quota_is_refused_what_its_places_and_parts_do_not_allow(house):
    operator = money_house.an_operator("Un").id
    ask(), ask()
    with pytest.raises(Invalid):
        change(1)
    change(15, partner_id=operator)
    with pytest.raises(Invalid, match="corriger"):
        change(14)
    with pytest.raises(Invalid):
        change(21, partner_id=operator)
    with pytest.raises(Invalid):
        change(None)
    with pytest.raises(Forbidden):
        change(19, by=build.an_actor("elu"))
    with pytest.raises(Conflict):
        quota_changes.save(wanted(30), version=0, by=build.an_actor("finances"))
    told = quotas.figures("mesures", "", clock.today())
    assert (told.total, told.held, told.common) == (20, 2, 5)
    assert [place.status for place in db.session.scalars(select(QuotaPlace))] == ["held", "held"]


# Spending noted by hand


def test_what_a_carrier_spends_is_money_and_hours_for_a_household(house):
    carrier, case = money_house.an_operator("CCAS").id, ask()
    reference = build.the_case(case).reference
    row = db.session.scalars(select(Envelope)).one()
    facts = spending.Spending(
        "diagnostic", "10 kits", Decimal("99.90"), clock.today(), carrier, reference, Decimal("3.5")
    )
    spending.note(row.id, facts, version=row.version, by=build.an_actor("finances"))
    end_read()
    told = figures(db.session.scalars(select(Envelope)).one(), clock.today())
    assert (told.engaged, told.hours, told.households) == (Decimal("2739.90"), Decimal("3.50"), 1)
    assert {name: served for name, _, served in told.by_partner}["CCAS"] == Decimal("99.90")
    assert told.per_household == told.served


def test_a_clone_signs_its_own_agreements(house):
    end_read()
    clones.clone("budgets", "autre", name="Autre territoire")
    with tenancy.serving(releases.territory_by_code("autre").id):
        assert not db.session.scalars(select(Agreement)).all()
        assert "vivant.quotas" not in releases.current().bundle.files["territoire.toml"].decode()
        assert releases.current().settings.money.quotas == {"mesures": "Mesures de l'année"}
