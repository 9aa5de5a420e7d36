"""Promises in words: what is due, what happens by itself, what is suspended; the soonest first."""

from datetime import timedelta

import pytest

from app import clock
from app.catalog.promise_words import to_do
from app.errors import Forbidden
from app.services import mending, promises
from tests import build


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Envoyer le contrat au SPSLH", "contrat à envoyer au SPSLH"),
        ("Valider le diagnostic", "diagnostic à valider"),
        ("Prendre rendez-vous", "rendez-vous à prendre"),
        ("Établir l'acte", "acte à établir"),
        ("Tenir la revue du pôle", "revue du pôle à tenir"),
        ("Décider des orientations", "orientations à décider"),
        ("Répondre à la demande", "répondre à la demande"),
        ("Informer de la clôture", "informer de la clôture"),
        ("Informer et réorienter", "informer et réorienter"),
        ("Clôturer avec le ménage", "clôturer avec le ménage"),
        ("Mettre en sécurité", "mettre en sécurité"),
        ("Bilan trimestriel", "bilan trimestriel"),
        ("ASTRE mobilisé", "ASTRE mobilisé"),
        ("Dossier complet", "dossier complet"),
        ("Lettre recommandée", "lettre recommandée"),
        ("Vérifier les pièces", "pièces à vérifier"),
        ("Transmettre le dossier à l'ADIL", "dossier à transmettre à l'ADIL"),
        ("", ""),
    ],
)
def test_a_step_is_said_as_a_promise(name, said):
    assert to_do(name) == said


def test_what_is_late_stands_apart_from_what_comes_and_the_soonest_comes_first(carene):
    build.a_case("prendre_rendez_vous")
    build.a_case("analyser_signalement", alert={"nom": "Ledoux"})
    pole = build.an_actor("coordinatrice_pole")
    found = promises.promised(pole, days=30)
    assert not found.late
    assert [one.at for one in found.coming] == sorted(one.at for one in found.coming)
    assert {"rendez-vous à prendre", "signalement à analyser"} <= {one.words for one in found.coming}
    with build.later(days=60):
        later = promises.promised(pole, days=7)
        assert {"rendez-vous à prendre", "signalement à analyser"} <= {one.words for one in later.late}
        assert all(one.at > clock.now() for one in later.coming)


def test_a_delay_of_the_diagram_says_what_it_waits_for_whom_and_what_follows(carene):
    case = build.a_case("orientation")
    found = promises.promised(build.an_actor("coordinatrice_pole"), days=30)
    delays = [one for one in found.coming if one.kind == "delai" and one.case_reference == case.reference]
    (delay,) = delays
    assert delay.words == "Répondre à la demande : 30 jours sans réponse"
    assert delay.then == "Relancer le partenaire"
    assert delay.who == "ADIL"
    seven = promises.promised(build.an_actor("coordinatrice_pole"), days=7)
    assert not [one for one in seven.coming if one.kind == "delai"]


def test_a_suspended_process_promises_nothing_and_says_since_when_and_why(carene):
    case = build.a_case("prendre_rendez_vous")
    process = build.the_process(case)
    pole = build.an_actor("coordinatrice_pole")
    mending.suspend(process.id, reason="Hospitalisation", by=pole)
    with build.later(days=60):
        found = promises.promised(pole, days=30)
        assert not [one for one in [*found.late, *found.coming] if one.case_reference == case.reference]
        (paused,) = found.paused
        assert (paused.reason, paused.case_reference) == ("Hospitalisation", case.reference)
        assert paused.since is not None
        assert clock.now() - paused.since > timedelta(days=59)
        watcher = promises.promised(build.an_actor("administration"), days=30)
        assert watcher.paused[0].reason is None, "people write names in reasons (LAW-1)"


def test_who_only_watches_deadlines_reads_no_household_in_a_promise(carene):
    build.a_case("prendre_rendez_vous")
    found = promises.promised(build.an_actor("administration"), days=30)
    tasks = [one.task.task for one in found.coming if one.task is not None]
    assert tasks
    assert all(task.household is None for task in tasks)


def test_who_does_not_supervise_is_refused(carene):
    with pytest.raises(Forbidden):
        promises.promised(build.an_actor("technicien"))
