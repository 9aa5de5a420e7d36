"""The landlords' sites, in a browser: one opens, its zoning changes; a stale page is refused."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from app import clock
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import WIDE, Visitor

CODE: Final = "batigere"
MORNING: Final = datetime(2026, 11, 23, 9, 0, tzinfo=clock.PARIS)
COORDINATION: Final = "fatou.diallo@exemple.invalid"
CORRESPONDENT: Final = "luc.garnier@exemple.invalid"
SITES: Final = f"/t/{CODE}/sites"


@pytest.fixture(scope="module")
def site(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The seven shipped sites, on a Monday in November."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("sites"), started=MORNING, code=CODE) as served:
        yield served


def test_a_site_opens_is_classified_and_has_somebody_who_answers_for_it(
    browser: Browser, site: Live, shots: Path
) -> None:
    """BAT-1, BAT-2, BAT-14: what nobody had said is filled; another's change in between is not lost."""
    fatou = Visitor(browser, site.url, shots=shots)
    fatou.enter(COORDINATION)
    fatou.go(SITES)
    fatou.sees("2 sites n'ont pas encore de nombre de logements.")
    expect(fatou.page.get_by_role("link", name="Événements", exact=True)).to_be_visible()  # it has no leads
    fatou.look("sites", "Sites")
    fatou.page.get_by_role("link", name="Carreaux fleuris").click()
    address = fatou.page.url
    fatou.page.get_by_role("link", name="Modifier").click()
    fatou.page.locator("[name=logements]").fill("beaucoup")
    fatou.send("Enregistrer le site")
    expect(fatou.page.locator(".error-summary, [aria-invalid=true]").first).to_be_visible()
    fatou.page.locator("[name=logements]").fill("96")
    fatou.page.locator("[name=ouvert]").fill("2026-11-02")
    fatou.send("Enregistrer le site")
    fatou.sees("Ouvert")
    expect(fatou.page.get_by_text("96", exact=True).first).to_be_visible()
    stale = fatou.context.new_page()
    stale.goto(address)
    classify(fatou.page)
    fatou.sees("Décret du 12 novembre")
    classify(stale)  # drawn before the change: told, and nothing is overwritten
    expect(stale.get_by_text("Ce site a changé pendant que vous écriviez").first).to_be_visible()
    expect(stale.locator(".site-history li", has_text="Décret du 12 novembre")).to_have_count(1)
    expect(stale.locator("[name=motif]")).to_have_value("Décret du 12 novembre")
    stale.close()
    fatou.go(address)
    fatou.page.get_by_text("Noter un référent").click()
    fatou.page.locator("[name=genre]").select_option("operationnel")
    fatou.page.locator("[name=personne]").fill("Patrick Moreau")
    fatou.send("Noter ce référent")
    fatou.sees("Patrick Moreau")
    fatou.page.set_viewport_size(WIDE)
    fatou.look("site", "Carreaux fleuris")
    fatou.leave()
    luc = Visitor(browser, site.url)
    luc.enter(CORRESPONDENT)
    assert luc.go(address).status in {403, 404}
    luc.said.clear()
    luc.leave()


def classify(page: Page) -> None:
    """Classify the site as a priority area from the twelfth of November."""
    page.get_by_text("Classer autrement").click()
    page.locator("[name=zonage]").select_option("zus")
    page.locator("[name=depuis]").fill("2026-11-12")
    page.locator("[name=motif]").fill("Décret du 12 novembre")
    page.get_by_role("button", name="Noter ce classement").click()
    page.wait_for_load_state()
