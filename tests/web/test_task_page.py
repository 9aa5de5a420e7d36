"""Answering a task by its page: once, with nothing lost on the way."""

import json
from io import BytesIO
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict

from app.database import db
from app.services import task_view, tasks
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

WHO = "ecorenove@carene.invalid"


@pytest.fixture
def task_id(site: Site) -> UUID:
    """An alert to be analysed by the team of ÉCORÉNOVE."""
    with site.app.app_context(), build.serving("carene"):
        found = build.the_task("analyser_signalement", case=build.a_case("analyser_signalement")).id
        db.session.remove()
    return found


def sheet(site: Site, task_id: UUID, who: str = WHO, **wanted) -> MultiDict[str, str]:
    """Return plausible answers as a browser sends them."""
    with site.app.app_context(), build.serving("carene"):
        hand = build.an_actor("ecorenove")
        answers = build.answers_for(task_id, hand, **wanted)
        flat = task_view.open_task(task_id, hand).form.spread(answers)
        db.session.remove()
    return MultiDict([(name, text) for name, texts in flat.values.items() for text in texts])


def opened(site: Site, task_id: UUID, who: str = WHO):
    """Return a logged-in browser and the token of the task's page."""
    client = site.as_(who)
    client.get("/", follow_redirects=True)
    return client, token_of(client.get(f"/t/carene/taches/{task_id}").text)


def send(client, task_id: UUID, token: str, data: MultiDict[str, str], **more):
    form = MultiDict(data)
    form["csrf_token"] = token
    form["_action"] = "envoyer"
    form.update(more)
    return client.post(f"/t/carene/taches/{task_id}", data=form)


def test_the_page_says_task_case_household_and_why(site, task_id):
    client, _ = opened(site, task_id)
    page = client.get(f"/t/carene/taches/{task_id}").text
    assert "<title>Analyser le signalement · DOS-" in page
    assert "Moreau" in page
    assert "Saint-Nazaire" in page
    assert "Triage du signalement" in page
    assert "Règle" in page
    assert "version 1" in page
    assert "Transmettre l&#39;analyse" in page


def test_an_answer_moves_the_case_on_and_is_told(site, task_id):
    client, token = opened(site, task_id)
    answer = send(client, task_id, token, sheet(site, task_id))
    assert answer.status_code == 302
    assert "est fait" in client.get(answer.location, follow_redirects=True).text
    with site.app.app_context(), build.serving("carene"):
        assert build.the_journal("tache.faite")
        assert not [task for task in build.open_tasks() if task.id == task_id]


def test_an_empty_form_is_refused_with_linked_sentences_and_nothing_applied(site, task_id):
    client, token = opened(site, task_id)
    answer = send(client, task_id, token, MultiDict())
    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text
    assert 'href="#c-priorite"' in answer.text
    assert 'id="c-priorite"' in answer.text
    with site.app.app_context(), build.serving("carene"):
        assert build.the_task("analyser_signalement").status == "open"


def test_a_refused_form_shows_again_what_was_typed(site, task_id):
    client, token = opened(site, task_id)
    data = sheet(site, task_id)
    del data["dans_champ"]
    data["motif_priorite"] = "Madame a un nourrisson"
    answer = send(client, task_id, token, data)
    assert answer.status_code == 422
    kept = [value for value in data.values() if len(value) > 8]
    assert [value for value in kept if value in answer.text]


def test_a_draft_is_kept_and_taken_up_again_by_its_author_alone(site, task_id):
    client, token = opened(site, task_id)
    form = {"csrf_token": token, "_action": "brouillon", "priorite": "P0"}
    answer = client.post(f"/t/carene/taches/{task_id}", data=form)
    assert answer.status_code == 302
    page = client.get(answer.location).text
    assert "Brouillon repris" in page
    assert 'value="P0" checked' in page
    with site.app.app_context(), build.serving("carene"):
        build.a_user("ecorenove", name="Autre", email="autre@carene.invalid", password=PASSWORD)
        db.session.remove()
    other, _ = opened(site, task_id, "autre@carene.invalid")
    assert 'value="P0" checked' not in other.get(f"/t/carene/taches/{task_id}").text


def test_a_script_keeps_the_draft_and_is_told_when(site, task_id):
    client, token = opened(site, task_id)
    answer = client.post(
        f"/t/carene/taches/{task_id}/brouillon",
        data={"priorite": "P1"},
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )
    assert answer.status_code == 200
    assert answer.json["phrase"].startswith("Brouillon enregistré à ")
    assert 'value="P1" checked' in client.get(f"/t/carene/taches/{task_id}").text


def test_a_script_without_session_or_token_is_told_in_json(site, task_id):
    visitor = site.visitor()
    token = token_of(visitor.get("/connexion").text)
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    answer = visitor.post(f"/t/carene/taches/{task_id}/brouillon", headers=headers)
    assert answer.status_code == 401
    assert "Connectez-vous" in answer.json["erreur"]
    assert visitor.post(f"/t/carene/taches/{task_id}/brouillon", headers={"Accept": "application/json"}).json


def test_a_double_submit_applies_once_and_says_so(site, task_id):
    client, token = opened(site, task_id)
    data = sheet(site, task_id)
    assert send(client, task_id, token, data).status_code == 302
    second = send(client, task_id, token, data)
    assert second.status_code == 409
    assert "Vous avez déjà fait cette étape" in second.text
    with site.app.app_context(), build.serving("carene"):
        assert len(build.the_journal("tache.faite")) == 1


def test_the_back_button_after_an_answer_shows_that_it_is_done(site, task_id):
    client, token = opened(site, task_id)
    send(client, task_id, token, sheet(site, task_id))
    again = client.get(f"/t/carene/taches/{task_id}")
    assert again.status_code == 200
    assert "Vous avez déjà fait cette étape" in again.text
    assert '<form method="post" enctype' not in again.text


def test_who_comes_second_is_told_who_and_when_and_keeps_a_draft(site, task_id):
    client, token = opened(site, task_id)
    data = sheet(site, task_id)
    with site.app.app_context(), build.serving("carene"):
        first = build.an_actor("ecorenove", name="Yann Le Bihan")
        tasks.complete(task_id, build.answers_for(task_id, first), by=first)
        db.session.remove()
    late = send(client, task_id, token, data)
    assert late.status_code == 409
    assert "Yann Le Bihan l&#39;a faite" in late.text or "Yann Le Bihan l'a faite" in late.text
    assert "Elle reste en brouillon" in late.text


def test_a_page_from_before_the_session_shows_the_answers_again(site, task_id):
    client, _ = opened(site, task_id)
    data = sheet(site, task_id)
    stale = send(client, task_id, "un-vieux-jeton", data)
    assert stale.status_code == 400
    assert "Vos réponses sont" in stale.text
    assert " checked" in stale.text
    fresh = token_of(stale.text)
    assert send(client, task_id, fresh, data).status_code == 302


def test_a_session_that_ended_before_the_sending_loses_nothing(site, task_id):
    client, token = opened(site, task_id)
    client.delete_cookie("relais")
    asked = send(client, task_id, token, MultiDict({"priorite": "P0"}))
    assert asked.status_code == 401
    assert "pas perdu" in asked.text
    kept = json.dumps([["_action", "envoyer"], ["priorite", "P0"]])
    login = {
        "email": WHO, "password": PASSWORD, "csrf_token": token_of(asked.text),
        "suite": f"/t/carene/taches/{task_id}", "retenu": kept,
    }  # fmt: skip
    resumed = client.post("/connexion", data=login)
    assert "Votre saisie est retrouvée" in resumed.text
    assert 'name="priorite" value="P0"' in resumed.text
    form = {"csrf_token": token_of(resumed.text), "priorite": "P0", "_action": "brouillon"}
    client.get("/")
    back = client.post(f"/t/carene/taches/{task_id}", data=form, follow_redirects=True)
    assert 'value="P0" checked' in back.text


def test_a_sending_that_is_too_large_keeps_the_text(site, task_id):
    client, token = opened(site, task_id)
    site.app.config["MAX_CONTENT_LENGTH"] = 100_000  # 30 MB on a real server
    form = {"csrf_token": token, "priorite": "P0", "photo": (BytesIO(b"x" * 200_000), "photo.jpg")}
    answer = client.post(f"/t/carene/taches/{task_id}", data=form, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "dépasse 30" in answer.text
    assert 'value="P0" checked' in answer.text
    assert 'value="P0" checked' in client.get(f"/t/carene/taches/{task_id}").text


def test_the_wrong_role_is_told_so_and_changes_nothing(site, task_id):
    client = site.as_("social@carene.invalid")
    client.get("/", follow_redirects=True)
    token = token_of(client.get("/aide").text)
    for answer in (
        client.get(f"/t/carene/taches/{task_id}"),
        client.post(f"/t/carene/taches/{task_id}", data={"csrf_token": token, "_action": "envoyer"}),
    ):
        assert answer.status_code == 403
        assert "Votre rôle ne permet pas" in answer.text


def test_a_task_is_taken_and_given_back(site, task_id):
    client, token = opened(site, task_id)
    client.post(f"/t/carene/taches/{task_id}/prendre", data={"csrf_token": token})
    mine = client.get("/t/carene/?vue=miennes").text
    assert "Analyser le signalement" in mine
    assert "Rendre" in mine
    client.post(f"/t/carene/taches/{task_id}/rendre", data={"csrf_token": token})
    assert "Vous n&#39;avez pris aucune tâche" in client.get("/t/carene/?vue=miennes").text


def test_an_empty_inbox_says_what_to_do(site):
    client = site.as_(WHO)
    client.get("/", follow_redirects=True)
    for view, sentence in {
        "miennes": "Prenez-en une",
        "equipe": "Aucune tâche n&#39;attend votre équipe",
        "retard": "Rien n&#39;est en retard",
        "semaine": "Rien n&#39;arrive à échéance",
    }.items():
        assert sentence in client.get(f"/t/carene/?vue={view}").text, view
