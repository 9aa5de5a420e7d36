"""The page of a diagram and what it asks of the server: wrong names, wrong people, odd expressions."""

import json
import re

import pytest

from app import clock
from app.config import ROOT
from app.database import db
from app.services import studio
from app.web.assets import DIST
from tests import build
from tests.web.server import PASSWORD, token_of

INES = "ines@carene.invalid"
ATTACKS = json.loads((ROOT / "tests/data/attacks.json").read_text("utf-8"))


@pytest.fixture
def house(empty_site):
    """CARENE with a designer and a social worker."""
    with empty_site.app.app_context(), build.serving("carene"):
        build.a_user("conception", name="Inès Carrel", email=INES, password=PASSWORD)
        build.a_user("travailleur_social", email="social@carene.invalid", password=PASSWORD)
        db.session.remove()
    return empty_site


@pytest.fixture
def ines(house):
    """The designer, logged in."""
    client = house.as_(INES)
    client.get("/", follow_redirects=True)
    return client


def ask(client, body, *, token=True):
    headers = {"X-CSRFToken": token_of(client.get("/aide").text)} if token else {}
    return client.post("/t/carene/atelier/expression", json=body, headers=headers)


def verdict(client, text, kind):
    answer = ask(client, {"text": text, "kind": kind})
    assert answer.status_code == 200
    return answer.json["ok"], answer.json["message"].replace("\u202f", " ")


def test_the_page_gives_the_picture_and_what_the_editor_needs(ines, house):
    page = ines.get("/t/carene/atelier/diagrammes/visite")
    assert page.status_code == 200
    for words in ("Visite à domicile", "ne se modifie pas sans JavaScript", "Prendre rendez-vous", "<svg"):
        assert words in page.text
    settings = json.loads(
        re.search(r'data-atelier="([^"]*)"', page.text)[1].replace("&#34;", '"').replace("&amp;", "&")
    )
    assert settings["file"] == "bpmn/visite.bpmn"
    assert settings["studio"] == "/t/carene/atelier"
    assert "prendre_rendez_vous" in settings["released"]
    with house.app.app_context(), build.serving("carene"):
        assert settings["digest"] == studio.read("bpmn/visite.bpmn").digest
        db.session.remove()
    image = ines.get("/t/carene/atelier/diagrammes/visite.svg")
    assert image.mimetype == "image/svg+xml"
    assert image.headers["Content-Disposition"] == 'attachment; filename="visite.svg"'


def test_a_diagram_that_is_not_there_or_of_another_territory_does_not_exist(ines):
    for address in (
        "/t/carene/atelier/diagrammes/nulle_part",
        "/t/carene/atelier/diagrammes/nulle_part.svg",
        "/t/carene/atelier/diagrammes/..%2f..%2fterritoire",
        "/t/pas-de-calais/atelier/diagrammes/visite",
    ):
        assert ines.get(address).status_code == 404, address


def test_who_may_not_change_the_programme_opens_none_of_it(house):
    client = house.as_("social@carene.invalid")
    client.get("/", follow_redirects=True)
    assert client.get("/t/carene/atelier/diagrammes/visite").status_code == 403
    assert ask(client, {"text": "1", "kind": "valeur"}).status_code == 403


def test_an_expression_is_told_in_words_with_what_it_gives(ines):
    with clock.at("2026-11-23T09:00Z"):
        assert verdict(ines, "jours_ouvres(5)", "delai") == (
            True,
            "Si l'étape arrive maintenant : lundi 30 novembre 2026 inclus.",
        )
        assert verdict(ines, '"P7D"', "duree")[1].startswith("Si l'échéance est maintenant : lundi 30")
        assert "à 10 h" in verdict(ines, '"P14D"', "minuteur")[1]
    assert verdict(ines, 'rendez_vous.issue == "fixe"', "condition") == (True, "Lit « rendez_vous.issue ».")
    assert verdict(ines, "1 < 2", "condition")[1].startswith("Toujours vraie")
    assert verdict(ines, '"signalement_recu"', "valeur") == (True, "Donne « signalement_recu ».")
    assert verdict(ines, "[1, 2]", "valeur") == (True, "Donne une liste de 2\xa0valeurs.")


def test_a_mistake_says_what_to_write_instead(ines):
    for text, kind, words in (
        ("P14D", "delai", "entre guillemets"),
        ("jours_ouvre(5)", "delai", "n'existe pas"),
        ('"P14"', "delai", "n'est pas une durée"),
        ("12", "condition", "comparez une réponse"),
        ("12", "minuteur", "attend une date ou une durée"),
        ("visite.issue ==", "condition", ""),
    ):
        ok, message = verdict(ines, text, kind)
        assert not ok, text
        assert words in message, text


def test_a_request_that_no_page_of_ours_makes_is_refused(ines):
    for body in ({}, [], {"text": 3, "kind": "valeur"}, {"text": "1", "kind": "script"}, "texte"):
        assert ask(ines, body).status_code == 422, body
    assert ask(ines, {"text": "1", "kind": "valeur"}, token=False).status_code == 400
    assert verdict(ines, "1 + " * 900 + "1", "valeur")[0] is False


def test_no_attack_typed_as_an_expression_runs(ines, tmp_path):
    mark = tmp_path / "marque"
    token = {"X-CSRFToken": token_of(ines.get("/aide").text)}
    for text in ATTACKS["attacks"]:
        body = {"text": text.replace("{MARK}", str(mark)), "kind": "valeur"}
        answer = ines.post("/t/carene/atelier/expression", json=body, headers=token)
        assert answer.json["ok"] is False, text
    assert not mark.exists()


def test_a_file_that_is_no_diagram_opens_in_words_and_keeps_its_place(ines, house):
    with house.app.app_context(), build.serving("carene"):
        by = build.an_actor("conception")
        studio.opened(by)
        studio.save("bpmn/etrange.bpmn", "<html><script>alert(1)</script></html>", base=None, by=by)
        db.session.remove()
    page = ines.get("/t/carene/atelier/diagrammes/etrange")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "bpmn/etrange.bpmn" in page.text


def test_the_modeler_is_loaded_by_its_own_page_alone():
    pages = [
        path.name
        for path in (ROOT / "app/web/templates").rglob("*.html")
        if "atelier.js" in path.read_text("utf-8") or "atelier.css" in path.read_text("utf-8")
    ]
    assert pages == ["studio_diagram.html"]
    for other in ("app.js", "forms.js", "viewer.js"):
        assert "bpmn-js/lib/Modeler" not in (DIST / other).read_text("utf-8")
        assert "data-atelier" not in (DIST / other).read_text("utf-8")
