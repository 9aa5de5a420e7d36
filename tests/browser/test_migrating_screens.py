"""Running cases are carried over with a browser: judged, mapped on both diagrams, launched, brought back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.database import db
from app.services import releases
from tests import build
from tests.browser.live import Live, serving
from tests.browser.people import Visitor
from tests.migration_house import OLD, a_new_release, ask_for_a_second_look, rename_the_appointment
from tests.web.server import PASSWORD

pytestmark = pytest.mark.browser

BOSS = "administration-passage@exemple.invalid"


@pytest.fixture(scope="module")
def live(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server, with somebody who may carry cases over."""
    with serving(sqlite_url, tmp_path_factory.mktemp("passage")) as served:
        with served.acting():
            build.a_user(
                "administration", "coordinatrice_pole", name="Inès Prat", email=BOSS, password=PASSWORD
            )
        yield served


def work_done(visitor: Visitor, live: Live) -> None:
    """Wait for the page of the lot, let its work be done, look again."""
    expect(visitor.page).to_have_url(re.compile(r"/parcours/migrer/[0-9a-f-]{36}$"))
    visitor.page.wait_for_load_state()
    live.pump()
    visitor.go(visitor.page.url)


def test_a_renamed_step_is_mapped_on_both_diagrams_and_its_cases_follow_and_come_back(
    live: Live, browser: Browser, shots: Path
) -> None:
    with live.acting():
        renamed = build.a_case(OLD)
        build.a_case("valider_diagnostic")
        build.an_alert()
        a_new_release(
            rename_the_appointment, ask_for_a_second_look, note="Une relecture de chaque diagnostic."
        )
        db.session.remove()
    visitor = Visitor(browser, live.url, shots=shots)
    page = visitor.page
    visitor.go("/connexion")
    page.locator("#email").fill(BOSS)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Connexion")
    visitor.go("/t/carene/versions/2")
    page.get_by_role("link", name="Faire passer des parcours à cette version").click()
    visitor.look("passage-choisir", "Faire passer les parcours en cours")
    page.get_by_role("button", name="Voir ce que chacun deviendrait").click()
    expect(page.get_by_text("À l'étude").first).to_be_visible()
    work_done(visitor, live)
    visitor.sees("dites où elle continue")
    visitor.look("passage-verdicts", "Passage à la version 2")
    page.get_by_role("link", name="Dire où continuent les étapes").click()
    expect(page.get_by_label("Continue à").first).to_have_value("visite/fixer_rendez_vous")
    visitor.look("passage-relier", "Où continuent les étapes")
    page.get_by_role("button", name="Relier et étudier de nouveau").click()
    work_done(visitor, live)
    visitor.sees("« Prendre rendez-vous » continue, avec son échéance")
    page.get_by_label("Pourquoi").fill("Chaque diagnostic est relu à partir d'aujourd'hui.")
    visitor.look("passage-confirmer", "Passage à la version 2")
    page.get_by_role("button", name="Faire passer").click()
    work_done(visitor, live)
    expect(page.get_by_role("button", name="Ramener", exact=True).first).to_be_visible()
    visitor.look("passage-fait", "Passage à la version 2")
    visitor.go(f"/t/carene/dossiers/{renamed.reference}")
    visitor.sees("Parcours passé de la version 1 à la version 2 du dispositif")
    page.go_back()
    row = page.locator("tr", has_text=renamed.reference)
    row.get_by_role("button", name="Ramener", exact=True).click()
    visitor.sees("Le parcours est revenu à la version qu'il avait quittée")
    with live.acting():
        assert releases.of(build.the_process_row(renamed).release_id).number == 1
    visitor.leave()
