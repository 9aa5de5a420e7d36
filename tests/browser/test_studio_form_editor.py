"""A designer edits a form with the keyboard alone: fields, answers, a condition, the phone beside it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.services import studio
from app.services.actors import SYSTEM
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, SERIOUS, WIDE, Visitor

INES: Final = "ines.carrel@exemple.invalid"


@pytest.fixture(scope="module")
def served(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """CARENE in service, with its designer."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("formulaires")) as server:
        yield server


@pytest.fixture
def designer(served: Live, browser: Browser, shots: Path) -> Iterator[Visitor]:
    """Inès Carrel at her browser; it must have complained of nothing when she leaves."""
    visitor = Visitor(browser, served.url, shots=shots)
    visitor.enter(INES)
    yield visitor
    visitor.leave()


def tree(served: Live, form: str) -> dict[str, Any]:
    """Return a form as the draft keeps it."""
    with served.acting():
        found: dict[str, Any] = json.loads(studio.read(f"forms/{form}.json").text)
    return found


def sound(visitor: Visitor, name: str) -> None:
    """Judge the page at both widths and keep its picture; keys of fields may be read on it."""
    for size in (NARROW, WIDE):
        visitor.page.set_viewport_size(size)
        visitor._picture(f"{name}-{size['width']}")
        beyond = visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{name}: {beyond} px de trop à {size['width']} px"
        found = Axe().run(visitor.page).response["violations"]
        serious = [
            (item["id"], [node["html"][:200] for node in item["nodes"][:3]])
            for item in found
            if item["impact"] in SERIOUS
        ]
        assert serious == [], f"{name} à {size['width']} px: {serious}"


def reach(page: Page, selector: str) -> None:
    """Press Tab until that control has the focus: nothing is out of the keyboard's way."""
    wanted = page.locator(selector).first
    expect(wanted).to_be_visible()
    for _ in range(400):
        if wanted.evaluate("control => control === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} ne s'atteint pas au clavier")


def write(page: Page, selector: str, text: str) -> None:
    """Reach a box with the keyboard and write in it, over what it holds."""
    reach(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def kept(page: Page) -> None:
    """Wait until what was typed is kept by itself."""
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Enregistré à \d\d?.*"))


def test_a_field_with_answers_and_a_condition_is_made_with_the_keyboard_alone(
    designer: Visitor, served: Live
) -> None:
    page = designer.page
    designer.go("/t/carene/atelier/formulaires/rendez_vous?champ=0-1")
    write(page, "#nouveau_libelle", "Qui a répondu ?")
    reach(page, "#nouveau_type")
    page.keyboard.type("Une")
    reach(page, "#ajouter button[value='ajouter']")
    page.keyboard.press("Enter")
    expect(page.locator("#panneau-titre")).to_have_text("Qui a répondu ?")

    write(page, "[name='options.0.libelle']", "Le ménage")
    write(page, "[name='options.0.valeur']", "menage")
    write(page, "[name='options.1.libelle']", "Un voisin")
    write(page, "[name='options.1.valeur']", "voisin")
    write(page, "[name='options.2.libelle']", "Personne")
    reach(page, "#si-toujours")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#si-lignes")).to_be_checked()
    reach(page, "#si-0-champ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    reach(page, "#si-0-signe")
    write(page, "#si-0-valeur", "fixe")
    expect(page.locator("[data-verdict-for='si']")).to_have_text(
        re.compile("Demandé seulement quand.*Résultat de l.appel.*Rendez-vous fixé")
    )
    kept(page)
    field = tree(served, "rendez_vous")["champs"][2]
    assert field == {
        "cle": "qui_a_repondu",
        "type": "choix",
        "libelle": "Qui a répondu ?",
        "si": 'issue == "fixe"',
        "options": [
            {"valeur": "menage", "libelle": "Le ménage"},
            {"valeur": "voisin", "libelle": "Un voisin"},
            {"valeur": "personne", "libelle": "Personne"},
        ],
    }

    expect(page.locator("[name='options.2.valeur']")).to_have_value("personne")
    expect(page.locator("#si-1-champ")).to_be_visible()

    phone = page.frame_locator("[data-preview-frame]")
    asked = phone.locator("[data-champ='qui_a_repondu']")
    expect(asked).to_contain_text("Un voisin")
    assert page.locator("[data-preview-frame]").evaluate("frame => frame.clientWidth") in range(380, 391)
    phone.locator("[name='issue'][value='refus']").focus()
    page.keyboard.press("Space")
    expect(asked).to_be_hidden()
    phone.locator("[name='issue'][value='fixe']").focus()
    page.keyboard.press("Space")
    expect(asked).to_be_visible()

    page.locator("#champ-0-2 [data-field-link]").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#champ-0-3")).to_contain_text("Qui a répondu")
    expect(page.locator("#champ-0-3 [data-field-link]")).to_be_focused()
    assert "champ=0-3" in page.url
    write(page, "#b-aide", "Notez seulement le lien.")
    kept(page)
    fields = tree(served, "rendez_vous")["champs"]
    assert [row["cle"] for row in fields[:4]] == ["numero", "issue", "date", "qui_a_repondu"]
    assert fields[3]["aide"] == "Notez seulement le lien."
    sound(designer, "formulaire-champ")


def test_the_mouse_moves_a_field_and_a_removal_shows_what_it_breaks(designer: Visitor, served: Live) -> None:
    page = designer.page
    designer.go("/t/carene/atelier/formulaires/action_decidee")
    before = [row["cle"] for row in tree(served, "action_decidee")["champs"]]
    page.locator("#champ-0-1").drag_to(page.locator("#champ-0-0"))
    expect(page.locator("[data-saved]")).to_have_text("Déplacé")
    after = [row["cle"] for row in tree(served, "action_decidee")["champs"]]
    assert after[:2] == [before[1], before[0]]
    page.get_by_role("link", name=re.compile("Titre, bouton d'envoi")).click()
    sound(designer, "formulaire-entete")
    place = after.index("faite")
    designer.go(f"/t/carene/atelier/formulaires/action_decidee?champ=0-{place}")
    page.locator("#panneau").get_by_role("button", name="Retirer", exact=True).first.click()
    expect(page.get_by_role("button", name="Retirer quand même")).to_be_visible()
    sound(designer, "formulaire-effet")
    page.get_by_role("link", name="Garder tel quel").click()
    assert "faite" in [row["cle"] for row in tree(served, "action_decidee")["champs"]]


def test_what_a_refusal_leaves_is_told_and_two_people_are_shown_both(designer: Visitor, served: Live) -> None:
    page = designer.page
    designer.go("/t/carene/atelier/formulaires/cloture?champ=0-0")
    with served.acting():
        file = studio.read("forms/cloture.json")
        theirs = file.text.replace('"libelle": "', '"libelle": "Autrement, ', 1)
        studio.save(file.name, theirs, base=file.digest, by=SYSTEM)
    page.locator("#b-libelle").fill("Pourquoi clore ?")
    expect(page.locator("[data-saved]")).to_contain_text("vous montrera les deux")
    page.get_by_role("button", name="Enregistrer le champ").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("a changé pendant que vous y travailliez")
    designer.sees("Pourquoi clore ?")
    designer.sees(re.compile("Autrement, "))
    sound(designer, "formulaire-deux")
    page.get_by_role("button", name="Appliquer ma saisie").click()
    expect(page.locator("#b-libelle")).to_have_value("Pourquoi clore ?")


def test_the_list_of_forms_is_sound(designer: Visitor) -> None:
    designer.go("/t/carene/atelier/formulaires")
    expect(designer.page.get_by_role("link", name="Compte rendu de visite")).to_be_visible()
    sound(designer, "formulaires")
    designer.go("/t/carene/atelier/formulaires/visite?rubrique=1")
    sound(designer, "formulaire-rubrique")
    designer.go("/t/carene/atelier/formulaires/relance/apercu")
    sound(designer, "formulaire-apercu")
