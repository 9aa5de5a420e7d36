"""The page of capacity: the peak is announced in words, drawn and written week by week (MTP-6)."""

import pytest

from app import clock
from app.database import db
from tests import build, stock_house
from tests.money_house import paris
from tests.services.test_capacity import PLANNED
from tests.web.server import PASSWORD, log_in

PAGE = "/t/kits/capacite"


@pytest.fixture
def planned(empty_site, tmp_path):
    with clock.at(paris(2026, 10, 6, 8)), empty_site.app.app_context():
        with stock_house.serving(tmp_path / "programme", PLANNED):
            for role in ("pilote", "charge"):
                mail = f"{role}.web@kits.invalid"
                build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
            stock_house.a_visit(("ampoule", 1))
            with clock.at(paris(2026, 10, 13, 8)):
                for _ in range(24):
                    stock_house.a_visit(("ampoule", 1))
        db.session.remove()
    with clock.at(paris(2026, 11, 2, 9)):
        yield empty_site


def opened(site, role):
    client = site.app.test_client()
    log_in(client, f"{role}.web@kits.invalid")
    return client


def test_the_page_announces_the_peak_says_where_it_comes_from_and_how_to_absorb_it(planned):
    client = opened(planned, "pilote")
    assert f'href="{PAGE}"' in client.get("/t/kits/").text
    page = client.get(PAGE).text
    for said in ("Un pic vient : du", "heures de plus par semaine", "pas encore une année de recul"):
        assert said in page, said
    assert page.count("<tr>") == 2 + 26 + 12
    assert "Manque " in page
    assert "capacity-chart__over" in page


def test_who_only_answers_tasks_does_not_open_it(planned):
    client = opened(planned, "charge")
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/t/kits/").text
