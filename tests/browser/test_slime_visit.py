"""A visit of the SLIME on a phone: three tabs, measures, a photo, no network, then sent by itself (MTP-3)."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app import clock
from app.catalog.answers import decode
from app.database import db, transaction
from app.handlers.lane_effects import KeepApart
from app.models import ProcessInstance, Submission, User
from app.services import actors, apart
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, Visitor
from tests.processes import slime_house as house

DAY: Final = datetime(2026, 11, 25, 13, 30, tzinfo=clock.PARIS)
NADIA: Final = "nadia.benali@exemple.invalid"
TARGET: Final = 44
"""Pixels a finger needs (WCAG 2.5.5)."""


@pytest.fixture(scope="module")
def server(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A Wednesday afternoon: one household awaits its visit."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("slime"), started=DAY, code=house.CODE) as served:
        with served.acting(house.CODE), house.on("2026-11-20"):
            case = house.alert()
            house.answer("analyser_signalement", case)
            house.answer("prendre_rendez_vous", case, date=date(2026, 11, 25), heure="14 h 30")
        served.pump()
        yield served


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture taken at the home."""
    path = tmp_path / "chambre.jpg"
    Image.new("RGB", (640, 480), (150, 160, 170)).save(path)
    return path


def said(server: Live) -> list[dict[str, object]]:
    """The visits that the server holds."""
    with server.acting(house.CODE):
        rows = db.session.scalars(select(Submission).where(Submission.form == "visite")).all()
        return [decode(row.answers) for row in rows]


def test_a_visit_is_filled_tab_by_tab_without_a_network_and_leaves_by_itself(
    server: Live, browser: Browser, shots: Path, photo: Path
) -> None:
    nadia = Visitor(browser, server.url, shots=shots, viewport=NARROW, has_touch=True)
    page = nadia.page
    nadia.enter(NADIA)
    nadia.go(f"/t/{house.CODE}/?vue=equipe")
    page.locator(".task-row").get_by_role("link", name="Réaliser la visite").first.click()
    nadia.put("issue", "realisee")
    tabs = page.get_by_role("tab")
    assert tabs.all_inner_texts() == ["Habitat", "Équipements", "Comportements"]
    assert all((tab.bounding_box() or {"height": 0})["height"] >= TARGET for tab in tabs.all())
    nadia.look("slime-visite-habitat", "Réaliser la visite")
    page.set_viewport_size(NARROW)
    habitat(nadia, photo)
    nadia.context.set_offline(True)
    page.get_by_role("button", name="Suite : Équipements").tap()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    nadia.fill({"debit_douche": "16,5", "eau_chaude_temperature": "58"})
    nadia._picture("slime-visite-equipements")
    tabs.nth(2).tap()
    nadia.fill({"factures_12_mois": "1800", "gestes": ["aerer", "douche"]})
    nadia._picture("slime-visite-comportements")
    leaving(nadia)
    nadia.send("Enregistrer la visite")
    nadia.sees("tout est gardé dans ce téléphone, photos comprises")
    nadia._picture("slime-visite-sans-reseau")
    assert said(server) == []
    nadia.said.clear()  # the browser says that the network was away
    nadia.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("Remettre le kit")
    (visit,) = said(server)
    assert visit["mesures"][0]["humidite"] == 78  # type: ignore[index]
    assert [one["nom"] for one in visit["photos"]] == ["chambre.jpg"]  # type: ignore[attr-defined]
    assert visit["signature_menage"]["nom"] == "Amadou Sy"  # type: ignore[index]
    nadia.look("slime-kit", "Remettre le kit")
    expect(page.locator('[name="remis.0.article"]')).to_have_value("douchette")  # as the visit said
    assert page.evaluate("indexedDB.databases().then(all => all.length)") <= 1
    nadia.leave()


KEPT = """new Promise(done => {
    const asked = indexedDB.open("relais-terrain", 1);
    asked.onsuccess = () => {
        const count = asked.result.transaction("saisies").objectStore("saisies").count();
        count.onsuccess = () => (asked.result.close(), done(count.result));
    };
})"""
"""How many entries the phone keeps."""


def test_what_a_phone_keeps_of_a_household_leaves_it_when_its_lane_is_kept_apart(
    server: Live, browser: Browser, shots: Path
) -> None:
    with server.acting(house.CODE), house.on("2026-11-21"):
        case = house.alert()
        house.answer("analyser_signalement", case)
        house.answer("prendre_rendez_vous", case, date=date(2026, 11, 25), heure="15 h 30")
        task = build.the_task("realiser_visite", case=case)
        task_id, process_id = task.id, task.process_id
        user = db.session.scalars(select(User).where(User.email == NADIA)).one()
        lanes = actors.actor_for(user).lanes
    nadia = Visitor(browser, server.url, shots=shots, viewport=NARROW, has_touch=True)
    nadia.enter(NADIA)
    nadia.go(f"/t/{house.CODE}/taches/{task_id}")
    nadia.put("issue", "absent")
    assert kept_in(nadia.page, 1)
    with server.acting(house.CODE), transaction() as session:
        process = session.get_one(ProcessInstance, process_id)
        for lane in sorted(lanes):
            apart.keep(KeepApart(lane, "Santé"), process, by=("essai", None))
    nadia.go(f"/t/{house.CODE}/")
    nadia.sees("sa saisie a été retirée de ce téléphone")
    assert kept_in(nadia.page, 0)
    nadia.said.clear()  # the browser says that the step was not found
    nadia.leave()


def kept_in(phone: Page, count: int) -> bool:
    """Wait until the phone keeps so many entries; what the browser waits for must answer at once."""
    for _ in range(100):
        if phone.evaluate(KEPT) == count:
            return True
        phone.wait_for_timeout(100)
    return False


def habitat(nadia: Visitor, photo: Path) -> None:
    """The first tab: a room measured, a photo."""
    nadia.add_row("mesures")
    nadia.fill({"mesures.0.piece": "Chambre", "mesures.0.temperature": "14,5", "mesures.0.humidite": "78"})
    nadia.fill({"ventilation": "bouchees", "moisissures": "localisees", "photos": photo})


def leaving(nadia: Visitor) -> None:
    """What stands under the tabs: what is handed over, the advice, the signature."""
    nadia.add_row("kit")
    nadia.fill({"kit.0.article": "douchette", "kit.0.quantite": "1", "kit.0.pose": True})
    nadia.fill({"pistes_rapides": "Déboucher l'aération de la chambre.", "guide_remis": True})
    nadia.page.locator('[name="signature_menage.nom"]').fill("Amadou Sy")
    nadia.page.locator('[name="signature_menage.accord"]').check()
