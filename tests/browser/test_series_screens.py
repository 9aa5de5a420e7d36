"""Figures that change with time, in a browser: a price, one corrected, a table read before it counts."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import Visitor

CODE: Final = "batigere"
MORNING: Final = datetime(2026, 11, 23, 9, 0, tzinfo=clock.PARIS)
COORDINATION: Final = "fatou.diallo@exemple.invalid"
SHEET: Final = "Mois;valeur\n01/2027;395\n02/2027;beaucoup\n03/2027;280\n"


@pytest.fixture(scope="module")
def site(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The landlords' territory, on a Monday in November."""
    folder = tmp_path_factory.mktemp("chiffres")
    with live.serving(sqlite_url, folder, started=MORNING, code=CODE) as served:
        yield served


def test_a_price_changes_and_the_winter_is_imported(
    browser: Browser, site: Live, shots: Path, tmp_path: Path
) -> None:
    """BAT-7, BAT-8: a figure holds from its day; a correction says why; nothing is loaded unread."""
    fatou = Visitor(browser, site.url, shots=shots)
    fatou.enter(COORDINATION)
    fatou.go(f"/t/{CODE}/series")
    fatou.sees("0,1952\u00a0€/kWh")  # as many figures as the bill
    fatou.sees("4,50\u00a0€/m³")
    fatou.look("chiffres-dates", "Chiffres datés")
    fatou.page.get_by_role("link", name="Gaz, le kWh").click()
    typed(fatou, "01/12/2026", "0,1130")
    fatou.sees("Le chiffre est enregistré.")
    typed(fatou, "01/12/2026", "0,1170")
    fatou.sees("Dites pourquoi")
    fatou.page.locator("[name=motif]").first.fill("Facture relue")
    fatou.send("Enregistrer le chiffre")
    fatou.sees("0,117\u00a0€/kWh")
    fatou.page.locator("summary", has_text="Chiffres corrigés").click()
    fatou.sees("Facture relue")
    fatou.look("chiffres-tarif", "Gaz, le kWh")
    sheet = tmp_path / "degres-jours.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    fatou.go(f"/t/{CODE}/series/degres_jours")
    fatou.page.get_by_text("Importer un tableau").click()
    fatou.page.locator("[name=fichier]").set_input_files(sheet)
    fatou.page.locator("form:has([name=fichier]) button").click()
    fatou.sees("beaucoup")
    fatou.look("chiffres-apercu")
    fatou.page.locator("form:has([name=lignes]) button").first.click()
    fatou.sees("Les chiffres du fichier sont enregistrés.")
    expect(fatou.page.get_by_text("395\u00a0DJU")).to_be_visible()
    fatou.leave()


def typed(who: Visitor, day: str, value: str) -> None:
    """Type a figure from a day on, and send it."""
    who.page.locator("[name=le]").first.fill(day)
    who.page.locator("[name=valeur]").first.fill(value)
    who.send("Enregistrer le chiffre")
