"""Cases, review, late list, supervision, partners, versions: each page on real cases (LAW-1, CAR-11)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app import clock
from app.database import db, transaction
from app.models import Message
from app.services import releases, starting
from tests import build
from tests.web.conftest import Site
from tests.web.server import token_of


def opened(site: Site, email: str):
    """Return a logged-in browser in its territory, and a token."""
    client = site.as_(email)
    client.get("/", follow_redirects=True)
    return client, token_of(client.get("/aide").text)


@pytest.fixture
def reference(site: Site) -> str:
    """A case whose visit is awaited."""
    with site.app.app_context(), build.serving("carene"):
        found = build.a_case("realiser_visite").reference
        db.session.remove()
    return found


def test_the_list_of_cases_finds_a_household_by_name_and_town(site, reference):
    client, _ = opened(site, "ecorenove@carene.invalid")
    for search in ("moreau", "MORÉAU", "saint-naz", reference[-4:]):
        assert reference in client.get("/t/carene/dossiers", query_string={"q": search}).text, search
    nothing = client.get("/t/carene/dossiers?q=introuvable").text
    assert "Aucun dossier ne correspond" in nothing
    assert reference not in client.get("/t/carene/dossiers?etat=closed").text


def test_the_case_file_shows_who_where_the_route_and_its_list(site, reference):
    client, _ = opened(site, "social@carene.invalid")
    page = client.get(f"/t/carene/dossiers/{reference}").text
    assert "<title>Madame Lucie Moreau · " in page
    assert "12 rue du Croisic" in page
    assert 'href="tel:' in page
    assert f"/t/carene/dossiers/{reference}/parcours/visite.bpmn" in page
    assert "Vous êtes ici" in page
    assert "Réaliser la visite" in page
    assert 'id="liste-visite"' in page
    whole = client.get(f"/t/carene/dossiers/{reference}?parcours=accompagnement").text
    assert 'id="liste-accompagnement"' in whole


def test_the_diagram_of_a_case_is_the_one_of_its_release(site, reference):
    client, _ = opened(site, "social@carene.invalid")
    answer = client.get(f"/t/carene/dossiers/{reference}/parcours/visite.bpmn")
    assert answer.status_code == 200
    with site.app.app_context(), build.serving("carene"):
        assert answer.data == releases.current().bundle.files["bpmn/visite.bpmn"]
    assert client.get(f"/t/carene/dossiers/{reference}/parcours/inconnu.bpmn").status_code == 404


def test_an_answer_of_a_class_one_may_not_read_is_absent(site):
    with site.app.app_context(), build.serving("carene"):
        case = build.a_case(
            "analyser_signalement", alert={"sante_fragile": True, "commentaire": "Sa santé décline"}
        )
        form = releases.current().forms["signalement"]
        hidden = [field.label for field in form.fields if field.classe == "secret" and field.type != "info"]
        db.session.remove()
    assert hidden
    technical, _ = opened(site, "ecorenove@carene.invalid")
    social, _ = opened(site, "social@carene.invalid")
    seen = technical.get(f"/t/carene/dossiers/{case.reference}").text
    whole = social.get(f"/t/carene/dossiers/{case.reference}").text
    assert [label for label in hidden if label in whole]
    assert not [label for label in hidden if label in seen]


def test_the_late_list_says_by_how_much(site, reference):
    with site.app.app_context(), build.serving("carene"):
        task = build.the_task("realiser_visite")
        due_at = task.due_at
        db.session.remove()
    assert due_at is not None
    with clock.at(due_at + timedelta(days=3)):
        client, _ = opened(site, "social@carene.invalid")
        page = client.get("/t/carene/retards").text
    assert "Réaliser la visite" in page
    assert "en retard de" in page


def test_supervision_and_late_list_of_a_calm_territory_say_so(site):
    client, _ = opened(site, "admin@carene.invalid")
    assert "Aucun incident ouvert" in client.get("/t/carene/supervision").text
    assert "Rien n&#39;est en retard" in client.get("/t/carene/retards").text


def test_work_that_gave_up_is_started_again_from_the_page_by_who_may_act(site):
    with site.app.app_context(), build.serving("carene"):
        build.a_case("analyser_signalement")
        with transaction() as session:
            row = session.scalars(select(Message)).first()
            row.status, row.error = "dead", "550 unknown"
            message_id = row.id
        db.session.remove()
    address = f"/t/carene/supervision/travaux/message/{message_id}/relancer"
    reader, reader_token = opened(site, "ecorenove@carene.invalid")
    assert "Relancer" not in reader.get("/t/carene/supervision").text
    assert reader.post(address, data={"csrf_token": reader_token}).status_code == 403
    client, token = opened(site, "admin@carene.invalid")
    page = client.get("/t/carene/supervision").text
    assert "l&#39;adresse n&#39;existe pas" in page
    assert address in page
    again = client.post(address, data={"csrf_token": token}, follow_redirects=True)
    assert "C&#39;est relancé" in again.text
    assert "Aucun travail abandonné" in again.text
    twice = client.post(address, data={"csrf_token": token}, follow_redirects=True)
    assert "Rien à relancer" in twice.text


def test_a_partner_is_added_changed_and_refused_by_the_administration_alone(site):
    client, token = opened(site, "admin@carene.invalid")
    sheet = MultiDict([("csrf_token", token), ("nom", "ADIL 44"), ("genre", "adil"), ("actif", "oui")])
    refused = client.post("/t/carene/partenaires/nouveau", data=sheet)
    assert refused.status_code == 422
    assert "accueil@structure.fr" in refused.text
    assert 'value="ADIL 44"' in refused.text
    sheet.update({"courriel": "adil@exemple.invalid"})
    sheet.add("communes", "44184")
    kept = client.post("/t/carene/partenaires/nouveau", data=sheet, follow_redirects=True)
    assert "La fiche de ADIL 44 est enregistrée" in kept.text
    assert "Saint-Nazaire" in kept.text
    address = re.search(r'href="(/t/carene/partenaires/[0-9a-f-]{36})"', kept.text)
    assert address is not None
    form = MultiDict([("csrf_token", token), ("nom", "ADIL de Loire-Atlantique"), ("genre", "adil")])
    form.update({"courriel": "adil@exemple.invalid"})
    changed = client.post(address[1], data=form, follow_redirects=True)
    assert "ADIL de Loire-Atlantique" in changed.text
    assert "N&#39;est plus sollicité" in changed.text
    reader, _ = opened(site, "ecorenove@carene.invalid")
    page = reader.get("/t/carene/partenaires?genre=adil").text
    assert "ADIL de Loire-Atlantique" in page
    assert address[1] not in page


def test_the_versions_page_names_what_the_release_holds(site):
    client, _ = opened(site, "admin@carene.invalid")
    page = client.get("/t/carene/versions").text
    assert "En vigueur" in page
    assert "Triage du signalement" in page
    assert "Fiche de repérage" in page


def test_the_demonstration_s_mailbox_shows_what_was_written(site):
    with site.app.app_context(), build.serving("carene"):
        build.a_case("analyser_signalement")
        build.pump()
        db.session.remove()
    page = site.visitor().get("/demo/messages").text
    assert "jeanne.legoff@exemple.invalid" in page


def test_a_review_is_shown_with_its_date(site):
    with site.app.app_context(), build.serving("carene"):
        starting.arm_all()
        build.pump()
        db.session.remove()
    client, _ = opened(site, "social@carene.invalid")
    page = client.get("/t/carene/processus").text
    assert "À venir" in page
    assert "Prévue" in page


def test_a_person_who_may_only_alert_comes_to_the_alert_and_is_named_on_it(site):
    client = site.as_("signaleur@carene.invalid")
    page = client.get("/", follow_redirects=True)
    assert page.request.path == "/t/carene/signaler"
    assert "Signaleur" in page.text or "signaleur" in page.text
    assert client.get("/t/carene/dossiers").status_code == 403
