"""A household of the SLIME, from the alert to the recall six months later, in travelled time (MTP-1…7)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.database import db, end_read
from app.errors import NotFound
from app.models import (
    Case,
    Commitment,
    DecisionRecord,
    Entrustment,
    Envelope,
    Orientation,
    Share,
    StockItem,
    Territory,
)
from app.services import case_view, envelopes, funding, perimeter, task_view
from tests import build
from tests.processes import slime_house as house

MORNING = clock.PARIS


@pytest.fixture
def slime(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The SLIME being served."""
    with house.on("2026-01-12"), house.serving(app, tmp_path) as territory:
        yield territory


def midnight_after(day: str) -> datetime:
    """The end of a day, when what was due that day is late."""
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), MORNING)


def advice(case: build.OpenedAlert) -> str:
    """What the table of signs says of a case."""
    query = select(DecisionRecord.outputs).where(
        DecisionRecord.decision == "eligibilite", DecisionRecord.case_id == case.case_id
    )
    return str(db.session.scalars(query).one()["avis"])


def the_case(reference: str) -> Case:
    end_read()
    return db.session.scalars(select(Case).where(Case.reference == reference)).one()


def test_a_household_is_visited_equipped_oriented_and_called_back_six_months_later(slime: Territory) -> None:
    with house.on("2026-01-12"):
        case = house.alert()
        build.pump()
    assert advice(case) == "a_visiter"
    house.to_kit(
        case, "2026-01-20", appui_technique=True, technique_question="Faut-il une ventilation ?",
        technique_pour_le=date(2026, 2, 4), appui_juridique=True, juridique_question="Que doit le bailleur ?",
        juridique_accord=["oui"], juridique_pour_le=date(2026, 2, 10),
    )  # fmt: skip
    supports_have_their_own_deadlines(case)
    with house.on("2026-02-02"):
        house.answer("donner_appui_technique", case, avis="Nettoyer les bouches.")
    house.pump_on("2026-03-11", "2026-03-13")  # thirty days after the legal deadline: the report goes without
    assert house.open_elements(case) == ["faire_retour", "rediger_rapport"]
    nobody_outside_sees(case)
    house.to_report(case, "2026-03-16")
    assert "rapport_menage" in {document.template for document in build.the_documents()}
    the_alert_giver_is_told_and_the_report_did_not_wait(case)
    orientations_have_an_outcome(case)
    the_recall_is_six_months_after_the_report(case)
    each_euro_is_known(case)


def supports_have_their_own_deadlines(case: build.OpenedAlert) -> None:
    due = {task.element: task.due_at for task in build.open_tasks(case.case_id)}
    assert due == {
        "donner_appui_technique": midnight_after("2026-02-04"),
        "donner_appui_juridique": midnight_after("2026-02-10"),
    }
    held = {row.relation: row.partner.name for row in db.session.scalars(select(Entrustment))}
    assert held == {"appui_technique": house.TECHNICAL, "appui_juridique": house.LEGAL}
    technical = house.person("appui_technique", house.TECHNICAL)
    view = task_view.open_task(build.the_task("donner_appui_technique", case=case).id, technical)
    read = {row.key for answered in view.earlier for row in answered.rows} if view.earlier else set()
    assert not read & {"ressources_mois", "dettes", "factures_12_mois"}
    other = house.alert(nom="Autre", adresse={"voie": "2 rue Foch", "cp": "34000", "insee": "34172"})
    with perimeter.serving(technical), pytest.raises(NotFound):
        case_view.file_view(other.reference, technical)


def nobody_outside_sees(case: build.OpenedAlert) -> None:
    end_read()
    assert all(row.until is not None for row in db.session.scalars(select(Entrustment)))
    technical = house.person("appui_technique", house.TECHNICAL)
    with perimeter.serving(technical), pytest.raises(NotFound):
        case_view.file_view(case.reference, technical)


def the_alert_giver_is_told_and_the_report_did_not_wait(case: build.OpenedAlert) -> None:
    assert house.open_elements(case) == ["decider_orientations", "faire_retour"]
    for mail in build.the_messages():
        if mail.recipient == house.GIVER:
            assert "Sy" not in str(mail.body).split()
    with house.on("2026-03-17"):
        house.answer("faire_retour", case, date=date(2026, 3, 17), moyen="telephone", utile="continue")


def orientations_have_an_outcome(case: build.OpenedAlert) -> None:
    with house.on("2026-03-18"):
        house.answer(
            "decider_orientations", case,
            lignes=[
                build.an_orientation("asll", champs_partages=["rapport_visite.vu"]),
                build.an_orientation("compagnons_batisseurs"),
            ],
        )  # fmt: skip
        first, second = db.session.scalars(select(Orientation.id).order_by(Orientation.id)).all()
        house_answers(case, str(first), accepted=True)
        house_answers(case, str(second), accepted=False)
    shared = {key for row in db.session.scalars(select(Share)) for key in row.fields}
    assert "rapport_visite.vu" in shared
    assert set(db.session.scalars(select(Orientation.status))) == {"realisee", "refusee"}


def house_answers(case: build.OpenedAlert, scope: str, *, accepted: bool) -> None:
    by = house.person("charge_visite")
    build.complete("repondre_demande", case=case, scope=scope, by=by, acceptee=accepted)
    if accepted:
        build.complete("donner_resultat", case=case, scope=scope, by=by, statut="realisee")


def the_recall_is_six_months_after_the_report(case: build.OpenedAlert) -> None:
    house.pump_on("2026-09-15")
    assert house.open_elements(case) == []
    house.pump_on("2026-09-16")
    assert house.open_elements(case) == ["recueillir_effets"]
    assert "amadou.sy@exemple.invalid" in {mail.recipient for mail in build.the_messages()}
    house.pump_on("2026-10-02")  # fifteen days without an answer by the link: somebody calls
    assert house.open_elements(case) == ["appeler_menage"]
    with house.on("2026-10-05"):
        house.answer("appeler_menage", case)
        assert house.answered(case, "enquete_effets")["gain"] == 300
        house.answer("faire_bilan", case)
    closed = the_case(case.reference)
    assert (closed.status, closed.closure_reason) == ("closed", "amelioree")


def each_euro_is_known(case: build.OpenedAlert) -> None:
    """A visit, a kit at what the stock paid, one support rendered of two: each funder's part to the cent."""
    end_read()
    rows = db.session.scalars(select(Commitment).where(Commitment.case_id == case.case_id)).all()
    assert {row.nature: row.amount for row in rows} == {
        "visite": Decimal("250.00"),
        "kit": Decimal("17.60"),
        "appui_technique": Decimal("120.00"),
    }
    stock = {row.article: row.quantity for row in db.session.scalars(select(StockItem))}
    assert stock == {"mousseur": -2, "ampoule": -4}
    (envelope,) = db.session.scalars(select(Envelope)).all()
    spent = sum((row.amount for row in rows), Decimal(0))
    shown = envelopes.figures(envelope, date(2026, 10, 5))
    assert (shown.engaged, shown.served, shown.per_household) == (spent, spent, Decimal("387.60"))
    assert {part.label: part.served for part in funding.of(shown)} == {
        "Certificats d'économies d'énergie (CEE)": Decimal("271.32"),
        "CCAS de Montpellier": Decimal("116.28"),
    }


def test_no_sign_turns_anybody_away_and_a_refusal_leaves_the_door_open(slime: Territory) -> None:
    """MTP-1: the table proposes; MTP-3: absences and refusals each have their own end."""
    with house.on("2026-01-12"):
        calm = house.alert(indices=["autre"], commentaire="À voir", tranche_revenus="inconnue", courriel=None)
        assert advice(calm) == "a_appeler"
        house.answer("analyser_signalement", calm)
        house.answer("prendre_rendez_vous", calm, issue="refus")
        assert house.open_elements(calm) == ["informer_sans_visite"]
        house.answer("informer_sans_visite", calm)
        assert the_case(calm.reference).closure_reason == "refus"
        outside = house.alert(nom="Hors", adresse={"voie": "4 rue Foch", "cp": "34000", "insee": "34172"})
        house.answer(
            "analyser_signalement", outside, dans_champ=False, hors_champ_motif="sans_signe", prestation=None
        )
        house.answer("informer_cloture", outside)
        assert the_case(outside.reference).closure_reason == "sans_signe"


def test_a_household_that_asks_for_itself_awaits_no_feedback_and_may_ask_for_more(slime: Territory) -> None:
    """MTP-7: what the household says six months later may open orientations again."""
    with house.on("2026-01-12"):
        case = house.alert(
            origine="menage", donneur_nom=None, donneur_structure=None, donneur_courriel=None, courriel=None
        )
    house.to_kit(case, "2026-01-20")
    house.to_report(case, "2026-01-26")
    assert house.open_elements(case) == ["decider_orientations"]
    with house.on("2026-01-27"):
        house.answer("decider_orientations", case)
    house.pump_on("2026-07-26", "2026-08-11")
    with house.on("2026-08-12"):
        house.answer("appeler_menage", case)
        house.answer("faire_bilan", case, suite="reprendre", besoin="L'échéancier est à refaire.", motif=None)
    assert house.open_elements(case) == ["decider_orientations"]
    assert db.session.scalar(select(func.count()).where(Case.status == "open")) == 1
