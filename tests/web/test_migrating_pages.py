"""The pages that carry running cases over: in order, and under wrong use."""

import re
from uuid import UUID, uuid4

import pytest

from app.database import db, end_read
from tests import build
from tests.migration_house import OLD, a_new_release, rename_the_appointment, the_lot
from tests.web.server import token_of

ADMIN, TECH = "admin@carene.invalid", "technicien@carene.invalid"
HOME = "/t/carene/parcours/migrer"


@pytest.fixture
def ready(site):
    """Two cases on the first version, and a second one in which the appointment has another id."""
    with site.app.app_context(), build.serving("carene"):
        opened = [build.an_alert(), build.a_case(OLD)]
        cases = [case.reference for case in opened]
        ids = [str(build.the_process_row(case).id) for case in opened]
        a_new_release(rename_the_appointment)
        db.session.remove()
    return site, site.as_(ADMIN), cases, ids


def post(client, path, /, **form):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def pump(site):
    with site.app.app_context(), build.serving("carene"):
        build.pump()
        end_read()
        db.session.remove()


def text(answer):
    return re.sub(r"\s+", " ", answer.text)


def begun(site, client, **form):
    answer = post(client, HOME, **{"lesquels": "tous", "vers": "2", **form})
    assert answer.status_code == 302
    pump(site)
    return answer.location


def test_a_lot_is_chosen_judged_mapped_launched_and_brought_back(ready):
    site, client, (alert, waiting), _ = ready
    asked = client.get(HOME).text
    assert alert in asked
    assert waiting in asked
    lot = begun(site, client)
    page = text(client.get(lot))
    assert "dites où elle continue" in page
    steps = client.get(f"{lot}/etapes").text
    assert 'value="visite/fixer_rendez_vous" selected' in steps
    source = re.search(r'data-source="([^"]+)"', steps).group(1)
    assert client.get(source).mimetype == "application/xml"
    sent = {"tour": "1", f"vers:visite/{OLD}": "visite/fixer_rendez_vous"}
    assert post(client, f"{lot}/etapes", **sent).status_code == 302
    assert "Étude de chaque parcours" in text(client.get(lot))
    pump(site)
    assert post(client, f"{lot}/lancer", tour="2", motif="Une visite mieux nommée.").status_code == 302
    assert "Passage" in text(client.get(lot))
    pump(site)
    page = text(client.get(lot))
    assert "Une visite mieux nommée." in page
    assert page.count("Ramener</button>") == 2
    assert "Parcours passé de la version 1 à la version 2" in text(
        site.as_("social@carene.invalid").get(f"/t/carene/dossiers/{waiting}")
    )
    assert post(client, f"{lot}/annuler").status_code == 302
    pump(site)
    assert "2 ramenés" in re.sub(r"<[^>]+>", "", text(client.get(lot)))


def test_wrong_use_is_answered_in_a_sentence_and_changes_nothing(ready):
    site, client, _, ids = ready
    nobody = post(client, HOME, lesquels="choix", vers="2")
    assert nobody.status_code == 422
    assert "Cochez au moins un parcours" in text(nobody)
    odd = post(client, HOME, lesquels="choix", vers="2", parcours="'; drop table")
    assert odd.status_code == 422
    lot = begun(site, client, lesquels="choix", parcours=ids[0])
    why = post(client, f"{lot}/lancer", tour="1", motif="")
    assert why.status_code == 422
    assert "Indiquez pourquoi" in text(why)
    assert post(client, f"{lot}/lancer", motif="Sans tour.").status_code == 302
    assert "relisez-le" in text(client.get(lot))
    wrong = post(client, f"{lot}/etapes", **{"tour": "1", "vers:tri/analyser_signalement": "nulle/part"})
    assert wrong.status_code == 422
    assert post(client, f"{lot}/lancer", tour="1", motif="Bien.").status_code == 302
    assert post(client, f"{lot}/lancer", tour="1", motif="Encore.").status_code == 302
    assert "Ce passage n'en est plus là" in text(client.get(lot)).replace("&#39;", "'")
    assert post(client, f"{lot}/nimporte").status_code == 404
    assert client.get(f"{lot}/etapes").status_code == 302
    pump(site)
    with site.app.app_context(), build.serving("carene"):
        assert len(build.the_journal("parcours.migre")) == 1
        assert the_lot(UUID(lot.rpartition("/")[2])).status == "done"
        db.session.remove()


def test_a_lot_that_does_not_exist_or_a_person_without_the_right_finds_nothing(ready):
    site, client, _, _ = ready
    for address in (f"{HOME}/{uuid4()}", f"{HOME}/{uuid4()}/etapes"):
        assert client.get(address).status_code == 404
    other = site.as_(TECH)
    assert other.get(HOME).status_code == 403
    assert post(other, f"{HOME}/{uuid4()}/lancer", motif="Moi.").status_code == 403
    filtered = client.get(f"{HOME}?etape={OLD}&processus=accompagnement&depuis=1&vers=2")
    assert "Le parcours trouvé" in text(filtered)
    assert "Aucun parcours à faire passer" in text(client.get(f"{HOME}?dossier=INCONNU"))


def test_a_case_and_a_version_lead_to_the_page_for_whoever_may(ready):
    _, client, _, ids = ready
    assert "Faire passer à une autre version" in client.get(f"/t/carene/parcours/{ids[0]}").text
    assert "parcours/migrer?vers=2" in client.get("/t/carene/versions/2").text
    assert "parcours/migrer?depuis=1" in client.get("/t/carene/versions/1").text
