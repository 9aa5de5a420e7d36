"""The coach's month, in a browser: a joint appointment, meters read, then health comes up."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor
from tests.processes import coaching_house as house

MORNING: Final = datetime(2026, 2, 17, 9, 0, tzinfo=clock.PARIS)
SOCIAL: Final = "karim.benali@exemple.invalid"
CORRESPONDENT: Final = "luc.garnier@exemple.invalid"
CASES: Final = f"/t/{house.CODE}/dossiers"


@pytest.fixture(scope="module")
def site(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A Tuesday of the second month of a household's coaching."""
    folder = tmp_path_factory.mktemp("coaching")
    with live.serving(sqlite_url, folder, started=MORNING, code=house.CODE) as served:
        with served.acting(house.CODE):
            case = house.to_plan(date(2026, 1, 12))
            house.settle(case, "2026-01-13")
            house.sign(case, date(2026, 1, 15))
            house.month(case, house.FIRST_READ)
            with house.on("2026-02-15"):
                build.pump()
        served.pump()
        yield served


def inbox(who: Visitor) -> None:
    who.go(f"/t/{house.CODE}/?vue=equipe")


def step(who: Visitor, name: str) -> None:
    """Open a step of the team by its name."""
    inbox(who)
    who.page.get_by_role("link", name=name).first.click()
    expect(who.page.get_by_role("heading", level=1, name=name)).to_be_visible()


def open_case(who: Visitor) -> None:
    """Open the household's case from the list."""
    who.go(CASES)
    who.page.locator("tr", has_text="Nguyen").get_by_role("link").first.click()
    expect(who.page.get_by_role("heading", level=1)).to_be_visible()


def test_the_coachs_month(browser: Browser, site: Live, shots: Path) -> None:
    """BAT-7, BAT-10, BAT-11: shared one by one, read at home; the correspondent then kept apart."""
    coach = Visitor(browser, site.url, shots=shots)
    coach.enter(SOCIAL)
    step(coach, "Fixer le rendez-vous du mois")
    coach.fill({"date": "2026-02-17", "heure": "17 h", "correspondant": True})
    coach.send("Confirmer le rendez-vous")
    step(coach, "Choisir ce qui est partagé")
    shareable = coach.page.locator('[data-champ="elements"] input[type=checkbox]')
    assert shareable.count() > 3
    shareable.first.check()
    coach.fill({"accord": True})
    coach.look("coaching-partage", "Choisir ce qui est partagé")
    coach.send("Partager ces éléments")
    coach.page.set_viewport_size(NARROW)  # at home, on a phone
    step(coach, "Tenir le rendez-vous du mois")
    coach.fill({"issue": "realisee", "date": "2026-02-17", "plan_suivi": "avance", "loyer": "payes"})
    coach.put("confie", "Ne le répéter à personne.")
    coach.look("coaching-rendez-vous", "Tenir le rendez-vous du mois")
    coach.page.set_viewport_size(NARROW)
    coach.send("Enregistrer le rendez-vous")
    step(coach, "Relever les compteurs")
    coach.put("date", "2026-02-17")
    coach.put("compteurs.0.index", "1208")
    coach.look("coaching-releve", "Relever les compteurs")
    coach.send("Enregistrer le relevé")
    coach.page.set_viewport_size(WIDE)

    other = Visitor(browser, site.url, shots=shots, viewport=NARROW)
    other.enter(CORRESPONDENT)
    open_case(other)
    other.sees("Nguyen")
    assert "Ne le répéter à personne" not in other.page.content()
    other.look("coaching-correspondant")

    open_case(coach)
    coach.look("coaching-dossier")
    coach.page.get_by_role("link", name="Écarter le correspondant").first.click()
    coach.fill({"raison": "sante"})
    coach.send("Écarter le correspondant")
    other.page.set_viewport_size(NARROW)
    gone = other.page.reload()
    assert gone is not None
    assert gone.status == 404
    other.go(CASES)
    assert "Nguyen" not in other.page.content()
    other.leave()
    coach.leave()
