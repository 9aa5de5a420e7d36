"""The coordinator of the pôle brings her spreadsheet in: sends, matches, looks, confirms, undoes one."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests import takeover_sheets
from tests.browser import live
from tests.browser.people import NARROW, Visitor

POLE = "helene.riou@exemple.invalid"
EVENING = datetime(2026, 11, 20, 18, 0, tzinfo=clock.PARIS)


@pytest.fixture
def server(database_url, tmp_path):
    """CARENE without a case, on the evening of the sample sheet."""
    with live.serving(database_url, tmp_path, started=EVENING) as running:
        yield running


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_spreadsheet_becomes_cases_in_an_afternoon(server, browser: Browser, shots):
    """Every page is looked at at 390 and 1280 px."""
    visitor = Visitor(browser, server.url, shots=shots, viewport=NARROW)
    page = visitor.page
    visitor.enter(POLE)
    visitor.go("/t/carene/reprise")
    visitor.look("reprise", "Reprendre des situations")
    page.get_by_label("Tableau des situations ouvertes").set_input_files(takeover_sheets.SAMPLE)
    visitor.send("Lire le tableau")
    expect(page.get_by_role("heading", level=1)).to_have_text("Quelle colonne dit quoi")
    expect(page.get_by_label("Ce que dit la colonne Date de visite")).to_have_value("champ:visite.date")
    for word, step in (
        ("Visite prévue", "Réaliser la visite"),
        ("Diagnostic à rédiger", "Établir le diagnostic"),
        ("Chez le partenaire", "Répondre à la demande"),
    ):
        page.get_by_label(re.compile(word)).select_option(label=step)
    for word in ("PO", "proprio"):
        page.get_by_label(re.compile(f"« ?\u202f?{word}\u202f?»")).select_option(
            label="Propriétaire occupant"
        )
    visitor.look("reprise-colonnes", "Quelle colonne dit quoi")
    add_answer(visitor, "Accord du ménage pour être accompagné", "obtenu")
    add_answer(visitor, "Orientations : Le ménage est d'accord", "oui")
    page.get_by_label("Garder cette correspondance sous le nom").fill("Suivi du pôle")
    visitor.send("Voir l'aperçu")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aperçu de la reprise")
    expect(page.locator(".figures")).to_contain_text("18 à reprendre")
    visitor.sees(re.compile("Vouliez-vous dire"))
    visitor.look("reprise-apercu", "Aperçu de la reprise")
    visitor.send("Reprendre les 18 dossiers")
    expect(page.get_by_role("progressbar", name="Lignes traitées")).to_be_visible()
    visitor.look("reprise-en-cours", "Reprise")
    server.pump()
    visitor.go(page.url)
    expect(page.locator(".figures")).to_contain_text("18 repris")
    visitor.look("reprise-resultat", "Reprise")
    with page.expect_download() as got:
        page.get_by_role("link", name="Télécharger les lignes non reprises").click()
    text = got.value.path().read_text(encoding="utf-8-sig")
    assert "Saint-Nazère" in text
    page.get_by_role("button", name="Annuler", exact=True).first.click()
    page.locator("dialog").get_by_role("button", name="Annuler", exact=True).click()
    visitor.sees("il n'en reste que la trace au journal")
    expect(page.locator(".figures")).to_contain_text("17 repris")
    visitor.leave()


def add_answer(visitor: Visitor, label: str, value: str) -> None:
    """Give one more answer for the whole lot."""
    page = visitor.page
    page.get_by_text("Ajouter une réponse pour tout le lot").click()
    page.get_by_label("Réponse à").select_option(label=label)
    page.get_by_label("Réponse", exact=True).fill(value)
    visitor.send("Mettre à jour cette page")
    visitor.sees("La correspondance est enregistrée.")
