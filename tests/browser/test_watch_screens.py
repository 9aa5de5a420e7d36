"""The watch: what structures count each quarter, typed for one, given by another's link (ANG-2, LAW-9)."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, Visitor

MONDAY: Final = datetime(2026, 9, 7, 9, 0, tzinfo=clock.PARIS)
LEAD: Final = "claire.menard@exemple.invalid"
WATCH: Final = "/t/angers/veille"
MET: Final = "Ménages reçus pour une difficulté d'énergie"


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """The network, where nobody has counted yet."""
    with live.serving(sqlite_url, tmp_path, started=MONDAY, code="angers") as served:
        yield served


def test_structures_count_their_quarter_and_small_numbers_stay_hidden(
    browser: Browser, site: Live, shots: Path
) -> None:
    lead = Visitor(browser, site.url, shots=shots)
    lead.enter(LEAD)
    lead.go(WATCH)
    lead.sees("Aucune structure n'a encore donné ses chiffres.")
    lead.page.locator("summary", has_text="Saisir les chiffres d'une structure").click()
    lead.page.get_by_label("Structure", exact=True).first.select_option(label="CCAS d'Angers")
    lead.page.get_by_label(MET).fill("beaucoup")
    assert lead.sends("Enregistrer ces chiffres") == 422
    lead.sees("Indiquez un nombre entier")
    lead.page.get_by_label(MET).fill("141")
    lead.page.get_by_label("Coupures").fill("3")
    lead.send("Enregistrer ces chiffres")
    lead.sees("Les chiffres de la structure sont enregistrés.")

    lead.page.locator("summary", has_text="Donner un lien").click()
    lead.page.locator("#structure-lien").select_option(label="Alisée")
    lead.send("Donner un lien")
    address = re.search(r"/s/[\w-]+", lead.page.content())
    assert address is not None
    counted(Visitor(browser, site.url, shots=shots, viewport=NARROW), address[0])

    lead.go(WATCH)
    expect(lead.page.locator("tr", has_text=MET)).to_contain_text("221")
    expect(lead.page.locator("tr", has_text="Coupures")).to_contain_text("n. c.")
    lead.sees("T3 26 : 2")
    lead.look("veille", "Veille")
    lead.leave()


def counted(structure: Visitor, address: str) -> None:
    """Count on a phone, without an account."""
    structure.go(address)
    structure.look("veille-lien", "Vos chiffres du trimestre")
    structure.page.get_by_label(MET).fill("80")
    structure.send("Enregistrer mes chiffres")
    structure.sees("Vos chiffres sont enregistrés.")
    structure.leave()
