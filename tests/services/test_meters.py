"""Readings kept by a diagram, the baseline from bills or readings, the gain in euros (BAT-7, BAT-8, F5)."""

from datetime import date
from decimal import Decimal

import pytest

from app import clock
from app.database import transaction
from app.services import first_figures, journal, references, releases, task_view
from tests import build, meter_house
from tests.meter_house import a_household, bill, euros, paris, read, the_baseline, the_data, the_readings

YEAR = ("2025-01-01", "2025-12-31")
WATER, GAS = ("eau_froide", *YEAR, "146"), ("gaz", *YEAR, "1200")


@pytest.fixture
def house(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2026, 1, 1, 9)), meter_house.serving(tmp_path / "root"):
        build.an_actor("coach")
        yield


def test_bills_then_readings_give_the_gain_to_the_cent(house):
    case = a_household()
    bill(case, WATER, GAS)
    assert the_data(case)["reference"] == {
        "etablie": True, "source": "factures", "jours": 365, "complete": True, "refus": [],
    }  # fmt: skip
    first = read(case, "2026-01-01", eau_froide="1000", gaz="2000")
    assert (first["releves"]["nombre"], first["gain"]["calcule"]) == (2, False)
    after = read(case, "2026-02-01", eau_froide="1010", gaz="2140")
    # water: 12.4 expected, 10 used, at 4 €: 9.60 €; gas: 1200 × (0.4 × 31 / 365 + 0.6 / 5) = 184.767…
    # less 140 used, at 11.2 kWh and 0.10 €: 50.14 €
    assert after["gain"]["euros"] == euros("59.74")
    assert (after["gain"]["kwh"], after["gain"]["eau_m3"]) == (Decimal("501.4"), Decimal("2.40"))
    assert (after["gain"]["fiable"], after["gain"]["jours"], after["gain"]["raisons"]) == (True, 31, [])
    assert journal.verify() is None


def test_what_contradicts_is_said_and_not_counted_and_a_missing_month_is_told(house):
    case = a_household()
    bill(case, WATER)
    read(case, "2026-01-01", eau_froide="1000")
    wrong = read(case, "2026-02-01", eau_froide="910")
    assert wrong["releves"]["anomalie"] is True
    assert "n'est pas compté" in wrong["releves"]["anomalies"][0]
    late = read(case, "2026-03-01", eau_froide="1020")
    assert (late["releves"]["anomalie"], late["releves"]["mois_manquant"]) == (False, False)
    later = read(case, "2026-07-01", eau_froide="1060")
    assert later["releves"]["mois_manquant"] is True
    assert later["gain"]["euros"] == euros("49.60")  # 181 days × 0.4 − 60 = 12.4 m³
    assert (later["gain"]["fiable"], len(the_readings(case))) == (False, 4)
    flood = read(case, "2026-08-01", eau_froide="1200")
    assert "fuite" in flood["releves"]["anomalies"][0]


def test_a_reading_of_the_same_day_takes_the_place_of_the_first_whose_trace_stays(house):
    case = a_household()
    bill(case, WATER)
    read(case, "2026-01-01", eau_froide="1000")
    read(case, "2026-02-01", eau_froide="1100")
    read(case, "2026-02-01", eau_froide="1010")
    read(case, "2026-02-01", eau_froide="1010")
    assert [row.index for row in the_readings(case)] == [Decimal("1000.000"), Decimal("1010.000")]
    assert len(the_readings(case, counted=False)) == 3
    assert len(build.the_journal("releve.corrige")) == 1


def test_a_replaced_meter_is_read_with_its_end_and_the_new_start(house):
    case = a_household()
    bill(case, WATER)
    read(case, "2026-01-01", eau_froide="500")
    changed = {"index": "3", "nature": "remplace", "ancien_fin": "506", "nouveau_debut": "0"}
    changed["change_le"] = "2026-01-16"
    after = read(case, "2026-02-01", eau_froide=changed)
    assert after["gain"]["euros"] == euros("13.60")
    row = the_readings(case)[-1]
    assert (row.change, row.old_end, row.changed_on) == ("remplace", Decimal("506.000"), date(2026, 1, 16))


def test_without_bills_there_is_no_gain_and_the_reason_says_what_to_do(house):
    case = a_household()
    bill(case)
    assert the_data(case)["reference"]["etablie"] is False
    read(case, "2026-01-01", gaz="2000")
    after = read(case, "2026-02-01", gaz="2140")
    assert (after["gain"]["euros"], after["gain"]["calcule"], after["gain"]["fiable"]) == (0, False, False)
    assert "pas de consommation de référence" in after["gain"]["raisons"][0]


def test_bills_that_overlap_are_left_out_and_a_short_winter_proves_nothing(house):
    case = a_household()
    bill(case, ("gaz", "2025-01-01", "2025-03-31", "500"), ("gaz", "2025-03-01", "2025-04-30", "200"))
    reference = the_data(case)["reference"]
    assert (reference["jours"], reference["complete"]) == (90, False)
    assert "chevauche" in reference["refus"][0]
    assert [row.quantity for row in the_baseline(case)] == [Decimal("500.000")]
    read(case, "2026-01-01", gaz="2000")
    assert "trop courte" in read(case, "2026-02-01", gaz="2140")["gain"]["raisons"][0]


def test_a_home_heated_by_something_else_is_compared_day_for_day(house):
    case = a_household()
    bill(case, ("gaz", "2025-01-01", "2025-03-31", "180"), heating="bois")
    read(case, "2026-01-01", gaz="2000")
    after = read(case, "2026-02-01", gaz="2052")
    assert after["gain"]["euros"] == euros("11.20")  # 2 m³ a day × 31 − 52 = 10 m³ × 11.2 × 0.10
    assert after["gain"]["fiable"] is True


def test_a_bill_of_gas_in_kwh_is_taken_as_such(house):
    case = a_household()
    bill(case, ("gaz", *YEAR, "13440"), unit="energie")
    read(case, "2026-01-01", gaz="2000")
    assert read(case, "2026-02-01", gaz="2140")["gain"]["euros"] == euros("50.14")


def test_degree_days_that_lack_leave_their_days_out(house):
    case = a_household()
    bill(case, GAS)
    read(case, "2026-12-01", gaz="2000")
    after = read(case, "2027-02-01", gaz="2300")
    assert after["gain"]["calcule"] is False
    assert "degrés-jours" in after["gain"]["raisons"][0]


def test_the_form_of_the_readings_shows_what_was_read_last(house):
    case = a_household()
    bill(case)
    read(case, "2026-01-01", eau_froide="1000")
    (task,) = build.open_tasks(case.case_id)
    rows = task_view.open_task(task.id, build.the_hand(task)).context["compteurs"]
    assert [row["cle"] for row in rows] == ["gaz", "eau_froide"]
    assert [row["precedent"] for row in rows] == ["Premier relevé", "1000 le jeudi 1er janvier 2026"]


def test_the_dated_figures_of_the_settings_are_live_rows_written_back(house):
    assert references.value("tarif_eau", "", date(2026, 5, 4)) == Decimal(4)
    assert references.value("dju", "montsouris", date(2026, 5, 31)) == Decimal(60)
    assert references.value("dju", "lille", date(2026, 5, 31)) is None
    found = references.between("dju", "montsouris", date(2026, 1, 1), date(2026, 3, 31))
    assert [row.value for row in found] == [400, 320, 280]
    with transaction():
        assert first_figures.plant(releases.current().settings.first_figures) == ()
