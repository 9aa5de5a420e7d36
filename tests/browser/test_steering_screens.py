"""A year is accounted for in a browser: steering, indicators and their cases, a report written and issued."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from app.config import ROOT
from app.database import db
from app.services import demo, releases
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import Visitor

POLE = "helene.riou@exemple.invalid"


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> Iterator[Live]:
    """The demonstration with its sample cases."""
    with live.serving(database_url, tmp_path) as server:
        with server.app.app_context():
            demo.fill(ROOT, only={"carene"})
            db.session.remove()
        yield server


def a_map(server: Live) -> bytes:
    """A made-up map: a tile for each commune of CARENE."""
    with server.app.app_context(), build.serving("carene"):
        codes = [one.insee for one in releases.current().settings.communes]
        db.session.remove()
    features = []
    for place, code in enumerate(codes):
        x, y = -2.4 + 0.1 * (place % 4), 47.2 + 0.08 * (place // 4)
        ring = [[x, y], [x + 0.05, y - 0.01], [x + 0.1, y], [x + 0.1, y + 0.08], [x, y + 0.08], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": code},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_coordinator_accounts_for_the_year(filled: Live, browser: Browser, shots: Path) -> None:
    with filled.app.app_context(), build.serving("carene"):
        build.a_user("administration", name="Ada Min", email="ada@carene.invalid", password=live.PASSWORD)
        db.session.remove()
    admin = Visitor(browser, filled.url, shots=shots)
    admin.go("/connexion")
    admin.page.fill("input[type=email]", "ada@carene.invalid")
    admin.page.fill("input[type=password]", live.PASSWORD)
    admin.page.keyboard.press("Enter")
    expect(admin.page.get_by_role("heading", level=1)).to_be_visible()
    admin.go("/t/carene/pilotage/carte")
    admin.look("pilotage-carte", "Carte")
    chosen = {"name": "communes.geojson", "mimeType": "application/geo+json", "buffer": a_map(filled)}
    admin.page.get_by_label("Fichier GeoJSON des communes").set_input_files(files=[chosen])
    admin.send("Importer les contours")
    admin.sees("La carte a 10 communes.")
    expect(admin.page.locator("main")).to_contain_text("sur 10")
    admin.leave()

    pole = Visitor(browser, filled.url, shots=shots)
    pole.enter(POLE)
    steer(pole)
    read_figures(pole)
    report(pole, filled)
    pole.leave()


def steer(pole: Visitor) -> None:
    """Read on one page what keeps its course, and where."""
    pole.go("/t/carene/pilotage")
    expect(pole.page.locator(".course li").first).to_be_visible()
    expect(pole.page.locator("svg.outlines[role=img] path")).to_have_count(10)
    pole.look("pilotage", "Pilotage")
    pole.page.get_by_role("link", name="Signalés en 12 mois").click()
    expect(pole.page.locator("#communes")).to_contain_text("Saint-Nazaire")


def read_figures(pole: Visitor) -> None:
    """Go from a figure to its breakdown, then to the cases behind."""
    pole.go("/t/carene/indicateurs")
    pole.look("indicateurs", "Indicateurs")
    pole.page.get_by_role("link", name="Situations repérées", exact=True).click()
    pole.sees(re.compile("Nombre de dossiers ouverts dans la période"))
    pole.look("indicateur", "Situations repérées", "Indicateurs")
    communes = pole.page.locator("section", has_text="Commune")
    cell = communes.get_by_role("link", name=re.compile("voir les dossiers : Saint-Nazaire"))
    count = int(re.sub(r"\D.*", "", cell.last.inner_text()))
    cell.last.click()
    expect(pole.page.locator("tbody tr")).to_have_count(count)
    pole.look("indicateur-dossiers", "Dossiers")
    pole.page.locator("tbody a").first.click()
    expect(pole.page).to_have_url(re.compile("/dossiers/DOS-"))
    pole.go("/t/carene/indicateurs")
    with pole.page.expect_download() as handed:
        pole.page.get_by_role("link", name="Classeur (.xlsx)").click()
    assert handed.value.suggested_filename.startswith("indicateurs-")


def report(pole: Visitor, server: Live) -> None:
    """Write a report beside somebody else, look at it, issue it, open its public version."""
    pole.go("/t/carene/rapports")
    pole.send("Commencer le rapport")
    pole.page.get_by_label("L'année en quelques lignes").fill("Une année froide, deux communes de plus.")
    pole.page.get_by_label("Les obstacles rencontrés").fill("Le manque d'artisans.")
    pole.look("rapport-brouillon", "Brouillon")
    pole.send("Enregistrer et voir l'aperçu")
    expect(pole.page.get_by_role("heading", level=1)).to_contain_text("Aperçu", timeout=20_000)
    pole.look("rapport-apercu", "Aperçu")
    pole.page.get_by_role("link", name="Version publique").click()
    expect(pole.page.locator(".report-preview")).to_contain_text("n. c.", timeout=20_000)
    pole.page.get_by_role("link", name=re.compile("Rapport annuel")).click()
    pole.page.get_by_role("button", name="Émettre le rapport").click()
    pole.page.get_by_role("dialog").get_by_role("button", name="Émettre le rapport").click()
    expect(pole.page.locator("body")).to_contain_text("est émis.", timeout=20_000)
    server.pump()
    pole.page.reload()
    pole.look("rapport", "Rapport annuel", str(clock.today().year))
    answer = pole.page.request.get(
        pole.page.get_by_role("link", name="Version publique (PDF)").get_attribute("href") or ""
    )
    assert answer.ok and answer.body().startswith(b"%PDF")
