"""A designer proves the draft in a browser: a simulation stopped, a case lived, a scenario kept."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from app.publishing import trial_runs
from app.services import releases
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import Visitor
from tests.rows import put_draft

INES = "ines.carrel@exemple.invalid"


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """A server on a Monday morning of March; no simulation is left at work."""
    started = datetime(2026, 3, 2, 9, 0, tzinfo=clock.PARIS)
    with live.serving(sqlite_url, tmp_path, started=started) as running:
        yield running
        for follower in list(trial_runs._hurried.values()):
            follower.set()


def test_a_designer_proves_a_draft_and_hears_what_a_change_breaks(
    browser: Browser, server: Live, shots: Path
) -> None:
    ines = Visitor(browser, server.url, shots=shots)
    ines.enter(INES)
    page = ines.page

    ines.go("/t/carene/atelier/essais")
    page.get_by_label("Ménages").fill("400")
    page.get_by_label("Mois", exact=True).fill("24")
    page.get_by_role("button", name="Lancer la simulation").click()
    bar = page.get_by_role("progressbar", name="Avancement de la simulation")
    expect(bar).to_be_visible(timeout=1000)
    expect(page.locator("[data-dit]")).to_contain_text("ménage", timeout=60_000)
    assert int(bar.get_attribute("value") or 0) > 0
    page.get_by_role("button", name="Arrêter").click()
    expect(page.get_by_text("Arrêtée avant la fin")).to_be_visible(timeout=30_000)
    ines.look("essai-arrete")

    ines.go("/t/carene/atelier/pas-a-pas")
    expect(page.get_by_label("Premier jour")).to_have_value("2026-03-02")
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("button", name="Signaler").click(timeout=30_000)
    heading = page.get_by_role("heading", level=2)
    expect(heading.filter(has_text="Analyser le signalement")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Triage du signalement").first).to_be_visible()
    expect(page.locator(".walk-here svg")).to_contain_text("Vous êtes ici")
    ines.look("pas-a-pas")
    page.locator(".walk-form button[value=envoyer]").click()
    expect(heading.filter(has_text="Prendre rendez-vous")).to_be_visible(timeout=30_000)

    page.get_by_role("link", name="Garder comme scénario").click()
    page.get_by_label("Nom du scénario").fill("Rendez-vous à prendre")
    page.get_by_role("button", name="Garder le scénario").click()
    page.get_by_role("button", name="Rejouer sur le brouillon").click()
    expect(page.get_by_text("Le scénario donne ce qui est attendu.")).to_be_visible(timeout=30_000)

    with server.acting():
        files = dict(releases.current().bundle.files)
        table = files["dmn/delai_contact.dmn"].replace(b"P21D", b"P14D")
        put_draft({**files, "dmn/delai_contact.dmn": table})
    ines.go("/t/carene/atelier/scenarios")
    page.get_by_role("button", name="Rejouer tous les scénarios").click()
    why = re.compile(r"devait être à faire pour le 23 mars 2026.*elle l'est pour le 16 mars 2026")
    expect(page.get_by_text(why)).to_be_visible(timeout=30_000)
    ines.look("scenarios")
    ines.leave()
