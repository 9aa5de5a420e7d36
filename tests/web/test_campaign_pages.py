"""The pages of a campaign and of a round, used wrongly: stale, twice, by the wrong hands, with bad input."""

import io
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.database import db
from app.models import Case, DoorAnswer, Target
from tests import build
from tests.campaign_house import SHEET, YES, a_campaign, opened, targets
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

YANN, FACTEUR, CLAIRE = "yann@carene.invalid", "facteur@carene.invalid", "claire@carene.invalid"
ANSWER = {
    "present": "oui", "accepte_echange": "oui", "statut": "autre", "froid": "oui", "factures": "non",
    "personnes": "2", "revenus_plafond": "oui", "accepte_visite": "oui", "nom": "Le Bihan", "prenom": "Rose",
    "telephone": "02 40 00 12 34", "accord": "oui",
}  # fmt: skip


class House:
    """CARENE with a campaign in the field, the people who may do something with it, and a round opened."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.app.app_context(), build.serving("carene"):
            for role, mail in (("ecorenove", YANN), ("facteur", FACTEUR), ("travailleur_social", CLAIRE)):
                build.a_user(role, name=role, email=mail, password=PASSWORD)
            self.campaign = a_campaign(field=True)
            self.round, self.code = opened(self.campaign)
            self.doors = [row.id for row in targets(self.campaign)]
            db.session.remove()
        self.place = f"/t/carene/campagnes/{self.campaign}"

    def as_(self, email: str) -> FlaskClient:
        client = self.site.as_(email)
        client.get("/", follow_redirects=True)
        return client

    def count(self, what: type) -> int:
        with self.site.app.app_context(), build.serving("carene"):
            found = db.session.scalar(select(func.count()).select_from(what)) or 0
            db.session.remove()
        return int(found)

    def phone(self) -> FlaskClient:
        """The phone that has used the code."""
        client = self.site.app.test_client()
        page = client.get(f"/t/carene/tournee/code/{self.code}").text
        answer = client.post(
            "/t/carene/tournee/code", data={"code_tournee": self.code, "csrf_token": token_of(page)}
        )
        assert answer.status_code == 302, answer.text
        return client


@pytest.fixture
def house(empty_site: Site) -> House:
    return House(empty_site)


def said(client: FlaskClient, address: str, *, device=None, **extra):
    page = client.get(address)
    token = token_of(page.text) or token_of(client.get("/t/carene/tournee").text)
    return {**ANSWER, "passage": str(device or uuid4()), "csrf_token": token, **extra}


JSON = {"Accept": "application/json"}


def test_an_import_is_looked_at_confirmed_once_and_never_twice(house):
    client = house.as_(YANN)
    page = client.get(f"{house.place}/import").text
    file = (io.BytesIO((SHEET + "5 rue Neuve;;;Besné;T9\nx;;;Besné;\n").encode()), "../cibles.csv")
    sent = client.post(f"{house.place}/import", data={"fichier": file, "csrf_token": token_of(page)})
    shown = client.get(sent.location).text
    assert "adresse à charger" in shown or "adresses à charger" in shown
    assert "est pas une adresse" in shown
    assert "déjà une cible" in shown
    assert house.count(Target) == 4
    seen = shown.partition('name="vu" value="')[2].partition('"')[0]
    fields = {"vu": seen, "csrf_token": token_of(shown)}
    stale = client.post(f"{sent.location}/charger", data=fields | {"vu": "autre"})
    assert stale.status_code == 409
    assert "Rien n'a été chargé" in stale.text.replace("&#39;", "'")
    assert client.post(f"{sent.location}/charger", data=fields).status_code == 302
    assert client.post(f"{sent.location}/charger", data=fields).status_code == 302
    assert house.count(Target) == 5
    assert "déjà chargé" in client.get(sent.location).text
    refused = client.get(f"{sent.location}/lignes-refusees.csv")
    assert "attachment" in refused.headers["Content-Disposition"]
    assert refused.text.count("\r\n") == 6
    again = client.post(f"{sent.location}/abandonner", data={"csrf_token": token_of(shown)})
    assert again.status_code == 302
    assert client.get(sent.location).status_code == 410


def test_what_is_no_table_is_said_on_the_page(house):
    client = house.as_(YANN)
    token = token_of(client.get(f"{house.place}/import").text)
    for content, words in ((b"", "vide"), (b"\0\1", "pas un tableau"), (b"a;a\n1;2", "deux colonnes")):
        file = (io.BytesIO(content), "<b>.csv")
        answer = client.post(f"{house.place}/import", data={"fichier": file, "csrf_token": token})
        assert answer.status_code == 422
        assert words in answer.text
        assert "<b>.csv" not in answer.text


def test_rounds_are_formed_and_dated_with_sentences_for_bad_input(house):
    client = house.as_(YANN)
    token = token_of(client.get(house.place).text)
    for size in ("0", "", "mille", "999"):
        answer = client.post(f"{house.place}/tournees", data={"taille": size, "csrf_token": token})
        assert (answer.status_code, "de 1 à 200" in answer.text) == (422, True)
    dates = f"{house.place}/tournees/{house.round}/dates"
    for first, last, status in (("2026-13-40", "", 422), ("2026-03-05", "2026-03-01", 422), ("", "", 302)):
        fields = {"du": first, "jusquau": last, "csrf_token": token}
        assert client.post(dates, data=fields).status_code == status
    nowhere = client.post(f"{house.place}/tournees/{uuid4()}/ouvrir", data={"csrf_token": token})
    assert nowhere.status_code == 404
    assert client.post(f"{house.place}/tournees/{house.round}/clore", data={}).status_code == 400


def test_the_code_is_shown_once_and_opens_one_phone(house):
    client = house.as_(YANN)
    token = token_of(client.get(house.place).text)
    opens = client.post(f"{house.place}/tournees/{house.round}/ouvrir", data={"csrf_token": token})
    first = client.get(opens.location).text
    assert "Le code de" in first
    assert "Le code de" not in client.get(opens.location).text
    stranger = house.site.app.test_client()
    asked = stranger.get("/t/carene/tournee")
    assert "Code de la tournée" in asked.text
    wrong = stranger.post(
        "/t/carene/tournee/code", data={"code_tournee": house.code, "csrf_token": token_of(asked.text)}
    )
    assert (wrong.status_code, "nouveau code" in wrong.text) == (410, True)  # a newer one was given
    assert stranger.get(f"/t/carene/tournee/{house.doors[0]}").status_code == 410


def test_an_answer_is_taken_once_whatever_is_sent_again(house):
    phone = house.phone()
    door = f"/t/carene/tournee/{house.doors[0]}"
    fields = said(phone, door)
    first = phone.post(door, data=fields, headers=JSON)
    again = phone.post(door, data=fields, headers=JSON)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["suivante"].endswith(str(house.doors[1]))
    other = phone.post(door, data={**fields, "passage": str(uuid4())}, headers=JSON)
    assert (other.status_code, "déjà enregistrée" in other.json["phrase"]) == (409, True)
    assert (house.count(DoorAnswer), house.count(Case)) == (1, 1)
    page = phone.get(door)
    assert page.status_code == 302
    for address in ("/t/carene/tournee", f"/t/carene/tournee/{house.doors[1]}"):
        assert "Le Bihan" not in phone.get(address).text


def test_only_a_round_says_until_when_a_phone_may_keep_it(house):
    phone, stranger = house.phone(), house.site.visitor()
    for path in ("/t/carene/tournee", f"/t/carene/tournee/{house.doors[0]}"):
        assert phone.get(path).headers["Relais-Tournee"].endswith(("23:59:59+01:00", "23:59:59+02:00"))
    for client, path in ((stranger, "/t/carene/tournee"), (stranger, "/connexion"), (phone, "/aide")):
        assert "Relais-Tournee" not in client.get(path).headers
    worker = stranger.get("/t/carene/tournee/hors-reseau.js")
    assert worker.headers["Service-Worker-Allowed"] == "/t/carene/tournee"
    assert (worker.mimetype, "relais-tournee" in worker.text) == ("text/javascript", True)
    assert stranger.get("/t/inconnu/tournee/hors-reseau.js").status_code == 404


def test_a_phone_hears_what_is_wrong_in_its_own_words(house):
    phone = house.phone()
    door = f"/t/carene/tournee/{house.doors[0]}"
    fields = said(phone, door)
    missing = phone.post(door, data=fields | {"statut": ""}, headers=JSON)
    assert (missing.status_code, "phrase" in missing.json) == (422, True)
    old = phone.post(door, data=fields | {"csrf_token": "vieux"}, headers=JSON)
    assert old.status_code == 400
    assert phone.post(door, data=fields | {"csrf_token": old.json["jeton"]}, headers=JSON).status_code == 201
    strange = phone.post(
        f"/t/carene/tournee/{uuid4()}", data=fields | {"passage": str(uuid4())}, headers=JSON
    )
    assert strange.status_code == 404
    second = f"/t/carene/tournee/{house.doors[1]}"
    odd = phone.post(
        second, data=said(phone, second) | {"passage": "pas-un-uuid", "dit_le": "hier"}, headers=JSON
    )
    assert odd.status_code == 422
    shown = phone.post(second, data=said(phone, second) | {"personnes": "mille"})
    assert shown.status_code == 422
    assert "Le Bihan" in shown.text  # what was just typed comes back, nothing else


def test_a_postman_with_an_account_enters_answers_and_reads_none(house):
    postman = house.as_(FACTEUR)
    assert "Tournée 1" in postman.get("/t/carene/tournees").text
    walk = f"/t/carene/tournees/{house.round}"
    door = f"{walk}/{house.doors[0]}"
    fields = said(postman, door)
    assert postman.post(door, data=fields).status_code == 302
    after = postman.get(walk).text
    assert "Enregistré" in after
    assert "Le Bihan" not in after
    for closed in ("/t/carene/dossiers", house.place, f"{house.place}/resultats", "/t/carene/supervision"):
        assert postman.get(closed).status_code == 403
    for other in (YANN, CLAIRE):
        assert house.as_(other).get(walk).status_code == 403
    client = house.as_(CLAIRE)
    assert client.get(f"{house.place}/resultats").status_code == 200
    assert client.get(f"{house.place}/import").status_code == 403


def test_results_leave_as_tables_and_on_paper_with_small_counts_hidden(house):
    phone = house.phone()
    door = f"/t/carene/tournee/{house.doors[0]}"
    phone.post(door, data=said(phone, door), headers=JSON)
    client = house.as_(YANN)
    whole = client.get(f"{house.place}/resultats?version=interne").text
    told = client.get(f"{house.place}/resultats").text
    assert "n. c." not in whole.partition("Par commune")[2].partition("Documents")[0].replace("« n. c. »", "")
    assert "n. c." in told
    assert client.get(f"{house.place}/resultats.xlsx", buffered=True).data[:2] == b"PK"
    text = client.get(f"{house.place}/resultats.csv?version=interne", buffered=True).get_data(as_text=True)
    assert "Tournée 1" in text
    assert "Tournée 1" not in client.get(f"{house.place}/resultats.csv", buffered=True).get_data(as_text=True)
    token = token_of(client.get(f"{house.place}/resultats").text)
    order = client.post(f"{house.place}/resultats/pdf", data={"version": "interne", "csrf_token": token})
    assert order.status_code == 302
    assert "Résultats de la campagne (interne), en préparation" in client.get(order.location).text
    assert YES["nom"] not in whole + told + text
