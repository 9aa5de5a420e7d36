"""The guide « Adapter un programme », followed to the letter, by keyboard alone, up to a new case."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.config import ROOT
from app.publishing import publication_runs
from app.services import releases
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import Visitor
from tests.designer_day import CONDITION, KEY, QUESTION, REASON, RULE, SECOND, SECOND_NAME, said, the_day

INES: Final = "ines.carrel@exemple.invalid"
GUIDE: Final = (ROOT / "docs/guides/adapter-un-programme.md").read_text(encoding="utf-8")
SECTION: Final = GUIDE.partition("## Un changement entier")[2].partition("\n## ")[0]
ASKED: Final = set(re.findall(r"\*\*(.+?)\*\*", SECTION.replace("\n   ", " ")))
_STOPS: Final = """control => { const on = document.activeElement;
  if (on === control) return 0;
  const from = on === document.body ? document.querySelector(":target") : on;
  const side = from?.compareDocumentPosition(control) & Node.DOCUMENT_POSITION_PRECEDING ? -1 : 1;
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && one.type !== "radio");
  const after = (one, other) => other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  const between = stops.filter((one) => side > 0
    ? after(control, one) && (!from || after(one, from)) : after(one, control) && after(from, one));
  return side * (between.length + 1); }"""
"""About how many times to press Tab, or Shift and Tab for what stands before; 0 once there."""


class Follower:
    """Somebody without a mouse who presses and fills only what the guide names in bold."""

    def __init__(self, visitor: Visitor) -> None:
        self.page: Page = visitor.page
        self.named: set[str] = set()

    def _bold(self, words: str) -> str:
        assert words in ASKED, f"le guide ne dit pas « {words} »"
        self.named.add(words)
        return words

    def reach(self, wanted: Locator) -> None:
        """Press Tab, or Shift and Tab for what stands before, until it has the focus."""
        expect(wanted).to_be_visible()
        for _ in range(60):
            stops = wanted.evaluate(_STOPS)
            if stops == 0:
                return
            for _ in range(max(1, abs(stops) - 3)):
                self.page.keyboard.press("Tab" if stops > 0 else "Shift+Tab")
        raise AssertionError(f"{wanted} ne s'atteint pas au clavier")

    def write(self, wanted: Locator, text: str) -> None:
        """Reach a box and write over what it holds."""
        self.reach(wanted)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def enter(self, wanted: Locator) -> None:
        """Reach what can be pressed, and press Enter."""
        self.reach(wanted)
        self.page.keyboard.press("Enter")

    def press(self, words: str) -> None:
        self.enter(
            self.page.get_by_role("button", name=self._bold(words), exact=True).locator("visible=true").first
        )

    def unfold(self, words: str) -> None:
        self.enter(self.page.locator("summary", has_text=self._bold(words)).first)

    def go(self, words: str) -> None:
        self.enter(self.page.get_by_role("link", name=self._bold(words), exact=True).first)

    def choose(self, words: str) -> None:
        """Open what a line names, not go to where the page tells of it."""
        self.enter(self.page.locator("a:not([href^='#'])", has_text=words).first)

    def _box(self, words: str) -> Locator:
        return self.page.get_by_label(self._bold(words), exact=True).locator("visible=true").first

    def fill(self, words: str, text: str) -> None:
        self.write(self._box(words), text)

    def add(self, words: str, text: str) -> None:
        """Write after what a box holds."""
        self.reach(self._box(words))
        self.page.keyboard.press("End")
        self.page.keyboard.type(text)

    def tick(self, words: str) -> None:
        self.reach(self._box(words))
        self.page.keyboard.press("Space")

    def take(self, words: str, option: str) -> None:
        box = self._box(words)
        self.reach(box)
        self.page.keyboard.type(re.split("[^ -~]", option)[0])  # an accent is typed as no key of its own
        assert box.evaluate("list => list.selectedOptions[0].label").strip() == option

    def line(self, title: str) -> None:
        """Open the list of a diagram from its line on the first page."""
        self.page.goto("/t/carene/atelier")
        row = self.page.locator(".studio-file", has=self.page.get_by_role("link", name=title, exact=True))
        self.enter(row.get_by_role("link", name=re.compile(f"^{self._bold('En liste')}")).first)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """CARENE with a household whose diagnosis waits to be validated; publishing simulates little."""
    monkeypatch.setattr(publication_runs, "HOUSEHOLDS", 4)
    monkeypatch.setattr(publication_runs, "MONTHS", 3)
    with live.serving(sqlite_url, tmp_path) as running:
        yield running


def test_a_designer_follows_the_guide_by_keyboard_and_new_cases_follow_her(
    server: Live, browser: Browser, shots: Path
) -> None:
    with server.acting():
        old = build.a_case("valider_diagnostic")
        files = dict(releases.current().bundle.files)
    the_day(files)
    ines = Visitor(browser, server.url, shots=shots)
    ines.enter(INES)
    follower = Follower(ines)
    draw(ines, follower)
    ask(ines, follower)
    decide(ines, follower)
    prove_and_publish(ines, follower)
    assert follower.named == ASKED
    ines.leave()

    with server.acting():
        published = releases.current()
        assert published.number == 2
        assert said(published.bundle.files) == said(files)
        build.complete("valider_diagnostic", case=old, complet=True)
        assert SECOND not in {task.element for task in build.open_tasks(old.case_id)}
        new = build.a_case("valider_diagnostic")
        build.complete("valider_diagnostic", case=new, complet=True)
        assert {task.element for task in build.open_tasks(new.case_id)} == {SECOND}


def draw(ines: Visitor, follower: Follower) -> None:
    """Add a second validation."""
    page = ines.page
    ines.go("/t/carene/")
    follower.enter(page.locator("summary", has_text="Territoire").first)
    follower.go("Atelier")
    follower.line("Validation du diagnostic")
    follower.choose("Valider le diagnostic")
    follower.unfold("Ajouter une étape après")
    follower.fill("Son nom", SECOND_NAME)
    follower.press("Ajouter")
    expect(page.locator("#choisi .studio-problems")).to_contain_text("Erreur")
    follower.take("Formulaire", "Validation du diagnostic")
    follower.fill("À faire en, combien", "3")
    follower.take("À faire en, unité", "jours ouvrés")
    follower.fill("Réponses qui servent à la suite", "validation.complet")
    follower.press("Enregistrer cette étape")
    expect(page.locator("#choisi .studio-problems")).to_have_count(0)


def ask(ines: Visitor, follower: Follower) -> None:
    """Ask a question at the visit, which waits fourteen days and no more twenty-one; decide after it."""
    page = ines.page
    ines.go("/t/carene/atelier")
    follower.choose("Compte rendu de visite")
    follower.choose("Moisissures")
    follower.fill("Question", QUESTION)
    follower.take("Type", "Nombre")
    follower.press("Ajouter le champ")
    expect(page.locator("#panneau-titre")).to_have_text(QUESTION)
    follower.tick("Réponse obligatoire")
    follower.press("Enregistrer le champ")
    expect(page.locator(".form-editor__line--here")).to_contain_text("obligatoire")
    follower.line("Visite à domicile")
    follower.choose("Réaliser la visite")
    follower.add("Réponses qui servent à la suite", f", visite.{KEY}")
    follower.press("Enregistrer cette étape")
    follower.choose("21 jours sans rendez-vous")
    follower.fill("Attend, combien", "14")
    follower.fill("Nom", "14 jours sans rendez-vous")
    follower.press("Enregistrer cette étape")
    expect(page.locator(".step-row--chosen")).to_contain_text("14 jours")
    follower.line("Validation du diagnostic")
    follower.choose("Diagnostic complet ?")
    follower.fill("Si", CONDITION)
    follower.press("Enregistrer cette étape")
    expect(page.locator("#choisi .studio-problems")).to_have_count(0)


def decide(ines: Visitor, follower: Follower) -> None:
    """Add a rule to a table."""
    page = ines.page
    ines.go("/t/carene/atelier")
    follower.choose("Droits à vérifier")
    follower.go("Remplir comme un formulaire")
    rows = page.locator(".sheet tbody tr")
    expect(rows.first).to_be_visible()
    before = rows.count()
    follower.press("Ajouter une règle")
    expect(rows).to_have_count(before + 1)
    cells = ("e0", "e1", "e2", "e3", "s0", "s1")
    for name, cell in (*zip(cells, RULE, strict=True), ("pourquoi", REASON)):
        if cell:
            follower.write(page.locator(f"[name='r{before}.{name}']"), cell)
    follower.press("Enregistrer dans le brouillon")
    ines.sees("La table est enregistrée dans le brouillon.")


def prove_and_publish(ines: Visitor, follower: Follower) -> None:
    """Simulate the draft, then publish it."""
    page = ines.page
    ines.go("/t/carene/atelier")
    follower.go("Essais")
    follower.write(page.get_by_label("Ménages"), "4")
    follower.write(page.get_by_label("Mois", exact=True), "3")
    follower.press("Lancer la simulation")
    expect(page.locator("main")).to_contain_text("Incidents", timeout=120_000)
    ines.go("/t/carene/atelier")
    follower.go("Publier")
    expect(page.locator("#changements")).to_contain_text(SECOND_NAME)
    expect(page.locator("#changements")).to_contain_text(QUESTION)
    follower.write(
        page.get_by_label("Ce que change cette version, en une phrase"), "Deux regards, quatorze jours"
    )
    follower.press("Vérifier, simuler et publier")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 2 publiée", timeout=120_000)
