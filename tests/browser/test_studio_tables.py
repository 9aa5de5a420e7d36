"""A designer changes a table and a message in the browser: the real table editor, the checker, the draft."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from app.config import ROOT
from app.services import studio
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, SERIOUS, WIDE, Visitor

INES: Final = "ines.carrel@exemple.invalid"
ENGLISH: Final = re.compile(r"\b(Hit policy|Annotations?|Input|Output|When|And|Then|Add rule|First|Unique)\b")


@pytest.fixture(scope="module")
def served(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """CARENE in service, with its designer."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("tables")) as server:
        yield server


@pytest.fixture
def designer(served: Live, browser: Browser, shots: Path) -> Iterator[Visitor]:
    """Inès Carrel at her browser; it must have complained of nothing when she leaves."""
    visitor = Visitor(browser, served.url, shots=shots)
    visitor.enter(INES)
    yield visitor
    visitor.leave()


def looked_at(visitor: Visitor, name: str, *, but: str = "") -> None:
    """Picture the page at both widths; nothing sticks out, nothing serious is said of it (``but`` aside)."""
    page = visitor.page
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        visitor._picture(f"{name}-{size['width']}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        options = {"exclude": [[but]]} if but else None
        found = Axe().run(page, context=options).response["violations"]
        serious = [
            (item["id"], item["nodes"][0]["html"][:200]) for item in found if item["impact"] in SERIOUS
        ]
        assert serious == [], (name, size, serious)


def stored(served: Live, name: str) -> str:
    with served.acting():
        return studio.read(name).text


def test_every_shipped_table_opens_and_stays_the_same_until_it_is_changed(designer: Visitor, served: Live):
    page = designer.page
    for path in sorted((ROOT / "bpmn/base").glob("*.dmn")):
        before = stored(served, f"dmn/{path.name}")
        designer.go(f"/t/carene/atelier/decisions/{path.stem}")
        expect(page.locator(".decision__canvas .tjs-table")).to_be_visible()
        page.keyboard.press("Control+s")
        expect(page.locator("[data-saved]")).not_to_have_text(re.compile("Enregistré"))
        assert stored(served, f"dmn/{path.name}") == before


def test_a_rule_is_changed_in_the_table_tried_and_kept(designer: Visitor, served: Live):
    page = designer.page
    designer.go("/t/carene/atelier/decisions/triage")
    table = page.locator(".decision__canvas")
    expect(table.locator(".tjs-table")).to_be_visible()
    assert ENGLISH.findall(table.inner_text()) == []
    page.get_by_label("Danger immédiat, énergie coupée ou limitée").select_option("oui")
    page.get_by_role("button", name="Essayer").click()
    expect(page.locator("[data-outcome]")).to_contain_text("Règle 1.")
    expect(table.locator('.rule-matched[data-row-id="triage_1"]').first).to_be_visible()
    looked_at(designer, "atelier-table", but=".decision__canvas")
    cell = table.locator('[data-element-id="triage_1_priorite"]')
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.type('"P9"')
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Enregistré à \d\d:\d\d$"))
    assert '"P9"' in stored(served, "dmn/triage.dmn")
    page.get_by_role("button", name="Essayer").click()
    expect(page.locator("[data-outcome]")).to_contain_text("P9")
    page.reload()
    expect(table).to_contain_text("P9")


def test_a_table_is_filled_like_a_form_with_the_keyboard(designer: Visitor, served: Live):
    page = designer.page
    designer.go("/t/carene/atelier/decisions/delai_contact?vue=simple")
    looked_at(designer, "atelier-table-simple")
    before = page.locator(".sheet tbody tr").count()
    page.get_by_role("button", name="Ajouter une règle", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sheet tbody tr")).to_have_count(before + 1)
    page.get_by_label(re.compile(rf"Règle {before + 1}, pourquoi")).fill("Une règle de plus")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Enregistrer dans le brouillon").press("Enter")
    designer.sees("La table est enregistrée dans le brouillon.")
    assert "Une règle de plus" in stored(served, "dmn/delai_contact.dmn")


def test_a_message_is_written_with_picked_fields_and_seen_filled_in(designer: Visitor, served: Live):
    page = designer.page
    designer.go("/t/carene/atelier/textes/messages/suite_visite")
    seen = page.frame_locator("iframe[name=apercu]")
    expect(seen.locator("body")).to_contain_text("DOS-2026-0001")
    body = page.get_by_label("Texte", exact=True)
    body.fill("Bonjour, dossier ")
    page.get_by_label("Chercher un champ").fill("référence")
    page.get_by_label("Chercher un champ").fill("reference")
    page.locator("[data-pick='dossier.reference']").click()
    expect(body).to_have_value("Bonjour, dossier {{ dossier.reference }}")
    expect(seen.locator("body")).to_contain_text("Bonjour, dossier DOS-2026-0001")
    looked_at(designer, "atelier-message")
    page.keyboard.press("Control+s")
    designer.sees("Le texte est enregistré dans le brouillon.")
    assert "Bonjour, dossier {{ dossier.reference }}" in stored(served, "messages/suite_visite.txt")


def test_a_letter_is_seen_as_it_would_be_printed(designer: Visitor):
    page = designer.page
    designer.go("/t/carene/atelier/textes/documents/lettre_orientation")
    seen = page.frame_locator("iframe[name=apercu]")
    expect(seen.locator("body")).to_contain_text("Élise")
    looked_at(designer, "atelier-document")


def test_a_second_validation_is_made_by_keyboard_alone_through_the_list(designer: Visitor, served: Live):
    page = designer.page
    designer.go("/t/carene/atelier/diagrammes/validation/liste?element=valider_diagnostic")
    looked_at(designer, "atelier-liste")

    def open_part(name: str) -> None:
        page.locator("summary", has_text=name).focus()
        page.keyboard.press("Enter")

    def typed(label: str | re.Pattern[str], text: str) -> None:
        page.get_by_label(label, exact=isinstance(label, str)).locator("visible=true").first.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)

    open_part("Ajouter une étape après")
    typed("Son nom", "Relire à deux")
    page.keyboard.press("Enter")
    designer.sees("L'étape est ajoutée : complétez-la.")
    expect(page.locator("#choisi .studio-problems")).to_contain_text("Erreur")
    page.get_by_label("Formulaire").focus()
    page.keyboard.type("Validation du diagnostic")
    typed("À faire en, combien", "14")
    page.keyboard.press("Enter")
    designer.sees("C'est enregistré dans le brouillon.")
    text = stored(served, "bpmn/validation.bpmn")
    assert 'name="delai" value="&quot;P14D&quot;"' in text
    assert "relire_a_deux" in text
    expect(page.locator("#choisi .studio-problems")).to_have_count(0)
    designer.go("/t/carene/atelier/diagrammes/validation/liste")
    expect(page.locator("#e-relire_a_deux")).to_contain_text("à faire en 14 jours")
