"""A whole task by the keyboard alone, and pages at twice their size."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app import clock
from tests import build
from tests.browser.live import NORA, Live, serving
from tests.browser.people import Visitor
from tests.browser.walk import SOCIAL
from tests.web.server import PASSWORD

pytestmark = pytest.mark.browser

_SHOWN = """() => { const on = document.activeElement; const style = getComputedStyle(on);
  const label = on.labels?.[0] ? getComputedStyle(on.labels[0]) : style;
  const drawn = s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none';
  return drawn(style) || drawn(label) }"""
_SAME_STOP = """() => { const on = document.activeElement;
  const same = on === document.body || on === window.lastStop;
  window.lastStop = on; return same }"""
_FOCUSED = """() => { const on = document.activeElement;
  return [on.name || '', on.value || '', on.innerText || '', on.labels?.[0]?.innerText || ''].join(' | ') }"""


@pytest.fixture(scope="module")
def live(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for these tests."""
    with serving(sqlite_url, tmp_path_factory.mktemp("clavier")) as served:
        yield served


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until what is wanted has the focus; each stop on the way shows where it is."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(_SAME_STOP):
            continue
        assert page.evaluate(_SHOWN), f"le focus ne se voit pas : {page.evaluate(_FOCUSED)}"
        if wanted in page.evaluate(_FOCUSED):
            return
    raise AssertionError(f"« {wanted} » ne se trouve pas au clavier")


def test_a_whole_task_is_done_by_the_keyboard_alone(live: Live, browser: Browser) -> None:
    with live.acting():
        opened = build.a_case("prendre_rendez_vous")
    visitor = Visitor(browser, live.url)
    page, keys = visitor.page, visitor.page.keyboard
    visitor.go("/connexion")
    tab_to(page, "email")
    keys.type(NORA)
    tab_to(page, "password")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Corbeille")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_in_viewport()
    keys.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    tab_to(page, "Prendre rendez-vous")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Prendre rendez-vous")).to_be_visible()
    tab_to(page, "issue")
    keys.press("Space")
    tab_to(page, "date")
    keys.type(f"{clock.today():%m%d%Y}")
    tab_to(page, "heure")
    keys.type("14 h 30")
    tab_to(page, "Confirmer le rendez-vous")
    keys.press("Enter")
    visitor.sees("« Prendre rendez-vous » est fait.")
    with live.acting():
        assert build.the_task("realiser_visite", case=opened).status == "open"
    visitor.leave()


def test_the_enter_key_in_a_field_sends_the_form_and_removes_no_row(live: Live, browser: Browser) -> None:
    with live.acting():
        opened = build.a_case("decider_orientations")
        task = build.the_task("decider_orientations", case=opened)
        address = f"/t/carene/taches/{task.id}"
    visitor = Visitor(browser, live.url)
    visitor.enter(SOCIAL)
    visitor.go(address)
    visitor.add_row("lignes")
    visitor.put("lignes.0.motif", "Aide pour la facture.")
    visitor.page.locator('[name="lignes.0.echeance"]').focus()
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(".error-summary")).to_be_focused()
    expect(visitor.page.locator('[name="lignes.0.motif"]')).to_have_value("Aide pour la facture.")
    visitor.leave()


def test_pages_hold_at_twice_their_size(live: Live, browser: Browser, tmp_path: Path) -> None:
    with live.acting():
        opened = build.a_case("realiser_visite")
        task = build.the_task("realiser_visite", case=opened)
        address = f"/t/carene/taches/{task.id}"
    visitor = Visitor(
        browser, live.url, viewport={"width": 640, "height": 450}, device_scale_factor=2, shots=tmp_path
    )
    visitor.go("/t/carene/signaler")
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visitor.enter("samir.haddad@exemple.invalid")
    for path in ("/t/carene/", address, f"/t/carene/dossiers/{opened.reference}"):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    visitor.leave()
