"""A process is mended with a browser: told before it is done, clean for axe, on a phone too (AST-5)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from app.database import db, transaction
from app.models import Submission
from app.services import mending
from tests import build
from tests.browser.live import Live, serving
from tests.browser.people import Visitor
from tests.web.server import PASSWORD

pytestmark = pytest.mark.browser

POLE = "pole-conduite@exemple.invalid"
WHY = "Le diagnostic porte sur le mauvais logement."


@pytest.fixture(scope="module")
def live(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for these tests, with somebody who may mend."""
    with serving(sqlite_url, tmp_path_factory.mktemp("conduite")) as served:
        with served.acting():
            build.a_user("coordinatrice_pole", name="Solène Ménard", email=POLE, password=PASSWORD)
        yield served


def test_a_diagnostic_is_sent_back_to_the_visit_and_the_mend_is_undone(
    live: Live, browser: Browser, shots: Path
) -> None:
    with live.acting():
        opened = build.a_case("valider_diagnostic")
        build.complete("valider_diagnostic", complet=False, a_completer="La cave n'a pas été vue.")
        build.complete("etablir_diagnostic")
        with transaction() as session:
            session.execute(update(Submission).values(author="Nora Kermarec"))
        mending.suspend(
            opened.process_id,
            reason="Le ménage est hospitalisé.",
            by=build.an_actor("coordinatrice_pole", name="Solène"),
        )
        db.session.remove()
    visitor = Visitor(browser, live.url, shots=shots)
    page = visitor.page
    visitor.go("/connexion")
    page.locator("#email").fill(POLE)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Connexion")
    visitor.go(f"/t/carene/dossiers/{opened.reference}")
    page.get_by_role("link", name="Conduite du parcours").click()
    visitor.sees("Rien n'avance dans ce parcours")
    visitor.look("conduite-suspendue", "Conduite du parcours")
    page.get_by_role("link", name="Reprendre le parcours").click()
    page.get_by_label("Pourquoi").fill("Retour à domicile.")
    visitor.look("conduite-reprendre", "Reprendre le parcours")
    page.get_by_role("button", name="Reprendre le parcours").click()
    page.get_by_role("link", name="Revenir à une étape : Valider le diagnostic").click()
    page.get_by_label("Quelle étape").select_option(label="Réaliser la visite")
    page.get_by_label("Pourquoi").fill(WHY)
    visitor.look("conduite-revenir", "Revenir à une étape")
    page.get_by_role("button", name="Voir ce qui va se passer").click()
    visitor.sees("« Réaliser la visite » sera à faire.")
    visitor.look("conduite-apercu", "Revenir à une étape")
    page.get_by_role("button", name="Y revenir").click()
    expect(page.get_by_role("link", name="Passer l'étape : Réaliser la visite")).to_be_visible()
    visitor.look("conduite", "Conduite du parcours")
    page.get_by_role("link", name="Passer l'étape : Réaliser la visite").click()
    visitor.look("conduite-passer", "Passer l'étape")
    page.go_back()
    page.get_by_role("button", name="Annuler cette intervention").click()
    expect(page.get_by_role("link", name="Passer l'étape : Valider le diagnostic")).to_be_visible()
    page.locator("#reponses a").first.click()
    visitor.look("conduite-corriger", "Corriger une réponse")
    page.get_by_role("link", name="Ne rien changer").click()
    page.get_by_role("link", name="Annuler le parcours").click()
    visitor.look("conduite-annuler", "Annuler le parcours")
    visitor.leave()
