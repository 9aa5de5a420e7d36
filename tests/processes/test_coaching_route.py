"""Éco-coaching from a referral to its closure, on the shipped files, in travelled time (BAT-3 to BAT-12)."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import select

from app.database import db, end_read
from app.models import DecisionRecord, Incident, Share, StockMove
from app.services import task_view
from app.services.cases import OpenedAlert
from tests import build
from tests.processes import coaching_house as house

SIGNED = date(2026, 1, 15)


def test_a_household_is_coached_six_months_renewed_once_and_never_beyond_twelve(app: Flask, tmp_path: Path):
    """BAT-3, BAT-5 to BAT-9: table, diagnosis, contract, kit, months, reviews, three-party report."""
    with house.serving(app, tmp_path):
        case = house.to_plan(date(2026, 1, 12))
        the_table_proposed_and_a_person_decided(case)
        assert house.open_elements(case) == ["demander_droits", "proposer_coaching", "reduire_charges"]
        house.settle(case, "2026-01-13")
        house.sign(case, SIGNED)
        assert house.open_elements(case) == ["fixer_rendez_vous"]
        assert db.session.scalars(select(StockMove.article)).all() == ["mousseur"]
        three_months(case, 1)
        the_binome_reviews(case, date(2026, 4, 2))
        three_months(case, 4)
        the_binome_reviews(case, date(2026, 7, 2))
        house.pump_on("2026-07-15")
        assert house.open_elements(case) == ["tenir_bilan"]
        the_gain_is_told_in_euros(case)
        with house.on("2026-07-16"):
            assert "douze mois" in refused(case, decision="renouveler", nouvelle_fin=date(2027, 1, 16))
            house.answer("tenir_bilan", case, decision="renouveler", nouvelle_fin=date(2026, 10, 15))
        three_months(case, 7)
        the_binome_reviews(case, date(2026, 10, 2))
        assert house.sees(case, "correspondant")  # renewed: still in the binôme
        house.pump_on("2026-10-15")
        with house.on("2026-10-16"):
            house.answer("tenir_bilan", case)
            assert house.closed_for(case) == "terme"
            assert not house.sees(case, "correspondant")  # nothing more to know (BAT-11)
        assert house.breaches(case) == []
        assert house.open_elements(case) == []
        papers = house.papers(case)
        assert papers.count("evaluation_coaching") == 2  # one at six months, one at the end
        assert papers.count("livret_bord") == 1 + 3 + 2  # with the kit, at each review, at each report
        assert {"fiche_reperage", "compte_rendu_visite", "guide_menage", "contrat_coaching"} <= set(papers)


def the_table_proposed_and_a_person_decided(case: OpenedAlert) -> None:
    """Three signs cross: the table says why, and names each of them with its axis (BAT-3)."""
    end_read()
    rows = {row.decision: row for row in db.session.scalars(select(DecisionRecord))}
    assert rows["indicateurs"].outputs["priorite"] == "soutenue"
    assert rows["suites"].outputs == {
        "droits": True, "charges": True, "partenaires": False, "mutation": False,
    }  # fmt: skip
    assert case.case_id == rows["indicateurs"].case_id


def the_gain_is_told_in_euros(case: OpenedAlert) -> None:
    """Two kWh a day less, on the 151 days read, at 0.1952 €: 58.95 € (BAT-8)."""
    with house.on("2026-07-15"):
        view = task_view.open_task(
            build.the_task("tenir_bilan", case=case).id, house.person("travailleur_social")
        )
        assert view.context["gain"]["kwh"] == Decimal("302.0")
        assert view.initial["gain_euros"] == Decimal("58.95")
        assert view.context["gain"]["fiable"] is True


def three_months(case: OpenedAlert, first: int) -> None:
    """Hold the appointments of three months, a week after each begins."""
    for number in range(first, first + 3):
        house.month(case, date(2026, number, 22))


def the_binome_reviews(case: OpenedAlert, day: date) -> None:
    """Fifteen days before the quarter ends: what is shared, advice, then the review (BAT-7)."""
    house.pump_on(day.replace(day=1))
    assert "choisir_partage" in house.open_elements(case)
    with house.on(day):
        house.answer("choisir_partage", case)
        house.answer("conseiller_menage", case)
        house.answer("conduire_revue", case, date=day)


def refused(case: OpenedAlert, **wanted: object) -> str:
    """Return why the report does not take an answer."""
    with pytest.raises(ValidationError) as caught:
        house.answer("tenir_bilan", case, **wanted)
    return str(caught.value.messages)


def test_every_other_way_out_is_respected(app: Flask, tmp_path: Path):
    """BAT-5, BAT-7, BAT-8: declined, dropped, gone, and a month that was missed."""
    with house.serving(app, tmp_path):
        a_household_declines()
        a_household_drops_out_and_its_rights_go_on()
        a_household_leaves_and_everything_stops()
        a_month_without_an_appointment_is_found()
        end_read()
        assert db.session.scalars(select(Incident)).all() == []


def a_household_declines() -> None:
    case = house.to_plan(date(2026, 1, 12), {"nom": "Petit"})
    with house.on("2026-01-14"):
        house.answer("proposer_coaching", case, accepte=False, refus_motif="temps")
        assert house.closed_for(case) is None  # the social work goes on
    house.settle(case, "2026-01-20")
    assert house.closed_for(case) == "coaching_refuse"


def a_household_drops_out_and_its_rights_go_on() -> None:
    case = house.to_plan(date(2026, 1, 12), {"nom": "Roux"})
    house.sign(case, SIGNED)
    house.month(case, date(2026, 1, 22))
    with house.on("2026-02-03"):
        house.act("changement", case, date=date(2026, 2, 1), nature=["personnes"], effet="hausse")
        house.act("arret", case, date=date(2026, 2, 3), motif="abandon", suites=False)
        build.pump()
        assert house.open_elements(case) == ["demander_droits", "reduire_charges"]
    house.settle(case, "2026-02-05")
    assert house.closed_for(case) == "abandon"


def a_household_leaves_and_everything_stops() -> None:
    case = house.to_plan(date(2026, 1, 12), {"nom": "Blanc"})
    house.sign(case, SIGNED)
    with house.on("2026-02-10"):
        house.act("arret", case, date=date(2026, 2, 9), motif="demenagement", suites=True)
        build.pump()
    assert house.open_elements(case) == []
    assert house.closed_for(case) == "demenagement"


def a_month_without_an_appointment_is_found() -> None:
    """One appointment a month is a promise: a missed one becomes a step of the coordination (BAT-7)."""
    case = house.to_plan(date(2026, 1, 12), {"nom": "Masson"})
    house.settle(case, "2026-01-13")
    house.sign(case, SIGNED)
    house.pump_on("2026-02-10", "2026-02-16")
    assert house.breaches(case) == ["suivre_mois"]
    assert "traiter_manquement" in house.open_elements(case)


def test_a_mutation_is_prepared_with_the_agency_that_reads_only_what_is_shared(app: Flask, tmp_path: Path):
    """BAT-10, LAW-7: before, after, and in between, answer by answer."""
    with house.serving(app, tmp_path):
        case = house.to_plan(
            date(2026, 1, 12), droits=None, charges=None, inadaptation=["suroccupation", "loyer"]
        )
        with house.on("2026-01-14"):
            assert not house.sees(case, "bailleur_agence")
            house.answer("demander_mutation", case, loyer_cible="420.00")
            shared = db.session.scalars(select(Share).where(Share.lane == "agence")).one()
            assert "mutation.loyer_cible" in shared.fields
            assert not [name for name in shared.fields if not name.startswith("mutation.")]
            assert house.sees(case, "bailleur_agence")
            house.answer("etudier_mutation", case, issue="attente")
            house.answer("conclure_mutation", case, issue="poursuivre")
            house.answer("etudier_mutation", case, issue="proposition")
            house.answer("conclure_mutation", case, issue="reloge")
            assert not house.sees(case, "bailleur_agence")


def test_health_keeps_the_correspondent_from_the_case_that_very_moment(app: Flask, tmp_path: Path):
    """BAT-10: from the plan, or later by an act, and back with the household's agreement."""
    with house.serving(app, tmp_path):
        sick = house.to_plan(
            date(2026, 1, 12), {"nom": "Faure"}, vulnerabilite="sante", correspondant="ecarte",
            partenaires=True,
        )  # fmt: skip
        assert not house.sees(sick, "correspondant")
        assert "choisir_partenaires" in house.open_elements(sick)
        later = house.to_plan(date(2026, 1, 12), {"nom": "Colin"})
        assert not house.sees(later, "correspondant")  # the household has not said yes yet (LAW-2)
        house.sign(later, SIGNED)
        house.pump_on("2026-04-01")
        with house.on("2026-04-02"):
            house.answer("choisir_partage", later)
            assert house.sees(later, "correspondant")
            house.act("ecart_correspondant", later, raison="sante")
            assert not house.sees(later, "correspondant")
            task = build.the_task("conseiller_menage", case=later)
            assert task.lane == "coordonnateur"  # the social worker goes on alone
            house.answer("conseiller_menage", later, by=house.person("travailleur_social"))
            house.answer("conduire_revue", later, date=date(2026, 4, 2))
        house.pump_on("2026-07-01")
        assert "conduire_revue" in house.open_elements(later)  # nobody to share with
        with house.on("2026-07-02"):
            house.act("retour_correspondant", later, accord=True)
            assert house.sees(later, "correspondant")
