"""The calendar page and the private address, as people and programs open them."""

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from sqlalchemy import select

from app import clock
from app.database import transaction
from app.models import Membership, User
from app.services import calendar_view
from tests import build
from tests.web.server import token_of


@pytest.fixture
def monday():
    """A clock that runs from a Monday morning of March."""
    clock.shift(datetime(2026, 3, 2, 9, tzinfo=clock.PARIS) - datetime.now(UTC))
    yield
    clock.shift(timedelta())


@pytest.fixture
def visited(monday, site):
    """A visit of the 12th of March, to be made by the technician."""
    with site.app.app_context(), build.serving("carene"):
        build.a_case(
            "realiser_visite",
            answers={"prendre_rendez_vous": {"date": date(2026, 3, 12), "heure": "14 h 30"}},
        )
    return site


def post(client, path):
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text)})


def address_of(client):
    answer = post(client, "/t/carene/agenda/adresse")
    assert answer.status_code == 302
    shown = client.get(answer.headers["Location"]).text
    found = re.search(r'value="(https?://[^"]+/agenda/[^"]+\.ics)"', shown)
    assert found
    return found[1].partition("/agenda/")[2]


def test_a_month_shows_the_visit_twice_as_a_table_and_as_a_list(visited):
    page = visited.as_("technicien@carene.invalid").get("/t/carene/agenda?qui=equipe&jour=2026-03-02").text
    assert page.count("Visite à domicile") == 2
    assert "Mars 2026" in page
    assert "14\u202fh\u202f30" in page
    assert "Moreau" in page
    assert "<caption" in page
    assert 'aria-current="page">Mon équipe' in page


def test_a_week_shows_its_seven_days(visited):
    client = visited.as_("technicien@carene.invalid")
    page = client.get("/t/carene/agenda?vue=semaine&qui=equipe&jour=2026-03-12").text
    assert "Semaine du lundi 9 mars 2026" in page
    assert page.count('<td class="') == 7
    before = client.get("/t/carene/agenda?vue=semaine&qui=equipe&jour=2026-03-05").text
    assert "Visite à domicile" not in before


def test_the_public_holidays_are_marked(visited):
    page = visited.as_("technicien@carene.invalid").get("/t/carene/agenda?jour=2026-05-01").text
    assert "Fête du Travail" in page


def test_a_full_day_leads_to_its_week(visited, monkeypatch):
    entries = [
        calendar_view.Entry(id=f"tache-{n}", kind="tache", title=f"Étape {n}", day=date(2026, 3, 4))
        for n in range(7)
    ]
    monkeypatch.setattr(
        calendar_view, "calendar", lambda *_, **__: calendar_view.Calendar(tuple(entries), cut=True)
    )
    client = visited.as_("technicien@carene.invalid")
    page = client.get("/t/carene/agenda?jour=2026-03-02").text
    assert "et 3\u00a0autres" in page
    assert "plus d&#39;échéances" in page
    assert "vue=semaine&amp;qui=moi&amp;jour=2026-03-04" in page


@pytest.mark.parametrize(
    "asked",
    ["jour=hier", "jour=9999-99-99", "jour=0001-01-01", "jour=9999-12-31", "vue=x&qui=y", "jour=2026-02-30"],
)
def test_an_odd_question_is_answered_all_the_same(visited, asked):
    client = visited.as_("technicien@carene.invalid")
    for view in ("mois", "semaine"):
        assert client.get(f"/t/carene/agenda?vue={view}&{asked}").status_code == 200


def test_an_address_is_shown_once_and_gives_the_calendar_to_a_program(visited):
    client = visited.as_("technicien@carene.invalid")
    token = address_of(client)
    assert token not in client.get("/t/carene/agenda").text
    answer = visited.visitor().get(f"/agenda/{token}?qui=equipe")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    found = [str(event["summary"]) for event in icalendar.Calendar.from_ical(answer.data).walk("VEVENT")]
    assert any(summary.startswith("Visite à domicile · DOS-2026-") for summary in found)
    assert "Moreau" not in answer.text
    urls = re.findall(r"URL:(\S+)", answer.text.replace("\r\n ", ""))
    assert urls and all("/t/carene/" in url for url in urls)


def test_a_dead_address_is_not_found_as_one_that_never_was(visited):
    client = visited.as_("technicien@carene.invalid")
    token = address_of(client)
    newer = address_of(client)
    assert token != newer
    stranger = visited.visitor()
    dead, never = stranger.get(f"/agenda/{token}"), stranger.get("/agenda/nulle-part.ics")
    assert (dead.status_code, never.status_code) == (404, 404)
    assert dead.text == never.text
    assert post(client, "/t/carene/agenda/adresse/supprimer").status_code == 302
    assert stranger.get(f"/agenda/{newer}").status_code == 404
    again = post(client, "/t/carene/agenda/adresse/supprimer")
    assert "d&#39;adresse d&#39;agenda" in client.get(again.headers["Location"]).text


def test_a_role_that_is_taken_away_closes_the_address(visited):
    client = visited.as_("technicien@carene.invalid")
    token = address_of(client)
    with visited.app.app_context(), build.serving("carene"), transaction() as session:
        user = session.scalars(select(User).where(User.email == "technicien@carene.invalid")).one()
        session.scalars(select(Membership).where(Membership.user_id == user.id)).one().roles = [
            "donneur_alerte"
        ]
    assert visited.visitor().get(f"/agenda/{token}").status_code == 404


def test_who_only_alerts_has_no_agenda(visited):
    client = visited.as_("signaleur@carene.invalid")
    assert client.get("/t/carene/agenda").status_code == 403
    assert post(client, "/t/carene/agenda/adresse").status_code == 403


def test_an_address_is_made_by_a_page_of_ours_alone(visited):
    client = visited.as_("technicien@carene.invalid")
    assert client.post("/t/carene/agenda/adresse").status_code == 400
    assert token_of(client.get("/t/carene/agenda").text)
