"""A household of Pas-de-Calais from its saisine to the end of its measure, on the files that are shipped."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import select

from app.database import db
from app.errors import NotFound
from app.models import Agreement, Case, Commitment, DecisionRecord, Territory
from app.services import acts, agreements, breach_words, perimeter, starting, task_view, tasks
from tests import build
from tests.processes import astre_house as house

MONDAY = "2026-02-02"


@pytest.fixture
def astre(app: Flask, tmp_path: Path) -> Iterator[Territory]:
    """The Département being served."""
    with house.on(MONDAY), house.serving(app, tmp_path) as territory:
        yield territory


def test_a_saisine_becomes_a_measure_that_is_evaluated_and_closed(astre: Territory) -> None:
    """AST-1, AST-4 to AST-7: the thin thread, a year long."""
    case = house.a_measure(MONDAY)
    assert house.open_elements(case) == ["contacter_mar", "envoyer_contrat"]
    with house.on("2026-02-16"):
        house.answer("envoyer_contrat", case, envoye_le=date(2026, 2, 16))
    house.pump_on("2026-04-12", "2026-07-13")
    with house.on("2026-07-20"):
        house.answer("rediger_bilan", case)
        house.answer("transmettre_bilan", case)
        build.pump()
        assert {"accuser_demandeur", "accuser_slisl", "accuser_spslh"} <= set(house.open_elements(case))
        for who in house.THREE:
            house.answer(f"accuser_{who}", case)
    house.pump_on("2026-10-13", "2027-02-03")
    with house.on("2027-02-05"):
        house.answer("evaluer_mesure", case)
        build.pump()
        house.answer("recueillir_satisfaction", case)
        assert db.session.get_one(Case, case.case_id).status == "closed"
        assert db.session.get_one(Case, case.case_id).closure_reason == "objectifs_atteints"
    assert house.processes(case)["mesure"] == "finished"


def test_the_opinion_and_the_eligibility_are_asked_together_with_ten_days(astre: Territory) -> None:
    """AST-4: the SLISL of the commune and the SPSLH, each with its deadline, in parallel."""
    case = house.saisine(adresse={"voie": "1 Grand-Rue", "cp": "62170", "insee": house.MONTREUIL})
    due = {task.element: task.due_at for task in build.open_tasks(case.case_id)}
    assert set(due) == {"donner_avis", "verifier_eligibilite"}
    assert {str(when)[:10] for when in due.values()} == {"2026-02-12"}
    held = house.holder(case.case_id, "slisl")
    assert held is not None
    assert held.name == "SLISL du Montreuillois"


@pytest.mark.parametrize(
    ("changed", "proposed"),
    [
        ({}, "eligible"),
        ({"statut": "locataire_prive"}, "non_eligible"),
        ({"pdalhpd": False}, "non_eligible"),
        ({"avis_imposition": [{"rfr": "40000"}]}, "non_eligible"),
        ({"avis_imposition": [], "tranche_revenus": None}, "a_verifier"),
    ],
)
def test_the_table_proposes_and_names_its_reason(
    astre: Territory, changed: dict[str, Any], proposed: str
) -> None:
    """AST-1: owner-occupier, very modest by the Anah ceilings, PDALHPD; a person confirms."""
    case = house.saisine(**changed)
    rows = db.session.scalars(select(DecisionRecord).where(DecisionRecord.case_id == case.case_id)).all()
    said = {row.decision: row.outputs for row in rows}
    assert said["criteres"]["avis"] == proposed
    assert "verifier_eligibilite" in house.open_elements(case)


@pytest.mark.parametrize(
    ("where", "scope", "priority"),
    [
        ("ternois", "diffus", "P1"),
        ("montreuillois", "opah", "P2"),
        ("sud_artois", "pig", "P2"),
        ("boulonnais", "diffus", "P2"),
        ("boulonnais", "opah", "P3"),
    ],
)
def test_places_without_opah_and_three_territories_come_first(
    astre: Territory, where: str, scope: str, priority: str
) -> None:
    """AST-2: the priority is that of the case, seen in every inbox."""
    case = house.saisine(territoire_mds=where, perimetre=scope)
    assert {task.priority for task in build.open_tasks(case.case_id)} == {priority}


def test_a_refusal_goes_back_to_the_structure_that_asked(astre: Territory) -> None:
    """AST-4: the reasons are written in the decision, and the structure is told."""
    case = house.saisine()
    house.answer("donner_avis", case)
    house.answer("verifier_eligibilite", case, avis="defavorable", motifs=["plus_value"])
    build.pump()
    assert db.session.get_one(Case, case.case_id).closure_reason == "refus"
    assert [message.recipient for message in build.the_messages("saisine_refusee")] == [
        "ines.lefebvre@exemple.invalid"
    ]
    assert [document.template for document in build.the_documents()] == ["decision_comite"]


def test_an_adjourned_saisine_comes_back_to_the_committee_on_its_day(astre: Territory) -> None:
    """AST-4: accepted, adjourned or refused; an adjournment says when."""
    case = house.saisine()
    house.answer("donner_avis", case)
    house.answer("verifier_eligibilite", case, operateur=str(house.structure("operateur", "Toit et Lien").id))
    house.answer("donner_position", case)
    house.answer("decider_comite", case, decision="ajournee", revoir_le="2026-02-20", motifs=["projet"])
    house.pump_on("2026-02-19")
    assert house.open_elements(case) == []
    house.pump_on("2026-02-20")
    assert house.open_elements(case) == ["decider_comite"]


def test_asking_for_papers_stops_the_clock_until_they_come(astre: Territory) -> None:
    """AST-4: to the day; neither reminder nor breach meanwhile, and the SPSLH may still answer."""
    case = house.saisine()
    with house.on("2026-02-05"):
        house.act("demande_pieces", case, by=house.spslh(), pieces=["devis"])
        held = {task.element: task.active for task in build.open_tasks(case.case_id)}
        assert held == {"donner_avis": False, "verifier_eligibilite": False, "completer_saisine": True}
    house.pump_on("2026-02-13", "2026-02-19")
    assert house.breaches(case) == []
    assert not [n for n in build.the_messages("rappel_tache") if "éligibilité" in n.subject]
    with house.on("2026-02-26"):
        build.pump()
        house.answer("completer_saisine", case, fournies=["devis"])
    due = {task.element: task.due_at.date() for task in build.open_tasks(case.case_id) if task.due_at}
    assert due == {"donner_avis": date(2026, 3, 5), "verifier_eligibilite": date(2026, 3, 5)}
    house.pump_on("2026-03-05")
    assert house.breaches(case) == []
    house.pump_on("2026-03-06")
    assert {breach.element for breach in house.breaches(case)} == {"donner_avis", "verifier_eligibilite"}


def test_the_structure_is_reminded_and_the_clock_goes_on_without_papers(astre: Territory) -> None:
    """AST-4: a reminder after 15 days; after 45, the SPSLH decides with what it has."""
    case = house.saisine()
    house.act("demande_pieces", case, by=house.spslh(), pieces=["devis"])
    house.pump_on("2026-02-18")
    assert len(build.the_messages("pieces_relance")) == 1
    with house.on("2026-03-19"):
        build.pump()
    assert house.open_elements(case) == ["donner_avis", "verifier_eligibilite"]
    assert {str(t.due_at)[:10] for t in build.open_tasks(case.case_id)} == {"2026-03-29"}


def test_a_diagnosis_is_never_mandated_above_its_ceiling(astre: Territory) -> None:
    """AST-10: 220 € for a simple one, 440 € for a complete one, inside the envelope."""
    case = house.saisine()
    house.answer("donner_avis", case)
    chosen = str(house.structure("operateur", house.OPERATORS[0]).id)
    house.answer("verifier_eligibilite", case, operateur=chosen, diagnostic="simple")
    with pytest.raises(ValidationError, match="dépasse le plafond"):
        house.answer("mandater_diagnostic", case, montant="220.01")
    house.answer("mandater_diagnostic", case, montant="220.00")
    house.answer("realiser_diagnostic", case)
    engaged = db.session.scalars(select(Commitment).where(Commitment.case_id == case.case_id)).one()
    assert (engaged.nature, engaged.amount) == ("diagnostic_simple", Decimal("220.00"))


def test_a_referent_has_two_years_of_support_through_housing(astre: Territory) -> None:
    """AST-3: a social worker of level III; the committee gets nobody else."""
    case = house.saisine()
    house.answer("donner_avis", case)
    chosen = str(house.structure("operateur", house.OPERATORS[0]).id)
    house.answer("verifier_eligibilite", case, operateur=chosen)
    with pytest.raises(ValidationError, match="au moins deux ans"):
        house.answer("donner_position", case, experience=1)


def test_the_approval_of_an_operator_is_dated_and_its_end_is_seen_coming(astre: Territory) -> None:
    """AST-3: an approved association; who acts on money is told before the approval ends, once."""
    office = house.person("finances")
    approval = agreements.Facts(
        key="agrement_toit_et_lien", kind="agrement", title="Agrément de Toit et Lien",
        partner_id=house.structure("operateur", "Toit et Lien").id, party="", signed_on=date(2023, 4, 1),
        starts_on=date(2023, 4, 3), ends_on=date(2026, 4, 2), remind_on=date(2026, 3, 2), amount=None,
        advance_limit=None, note="Ingénierie sociale, financière et technique.",
    )  # fmt: skip
    agreements.save(None, approval, version=0, by=office)
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        house.pump_on(day)
    told = [one for one in build.the_messages("convention_a_renouveler") if "Toit et Lien" in one.subject]
    assert [one.recipient for one in told] == [house.address("finances")]
    case = house.a_measure("2026-03-04", "Toit et Lien")
    engaged = db.session.scalars(select(Commitment).where(Commitment.case_id == case.case_id)).one()
    assert db.session.get_one(Agreement, engaged.agreement_id).key == "astre"  # an approval pays nothing


def test_the_contract_needs_both_signatures_or_the_paper(astre: Territory) -> None:
    """AST-5: signed by the household and by the association."""
    case = house.saisine()
    house.to_committee(case)
    with pytest.raises(ValidationError, match="deux signatures"):
        house.answer("etablir_contrat", case, debut=date(2026, 2, 2), signature_menage=None)


def test_a_contract_may_ask_for_more_visits_and_its_number_is_what_is_followed(astre: Territory) -> None:
    """AST-6: two a month at least, more often when the situation asks."""
    with house.on(MONDAY):
        case = house.saisine()
        house.to_committee(case)
        with pytest.raises(ValidationError):
            house.answer("etablir_contrat", case, debut=date(2026, 2, 2), visites_mois=1)
        house.answer("etablir_contrat", case, debut=date(2026, 2, 2), visites_mois=4)
        build.pump()
    for day in (5, 12, 19):  # three owed in February, a part-month, and four in March
        house.visit(case, date(2026, 2, day))
    house.pump_on("2026-03-01")
    for day in (5, 12, 19):
        house.visit(case, date(2026, 3, day))
    house.pump_on("2026-04-01")
    (found,) = [breach_words.of(row) for row in house.breaches(case) if row.element == "accompagner"]
    assert found.endswith(": 3 visites sur 4, du dimanche 1er mars 2026 au mardi 31 mars 2026")


def test_people_of_a_structure_see_their_cases_alone(astre: Territory) -> None:
    """AST-3, AST-4: the SLISL of the commune and the chosen operator, not their neighbours."""
    case = house.a_measure(MONDAY)
    mine = house.person("referent", house.structure("operateur", house.OPERATORS[0]))
    other = house.person("referent", house.structure("operateur", house.OPERATORS[1]))
    assert [act.id for act in acts.offered(mine, case.case_id)] == [
        "visite_mesure", "changement", "rupture", "concertation",
    ]  # fmt: skip
    with perimeter.serving(other), pytest.raises(NotFound):
        acts.offered(other, case.case_id)


def test_a_rupture_stops_the_measure_at_once_and_gives_back_what_is_left(astre: Territory) -> None:
    """AST-8, AST-2, AST-10: told to the SPSLH, explained, the place and the months given back."""
    case = house.a_measure(MONDAY)
    with house.on("2026-04-02"):
        house.act("rupture", case, date=date(2026, 4, 1), motif="demenagement", type="rupture")
        build.pump()
        assert "prendre_acte" in house.open_elements(case)
        assert house.processes(case)["mesure"] == "finished"
        assert {m.recipient for m in build.the_messages("rupture_signalee")} == {house.address("spslh")}
        engaged = db.session.scalars(select(Commitment).where(Commitment.case_id == case.case_id)).one()
        assert engaged.ended_on == date(2026, 4, 1)
        assert engaged.released > 0
        house.answer("prendre_acte", case)
        assert db.session.get_one(Case, case.case_id).closure_reason == "demenagement"


def test_works_advance_beside_the_visits_up_to_the_months_after(astre: Territory) -> None:
    """AST-9: technical partner, aid file, financing plan, quotes, site, use of the dwelling."""
    case = house.a_measure(MONDAY)
    chosen = str(house.structure("mar", "Rénov'Conseil").id)
    with house.on("2026-02-10"):
        house.answer("contacter_mar", case, mar=chosen)
        house.answer("monter_dossier", case)
        house.answer("boucler_plan", case, suite="a_revoir")
        house.answer("monter_dossier", case)
        house.answer("boucler_plan", case)
        house.answer("preparer_chantier", case)
        house.answer("suivre_chantier", case, acheve=False)
        house.answer("suivre_chantier", case)
        house.answer("suivre_apres_travaux", case)
        assert house.open_elements(case) == ["envoyer_contrat"]
    assert house.holder(case.case_id, "mar") is not None


def test_a_commission_follows_every_measure_each_quarter_and_gives_out_work(astre: Territory) -> None:
    """AST-11: cases, saisines and outreach are gone through; what is decided becomes a step of its case."""
    starting.arm_all()
    case = house.a_measure(MONDAY)
    house.pump_on("2026-03-15")
    with house.on("2026-03-16"):
        task, by = build.the_task("tenir_commission"), house.spslh()
        view = task_view.open_task(task.id, by)
        assert [row["reference"] for row in view.context["situations"]] == [case.reference]
        wanted = {"reference": case.reference, "qui": "couloir:operateur", "quoi": "Revoir le budget"}
        given = build.sample(
            view.form,
            view.context,
            classes=view.classes,
            situations=[{"decision": "vigilance"}],
            actions=[{**wanted, "pour_le": date(2026, 3, 30)}],
            rencontres=3,
        )
        tasks.complete(task.id, given, by=by)
        build.pump()
        assert "mener_action_operateur" in house.open_elements(case)
        assert {d.template for d in build.the_documents()} >= {
            "ordre_du_jour_commission",
            "compte_rendu_commission",
        }
        house.answer("mener_action_operateur", case, faite=True)
