"""The exchange space: a thread opened, answered from a phone, kept clear of any household, closed (ANG-6)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, Visitor

MONDAY: Final = datetime(2026, 9, 7, 9, 0, tzinfo=clock.PARIS)
LEAD: Final = "claire.menard@exemple.invalid"
MEMBER: Final = "paul.gaudin@exemple.invalid"
ROOM: Final = "/t/angers/echanges"
TITLE: Final = "Chèque énergie non reçu"


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """The network, where nobody has written yet."""
    with live.serving(sqlite_url, tmp_path, started=MONDAY, code="angers") as served:
        yield served


def test_a_thread_is_opened_answered_and_closed_without_a_household(
    browser: Browser, site: Live, shots: Path
) -> None:
    member = Visitor(browser, site.url, shots=shots)
    member.enter(MEMBER)
    member.go(ROOM)
    member.sees("Personne n'a encore écrit")
    form = member.page.locator("form", has=member.page.get_by_role("button", name="Ouvrir le fil"))
    form.get_by_label("Sujet").select_option(label="Aides et dispositifs")
    form.get_by_label("Titre").fill(TITLE)
    form.get_by_label("Message", exact=True).fill("Madame R., 06 12 34 56 78, ne l'a pas reçu.")
    assert member.sends("Ouvrir le fil") == 422
    member.sees("ressemble aux coordonnées d'une personne")
    assert form.get_by_label("Titre").input_value() == TITLE, "nothing typed is lost"
    form.get_by_label("Message", exact=True).fill("Plusieurs familles ne l'ont pas reçu. Où réclamer ?")
    member.send("Ouvrir le fil")
    expect(member.page.get_by_role("heading", level=1)).to_have_text(TITLE)

    lead = Visitor(browser, site.url, shots=shots, viewport=NARROW)
    lead.enter(LEAD)
    lead.go(ROOM)
    lead.sees("Nouveau")
    lead.look("echanges", "Échanges")
    lead.page.get_by_role("link", name=TITLE).click()
    lead.page.get_by_label("Votre message").fill("Sur le site, avec l'avis d'impôt.")
    lead.send("Publier")
    lead.sees("Sur le site, avec l'avis d'impôt.")
    lead.look("echange", TITLE, "Échanges")
    lead.send("Clore ce fil")
    lead.sees("Ce fil est clos")

    member.page.get_by_label("Votre message").fill("Merci.")
    assert member.sends("Publier") == 409, "the page was opened before the thread was closed"
    member.leave()
    lead.leave()
