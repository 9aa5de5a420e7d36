"""The page « Nouveautés »: lineage, what would come, conflicts, and what is offered (CAR-1)."""

import html
import re

import pytest
from flask import Flask

from app import tenancy
from app.catalog.bundle import bundle_from_files
from app.database import db
from app.services import clones, offers, proofs, releases, studio
from tests import build
from tests.web.server import PASSWORD, token_of

VISIT = "bpmn/visite.bpmn"
AT = "/t/estuaire/atelier/nouveautes"
NAME = ('name="Prendre rendez-vous"', 'name="Convenir du rendez-vous"')
DELAY = ('"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>')
OTHER = ('"P21D"</bpmn:timeDuration>', '"P28D"</bpmn:timeDuration>')


def designer():
    return build.an_actor("conception", name="Inès Carrel")


def drafted(app: Flask, *pairs: tuple[str, str]) -> None:
    with app.app_context():
        with tenancy.serving(releases.territory_by_code("estuaire").id):
            studio.opened(designer())
            held = studio.read(VISIT)
            text = held.text
            for old, new in pairs:
                text = text.replace(old, new, 1)
            studio.save(VISIT, text, base=held.digest, by=designer())
        db.session.remove()


def draft_text(app: Flask) -> str:
    with app.app_context():
        with tenancy.serving(releases.territory_by_code("estuaire").id):
            text = studio.read(VISIT).text
        db.session.remove()
    return text


@pytest.fixture
def two(empty_site):
    """CARENE offers its second release; Estuaire, cloned from the first, changed a delay in its draft."""
    with empty_site.app.app_context():
        with build.serving("carene"):
            clones.clone("carene", "estuaire", name="Estuaire")
            files = dict(releases.current().bundle.files)
            for old, new in (NAME, OTHER):
                files[VISIT] = files[VISIT].replace(old.encode(), new.encode(), 1)
            bundle = bundle_from_files(files)
            releases.publish(bundle, note="Un nom plus clair", proof=proofs.of_check(bundle.files, []))
            offers.offer(2, "Éprouvée trois mois.", by=designer())
        for code, role in (("estuaire", "conception"), ("estuaire", "travailleur_social")):
            with tenancy.serving(releases.territory_by_code(code).id):
                build.a_user(role, name=role, email=f"{role}@estuaire.invalid", password=PASSWORD)
        db.session.remove()
    drafted(empty_site.app, DELAY)
    return empty_site


def post(client, path: str, /, **form: str):
    """Send a form with the token of a page that anybody logged in may open."""
    page = client.get("/t/estuaire/aide", follow_redirects=True).text
    return client.post(path, data={"csrf_token": token_of(page), **form})


def words(markup: str) -> str:
    """What a page says, white space evened out."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<svg.*?</svg>", " ", markup)))
    return " ".join(text.split())


def in_studio(site, role="conception"):
    client = site.as_(f"{role}@estuaire.invalid")
    client.get("/", follow_redirects=True)
    return client


def test_a_designer_sees_reads_decides_and_applies(two):
    client = in_studio(two)
    page = words(client.get(AT).text)
    assert "CARENE, Saint-Nazaire agglomération version 1" in page
    assert "Version 2" in page and "Un nom plus clair" in page and "Éprouvée trois mois." in page
    shown = client.get(f"{AT}/carene/2").text
    said = words(shown)
    assert "le nom passe de « Prendre rendez-vous » à « Convenir du rendez-vous »" in said
    assert "Garder la vôtre : 14 jours" in said and "28 jours" in said and "Avant : 21 jours" in said
    assert shown.count('<figure class="pull-picture">') == 2 and shown.count("Changé des deux côtés") == 2
    (key,) = re.findall(r'name="conflit" value="(\w+)"', shown)
    (version,) = re.findall(r'name="brouillon" value="(\d+)"', shown)
    asked = {"conflit": key, "brouillon": version, "geste": "appliquer"}
    waiting = post(client, f"{AT}/carene/2", **asked)
    assert waiting.status_code == 422 and "Choisissez ce qui reste" in waiting.text
    assert NAME[1] not in draft_text(two.app)  # nothing is written before
    answer = post(client, f"{AT}/carene/2", **asked, **{f"choix-{key}": "theirs"})
    assert answer.status_code == 302 and answer.location.endswith("/t/estuaire/atelier")
    assert NAME[1] in draft_text(two.app) and OTHER[1] in draft_text(two.app)
    again = post(client, f"{AT}/carene/2", **asked, **{f"choix-{key}": "theirs"})  # the second click
    assert again.status_code == 404 and "il n'y a rien à récupérer" in words(again.text)
    assert "Inès" not in client.get(AT).text and "Déjà récupéré" in words(client.get(AT).text)


def test_a_draft_that_moved_gives_the_merge_again_with_the_choices(two):
    client = in_studio(two)
    shown = client.get(f"{AT}/carene/2").text
    (key,) = re.findall(r'name="conflit" value="(\w+)"', shown)
    (version,) = re.findall(r'name="brouillon" value="(\d+)"', shown)
    drafted(two.app, ('name="Réaliser la visite"', 'name="Faire la visite"'))
    sent = {"conflit": key, "brouillon": version, "geste": "appliquer", f"choix-{key}": "edit"}
    stale = post(client, f"{AT}/carene/2", **sent, **{f"valeur-{key}": '"P18D"'})
    assert stale.status_code == 409 and "vos choix sont gardés" in words(stale.text)
    assert "&#34;P18D&#34;" in stale.text
    (version,) = re.findall(r'name="brouillon" value="(\d+)"', stale.text)
    done = post(client, f"{AT}/carene/2", **{**sent, "brouillon": version}, **{f"valeur-{key}": '"P18D"'})
    assert done.status_code == 302
    assert '"P18D"</bpmn:timeDuration>' in draft_text(two.app) and "Faire la visite" in draft_text(two.app)


def test_offering_and_withdrawing_from_the_page(two):
    client = in_studio(two)
    answer = post(client, f"{AT}/offrir", version="1", mots="Notre version", geste="offrir")
    assert answer.status_code == 302
    assert "Offerte" in client.get(AT).text
    assert post(client, f"{AT}/offrir", version="1", mots="x" * 501, geste="offrir").status_code == 422
    assert post(client, f"{AT}/offrir", version="7", geste="offrir").status_code == 404
    assert post(client, f"{AT}/offrir", version="1", geste="retirer").status_code == 302
    assert "Ne plus l'offrir" not in client.get(AT).text


def test_wrong_addresses_and_wrong_people_get_nothing(two):
    client = in_studio(two)
    for where in ("carene/1", "carene/3", "estuaire/1", "atlantide/2"):
        assert client.get(f"{AT}/{where}").status_code == 404
        assert post(client, f"{AT}/{where}", geste="appliquer", brouillon="1").status_code == 404
    assert client.get("/t/carene/atelier/nouveautes").status_code in {302, 404}
    worker = in_studio(two, "travailleur_social")
    assert worker.get(AT).status_code == 403
    assert worker.get(f"{AT}/carene/2").status_code == 403
    assert post(worker, f"{AT}/carene/2", geste="appliquer", brouillon="1").status_code == 403
    assert post(worker, f"{AT}/offrir", version="1").status_code == 403
