"""The calendar on a wide screen and on a telephone: seen, accessible, subscribed to."""

from datetime import date, datetime, timedelta

import pytest

from app import clock
from app.services import accounts, actors, claims
from tests import build
from tests.browser.live import serving
from tests.browser.people import Visitor

pytestmark = pytest.mark.browser

MONDAY = datetime(2026, 3, 2, 9, tzinfo=clock.PARIS)


@pytest.fixture
def agenda(browser, sqlite_url, tmp_path):
    """CARENE on a Monday morning: visits to be made, one without an hour, one that Samir has taken."""
    with serving(sqlite_url, tmp_path, started=MONDAY) as live:
        with live.acting():
            for number, hour in enumerate(("9 h 30", "14 h", "dans la journée")):
                visit = {"date": date(2026, 3, 12) + timedelta(days=number % 2), "heure": hour}
                build.a_case("realiser_visite", answers={"prendre_rendez_vous": visit})
            samir = actors.actor_for(accounts.by_email("samir.haddad@exemple.invalid"))
            first = min(build.open_tasks(), key=lambda task: task.entered_at)
            claims.claim(first.id, samir)
        yield live


def test_the_calendar_is_read_at_both_widths_and_leads_to_the_step(browser, agenda, shots):
    person = Visitor(browser, agenda.url, shots=shots)
    person.enter("samir.haddad@exemple.invalid")
    person.go("/t/carene/agenda")
    person.look("agenda-mois", "Agenda")
    person.page.locator(".agenda-wide").get_by_role("link", name="Visite à domicile").first.click()
    person.page.get_by_role("heading", level=1, name="Réaliser la visite").wait_for()
    person.go("/t/carene/agenda?qui=equipe&vue=semaine&jour=2026-03-12")
    person.look("agenda-semaine", "Agenda")
    person.send("Créer mon adresse privée")
    address = person.page.get_by_label("Votre adresse").input_value()
    assert address.startswith(agenda.url)
    person.look("agenda-adresse", "Agenda")
    answer = person.context.request.get(address)
    assert answer.status == 200
    assert "Visite à domicile" in answer.text()
    person.leave()
