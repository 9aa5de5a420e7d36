"""A territory opened from the browser, step by step, from what another offers (CAR-1)."""

import html
import io
import re
import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import func, select

from app import clock, tenancy
from app.database import db, transaction
from app.models import JournalLine, Logo, Membership, Message, Opening, Partner, Territory
from app.services import accounts, documents, offers, releases
from app.services.opening_steps import CONTACT
from tests import build
from tests.web.server import PASSWORD, token_of

AT = "/t/carene/ouvrir-un-territoire"
STEPS = ("nom", "communes", "roles", "partenaires", "calendrier", "contact", "personnes")


@pytest.fixture
def offering(empty_site):
    """CARENE offers its first release; a designer, another and a social worker can log in."""
    with empty_site.app.app_context():
        with build.serving("carene"):
            for name, role in (("ines", "conception"), ("luc", "conception"), ("zoe", "travailleur_social")):
                build.a_user(role, name=name.capitalize(), email=f"{name}@carene.invalid", password=PASSWORD)
            offers.offer(1, "Trois ans d'usage.", by=build.an_actor("conception"))
        db.session.remove()
    return empty_site


def browser(site, name="ines"):
    client = site.as_(f"{name}@carene.invalid")
    client.get("/", follow_redirects=True)
    return client


def post(client, path, /, **form):
    token = token_of(client.get("/aide").text)
    return client.post(path, data={"csrf_token": token, **form}, content_type="multipart/form-data")


def words(markup):
    text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<svg.*?</svg>", " ", markup)))
    return " ".join(text.split())


def begun(client):
    page = client.get(AT).text
    (fresh,) = re.findall(r'name="preparation" value="([^"]+)"', page)
    answer = post(client, AT, depart="carene/1", preparation=fresh)
    assert answer.status_code == 302 and answer.location.endswith(f"{fresh}/nom")
    return f"{AT}/{fresh}"


def state_of(client, address):
    (state,) = re.findall(r'name="etat" value="(\d+)"', client.get(address).text) or ["0"]
    return state


def kept(client, at, step, **typed):
    answer = post(client, f"{at}/{step}", etat=state_of(client, f"{at}/{step}"), geste="garder", **typed)
    assert answer.status_code == 302, words(answer.text)
    return answer


def picture():
    out = io.BytesIO()
    Image.new("RGB", (900, 300), "navy").save(out, "PNG")
    return out.getvalue()


def roles_as_shown(client, at):
    page = client.get(f"{at}/roles").text
    typed = {
        key: html.unescape(value)
        for key, value in re.findall(r'name="(role-\w+)" type="text" value="([^"]*)"', page)
    }
    lanes = {}
    for key, value in re.findall(r'name="(couloir-\w+)" value="(\w+)" checked', page):
        lanes.setdefault(key, []).append(value)
    return {**typed, **lanes}


def filled(client, *, code="estuaire"):
    at = begun(client)
    kept(client, at, "nom", nom="Estuaire", code=code)
    post(client, f"{at}/communes", ajouter="44184")
    kept(client, at, "communes", liste="44055 ; La Baule-Escoublac ; 44500")
    kept(
        client, at, "roles", **{**roles_as_shown(client, at), "role-technicien": "Technicienne de l'habitat"}
    )
    kept(client, at, "partenaires", lignes="CCAS de la commune\tCCAS de La Baule\tccas@labaule.invalid\n"
         "adil ; ADIL 44 ; adil@exemple.invalid")  # fmt: skip
    kept(client, at, "calendrier", jours_fermes="24/12/2026, 2026-12-31", annee_anah="2026",
         zone_anah="HORS_IDF", **{"ancre-revue": "2027-01-15"})  # fmt: skip
    kept(client, at, "contact", service="Maison de l'habitat", courriel="accueil@estuaire.invalid",
         logo=(io.BytesIO(picture()), "logo.png"))  # fmt: skip
    kept(client, at, "personnes", lignes="claire@estuaire.invalid ; Claire Martin ; "
         "Technicienne de l'habitat + travailleur_social")  # fmt: skip
    return at


def checked(client, at):
    """Wait for the check that the last step has begun; return the page that shows it."""
    until = time.monotonic() + 60
    while not client.get(f"{at}/avancement").json["over"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    return client.get(f"{at}/verification").text


def test_a_territory_opens_step_by_step_with_its_people_and_its_first_release(offering):
    client = browser(offering)
    assert "Trois ans d'usage." in words(client.get(AT).text)
    at = filled(client)
    assert "Estuaire" in words(client.get(AT).text)  # it can be resumed
    check = checked(client, at)
    assert "aucune erreur" in words(check) and "parcours commencés" in words(check)
    (state,) = re.findall(r'name="etat" value="(\d+)"', check)
    opened = post(client, f"{at}/verification", etat=state)
    assert opened.status_code == 302 and "vers=estuaire" in opened.location
    again = post(client, f"{at}/verification", etat=state)  # the second click
    assert again.status_code == 302 and "vers=estuaire" in again.location
    with offering.app.app_context():
        territory = releases.territory_by_code("estuaire")
        assert db.session.scalar(select(func.count()).select_from(Territory)) == 2
        with tenancy.serving(territory.id):
            release = releases.current()
            assert (release.number, territory.lineage[0]["territoire"]) == (1, "carene")
            assert [commune.insee for commune in release.settings.communes] == ["44055", "44184"]
            assert release.settings.roles["technicien"].label == "Technicienne de l'habitat"
            assert territory.live["jours_fermes"] == ["2026-12-24", "2026-12-31"]
            assert territory.live["contact"]["service"] == "Maison de l'habitat"
            assert release.settings.schedule[0].anchor.isoformat() == "2027-01-15"
            assert {row.name for row in db.session.scalars(select(Partner))} == {
                "CCAS de La Baule",
                "ADIL 44",
            }
            claire = accounts.by_email("claire@estuaire.invalid")
            held = {one.user_id: one.roles for one in db.session.scalars(select(Membership)).all()
                    if one.territory_id == territory.id}  # fmt: skip
            ines = accounts.by_email("ines@carene.invalid")
            assert held == {claire.id: ["technicien", "travailleur_social"], ines.id: ["administration"]}
            mails = db.session.scalars(select(Message)).all()
            assert [mail.recipient for mail in mails] == ["claire@estuaire.invalid"]
            assert db.session.scalars(select(Logo)).one().mime == "image/png"
            brand = documents._brand({"territoire": dict.fromkeys(("nom", *CONTACT), "x")})
            assert brand.logo.startswith("data:image/png;base64,")  # at the head of letters
            assert not db.session.scalars(select(Opening)).all()
        with build.serving("carene"):
            row = db.session.scalars(select(Opening)).one()
            assert (row.state, row.code) == ({}, "estuaire")  # what was typed is forgotten
            line = db.session.scalar(select(JournalLine).where(JournalLine.action == "territoire.ouvert"))
            assert line.details["code"] == "estuaire"
        db.session.remove()
    post(client, "/territoire", code="estuaire", suite="/t/estuaire/atelier")
    home = client.get("/t/estuaire/atelier")
    assert home.status_code == 200
    (logo,) = re.findall(r'class="brand__logo" src="([^"]+)"', home.text)
    shown = offering.visitor().get(logo)
    assert shown.status_code == 200 and shown.data.startswith(b"\x89PNG")
    assert "CARENE" in words(client.get("/t/estuaire/atelier/nouveautes").text)


def test_each_step_says_what_is_wrong_and_keeps_what_was_typed(offering):
    client = browser(offering)
    at = begun(client)
    svg = (io.BytesIO(b"<svg onload='x'/>"), "l.svg")
    for step, typed, said in (
        ("nom", {"nom": "X", "code": "Pas Bien"}, "Ce code ne convient pas"),
        ("nom", {"nom": "X", "code": "carene"}, "Ce territoire existe déjà"),
        ("nom", {"nom": "", "code": "neuf"}, "Donnez le nom"),
        ("communes", {}, "Ajoutez au moins une commune"),
        ("communes", {"ajouter": "00000"}, "n'est pas dans la liste"),
        ("communes", {"liste": "x" * 100_001}, "trop longue"),
        ("roles", {"role-technicien": ""}, "Donnez un nom à ce rôle"),
        ("partenaires", {"lignes": "mairie ; X ; x@x.fr"}, "« mairie » n'est pas un genre"),
        ("partenaires", {"lignes": "adil ; X ; x"}, "« x » n'est pas une adresse"),
        ("calendrier", {"jours_fermes": "Noël"}, "« Noël » n'est pas une date"),
        ("contact", {"service": ""}, "Donnez le nom du service"),
        ("contact", {"service": "S", "logo": svg}, "SVG n'est pas accepté"),
        ("personnes", {"lignes": "a@b.fr ; A ; roi"}, "« roi » n'est pas un rôle"),
    ):
        answer = post(client, f"{at}/{step}", etat="1", geste="garder", **typed)
        assert answer.status_code == 422, (step, typed)
        assert said in words(answer.text).replace("« ", "« ").replace(" »", " »"), (step, said)
    looked = post(client, f"{at}/partenaires", etat="1", geste="voir", lignes="adil ; ADIL 44 ; a@b.fr")
    assert looked.status_code == 200 and "1 ligne lue" in words(looked.text)
    assert client.get(f"{at}/verification").location.endswith("/nom")  # nothing was kept
    kept(client, at, "nom", nom="Estuaire", code="estuaire")
    stale = post(client, f"{at}/nom", etat="1", geste="garder", nom="Autre", code="autre")
    assert stale.status_code == 409 and "dans une autre fenêtre" in words(stale.text)


def test_a_code_taken_meanwhile_opens_nothing(offering):
    client = browser(offering)
    at = filled(client)
    (state,) = re.findall(r'name="etat" value="(\d+)"', checked(client, at))
    with offering.app.app_context():
        from app.services import clones

        clones.clone("carene", "estuaire", name="Un autre Estuaire")
        db.session.remove()
    refused = post(client, f"{at}/verification", etat=state)
    assert refused.status_code == 422 and "ce territoire existe déjà" in words(refused.text)
    with offering.app.app_context():
        assert accounts.by_email("claire@estuaire.invalid") is None  # nobody was invited
        db.session.remove()


def test_one_s_preparation_is_nobody_else_s_and_goes_when_given_up(offering):
    client = browser(offering)
    at = begun(client)
    other = browser(offering, "luc")
    assert "En préparation" not in words(other.get(AT).text)
    for step in (*STEPS, "verification"):
        assert other.get(f"{at}/{step}").status_code == 404
        assert post(other, f"{at}/{step}", etat="1").status_code == 404
    assert post(other, f"{at}/abandonner").status_code == 404
    assert client.get(f"{at}/ailleurs").status_code == 404
    worker = browser(offering, "zoe")
    assert worker.get(AT).status_code == 403 and worker.get(f"{at}/nom").status_code == 403
    assert post(client, AT, depart="carene/9").status_code == 404
    assert post(client, AT, depart="").status_code == 302
    assert post(client, f"{at}/abandonner").status_code == 302
    assert client.get(f"{at}/nom").status_code == 404


def test_communes_are_found_added_and_taken_out_without_a_script_and_kept_at_once(offering):
    client = browser(offering)
    at = f"{begun(client)}/communes"
    found = words(client.get(f"{at}?q=angers+loire").text)
    assert "Communauté urbaine Angers Loire Métropole" in found and "Ajouter les 29 communes" in found
    added = post(client, at, ajouter="ensemble:244900015", q="angers loire")
    assert added.status_code == 302 and added.location.endswith("q=angers+loire#recherche")
    assert "29 communes choisies" in words(client.get(at).text)
    post(client, at, ajouter="ensemble:244900015")  # the second click
    post(client, at, retirer="49007")
    assert "28 communes choisies" in words(client.get(at).text)
    listed = post(client, at, geste="garder", liste="Saumur\nSaint-Nazaire\nzzz")
    assert listed.location.endswith("#liste-collee")  # nothing goes on while lines are to settle
    page = client.get(at).text
    assert "2 lignes restent à régler" in words(page) and "29 communes choisies" in words(page)
    assert "« Saint-Nazaire » désigne 3 communes" in words(page).replace("\u202f", " ").replace("\xa0", " ")
    assert 'value="44184@0"' in page
    post(client, at, ajouter="44184@0", liste="Saint-Nazaire\nzzz")
    page = words(client.get(at).text)
    assert "1 ligne reste à régler" in page and "Saint-Nazaire 44184" in page
    assert post(client, at, geste="garder", liste="").location.endswith("/roles")  # effaced: one goes on
    everything = post(client, at, ajouter="ensemble:62")
    assert everything.status_code == 302
    full = post(client, at, ajouter="ensemble:01")  # more than a thousand
    assert full.status_code == 409 and "1000 communes au plus" in words(full.text)
    post(client, at, retirer="*")
    assert "Aucune commune choisie" in words(client.get(at).text)
    assert "Rien ne commence par" in words(client.get(f"{at}?q=%3Cscript%3E").text)


def test_the_check_lives_on_without_its_page_and_is_one_s_own(offering):
    client = browser(offering)
    at = filled(client)  # the last step began it
    asked = post(client, f"{at}/verifier")
    assert asked.status_code == 302  # a second click: the same check
    other = browser(offering, "luc")
    assert other.get(f"{at}/avancement").status_code == 404
    assert post(other, f"{at}/verifier").status_code == post(other, f"{at}/arreter").status_code == 404
    early = post(client, f"{at}/verification", etat=str(version_of(offering, at)))
    assert early.status_code == 422 and "n'est pas encore vérifié" in words(early.text)
    post(client, f"{at}/arreter")
    assert client.get(f"{at}/avancement").json["over"]
    for thread in threading.enumerate():
        if thread.name.startswith("opening "):
            thread.join(30)
    assert "arrêtée à votre demande" in words(client.get(f"{at}/verification").text)
    with offering.app.app_context():
        with build.serving("carene"):
            (row,) = db.session.scalars(select(Opening)).all()
            heard = (clock.now() - timedelta(minutes=5)).isoformat()
            with transaction():
                row.verification = {**row.verification, "status": "running", "heard": heard}
        db.session.remove()
    left = client.get(f"{at}/verification").text  # the server went away
    assert "Le serveur s'est arrêté" in words(left) and "Vérifier de nouveau" in words(left)
    kept(client, at, "nom", nom="Estuaire et Brière", code="estuaire")
    assert "a changé depuis" in words(client.get(f"{at}/verification").text)


def version_of(site, at):
    with site.app.app_context():
        with build.serving("carene"):
            version = db.session.get(Opening, UUID(at.rpartition("/")[2])).version
        db.session.remove()
    return version
