"""A postman at a door with a phone and three minutes; the team that sends him and reads the results."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect
from sqlalchemy import select

from app.database import db, end_read
from app.models import Case, DoorAnswer, Target
from app.services import campaigns
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, Visitor
from tests.campaign_house import ABSENT, NO, YES, a_campaign, knock, opened, targets, the_round

YANN = "yann.lebihan@exemple.invalid"
REFUSAL = {"present": "oui", "accepte_echange": False, "motif_refus": "pas_besoin"}
TARGET = 44
"""Pixels a finger needs (WCAG 2.5.5)."""


@pytest.fixture(scope="module")
def server(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """CARENE with a campaign in the field, nothing walked yet."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("facteur")) as served:
        yield served


@pytest.fixture
def code(server: Live) -> str:
    """The code of a new round, of a new campaign."""
    with server.acting():
        return opened(a_campaign(field=True, sheet=sheet()))[1]


def sheet() -> str:
    """Three addresses that no campaign has yet."""
    with_number = len(db.session.scalars(select(DoorAnswer)).all()) + len(campaigns.listing()) * 100
    rows = "".join(
        f"{with_number + place} rue des Lilas;44600;Saint-Nazaire;Tournée 1\n" for place in (2, 4, 6)
    )
    return f"Adresse;Code postal;Commune;Tournée\n{rows}"


def said(server: Live) -> list[str]:
    """What came of the doors, in the order they were recorded."""
    with server.acting():
        rows = db.session.scalars(select(DoorAnswer).order_by(DoorAnswer.at)).all()
        return [row.outcome for row in rows]


def end_round(server: Live, address: str) -> None:
    """Close the round that an address is in."""
    with server.acting():
        row = db.session.scalars(select(Target).where(Target.address == address)).one()
        campaign_id, round_id = row.campaign_id, row.round_id
        end_read()
        campaigns.close_round(campaign_id, round_id, by=build.an_actor("ecorenove"))


def test_a_door_takes_one_thumb_and_three_minutes(server: Live, browser: Browser, code: str, shots: Path):
    postman = Visitor(browser, server.url, shots=shots, viewport=NARROW, has_touch=True)
    page = postman.page
    postman.go(f"/t/carene/tournee/code/{code}")
    postman.look("facteur-code", "Ouvrir ma tournée")
    postman.send("Commencer la tournée")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tournée 1")
    postman.look("facteur-tournee", "Tournée")
    page.locator(".round-next").tap()
    expect(page.locator("form.door")).to_be_visible()
    postman.look("facteur-porte", "Tournée 1")
    page.set_viewport_size(NARROW)
    page.locator('[data-champ="present"] input[value=oui]').check()
    gestures = 1
    for key, value in {name: value for name, value in YES.items() if name != "present"}.items():
        postman.put(key, value)
        gestures += 1
    drawn = page.locator(".door .choice:visible, .door .button").all()
    small = [box for box in (one.bounding_box() for one in drawn) if box and box["height"] < TARGET]
    assert small == []
    assert gestures <= 16  # ten seconds each: less than three minutes
    postman.sees("Plafonds 2026")
    postman.look("facteur-questions", "Tournée 1")
    page.set_viewport_size(NARROW)
    before = len(said(server))
    address = page.locator("[data-door-title]").inner_text()
    postman.send("Enregistrer")
    postman.sees(f"Enregistré : {address}.")
    expect(page.locator("[data-door-title]")).not_to_have_text(address)  # the next door is there already
    expect(page.locator('[data-champ="nom"]')).to_be_hidden()
    page.get_by_text("Les autres adresses").tap()
    page.locator("[data-next]:visible").first.tap()
    expect(page.locator(".round-doors li:visible")).to_have_count(0)
    postman.go("/t/carene/tournee")
    postman.sees("1 sur 3 enregistrées")
    expect(page.locator("body")).not_to_contain_text("Le Bihan")  # nothing is read back (LAW-1)
    assert said(server)[before:] == ["accord"]
    with server.acting():
        assert db.session.scalars(select(Case)).first() is not None
    postman.leave()


def test_without_a_network_the_answer_waits_in_the_phone_and_leaves_by_itself(
    server: Live, browser: Browser, code: str, shots: Path
):
    postman = Visitor(browser, server.url, shots=shots, viewport=NARROW, has_touch=True)
    page = postman.page
    postman.go(f"/t/carene/tournee/code/{code}")
    postman.send("Commencer la tournée")
    page.locator(".round-next").tap()
    first = page.locator("[data-door-title]").inner_text()
    before = len(said(server))
    postman.context.set_offline(True)
    page.locator('[data-champ="present"] input[value=oui]').check()
    postman.send("Enregistrer")
    postman.sees("Répondez à toutes les questions")
    postman.fill({"accepte_echange": False, "motif_refus": NO["motif_refus"]})
    postman.send("Enregistrer")
    postman.sees(f"{first} est gardé dans ce téléphone")
    expect(page.locator("[data-door-title]")).not_to_have_text(first)
    expect(page.locator('[data-champ="accepte_echange"]')).to_be_hidden()
    postman._picture("facteur-sans-reseau")
    page.locator('[data-champ="present"] input[value=absent]').check()
    postman.send("Enregistrer")
    postman.sees("2 réponses attendent")
    assert said(server)[before:] == []
    postman.said.clear()  # the browser says that the network was away
    postman.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    postman.sees("2 réponses sont parties et enregistrées")
    assert sorted(said(server)[before:]) == ["absent", "refus"]
    assert page.evaluate("localStorage.length") == 0
    postman.go("/t/carene/tournee")
    postman.sees("2 sur 3 enregistrées")
    postman.leave()


def test_the_round_opens_again_without_a_network_and_what_is_said_is_sent_once(
    server: Live, browser: Browser, code: str
):
    """CAR-5: opened once, the round is kept on the phone until it ends; no answer ever is (LAW-1)."""
    postman = Visitor(browser, server.url, viewport=NARROW, has_touch=True)
    page = postman.page
    postman.go(f"/t/carene/tournee/code/{code}")
    postman.send("Commencer la tournée")
    expect(page.locator("[data-kept]")).to_be_visible()
    names = page.locator("[data-door-row] a").all_inner_texts()
    before = len(said(server))
    postman.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-door-row] a")).to_have_text(names)
    page.locator("[data-door-row] a").nth(1).tap()
    expect(page.locator("[data-door-title]")).to_have_text(names[1])  # never opened before
    page.reload()
    expect(page.locator("[data-door-title]")).to_have_text(names[1])
    postman.fill({"present": "oui", "accepte_echange": False, "motif_refus": NO["motif_refus"]})
    postman.send("Enregistrer")
    postman.sees(f"{names[1]} est gardé dans ce téléphone")
    page.goto(f"{server.url}/t/carene/tournee")
    expect(page.locator("[data-door-row]").nth(1)).to_contain_text("en attente du réseau")
    shelf = page.evaluate(
        "caches.open('relais-tournee').then((one) => one.keys())"
        ".then((all) => all.map((one) => new URL(one.url).pathname))"
    )
    assert {path for path in shelf if not path.startswith("/static/")} == {"/t/carene/tournee"}
    assert said(server)[before:] == []
    postman.said.clear()
    postman.context.set_offline(False)
    page.reload()
    postman.sees("Une réponse est partie et enregistrée")
    page.reload()
    assert said(server)[before:] == ["refus"]
    end_round(server, names[0])
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ouvrir ma tournée")
    page.wait_for_function("caches.has('relais-tournee').then((there) => !there)")
    postman.context.set_offline(True)
    with pytest.raises(Error, match="ERR_"):
        page.reload()
    postman.leave()


def test_the_round_works_without_a_script(server: Live, browser: Browser, code: str):
    postman = Visitor(browser, server.url, viewport=NARROW, java_script_enabled=False)
    page = postman.page
    postman.go(f"/t/carene/tournee/code/{code}")
    postman.send("Commencer la tournée")
    page.locator(".round-next").click()
    postman.fill(YES)
    assert postman.sends("Enregistrer") == 302
    postman.sees("Enregistré :")
    page.locator(".round-next").click()
    assert postman.sends("Enregistrer") == 422
    expect(page.get_by_role("alert").first).to_contain_text("Quelqu'un ouvre")
    postman.leave()


def test_the_team_imports_addresses_forms_rounds_and_reads_the_results(
    server: Live, browser: Browser, tmp_path: Path, shots: Path
):
    with server.acting():
        campaign_id = a_campaign(field=True, sheet=None, nom="Printemps 2026")
    yann = Visitor(browser, server.url, shots=shots)
    page = yann.page
    yann.enter(YANN)
    yann.go("/t/carene/campagnes")
    yann.look("campagnes", "Campagnes")
    page.get_by_role("link", name="Printemps 2026").click()
    page.get_by_role("link", name="Importer des adresses").click()
    yann.look("campagne-import", "Importer des adresses")
    assert yann.sends("Relire le fichier") == 422
    file = tmp_path / "adresses.csv"
    rows = [f"{number} rue Neuve;44480;Donges" for number in range(1, 7)]
    file.write_text("\n".join(["Adresse;CP;Ville", *rows, "7 rue Neuve;;", "8 rue Vieille;75001;Paris"]))
    page.locator("#fichier").set_input_files(file)
    yann.send("Relire le fichier")
    yann.sees("Rien n'est chargé")
    yann.sees("« Paris » n'est pas une commune du territoire.")
    yann.look("campagne-apercu", "adresses.csv")
    yann.send("Charger les 6 adresses")
    yann.sees("6 adresses sont chargées.")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Télécharger ces lignes").click()
    assert "À corriger" in Path(saved.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Revenir à la campagne").click()
    page.get_by_label("Adresses par tournée").fill("4")
    yann.send("Former les tournées")
    yann.sees("2 tournées sont formées.")
    page.get_by_role("button", name="Donner un code").first.click()
    expect(page.locator(".round-code")).to_be_visible()
    yann.look("campagne", "Printemps 2026")
    yann.go(f"/t/carene/campagnes/{campaign_id}")
    expect(page.locator(".round-code")).to_have_count(0)
    with server.acting():
        first = the_round(campaign_id, "Donges 1").id
        for target, answer in zip(targets(campaign_id), (YES, REFUSAL, ABSENT, ABSENT), strict=False):
            knock(first, target.id, answer)
    yann.go(f"/t/carene/campagnes/{campaign_id}/resultats?version=interne")
    yann.sees("2 ménages contactés, 1 visite acceptée")
    yann.look("campagne-resultats", "Résultats")
    yann.go(f"/t/carene/campagnes/{campaign_id}/resultats")
    expect(page.locator("#communes")).to_contain_text("n. c.")
    yann.look("campagne-resultats-publics", "Résultats")
    yann.leave()
