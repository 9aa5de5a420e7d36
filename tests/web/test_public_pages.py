"""The alert without an account, its follow-up, and the partner's personal link (CAR-4, CAR-9, LAW-7)."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from app.database import db
from app.services import actors, releases, task_view
from tests import build
from tests.web.conftest import Site
from tests.web.server import token_of

PARTNER = "adil@partenaires.invalid"


def alert_data(site: Site, **over: str) -> MultiDict[str, str]:
    """Return a plausible alert as a browser sends it: Madame Lucie Moreau, Saint-Nazaire."""
    with site.app.app_context(), build.serving("carene"):
        release = releases.current()
        form = release.forms["signalement"]
        sender = actors.public(release.settings)
        answers = build.sample(form, {}, classes=sender.rights.collect, **build.ALERT)
        flat = form.spread(answers)
        db.session.remove()
    data = MultiDict([(name, text) for name, texts in flat.values.items() for text in texts])
    data.update(over)
    return data


def send_alert(client, data: MultiDict[str, str]):
    form = MultiDict(data)
    form["csrf_token"] = token_of(client.get("/t/carene/signaler").text)
    form["_action"] = "envoyer"
    return client.post("/t/carene/signaler", data=form)


def test_an_alert_opens_a_case_and_shows_its_code_once(site):
    client = site.visitor()
    answer = send_alert(client, alert_data(site))
    assert answer.location == "/t/carene/signaler/merci"
    thanks = client.get(answer.location).text
    code = re.search(r">([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})<", thanks)
    assert code is not None
    assert code[1] not in client.get(answer.location, follow_redirects=True).text
    token = token_of(client.get("/t/carene/suivi").text)
    followed = client.post(
        "/t/carene/suivi", data={"csrf_token": token, "code_suivi": f" {code[1].lower()} "}
    )
    assert "Le signalement est reçu" in followed.text
    assert "Moreau" not in followed.text  # LAW-7: the status, never the household nor the diagnosis


def test_an_alert_left_empty_is_refused_with_its_sentences(site):
    client = site.visitor()
    answer = send_alert(client, MultiDict())
    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text


def test_an_alert_from_an_old_page_shows_again_what_was_typed(site):
    client = site.visitor()
    data = alert_data(site)
    data["csrf_token"] = "un-vieux-jeton"
    answer = client.post("/t/carene/signaler", data=data)
    assert answer.status_code == 400
    assert 'value="Moreau"' in answer.text
    with site.app.app_context(), build.serving("carene"):
        assert build.open_tasks() == []


def test_a_row_is_added_without_a_script_and_nothing_is_judged(site):
    client = site.visitor()
    data = MultiDict({"nom": "Moreau", "_action": "ajouter:avis_imposition"})
    data["csrf_token"] = token_of(client.get("/t/carene/signaler").text)
    answer = client.post("/t/carene/signaler", data=data)
    assert answer.status_code == 200
    assert "avis_imposition.0." in answer.text
    assert 'value="Moreau"' in answer.text
    assert 'class="error-summary"' not in answer.text


def test_a_code_that_opens_nothing_says_so_and_guessing_is_slowed(site):
    client = site.visitor()
    token = token_of(client.get("/t/carene/suivi").text)
    form = {"csrf_token": token, "code_suivi": "AAAA-BBBB-CCCC"}
    answers = [client.post("/t/carene/suivi", data=form) for _ in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {404}
    assert "Aucun signalement ne porte ce code" in answers[0].text
    assert answers[20].status_code == 429


def test_a_code_of_another_territory_opens_nothing(site, elsewhere):
    client = site.visitor()
    send_alert(client, alert_data(site))
    code = re.search(r">([A-Z2-9-]{14})<", client.get("/t/carene/signaler/merci").text)
    assert code is not None
    token = token_of(client.get(f"/t/{elsewhere}/suivi").text)
    answer = client.post(f"/t/{elsewhere}/suivi", data={"csrf_token": token, "code_suivi": code[1]})
    assert answer.status_code == 404


@pytest.fixture
def link(site: Site) -> str:
    """The address of a personal link to ADIL, whose answer is awaited."""
    with site.app.app_context(), build.serving("carene"):
        build.a_case("repondre_demande", answers={"decider_orientations": {"lignes": [{"genre": "adil"}]}})
        build.pump()
        token = build.the_link(PARTNER)
        db.session.remove()
    return f"/o/{token}"


def partner_data(site: Site, element: str, **wanted: object) -> MultiDict[str, str]:
    with site.app.app_context(), build.serving("carene"):
        task = build.the_task(element)
        hand = build.the_hand(task)
        answers = build.answers_for(task.id, hand, **wanted)
        flat = task_view.open_task(task.id, hand).form.spread(answers)
        form = MultiDict([(name, text) for name, texts in flat.values.items() for text in texts])
        form["etape"] = str(task.id)
        db.session.remove()
    return form


def answer_link(client, link: str, data: MultiDict[str, str]):
    form = MultiDict(data)
    form["csrf_token"] = token_of(client.get(link).text)
    form["_action"] = "envoyer"
    return client.post(link, data=form)


def test_a_partner_sees_what_was_shared_and_nothing_else(site, link):
    page = site.visitor().get(link)
    assert page.status_code == 200
    assert "Répondre à la demande" in page.text
    assert "Le séjour reste froid." in page.text
    assert "Locataire" in page.text  # the one answer that was ticked
    assert "rue du Croisic" not in page.text
    assert "lucie.moreau" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_partner_answers_once_then_gives_the_result_and_the_link_dies(site, link):
    client = site.visitor()
    accepting = partner_data(site, "repondre_demande", acceptee=True)
    first = answer_link(client, link, accepting)
    assert first.location == f"{link}/merci"
    again = answer_link(client, link, accepting)
    assert again.status_code == 409
    assert "elle ne l&#39;est qu&#39;une fois" in again.text
    result = answer_link(client, link, partner_data(site, "donner_resultat", statut="realisee"))
    assert "ce lien ne sert plus" in client.get(result.location).text
    gone = client.get(link)
    assert gone.status_code == 410
    assert "plus valable" in gone.text


def test_a_partner_s_reading_is_journalled(site, link):
    site.visitor().get(link)
    with site.app.app_context(), build.serving("carene"):
        assert len(build.the_journal("partage.lu")) == 1


def test_a_link_opens_no_other_page(site, link):
    client = site.visitor()
    client.get(link)
    assert client.get("/t/carene/dossiers").location.startswith("/connexion")


def test_a_partner_s_draft_waits_behind_the_link(site, link):
    client = site.visitor()
    data = partner_data(site, "repondre_demande", acceptee=True)
    form = {"csrf_token": token_of(client.get(link).text), "etape": data["etape"], "acceptee": "oui"}
    kept = client.post(f"{link}/brouillon", data=form, headers={"Accept": "application/json"})
    assert kept.json["phrase"].startswith("Brouillon enregistré")
    assert re.search(r'name="acceptee" value="oui"[^>]* checked', site.visitor().get(link).text)
