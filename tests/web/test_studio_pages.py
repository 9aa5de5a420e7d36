"""The studio's own pages: the draft at a glance, a file's sheet, the answers its editors rely on."""

import io
import json
import time
from pathlib import Path
from uuid import uuid4

import pytest

from app.database import db
from app.publishing import publication_runs
from app.services import studio
from tests import build
from tests.studio_house import let_go
from tests.trial_house import kept_trials
from tests.web.marks import plain
from tests.web.server import PASSWORD, token_of

VISIT = "bpmn/visite.bpmn"
INES, MARC = "ines@carene.invalid", "marc@carene.invalid"


@pytest.fixture
def house(empty_site):
    """CARENE and its two designers."""
    with empty_site.app.app_context(), build.serving("carene"):
        for name, email in (("Inès Carrel", INES), ("Marc Adam", MARC)):
            build.a_user("conception", name=name, email=email, password=PASSWORD)
        db.session.remove()
    return empty_site


class Designer:
    """A designer at a browser."""

    def __init__(self, site, email=INES):
        self.site, self.client = site, site.as_(email)
        self.client.get("/", follow_redirects=True)
        self.token = token_of(self.client.get("/aide").text)

    def get(self, path):
        return self.client.get(f"/t/carene/atelier{path}")

    def post(self, path, **form):
        return self.client.post(
            f"/t/carene/atelier{path}",
            data={"csrf_token": self.token, **form},
            content_type="multipart/form-data",
            follow_redirects=True,
        )

    def ask(self, method, path, body=None, token=True):
        headers = {"X-CSRFToken": self.token} if token else {}
        return self.client.open(f"/t/carene/atelier{path}", method=method, json=body, headers=headers)

    def digest(self, name=VISIT):
        return self.ask("GET", f"/fichiers/{name}").json["digest"]

    def send(self, path, filename, data, **form):
        return self.post(path, fichier=(io.BytesIO(data), filename), **form)


def lines(site, action):
    with site.app.app_context(), build.serving("carene"):
        found = [(line.actor, line.details) for line in build.the_journal(action)]
        db.session.remove()
    return found


def test_a_designer_lands_in_the_studio_and_reads_the_draft_at_a_glance(house):
    ines = Designer(house)
    assert ines.client.get("/", follow_redirects=True).request.path == "/t/carene/atelier"
    page = ines.get("").text
    assert "Rien à corriger" in page
    for words in ("Visite à domicile", "Processus", "Décisions", "Formulaires", "Réglages du territoire"):
        assert words in page
    assert "0</strong> fichier changé" in page
    text = ines.ask("GET", f"/fichiers/{VISIT}").json
    changed = ines.ask(
        "PUT", f"/fichiers/{VISIT}", {"text": text["text"].replace('"P21D"', "P21D"), "base": text["digest"]}
    )
    assert changed.status_code == 200
    assert set(changed.json) == {"digest", "version", "saved_at"}
    page = plain(ines.get("").text)
    assert "1</strong> fichier changé" in page
    assert "Modifié" in page
    assert "À corriger" in page
    assert "Inès Carrel" in page


def test_an_editor_is_told_when_somebody_was_first(house):
    ines, marc = Designer(house), Designer(house, MARC)
    seen = ines.ask("GET", f"/fichiers/{VISIT}").json
    kept = marc.ask("PUT", f"/fichiers/{VISIT}", {"text": seen["text"] + "\n", "base": seen["digest"]}).json
    late = ines.ask("PUT", f"/fichiers/{VISIT}", {"text": seen["text"] + " ", "base": seen["digest"]})
    assert late.status_code == 409
    assert late.json["theirs"]["digest"] == kept["digest"]
    assert late.json["theirs"]["who"] == "Marc Adam"
    assert "Marc Adam a changé ce fichier" in late.json["message"]
    gone = ines.ask("DELETE", f"/fichiers/{VISIT}", {"base": seen["digest"]})
    assert gone.status_code == 409
    assert ines.ask("DELETE", f"/fichiers/{VISIT}", {"base": kept["digest"]}).status_code == 200
    assert ines.ask("DELETE", f"/fichiers/{VISIT}", {"base": kept["digest"]}).status_code == 404
    assert ines.ask("GET", f"/fichiers/{VISIT}").status_code == 404
    assert (
        ines.ask("PUT", f"/fichiers/{VISIT}", {"text": "<a/>", "base": kept["digest"]}).json["theirs"]["text"]
        is None
    )


def test_what_an_editor_sends_is_judged_without_being_stored_and_named(house):
    ines = Designer(house)
    text = ines.ask("GET", f"/fichiers/{VISIT}").json["text"]
    assert ines.ask("POST", "/verifier", {"files": {}}).json == {"problems": []}
    found = ines.ask("POST", "/verifier", {"files": {VISIT: text.replace('"P21D"', "P21D")}}).json["problems"]
    assert found
    assert set(found[0]) == {"path", "element", "severity", "code", "message"}
    assert ines.ask("POST", "/verifier", {"files": {}}).json == {"problems": []}
    words = ines.ask("GET", "/vocabulaire.json").json
    assert {"forms", "lanes", "verbs", "decisions", "processes", "messages", "signals", "texts", "variables",
            "functions"} == set(words)  # fmt: skip
    assert ines.ask("POST", "/presence", {"file": VISIT}).json == {"others": []}
    (other,) = Designer(house, MARC).ask("POST", "/presence", {"file": VISIT}).json["others"]
    assert other["who"] == "Inès Carrel"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"/fichiers/{VISIT}", None),
        ("PUT", f"/fichiers/{VISIT}", {"text": 3, "base": None}),
        ("PUT", f"/fichiers/{VISIT}", {"text": "<a/>", "base": 3}),
        ("PUT", "/fichiers/bpmn/%2e%2e/%2e%2e/x.bpmn", {"text": "<a/>", "base": None}),
        ("PUT", "/fichiers/bpmn/x.bpmn", {"text": "<!DOCTYPE a><a/>", "base": None}),
        ("PUT", "/fichiers/script.js", {"text": "alert(1)", "base": None}),
        ("DELETE", "/fichiers/territoire.toml", {"base": None}),
        ("POST", "/verifier", {"files": [1]}),
        ("POST", "/verifier", {"files": {"../x": "y"}}),
        ("POST", "/verifier", {"files": {f"messages/m{n}.txt": "" for n in range(30)}}),
        ("POST", "/presence", {"file": 3}),
    ],
)
def test_wrong_questions_get_a_sentence_and_change_nothing(house, method, path, body):
    ines = Designer(house)
    answer = ines.ask(method, path, body)
    assert answer.status_code == 422
    assert answer.json["message"].endswith(".")
    with house.app.app_context(), build.serving("carene"):
        assert studio.bundle().fingerprint == build.releases.current().fingerprint
        db.session.remove()


def test_nothing_is_kept_without_the_token_of_the_session_nor_for_another_role(house):
    ines = Designer(house)
    text = ines.ask("GET", f"/fichiers/{VISIT}").json
    body = {"text": text["text"] + " ", "base": text["digest"]}
    assert ines.ask("PUT", f"/fichiers/{VISIT}", body, token=False).status_code == 400
    with house.app.app_context(), build.serving("carene"):
        build.a_user("coordinatrice_pole", name="Hélène", email="h@carene.invalid", password=PASSWORD)
        db.session.remove()
    other = Designer(house, "h@carene.invalid")
    assert other.get("").status_code == 403
    assert other.ask("PUT", f"/fichiers/{VISIT}", body).status_code == 403
    assert other.ask("DELETE", f"/fichiers/{VISIT}", {"base": text["digest"]}).status_code == 403
    assert "Atelier" not in other.client.get("/t/carene/supervision").text
    assert ines.digest() == text["digest"]


def test_a_file_is_added_renamed_removed_and_taken_back_by_plain_forms(house):
    ines = Designer(house)
    page = ines.post("/ajouter", genre="forms", nom="Deuxième validation")
    assert page.status_code == 200
    name = "forms/deuxieme_validation.json"
    form = json.loads(ines.ask("GET", f"/fichiers/{name}").json["text"])
    assert (form["id"], form["titre"]) == ("deuxieme_validation", "Deuxième validation")
    assert ines.post("/ajouter", genre="forms", nom="Deuxième validation").status_code == 422
    assert ines.post("/ajouter", genre="forms", nom="…").status_code == 422
    assert ines.post("/ajouter", genre="toml", nom="x").status_code == 422
    moved = ines.post(f"/fiche/{name}/renommer", nom="seconde_validation", base=ines.digest(name))
    assert moved.request.path.endswith("forms/seconde_validation.json")
    name = "forms/seconde_validation.json"
    assert ines.post(f"/fiche/{name}/renommer", nom="../x", base=ines.digest(name)).status_code == 422
    assert ines.post(f"/fiche/{name}/retirer", base="0" * 64).status_code == 409
    assert ines.post(f"/fiche/{name}/retirer", base=ines.digest(name)).status_code == 200
    assert "déjà plus" in plain(ines.post(f"/fiche/{name}/retirer", base="").text)
    page = ines.get(f"/fiche/{name}").text
    state = page.partition('name="etat" value="')[2].partition('"')[0]
    back = ines.post(f"/fiche/{name}/reprendre", etat=state, base="")
    assert "revenu à cet état" in plain(back.text)
    assert json.loads(ines.ask("GET", f"/fichiers/{name}").json["text"])["id"] == "seconde_validation"
    assert ines.post(f"/fiche/{name}/reprendre", etat="x", base="").status_code == 404
    assert ines.get("/fiche/forms/inconnu.json").status_code == 404


@pytest.mark.parametrize("genre", ["bpmn", "dmn", "messages", "documents"])
def test_what_is_added_begins_drawn_readable_and_without_a_fault_of_its_own(house, genre):
    ines = Designer(house)
    assert ines.post("/ajouter", genre=genre, nom="2e validation & « suite » <b>").status_code == 200
    found = [item for item in ines.ask("POST", "/verifier", {"files": {}}).json["problems"]
             if "2e_validation" in item["path"]]  # fmt: skip
    assert {item["code"] for item in found} <= {"unused-decision", "unused-process", "unused-template",
                                               "unused-message", "unused-document"}, found  # fmt: skip


def test_the_text_of_a_file_is_changed_on_its_sheet_and_a_stale_sheet_is_refused(house):
    ines = Designer(house)
    name = "messages/rappel_tache.txt"
    base = ines.digest(name)
    page = ines.post(f"/fiche/{name}/remplacer", texte="Objet : Oui\r\n\r\nBonjour.\r\n", base=base)
    assert page.status_code == 200
    assert ines.ask("GET", f"/fichiers/{name}").json["text"] == "Objet : Oui\n\nBonjour.\n"
    stale = ines.post(f"/fiche/{name}/remplacer", texte="Autre chose", base=base)
    assert stale.status_code == 409
    assert "Autre chose" in stale.text  # what was typed is not lost
    raw = ines.get(f"/fiche/{name}/telecharger")
    assert raw.data == b"Objet : Oui\n\nBonjour.\n"
    assert "attachment" in raw.headers["Content-Disposition"]


def test_publishing_is_asked_on_a_page_that_tells_what_changes_and_answers_at_once(house, monkeypatch):
    monkeypatch.setattr(publication_runs, "HOUSEHOLDS", 1)
    monkeypatch.setattr(publication_runs, "MONTHS", 1)
    ines = Designer(house)
    assert "dit la même chose que la version 1" in plain(ines.get("/publier").text)
    text = ines.ask("GET", f"/fichiers/{VISIT}").json
    later = {"text": text["text"].replace('"P21D"', '"P14D"'), "base": text["digest"]}
    ines.ask("PUT", f"/fichiers/{VISIT}", later)
    page = ines.get("/publier").text
    said = page.replace("\u00a0", " ").replace("\u202f", " ")
    assert "échéance « 14 jours » au lieu de « 21 jours »" in said
    assert "<svg" in page
    assert "modifié" in page
    form = {
        name: page.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("version", "publication")
    }
    assert ines.post("/publier", **form, note="").status_code == 422
    assert ines.post("/publier", version="x", publication="y", note="Oui").status_code == 422
    assert ines.post("/publier", **{**form, "version": "999"}, note="Oui").status_code == 409
    first = ines.post("/publier", **form, note="Quatorze jours")
    assert first.request.path.endswith(form["publication"])
    assert ines.post("/publier", **form, note="Quatorze jours").request.path == first.request.path
    until = time.monotonic() + 60
    while (
        not ines.get(f"/publier/{form['publication']}/avancement").json["over"] and time.monotonic() < until
    ):
        time.sleep(0.1)
    let_go()
    page = ines.get(f"/publier/{form['publication']}").text
    assert "Version 2 publiée" in page
    assert "Quatorze jours" in ines.client.get("/t/carene/versions/2").text
    assert ines.post("/publier/revenir/1", note="").status_code == 422
    assert "Version 3" in ines.post("/publier/revenir/1", note="Trop court").text
    assert "dit la même chose" in plain(ines.post("/publier/revenir/1", note="Trop court").text)
    assert ines.get("/publier/revenir/9").status_code == 404


def test_a_draft_at_fault_is_not_published_and_its_faults_lead_to_their_place(house):
    ines = Designer(house)
    text = ines.ask("GET", f"/fichiers/{VISIT}").json
    hostile = text["text"].replace('"P21D"', "__import__('os').system('true')")
    ines.ask("PUT", f"/fichiers/{VISIT}", {"text": hostile, "base": text["digest"]})
    page = ines.get("/publier").text
    assert "À corriger avant de publier" in page
    assert "Vérifier, simuler et publier" not in page
    answer = ines.post("/publier", version="2", publication=str(uuid4()), note="Oui")
    assert answer.status_code == 422
    assert "erreur" in answer.text
    ((who, told),) = lines(house, "atelier.refuse")
    assert (who, told["geste"]) == ("Inès Carrel", "publier")


def test_an_archive_goes_out_and_comes_back_by_the_pages(house):
    ines = Designer(house)
    for kind in ("zip", "tar.gz"):
        sent = ines.get(f"/archive/brouillon.{kind}")
        assert sent.status_code == 200
        assert f"carene-brouillon.{kind}" in sent.headers["Content-Disposition"]
        page = ines.post("/importer", archive=(io.BytesIO(sent.data), f"carene.{kind}"))
        assert "le brouillon dit déjà la même chose" in plain(page.text)
    assert ines.get("/archive/version-1.zip").data
    assert ines.get("/archive/version-9.zip").status_code == 404
    assert ines.get("/archive/brouillon.exe").status_code == 404
    refused = ines.post("/importer", archive=(io.BytesIO(b"PK\x03\x04"), "x.zip"))
    assert refused.status_code == 422
    assert "Rien n'est importé" in plain(refused.text)
    assert ines.post("/importer").status_code == 422
    text = ines.ask("GET", f"/fichiers/{VISIT}").json
    ines.ask(
        "PUT", f"/fichiers/{VISIT}", {"text": text["text"].replace('"P21D"', '"P9D"'), "base": text["digest"]}
    )
    page = ines.post("/importer/version-1")
    assert "1\u00a0fichier du brouillon change" in page.text
    path = page.request.path.removeprefix("/t/carene/atelier")
    assert "a pris ces fichiers" in plain(ines.post(path, faire="prendre").text)
    assert "déjà fait" in plain(ines.post(path, faire="prendre").text)
    assert ines.ask("GET", f"/fichiers/{VISIT}").json["digest"] == text["digest"]


def test_the_scenarios_go_out_and_come_back_with_the_archive(house):
    with house.app.app_context(), build.serving("carene"):
        gone = kept_trials("CARENE")["scenario_id"]
        db.session.remove()
    ines = Designer(house)
    sent = ines.get("/archive/brouillon.zip").data
    assert "le brouillon dit déjà" in plain(ines.post("/importer", archive=(io.BytesIO(sent), "a.zip")).text)
    ines.post(f"/scenarios/{gone}/retirer")
    assert "Scénario de CARENE" not in ines.get("/scenarios").text
    page = ines.post("/importer", archive=(io.BytesIO(sent), "a.zip"))
    assert "1 scénario vient avec" in plain(page.text).replace("\u00a0", " ")
    path = page.request.path.removeprefix("/t/carene/atelier")
    ines.post(path, faire="prendre")
    assert "Scénario de CARENE" in ines.get("/scenarios").text


def test_a_file_of_another_tool_is_sent_by_its_form(house):
    ines = Designer(house)
    camunda = (Path(__file__).parents[1] / "checker" / "foreign" / "camunda7.bpmn").read_bytes()
    page = ines.send("/envoyer", "Mon processus.bpmn", camunda)
    assert page.request.path.endswith("/fiche/bpmn/mon_processus.bpmn")
    assert "points à adapter" in page.text
    again = ines.send("/envoyer", "Mon processus.bpmn", camunda)
    assert again.status_code == 422
    assert "existe déjà" in again.text
    broken = ines.send("/envoyer", "casse.bpmn", b"<definitions><oubli>")
    assert broken.status_code == 422
    assert "XML lisible" in broken.text
    assert ines.post("/envoyer").status_code == 422
    name = "bpmn/mon_processus.bpmn"
    other = ines.send(f"/fiche/{name}/remplacer", "x.json", b"{}", base=ines.digest(name))
    assert other.status_code == 422
    assert ines.send(f"/fiche/{name}/remplacer", "y.bpmn", camunda, base=ines.digest(name)).status_code == 200
    assert {told["geste"] for _, told in lines(house, "atelier.refuse")} == {"envoyer"}
