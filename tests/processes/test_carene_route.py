"""A household of Saint-Nazaire from alert to closure, on the diagrams that are shipped (CAR-2 to CAR-11)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest

from app import clock
from app.engine import StepFault
from app.errors import Invalid
from tests.processes.route import STARTED, Route

ALERT: Mapping[str, object] = {
    "origine": "ccas",
    "donneur_nom": "Rio",
    "donneur_structure": "CCAS de Saint-Nazaire",
    "nom": "Le Goff",
    "prenom": "Éléa",
    "telephone": "02 61 91 03 27",
    "adresse": {"voie": "12 rue de la Paix", "commune": "Saint-Nazaire", "insee": "44184", "cp": "44600"},
    "information_donnee": ["oui"],
    "accord": "a_obtenir",
    "statut": "locataire_prive",
    "dpe": "G",
    "personnes": "3",
    "indices": ["froid", "humidite"],
}
RETAINED = {"priorite": "P3", "doublon": "non", "dans_champ": "oui", "prestation": "visite"}
VISITED = {"issue": "realisee", "pistes_rapides": "Joints de fenêtre.", "guide_remis": "oui"}
DIAGNOSED = {"synthese": "Séjour froid.", "causes": ["bati"], "pistes_rapides": "Joints.", "indecence": "oui"}
ADIL = {"genre": "adil", "domaine": "juridique", "motif": "Décence du logement.", "accord": "oui"}
CAF = {"genre": "caf", "domaine": "financier", "motif": "Aide au logement.", "accord": "oui"}
FIRST, SECOND = "orientation-1", "orientation-2"


def an_alert(**changed: object) -> Route:
    """A household just detected, its alert sorted and waiting to be analysed."""
    return Route(
        answers={"signalement": {**ALERT, **changed}},
        verbs={
            "rechercher_doublons": {"nombre": 0, "references": []},
            "calculer_categorie_anah": {"categorie": "TM", "annee": 2026},
            "preparer_orientations": lambda given: [
                f"orientation-{n}" for n, _ in enumerate(given["lignes"], 1)
            ],
            "demander_partenaire": {"transmise": True},
        },
    )


def an_appointment(route: Route, days: int = 8) -> None:
    """Book the visit in ``days``, and let them go by."""
    day = route.today() + timedelta(days=days)
    route.answer("prendre_rendez_vous", {"issue": "fixe", "date": day.isoformat(), "heure": "14 h 30"})
    route.wait_days(days)


def a_visit(route: Route, issue: str) -> None:
    """Come to the door."""
    answers = VISITED if issue == "realisee" else {"issue": issue}
    route.answer("realiser_visite", {**answers, "date": route.today().isoformat()})


def a_visited_household() -> Route:
    """A household whose visit was made."""
    route = an_alert()
    route.answer("analyser_signalement", RETAINED)
    an_appointment(route)
    a_visit(route, "realisee")
    return route


def a_followed_household(*partners: Mapping[str, object]) -> Route:
    """A household whose orientations are decided and asked for."""
    route = a_visited_household()
    route.answer("etablir_diagnostic", DIAGNOSED)
    route.answer("valider_diagnostic", {"complet": "oui", "echange_technicien": "oui"})
    route.answer("decider_orientations", {"lignes": list(partners)})
    return route


def settle(route: Route, branch: str) -> None:
    """Have a partner accept, then tell what was obtained."""
    route.answer("repondre_demande", {"acceptee": "oui"}, scope=branch)
    done = {"statut": "realisee", "resultat": "Obtenu.", "date": route.today().isoformat()}
    route.answer("donner_resultat", done, scope=branch)


def close(route: Route) -> None:
    """Close with the household."""
    route.answer(
        "cloturer",
        {
            "motif": "reglee",
            "materiel": "en_place",
            "gestes": "gardes",
            "satisfaction": "satisfait",
            "date": route.today().isoformat(),
        },
    )


def test_a_household_goes_from_alert_to_closure() -> None:
    route = a_followed_household(ADIL, CAF)
    settle(route, FIRST)
    settle(route, SECOND)
    assert route.open() == []
    route.receive("pole_regle")
    close(route)
    assert route.position.finished
    assert route.verb("cloturer_dossier") == [{"motif": "reglee"}]
    assert [made["modele"] for made in route.verb("produire_document")] == [
        "fiche_reperage",
        "compte_rendu_visite",
        "guide_menage",
        "lettre_orientation",
        "lettre_orientation",
    ]


def test_each_step_stands_in_the_lane_of_the_person_who_does_it() -> None:
    route = an_alert()
    seen = {"analyser_signalement": route.task("analyser_signalement").lane}
    route.answer("analyser_signalement", RETAINED)
    seen["prendre_rendez_vous"] = route.task("prendre_rendez_vous").lane
    an_appointment(route)
    seen["realiser_visite"] = route.task("realiser_visite").lane
    a_visit(route, "realisee")
    route.answer("etablir_diagnostic", DIAGNOSED)
    seen["valider_diagnostic"] = route.task("valider_diagnostic").lane
    route.answer("valider_diagnostic", {"complet": "oui", "echange_technicien": "oui"})
    route.answer("decider_orientations", {"lignes": [ADIL]})
    seen["repondre_demande"] = route.task("repondre_demande").lane
    assert seen == {
        "analyser_signalement": "ecorenove",
        "prendre_rendez_vous": "coordonnateur",
        "realiser_visite": "technicien",
        "valider_diagnostic": "coordonnateur",
        "repondre_demande": "partenaire",
    }


@pytest.mark.parametrize(
    ("changed", "priority", "rule"),
    [
        ({"indices": ["danger_co"]}, "P0", 1),
        ({"indices": ["coupure", "froid", "impaye"]}, "P0", 1),
        ({"indices": ["menace_coupure"], "menace_coupure_date": "2026-03-16"}, "P1", 2),
        ({"indices": ["menace_coupure"], "menace_coupure_date": "2026-03-17"}, "P4", 6),
        ({"indices": ["sans_chauffage"], "enfants_moins_3": "1"}, "P1", 3),
        ({"indices": ["sans_chauffage"], "sante_fragile": "oui"}, "P1", 3),
        ({"indices": ["sans_chauffage"], "sante_fragile": "non"}, "P4", 6),
        ({"indices": ["froid"], "ressources_mois": "1000", "depense_energie_mois": "100,10"}, "P2", 4),
        ({"indices": ["froid"], "ressources_mois": "1000", "depense_energie_mois": "100"}, "P3", 5),
        ({"indices": ["autre"], "ressources_mois": "1000", "depense_energie_mois": "300"}, "P3", 5),
        ({"indices": ["froid", "humidite"]}, "P3", 5),
        ({"indices": ["humidite"], "sante_fragile": "oui"}, "P3", 5),
        ({"indices": ["facture_elevee"]}, "P4", 6),
    ],
)
def test_triage_proposes_a_priority_with_its_rule(
    changed: dict[str, object], priority: str, rule: int
) -> None:
    route = an_alert(**changed)
    proposed = route.task("analyser_signalement").variables["triage"]
    assert isinstance(proposed, Mapping)
    names = {**route.names("", None), "anah": {"categorie": "TM"}}
    found = route.tables["triage"].evaluate(names, route.functions())
    assert (proposed["priorite"], found.numbers) == (priority, (rule,))


@pytest.mark.parametrize(
    ("category", "changed", "opinion"),
    [
        ("TM", {"dpe": "F", "indices": ["froid"]}, "eligible"),
        ("MO", {"dpe": "C", "indices": ["restriction"]}, "eligible"),
        ("MO", {"dpe": "E", "indices": ["impaye"]}, "eligible"),
        ("TM", {"dpe": "B", "indices": ["impaye"]}, "hors_criteres"),
        (None, {"dpe": "inconnu", "indices": ["froid"]}, "a_verifier"),
        ("SUP", {"dpe": "G", "indices": ["froid"]}, "a_verifier"),
        ("INT", {"dpe": "A", "indices": ["froid"]}, "hors_criteres"),
        ("TM", {"dpe": "inconnu", "annee_construction": "1974", "indices": ["impaye"]}, "eligible"),
    ],
)
def test_eligibility_crosses_income_dwelling_and_comfort(
    category: str | None, changed: dict[str, object], opinion: str
) -> None:
    route = an_alert(**changed)
    names = {**route.names("", None), "anah": {"categorie": category}}
    found = route.tables["eligibilite"].evaluate(names, route.functions()).outputs
    assert isinstance(found, Mapping)
    assert found["avis"] == opinion


def test_an_alert_needs_at_least_one_sign_and_informed_consent() -> None:
    with pytest.raises(Invalid) as fault:
        an_alert(indices=[], information_donnee=[])
    assert fault.value.problems["indices"] == ["Indiquez au moins un indice repéré."]
    assert set(fault.value.problems) == {"indices", "information_donnee"}


def test_a_household_without_telephone_needs_another_way_to_be_reached() -> None:
    with pytest.raises(Invalid) as fault:
        an_alert(telephone="")
    assert set(fault.value.problems) == {"autre_moyen"}
    assert an_alert(telephone="", courriel="elea@exemple.invalid").open() == ["analyser_signalement"]


def test_analysis_is_due_in_five_working_days_and_the_next_day_in_danger() -> None:
    assert an_alert().task("analyser_signalement").due_at == datetime(2026, 3, 10, tzinfo=clock.PARIS)
    urgent = an_alert(indices=["danger_electrique"]).task("analyser_signalement")
    assert urgent.due_at == datetime(2026, 3, 4, tzinfo=clock.PARIS)


def test_the_priority_a_person_keeps_gives_the_delay_of_the_call() -> None:
    due = {}
    for priority in ("P0", "P1", "P2", "P3", "P4"):
        route = an_alert()
        route.answer("analyser_signalement", {**RETAINED, "priorite": priority})
        task = route.task("prendre_rendez_vous")
        assert task.due_at is not None
        due[priority] = (task.due_at.date() - date(2026, 3, 3)).days
    assert due == {"P0": 1, "P1": 3, "P2": 15, "P3": 21, "P4": 21}


def test_danger_is_dealt_with_before_the_visit() -> None:
    route = an_alert(indices=["danger_co"])
    route.answer("analyser_signalement", {**RETAINED, "priorite": "P0", "prestation": "securite_puis_visite"})
    assert route.open() == ["mettre_en_securite"]
    route.answer(
        "mettre_en_securite",
        {"joint": "oui", "date": route.today().isoformat(), "mesures": ["appareil_arrete"]},
    )
    assert route.open() == ["prendre_rendez_vous"]


def test_out_of_scope_closes_once_the_household_is_informed() -> None:
    route = an_alert()
    outside = {"priorite": "P4", "doublon": "non", "dans_champ": "non", "hors_champ_motif": "hors_territoire"}
    route.answer("analyser_signalement", outside)
    assert (route.open(), route.task("informer_cloture").lane) == (["informer_cloture"], "ecorenove")
    assert route.verb("cloturer_dossier") == []
    told = {"date": route.today().isoformat(), "moyen": "telephone", "donneur_informe": "oui"}
    route.answer("informer_cloture", told)
    assert route.position.finished
    assert route.verb("cloturer_dossier") == [{"motif": "hors_champ"}]
    assert route.verb("notifier")[-1] == {"message": "cloture_information", "a": "donneur_alerte"}


def test_an_absence_is_booked_again_and_the_third_ends_the_tries() -> None:
    route = an_alert()
    route.answer("analyser_signalement", RETAINED)
    for turn in (1, 2):
        an_appointment(route)
        a_visit(route, "absent")
        assert route.open() == ["prendre_rendez_vous"]
        assert route.answers["rendez_vous", None]["numero"] == turn
    an_appointment(route)
    a_visit(route, "absent")
    assert route.open() == ["informer_sans_visite"]
    told = {"date": route.today().isoformat(), "moyen": "courrier", "donneur_informe": "oui"}
    route.answer("informer_sans_visite", told)
    assert route.position.finished
    assert route.verb("cloturer_dossier") == [{"motif": "absences"}]


def test_an_absence_then_a_visit_goes_on() -> None:
    route = an_alert()
    route.answer("analyser_signalement", RETAINED)
    an_appointment(route)
    a_visit(route, "absent")
    an_appointment(route)
    a_visit(route, "realisee")
    assert route.open() == ["etablir_diagnostic"]


@pytest.mark.parametrize(
    ("on_the_phone", "reason"), [("refus", "refus"), ("injoignable", "injoignable"), (None, "refus")]
)
def test_a_refusal_is_respected_and_leaves_the_door_open(on_the_phone: str | None, reason: str) -> None:
    route = an_alert()
    route.answer("analyser_signalement", RETAINED)
    if on_the_phone:
        route.answer("prendre_rendez_vous", {"issue": on_the_phone})
    else:
        an_appointment(route)
        a_visit(route, "refus")
    told = {"date": route.today().isoformat(), "moyen": "telephone", "donneur_informe": "oui"}
    route.answer("informer_sans_visite", told)
    assert "porte_ouverte" in route.elements
    assert route.position.finished
    assert route.verb("cloturer_dossier") == [{"motif": reason}]


def test_twenty_one_days_without_an_appointment_call_ecorenove_without_stopping_the_coordinator() -> None:
    route = an_alert()
    route.answer("analyser_signalement", RETAINED)
    route.wake("sans_rendez_vous")
    assert route.now == STARTED + timedelta(days=21)
    assert route.open() == ["debloquer_rendez_vous", "prendre_rendez_vous"]
    an_appointment(route)
    a_visit(route, "realisee")
    assert route.open() == ["etablir_diagnostic"], "an appointment taken meanwhile makes the help pointless"


def test_the_visit_is_due_on_the_day_of_the_appointment() -> None:
    route = an_alert()
    route.answer("analyser_signalement", RETAINED)
    route.answer("prendre_rendez_vous", {"issue": "fixe", "date": "2026-03-20", "heure": "9 h"})
    assert route.task("realiser_visite").due_at == datetime(2026, 3, 21, tzinfo=clock.PARIS)


def test_an_incomplete_diagnosis_goes_back_with_what_is_missing() -> None:
    route = a_visited_household()
    route.answer("etablir_diagnostic", DIAGNOSED)
    route.answer("valider_diagnostic", {"complet": "non", "a_completer": "Les photos de la chambre."})
    assert route.open() == ["etablir_diagnostic"]
    route.answer("etablir_diagnostic", DIAGNOSED)
    assert route.answers["diagnostic", None]["a_completer"] == "Les photos de la chambre."
    route.answer("valider_diagnostic", {"complet": "oui", "echange_technicien": "oui"})
    assert route.open() == ["decider_orientations"]


def test_the_rights_to_check_come_with_the_decision() -> None:
    route = a_visited_household()
    route.answer("etablir_diagnostic", DIAGNOSED)
    route.answer("valider_diagnostic", {"complet": "oui", "echange_technicien": "oui"})
    hints = route.task("decider_orientations").variables["pistes"]
    assert isinstance(hints, list)
    assert [hint["genre"] for hint in hints] == ["adil"], "rented and class G: decency"


def test_two_partners_work_at_the_same_time_and_one_may_refuse() -> None:
    route = a_followed_household(ADIL, CAF)
    assert route.open() == ["repondre_demande", "repondre_demande"]
    assert [asked["orientation"] for asked in route.verb("demander_partenaire")] == [FIRST, SECOND]
    route.answer("repondre_demande", {"acceptee": "non", "motif_refus": "capacite"}, scope=FIRST)
    assert route.verb("suivre_orientation") == [{"orientation": FIRST, "statut": "refusee"}]
    assert route.verb("notifier")[-1]["message"] == "refus_partenaire"
    settle(route, SECOND)
    assert route.open() == []
    assert [followed["statut"] for followed in route.verb("suivre_orientation")] == [
        "refusee",
        "acceptee",
        "realisee",
    ]


def test_a_partner_is_asked_by_a_link_and_has_thirty_days_with_a_reminder_at_fifteen() -> None:
    route = a_followed_household(ADIL)
    task = route.task("repondre_demande")
    assert route.bundle.settings.lanes[str(task.lane)].external
    assert task.due_at is not None
    assert task.remind_at is not None
    entered = task.entered_at.astimezone(clock.PARIS).date()
    assert task.due_at.astimezone(clock.PARIS).date() - entered == timedelta(days=31)
    assert task.remind_at.astimezone(clock.PARIS).date() - entered in {timedelta(days=15), timedelta(days=16)}


def test_a_silent_partner_is_called_by_the_coordinator_and_may_still_answer() -> None:
    route = a_followed_household(ADIL)
    route.wake("sans_reponse")
    assert route.open() == ["relancer_partenaire", "repondre_demande"]
    assert route.task("relancer_partenaire").lane == "coordonnateur"
    route.answer("relancer_partenaire", {"suite": "attendre"}, scope=FIRST)
    assert route.verb("notifier")[-1] == {
        "message": "relance_partenaire",
        "a": "partenaire",
        "orientation": FIRST,
    }
    settle(route, FIRST)
    assert route.open() == []


def test_a_partner_who_will_not_answer_is_no_longer_waited_for() -> None:
    route = a_followed_household(ADIL)
    route.wake("sans_reponse")
    route.answer("relancer_partenaire", {"suite": "abandonner"}, scope=FIRST)
    assert route.open() == []
    assert route.verb("suivre_orientation") == [{"orientation": FIRST, "statut": "expiree"}]


def test_one_partner_s_silence_does_not_touch_the_other_branch() -> None:
    route = a_followed_household(ADIL, CAF)
    settle(route, SECOND)
    assert len(route.waits("sans_reponse")) == 1
    route.wake("sans_reponse")
    assert route.task("relancer_partenaire").scope == FIRST


def test_without_a_partner_to_ask_the_case_waits_for_the_review() -> None:
    route = a_followed_household()
    assert route.open() == []
    route.receive("pole_regle")
    assert route.open() == ["cloturer"]


def test_the_review_continues_quarter_after_quarter() -> None:
    route = a_followed_household(ADIL)
    for _ in range(3):
        route.receive("pole_poursuivre")
        assert route.open() == ["repondre_demande"]
    settle(route, FIRST)
    route.receive("pole_poursuivre")
    assert [sent["message"] for sent in route.verb("notifier")].count("decision_pole") == 4
    route.receive("pole_regle")
    assert route.open() == ["cloturer"]


def test_the_review_re_orients_and_new_partners_are_asked() -> None:
    route = a_followed_household(ADIL, CAF)
    settle(route, FIRST)
    route.receive("pole_reorienter")
    assert route.open() == ["decider_orientations"]
    assert route.verb("abandonner_orientations") == [{"motif": "Réorientation décidée par le pôle"}]
    route.answer("decider_orientations", {"lignes": [CAF]})
    settle(route, FIRST)
    route.receive("pole_reorienter")
    route.answer("decider_orientations", {"lignes": [ADIL, CAF]})
    settle(route, FIRST)
    settle(route, SECOND)
    route.receive("pole_regle")
    assert route.open() == ["cloturer"]


def test_the_review_settles_a_situation_before_the_last_answer() -> None:
    route = a_followed_household(ADIL)
    route.receive("pole_regle")
    assert route.open() == ["cloturer"]
    assert route.verb("abandonner_orientations") == [{"motif": "Situation réglée au pôle"}]
    assert route.position.waits == ()
    close(route)
    assert route.position.finished


def test_a_branch_whose_verb_fails_leaves_the_case_as_it_was() -> None:
    route = a_followed_household(ADIL)
    before = route.position

    def refuses(_given: Mapping[str, object]) -> object:
        raise KeyError("annuaire")

    route.verbs["suivre_orientation"] = refuses
    with pytest.raises(StepFault) as fault:
        route.answer("repondre_demande", {"acceptee": "oui"})
    assert fault.value.element == "noter_acceptation"
    assert route.position is before
    del route.verbs["suivre_orientation"]
    route.answer("repondre_demande", {"acceptee": "oui"})
    assert route.open() == ["donner_resultat"]


def a_review(situations: list[dict[str, str]], rank: int = 1) -> Route:
    """The review of a quarter, armed and waiting for its date."""
    return Route(
        "revue",
        data={"ancre": date(2026, 1, 15), "rang": rank},
        verbs={"inscrire_revue": situations, "transmettre_decisions": {"poursuivre": 1, "regle": 1}},
    )


@pytest.mark.parametrize(
    ("rank", "day"), [(1, date(2026, 4, 15)), (2, date(2026, 7, 15)), (8, date(2028, 1, 15))]
)
def test_the_review_meets_every_quarter_counted_from_its_anchor(rank: int, day: date) -> None:
    (wait,) = a_review([], rank).position.waits
    assert wait.due_at == datetime.combine(day, datetime.min.time(), clock.PARIS)


def test_the_review_decides_on_every_open_situation() -> None:
    rows = [
        {"reference": "DOS-2026-0001", "commune": "Trignac", "etape": "Suivi", "orientations": "ADIL"},
        {"reference": "DOS-2026-0002", "commune": "Donges", "etape": "Suivi", "orientations": ""},
    ]
    route = a_review(rows)
    assert route.open() == []
    route.wake("trimestre_echu")
    task = route.task("tenir_revue")
    assert (task.lane, task.process) == ("pole", "revue")
    with pytest.raises(Invalid) as fault:
        route.answer(
            "tenir_revue", {"date": route.today().isoformat(), "situations": [{"decision": "regle"}]}
        )
    assert set(fault.value.problems) == {"situations.1.decision"}
    decisions = [{"decision": "regle"}, {"decision": "poursuivre", "qui": "CCAS"}]
    route.answer("tenir_revue", {"date": route.today().isoformat(), "situations": decisions})
    (sent,) = route.verb("transmettre_decisions")
    lines = sent["lignes"]
    assert isinstance(lines, list)
    assert [(line["reference"], line["decision"]) for line in lines] == [
        ("DOS-2026-0001", "regle"),
        ("DOS-2026-0002", "poursuivre"),
    ]
    assert [made["modele"] for made in route.verb("produire_document")] == [
        "rapport_situations",
        "ordre_du_jour",
        "compte_rendu_revue",
    ]
    assert route.position.finished


def test_a_quarter_without_open_situation_has_no_meeting() -> None:
    route = a_review([])
    route.wake("trimestre_echu")
    assert route.position.finished
    assert "aucune_situation" in route.elements


def test_nothing_of_the_household_enters_the_state_of_the_process() -> None:
    route = a_followed_household(ADIL)
    kept = str(route.task("repondre_demande").variables)
    for private in ("Le Goff", "Éléa", "rue de la Paix", "02 61 91 03 27", "Décence du logement."):
        assert private not in kept
