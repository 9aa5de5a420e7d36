"""The whole route of a household of CARENE, in every role, in a real browser (CAR-2 to CAR-11)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import serving
from tests.browser.walk import NAMES, POLE, SOCIAL, STARTED, TECHNICIAN, Walk, pages_of

if TYPE_CHECKING:
    from tests.databases import PostgresServer

pytestmark = pytest.mark.browser


def test_a_household_goes_from_alert_to_closure_in_every_role(
    browser: Browser, sqlite_url: str, tmp_path: Path, shots: Path
) -> None:
    with serving(sqlite_url, tmp_path, started=STARTED) as live:
        walk = Walk(live, browser, tmp_path, shots, looks=True)
        walk.alert()
        walk.follow("Le signalement est reçu", name="suivi-recu")
        walk.analyse()
        walk.book()
        walk.find_nobody()
        walk.book(days=6)
        walk.visit()
        walk.diagnose("Séjour froid et humide.")
        walk.validate(missing="Précisez la ventilation.")
        expect(walk.who(TECHNICIAN).page.get_by_role("main")).to_be_visible()
        walk.diagnose("Séjour froid et humide, aérations bouchées.")
        walk.validate()
        walk.orient()
        walk.case_file(SOCIAL, "dossier-en-cours")
        walk.look_around()
        walk.partner_answers("adil", accepts=True)
        walk.partner_answers("caf", accepts=False)
        walk.partner_answers("ccas", accepts=True)
        walk.partner_answers("mar", accepts=True)
        walk.partner_tells("adil", "Le bailleur s'engage à remettre le logement en état.")
        walk.partner_tells("ccas", "Facture prise en charge.")
        walk.hold_review("regle")
        meeting = walk.documents(walk.who(POLE), "revue")
        assert [pages_of(pdf) >= 1 for pdf in meeting.values()] == [True] * 3  # agenda, report, minutes
        walk.close()
        walk.follow("Le dossier est clos.", name="suivi-clos")
        closed = walk.case_file(SOCIAL, "dossier-clos")
        documents = walk.documents(closed, "dossier")
        assert sum("Demande d'intervention" in title for title in documents) == len(NAMES)
        walk.leave()


@pytest.mark.fault
def test_the_route_is_the_same_on_postgresql(
    browser: Browser, postgres_server: "PostgresServer", tmp_path: Path
) -> None:
    with serving(postgres_server.fresh(), tmp_path, started=STARTED) as live:
        walk = Walk(live, browser, tmp_path, None, looks=False)
        walk.alert()
        walk.analyse()
        walk.book()
        walk.visit()
        walk.diagnose("Séjour froid.")
        walk.validate()
        walk.orient()
        walk.partner_answers("caf", accepts=False)
        walk.partner_answers("adil", accepts=True)
        walk.hold_review("regle")
        walk.close()
        walk.follow("Le dossier est clos.", name="suivi-clos")
        closed = walk.case_file(SOCIAL, "dossier-clos")
        expect(closed.page.get_by_text("Le parcours est terminé.")).to_be_visible()
        letters = [title for title in walk.documents(closed, "postgresql") if "Demande" in title]
        assert len(letters) == len(NAMES)
        walk.leave()
