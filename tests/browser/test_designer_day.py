"""The guide « Adapter un programme », followed to the letter: from the draft to what new cases follow."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from app.config import ROOT
from app.publishing import publication_runs
from app.services import releases
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import Visitor

INES: Final = "ines.carrel@exemple.invalid"
GUIDE: Final = (ROOT / "docs/guides/adapter-un-programme.md").read_text(encoding="utf-8")
SECTION: Final = GUIDE.partition("## Un changement entier")[2].partition("\n## ")[0]
ASKED: Final = set(re.findall(r"\*\*(.+?)\*\*", SECTION.replace("\n   ", " ")))
SECOND: Final = "valider_une_seconde_fois"


class Follower:
    """Somebody who presses and fills only what the guide names in bold."""

    def __init__(self, visitor: Visitor) -> None:
        self.page: Page = visitor.page
        self.named: set[str] = set()

    def _bold(self, words: str) -> str:
        assert words in ASKED, f"le guide ne dit pas « {words} »"
        self.named.add(words)
        return words

    def press(self, words: str) -> None:
        self.page.get_by_role("button", name=self._bold(words), exact=True).locator(
            "visible=true"
        ).first.click()

    def unfold(self, words: str) -> None:
        self.page.locator("summary", has_text=self._bold(words)).first.click()

    def go(self, words: str) -> None:
        self.page.get_by_role("link", name=self._bold(words), exact=True).first.click()

    def fill(self, words: str, text: str) -> None:
        self.page.get_by_label(self._bold(words), exact=True).locator("visible=true").first.fill(text)

    def take(self, words: str, option: str) -> None:
        self.page.get_by_label(self._bold(words), exact=True).locator("visible=true").first.select_option(
            label=option
        )

    def line(self, title: str) -> None:
        """Open the list of a diagram from its line on the first page."""
        row = self.page.locator(".studio-file", has=self.page.get_by_role("link", name=title, exact=True))
        row.get_by_role("link", name=re.compile(f"^{self._bold('En liste')}")).first.click()


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """CARENE with a household whose diagnosis waits to be validated; publishing simulates little."""
    monkeypatch.setattr(publication_runs, "HOUSEHOLDS", 4)
    monkeypatch.setattr(publication_runs, "MONTHS", 3)
    with live.serving(sqlite_url, tmp_path) as running:
        yield running


def test_a_designer_follows_the_guide_and_new_cases_follow_her(
    server: Live, browser: Browser, shots: Path
) -> None:
    with server.acting():
        old = build.a_case("valider_diagnostic")
    ines = Visitor(browser, server.url, shots=shots)
    ines.enter(INES)
    follower = Follower(ines)
    draw(ines, follower)
    ask_and_decide(ines, follower)
    prove_and_publish(ines, follower)
    assert follower.named == ASKED
    ines.leave()

    with server.acting():
        assert releases.current().number == 2
        build.complete("valider_diagnostic", case=old, complet=True)
        assert SECOND not in {task.element for task in build.open_tasks(old.case_id)}
        new = build.a_case("valider_diagnostic")
        build.complete("valider_diagnostic", case=new, complet=True)
        assert {task.element for task in build.open_tasks(new.case_id)} == {SECOND}


def draw(ines: Visitor, follower: Follower) -> None:
    """Add a second validation, and wait fourteen days in place of twenty-one."""
    page = ines.page
    ines.go("/t/carene/")
    page.get_by_text("Territoire", exact=True).first.click()
    follower.go("Atelier")
    follower.line("Validation du diagnostic")
    page.get_by_role("link", name="Valider le diagnostic", exact=True).click()
    follower.unfold("Ajouter une étape après")
    follower.fill("Son nom", "Valider une seconde fois")
    follower.press("Ajouter")
    expect(page.locator("#choisi .studio-problems")).to_contain_text("Erreur")
    follower.take("Formulaire", "Validation du diagnostic")
    follower.fill("À faire en, combien", "3")
    follower.take("À faire en, unité", "jours ouvrés")
    follower.press("Enregistrer cette étape")
    expect(page.locator("#choisi .studio-problems")).to_have_count(0)
    ines.go("/t/carene/atelier")
    follower.line("Visite à domicile")
    page.get_by_role("link", name="21 jours sans rendez-vous", exact=True).click()
    follower.fill("Attend, combien", "14")
    follower.fill("Nom", "14 jours sans rendez-vous")
    follower.press("Enregistrer cette étape")
    expect(page.locator(".step-row--chosen")).to_contain_text("14 jours")


def ask_and_decide(ines: Visitor, follower: Follower) -> None:
    """Add a question to a form and a rule to a table."""
    page = ines.page
    ines.go("/t/carene/atelier")
    page.get_by_role("link", name="Compte rendu de visite", exact=True).first.click()
    page.locator("[data-field-link]").first.click()
    follower.fill("Question", "Qui a ouvert la porte ?")
    follower.press("Ajouter le champ")
    expect(page.locator("#panneau-titre")).to_have_text("Qui a ouvert la porte ?")
    ines.go("/t/carene/atelier")
    page.get_by_role("link", name="Droits à vérifier", exact=True).first.click()
    follower.go("Remplir comme un formulaire")
    rows = page.locator(".sheet tbody tr")
    before = rows.count()
    follower.press("Ajouter une règle")
    expect(rows).to_have_count(before + 1)
    page.locator(f"[name='r{before}.e0']").fill('"proprietaire_occupant"')
    page.locator(f"[name='r{before}.s0']").fill('"adil"')
    page.locator(f"[name='r{before}.s1']").fill('"Copropriété : faire le point avec l\'ADIL"')
    page.locator(f"[name='r{before}.pourquoi']").fill("Demandé par le pôle")
    follower.press("Enregistrer dans le brouillon")
    ines.sees("La table est enregistrée dans le brouillon.")


def prove_and_publish(ines: Visitor, follower: Follower) -> None:
    """Simulate the draft, then publish it."""
    page = ines.page
    ines.go("/t/carene/atelier")
    follower.go("Essais")
    page.get_by_label("Ménages").fill("4")
    page.get_by_label("Mois", exact=True).fill("3")
    follower.press("Lancer la simulation")
    expect(page.locator("main")).to_contain_text("Incidents", timeout=120_000)
    ines.go("/t/carene/atelier")
    follower.go("Publier")
    expect(page.locator("#changements")).to_contain_text("Valider une seconde fois")
    expect(page.locator("#changements")).to_contain_text("Qui a ouvert la porte ?")
    page.get_by_label("Ce que change cette version, en une phrase").fill("Deux regards, quatorze jours")
    follower.press("Vérifier, simuler et publier")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 2 publiée", timeout=120_000)
