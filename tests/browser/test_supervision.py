"""A supervisor finds the three late things of the demonstration, entrusts one, moves the date of another."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from app.config import ROOT
from app.database import db
from app.services import demo
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor

POLE = "helene.riou@exemple.invalid"
LATE = {
    "Valider le diagnostic": "Thomas",
    "Prendre rendez-vous": "Benali",
    "Répondre à la demande": "Priou",
}
"""A diagnosis not validated, a call not made, a partner who does not answer."""


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> Iterator[Live]:
    """The demonstration with its sample cases."""
    with live.serving(database_url, tmp_path) as server:
        with server.app.app_context():
            demo.fill(ROOT, only={"carene"})
            db.session.remove()
        yield server


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_the_three_late_things_are_found_entrusted_and_given_another_date(filled, browser: Browser, size):
    visitor = Visitor(browser, filled.url, viewport=size)
    visitor.enter(POLE)
    visitor.go("/t/carene/supervision")
    page = visitor.page
    for step, household in LATE.items():
        row = page.locator("#retards .task-row", has_text=step)
        expect(row).to_have_count(1)
        expect(row).to_contain_text(household)
        expect(row).to_contain_text("en retard")
    expect(page.locator("#retards .task-row")).to_have_count(3)
    page.get_by_role("link", name=re.compile("en retard")).first.click()
    expect(page.locator("table.watch tbody tr")).to_have_count(3)
    tick(visitor, "Valider le diagnostic")
    page.get_by_label("Confier à").select_option(label="Claire Martin")
    page.get_by_role("button", name="Confier", exact=True).click()
    visitor.sees("tâche confiée")
    expect(line(visitor, "Valider le diagnostic")).to_contain_text("Claire Martin")
    tick(visitor, "Prendre rendez-vous")
    page.get_by_label("Motif, gardé au dossier").fill("Le ménage est en déplacement.")
    page.get_by_label("À faire au plus tard le").fill((clock.today() + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Changer l'échéance").click()
    visitor.sees("échéance changée")
    expect(page.locator("table.watch tbody tr")).to_have_count(2)
    expect(line(visitor, "Prendre rendez-vous")).to_have_count(0)
    visitor.leave()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_page_of_supervision_is_readable_by_all_at_both_widths(filled, browser: Browser, tmp_path):
    visitor = Visitor(browser, filled.url, shots=tmp_path)
    visitor.enter(POLE)
    for number, (path, title) in enumerate(
        {
            "": "Supervision",
            "/echeances?etat=retard": "En retard",
            "/promesses?jours=30": "Promesses",
            "/charge": "Charge",
            "/parcours?schema=visite": "Parcours",
        }.items()
    ):
        visitor.go(f"/t/carene/supervision{path}")
        visitor.look(f"supervision-{number}", title)
        expect(visitor.page.get_by_role("main")).to_be_visible()
    visitor.leave()


def line(visitor: Visitor, step: str):
    """Return the line of a step in the list."""
    return visitor.page.locator("table.watch tbody tr", has_text=step)


def tick(visitor: Visitor, step: str) -> None:
    """Tick the line of a step."""
    line(visitor, step).get_by_role("checkbox").check()
