"""A designer changes a diagram in the browser: the real modeler, the real checker, the draft that keeps."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from app import drawing
from app.catalog.fingerprint import canonical_xml
from app.config import ROOT
from app.services import studio
from app.services.actors import SYSTEM
from tests import build
from tests.browser import live
from tests.browser.drawing_hand import choose, delay, drawn, element, kept, pick, place_after, rename, stored
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor
from tests.web.server import PASSWORD

INES: Final = "ines.carrel@exemple.invalid"
SHIPPED: Final = sorted((ROOT / "bpmn").glob("base/*.bpmn")) + sorted((ROOT / "bpmn").glob("*/*/*.bpmn"))
FOREIGN: Final = Path(__file__).parents[1] / "checker/foreign"


@pytest.fixture(scope="module")
def served(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """CARENE in service, with its designer."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("atelier")) as server:
        yield server


@pytest.fixture
def designer(served: Live, browser: Browser, shots: Path) -> Iterator[Visitor]:
    """Inès Carrel at her browser; it must have complained of nothing when she leaves."""
    visitor = Visitor(browser, served.url, shots=shots)
    visitor.enter(INES)
    yield visitor
    visitor.leave()


def test_a_second_validation_is_drawn_named_judged_mended_and_kept(
    designer: Visitor, served: Live, shots: Path
) -> None:
    page = drawn(designer, "validation")
    expect(page.locator("[data-count]")).to_have_text("Rien à corriger")
    place_after(page, "valider_diagnostic", "Valider une seconde fois")
    made = element(page, "valider_une_seconde_fois")
    expect(made).to_be_visible()

    flag = page.locator('.djs-overlays[data-container-id="valider_une_seconde_fois"] .lint--error')
    expect(flag).to_be_visible()
    expect(flag).to_have_attribute("title", re.compile("formulaire"))
    expect(page.locator("[data-count]")).to_have_attribute("data-state", "error")
    page.locator(".problem__go", has_text="Valider une seconde fois").first.click()
    expect(page.locator(".panel__problems")).to_contain_text("formulaire")

    expect(page.get_by_role("combobox", name="Formulaire", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=shots / "atelier-probleme.png")  # shown by docs/guides/adapter-un-programme.md

    pick(page, "Formulaire", "validation du", re.compile("Validation"))
    page.get_by_label("Bouton", exact=True).fill("Confirmer la validation")
    delay(page, "À faire en", "3", "ouvres")
    expect(page.get_by_text(re.compile("Si l'étape arrive maintenant")).first).to_be_visible()
    expect(flag).to_have_count(0)
    expect(page.locator("[data-count]")).not_to_have_attribute("data-state", "error")
    kept(page)

    text = stored(served, "validation")
    assert 'id="valider_une_seconde_fois"' in text
    assert 'id="valider_une_seconde_fois_vers_diagnostic_complet"' in text
    assert re.findall(r'"[A-Z][A-Za-z]+_[0-9a-z]{7}(?:_di)?"', text) == []
    page.reload()
    expect(element(page, "valider_une_seconde_fois")).to_be_visible()
    choose(page, "valider_une_seconde_fois")
    expect(page.get_by_role("spinbutton", name="À faire en")).to_have_value("3")
    designer.look("atelier-validation", "Validation du diagnostic")


def test_a_delay_changes_the_mistake_is_said_on_the_element_and_undo_brings_the_file_back(
    designer: Visitor, served: Live
) -> None:
    before = stored(served, "visite")
    page = drawn(designer, "visite")
    choose(page, "sans_rendez_vous")
    count = page.get_by_role("spinbutton", name="Attend")
    expect(count).to_have_value("21")
    count.fill("14")
    count.press("Enter")
    kept(page)
    assert '"P14D"' in stored(served, "visite").replace("&#34;", '"')
    page.get_by_role("button", name="Renommer « 14 jours sans rendez-vous »").click()
    expect(page.get_by_label("Nom", exact=True)).to_have_value("14 jours sans rendez-vous")

    page.get_by_role("combobox", name="Attend : unité").select_option("expression")
    written = page.get_by_role("textbox", name="Attend : expression")
    written.fill("P14D")
    expect(page.get_by_text("doit être entre guillemets").first).to_be_visible()
    written.press("Enter")
    flag = page.locator('.djs-overlays[data-container-id="sans_rendez_vous"] .lint--error')
    expect(flag).to_be_visible()
    page.keyboard.press("F8")
    expect(page.locator(".panel__problems")).to_be_visible()
    page.get_by_role("textbox", name="Attend : expression").fill('"P14D"')
    page.get_by_role("textbox", name="Attend : expression").press("Enter")
    expect(flag).to_have_count(0)
    kept(page)
    after = stored(served, "visite")
    assert "14 jours sans rendez-vous" in after

    undo = page.get_by_role("button", name="Annuler", exact=True)
    for _ in range(4):  # the delay, the name, the mistake, its mend: one step each
        expect(undo).to_have_attribute("aria-disabled", "false")
        undo.click()
    expect(undo).to_have_attribute("aria-disabled", "true")
    kept(page)
    assert stored(served, "visite") == before, "tout annuler rend le fichier à l'octet près"


def test_every_shipped_diagram_goes_through_the_modeler_unchanged(designer: Visitor) -> None:
    page = drawn(designer, "visite")
    assert len(SHIPPED) > 30
    changed = []
    for path in SHIPPED:
        text = path.read_text(encoding="utf-8")
        written, told, returned = page.evaluate(
            """async (text) => {
              const { sheet } = document.querySelector("[data-atelier]").relais;
              const warnings = await sheet.open(text);
              return [await sheet.write(), warnings.map((one) => one.message), await sheet.text()];
            }""",
            text,
        )
        same = canonical_xml(path.name, text.encode()) == canonical_xml(path.name, written.encode())
        if not same or told or returned != text:
            changed.append((path.name, told))
    assert changed == []


def test_a_file_without_its_drawing_is_drawn_and_keeps_all_that_it_says(designer: Visitor) -> None:
    page = drawn(designer, "visite")
    for name in ("base/visite", "base/mobilisation", "territories/pas-de-calais/mesure"):
        text = (ROOT / f"bpmn/{name}.bpmn").read_text("utf-8")
        bare = re.sub(r"\s*<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", text, flags=re.DOTALL)
        written, shown = page.evaluate(
            """async (text) => {
              const { sheet, modeler } = document.querySelector("[data-atelier]").relais;
              await sheet.open(text);
              return [await sheet.text(), modeler.get("elementRegistry").getAll().map((one) => one.id)];
            }""",
            bare,
        )
        said = written.split("<bpmndi:")[0].rstrip()
        assert said == bare.split("</bpmn:definitions>")[0].rstrip(), name
        ids = set(re.findall(r'bpmnElement="([^"]+)"', text))
        assert ids <= set(shown), (name, ids - set(shown))


def test_another_tools_diagram_opens_with_what_must_be_adapted_or_is_refused_in_words(
    designer: Visitor, served: Live
) -> None:
    with served.acting():
        studio.save("bpmn/etranger.bpmn", SHIPPED[0].read_text("utf-8"), base=None, by=SYSTEM)
    page = drawn(designer, "etranger")
    for number, path in enumerate(sorted(FOREIGN.glob("*.bpmn")), start=2):
        page.locator("[data-import]").set_input_files(path)
        page.get_by_role("dialog", name=re.compile("Remplacer")).get_by_role(
            "button", name="Remplacer"
        ).click()
        expect(page.locator("[data-atelier]")).to_have_attribute("data-shown", str(number))
        refused = page.locator(".atelier__refused")
        if refused.count():
            expect(refused).to_contain_text(re.compile("diagramme BPMN 2.0"))
            expect(page.locator(".djs-shape").first).to_be_visible()  # what was there stays
        else:
            expect(page.locator(".problem--error").first).to_be_visible()


def test_a_hostile_file_runs_nothing_and_is_not_kept(designer: Visitor, served: Live) -> None:
    page = drawn(designer, "manquement")
    before = stored(served, "manquement")
    hostile = '<img src="/x" onerror="document.title=1">'.replace("<", "&lt;").replace('"', "&quot;")
    text = re.sub(r'name="[^"]{6,}"', f'name="{hostile}"', before)
    doctype = text.replace("?>", '?>\n<!DOCTYPE x [<!ENTITY a "&#60;b/>">]>', 1)
    file = FilePayload(name="<b>piège</b>.bpmn", mimeType="application/xml", buffer=doctype.encode())
    page.locator("[data-import]").set_input_files(files=[file])
    page.get_by_role("button", name="Remplacer").click()
    expect(page.locator("[data-saved]")).to_contain_text("Non enregistré")
    page.locator(".djs-shape").first.click(force=True)
    page.locator(".problem__go").first.click()
    expect(page.locator("[data-panel]")).to_be_visible()
    assert "Relais" in page.title()
    assert page.locator("img[src='/x']").count() == 0
    assert stored(served, "manquement") == before


def test_two_designers_see_each_other_and_neither_writes_over_the_other(
    designer: Visitor, served: Live, browser: Browser, shots: Path
) -> None:
    with served.acting():
        build.a_user("conception", name="Paul Guérin", email="paul@carene.invalid", password=PASSWORD)
    paul = Visitor(browser, served.url, shots=shots)
    paul.go("/connexion")
    paul.page.fill("input[type=email]", "paul@carene.invalid")
    paul.page.fill("input[type=password]", PASSWORD)
    paul.page.keyboard.press("Enter")
    expect(paul.page.get_by_role("heading", level=1)).to_be_visible()
    theirs = drawn(paul, "tri")
    mine = drawn(designer, "tri")
    expect(mine.locator("[data-presence]")).to_have_text("Paul Guérin travaille aussi sur ce diagramme")

    rename(theirs, "Tri des alertes de Paul")
    kept(theirs)
    rename(mine, "Tri des alertes d'Inès")
    dialog = mine.get_by_role("dialog", name=re.compile("Paul Guérin a modifié ce fichier"))
    expect(dialog).to_be_visible()
    expect(dialog.locator(".conflict__canvas .djs-element").first).to_be_visible()
    assert "Paul" in stored(served, "tri")
    mine.screenshot(path=shots / "atelier-conflit.png")
    dialog.get_by_role("button", name="Garder la mienne comme copie").click()
    expect(mine.locator("[data-saved]")).to_contain_text("bpmn/tri-copie.bpmn")
    assert "Paul" in stored(served, "tri")
    assert "Inès" in stored(served, "tri-copie")
    assert 'id="tri_copie"' in stored(served, "tri-copie")
    paul.leave()


def test_what_is_searched_copied_and_exported_leaves_the_diagram_and_enters_another(
    designer: Visitor,
) -> None:
    page = drawn(designer, "tri")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("textbox", name="Chercher dans le diagramme").press_sequentially("existant")
    found = page.locator(".djs-search-result")
    expect(found).to_have_count(1)
    found.click()
    expect(element(page, "rechercher_doublons")).to_have_class(re.compile("selected"))
    page.get_by_role("button", name="Copier").click()
    page.get_by_text("Fichier", exact=True).click()
    with page.expect_download() as image:
        page.get_by_role("button", name="Exporter en image (SVG)").click()
    assert "Rechercher un" in image.value.path().read_text("utf-8")

    other = drawn(designer, "action_decidee")
    other.get_by_role("button", name="Coller").click()
    other.mouse.move(240, 660)
    other.mouse.move(250, 690, steps=4)
    other.mouse.click(250, 690)
    expect(element(other, "rechercher_doublons")).to_be_visible()
    expect(other.get_by_role("combobox", name="Ce que fait Relais")).not_to_have_value("")
    kept(other)
    other.get_by_role("button", name="Annuler", exact=True).click()
    expect(element(other, "rechercher_doublons")).to_have_count(0)


def test_a_step_is_found_without_its_accent_and_another_put_after_it_by_keyboard_alone(
    designer: Visitor, served: Live
) -> None:
    before = stored(served, "accompagnement")
    page = drawn(designer, "accompagnement")
    step = drawing.outline(before)[0].step("cloturer")
    assert step is not None
    bare = unicodedata.normalize("NFKD", step.name).encode("ascii", "ignore").decode().lower()
    assert bare != step.name.lower()
    keys = page.keyboard
    page.get_by_role("button", name="Chercher").press("Enter")
    page.get_by_role("textbox", name="Chercher dans le diagramme").press_sequentially(bare)
    expect(page.locator(".djs-search-result").first).to_contain_text(step.name)
    keys.press("Enter")
    expect(element(page, step.id)).to_have_class(re.compile("selected"))
    palette = page.get_by_role("toolbar", name="Ce qui se place")
    first = palette.locator("[tabindex='0']")
    expect(first).to_have_count(1)
    for _ in range(60):
        keys.press("Tab")
        if first.evaluate("entry => entry === document.activeElement"):
            break
    wanted = palette.get_by_role("button", name="Placer une étape d’une personne")
    for _ in range(12):
        if wanted.evaluate("entry => entry === document.activeElement"):
            break
        keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("Relire ensemble")
    keys.press("Enter")
    expect(element(page, "relire_ensemble")).to_be_visible()
    kept(page)
    after = drawing.outline(stored(served, "accompagnement"))[0]
    made = after.step("relire_ensemble")
    assert made is not None
    assert after.step(step.id).ways[0].target == "relire_ensemble"  # type: ignore[union-attr]
    assert [way.target for way in made.ways] == [step.ways[0].target]
    for _ in range(2):
        page.get_by_role("button", name="Annuler", exact=True).press("Enter")
    expect(element(page, "relire_ensemble")).to_have_count(0)
    kept(page)
    assert stored(served, "accompagnement") == before


def test_no_word_of_the_modeler_is_left_in_english(designer: Visitor) -> None:
    page = drawn(designer, "visite")
    sources = ROOT / "frontend/node_modules/bpmn-js/lib/features"
    known: dict[str, Any] = page.evaluate("document.querySelector('[data-atelier]').relais.words")
    for wanted in _said(sources) if sources.exists() else ():
        assert wanted in known, wanted
    titles = [node.get_attribute("aria-label") or "" for node in page.locator(".djs-palette .entry").all()]
    choose(page, "prendre_rendez_vous")
    titles += [node.get_attribute("title") or "" for node in page.locator(".djs-context-pad .entry").all()]
    page.get_by_title("Changer de genre").click()
    titles += [
        node.inner_text() or node.get_attribute("title") or ""
        for node in page.locator(".djs-popup .entry").all()
    ]
    titles += [page.locator(".djs-popup input").get_attribute("aria-label") or ""]
    assert len(titles) > 25
    english = re.compile(
        r"\b(task|gateway|event|create|append|delete|activate|change|start|search|pool|flow)\b", re.IGNORECASE
    )
    assert [title for title in titles if not title.strip() or english.search(title)] == []
    page.keyboard.press("Escape")


def _said(folder: Path) -> list[str]:
    """Return the words that bpmn-js gives to be translated."""
    found = set()
    for path in folder.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"ranslate\(\s*'([^']{3,})'\s*[,)]", text))
        if path.name == "PopupEntries.js":
            found |= set(re.findall(r"label: '([^']+)'", text))
    return sorted(found)


def test_the_page_stands_at_every_width_and_without_a_script_shows_its_picture(
    designer: Visitor, served: Live, browser: Browser
) -> None:
    page = drawn(designer, "visite")
    choose(page, "prendre_rendez_vous")
    designer.look("atelier-diagramme", "Visite à domicile")
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    page.set_viewport_size(NARROW)
    expect(page.get_by_role("combobox", name="Formulaire", exact=True)).to_be_visible()
    page.set_viewport_size(WIDE)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Touches").click()
    expect(page.get_by_role("dialog", name="Au clavier")).to_be_visible()
    page.get_by_role("button", name="Fermer").click()

    plain = Visitor(browser, served.url, java_script_enabled=False)
    plain.enter(INES)
    plain.go("/t/carene/atelier/diagrammes/visite")
    expect(plain.page.locator("[data-still] svg")).to_be_visible()
    plain.sees(re.compile("ne se modifie pas sans JavaScript"))
    plain.leave()
