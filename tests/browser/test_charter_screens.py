"""The charter, from its text to the signatures: on paper, by a link, withdrawn (ANG-6)."""

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
CHARTER: Final = "/t/angers/charte"
TEXT: Final = "Les structures s'engagent à :\n- repérer les situations ;\n- tenir leur fiche à jour."


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """The network with its directory, and no charter yet."""
    with live.serving(sqlite_url, tmp_path, started=MONDAY, code="angers") as served:
        yield served


def test_a_charter_is_published_then_signed_on_paper_and_by_a_link(
    browser: Browser, site: Live, shots: Path
) -> None:
    lead = Visitor(browser, site.url, shots=shots)
    lead.enter(LEAD)
    lead.go(CHARTER)
    lead.sees("La charte n'est pas encore publiée")
    assert lead.sends("Publier cette version") == 422
    lead.page.get_by_label("Titre").fill("Charte du réseau")
    lead.page.get_by_label("Texte").fill(TEXT)
    lead.send("Publier cette version")
    lead.sees("La version 1 de la charte est publiée.")

    lead.page.locator("summary", has_text="Noter une signature sur papier").click()
    assert lead.sends("Noter la signature") == 422
    lead.page.get_by_label("Structure", exact=True).select_option(label="Podeliha")
    written_by(lead, "Anne Jolivet", "Directrice")
    lead.page.get_by_label("Signée le").fill("2026-09-01")
    lead.send("Noter la signature")
    lead.sees("La signature est enregistrée.")
    lead.sees("1 structure sur 10 a signé la version 1.")

    row = lead.page.locator("tr", has_text="Alisée")
    row.get_by_role("button", name="Donner un lien").click()
    address = re.search(r"/s/[\w-]+", lead.page.content())
    assert address is not None
    by_link(Visitor(browser, site.url, shots=shots, viewport=NARROW), address[0])
    lead.go(CHARTER)
    expect(lead.page.locator("tr", has_text="Alisée")).to_contain_text("Bruno Chauvin, Directeur")
    lead.look("charte", "Charte")
    lead.leave()


def written_by(somebody: Visitor, name: str, function: str) -> None:
    """Say who signs, as what, and that it commits the structure."""
    page = somebody.page
    page.get_by_label("Nom de la personne qui signe").fill(name)
    page.get_by_label("Fonction").fill(function)
    page.get_by_label("Elle signe en qualité de").select_option(label="Responsable de la structure")
    page.get_by_text("s'engage à respecter cette version de la charte").click()


def by_link(structure: Visitor, address: str) -> None:
    """Read and sign on a phone without an account; coming back signs nothing twice."""
    structure.go(address)
    expect(structure.page.locator(".prose li")).to_have_count(2)
    assert structure.sends("Signer la charte") == 422
    written_by(structure, "Bruno Chauvin", "Directeur")
    structure.look("charte-lien", "Charte")
    structure.send("Signer la charte")
    structure.sees("Votre signature est enregistrée.")
    structure.go(address)
    structure.sees("Votre structure a signé cette version. Merci.")
    structure.leave()
