"""The catalogue of programmes: what is offered, what it does, who uses it; nothing that is not offered."""

import pytest

from app.database import transaction
from app.models import Territory
from app.services import offers
from tests import build
from tests.web.marks import plain

PAGE = "/t/carene/catalogue"


@pytest.fixture
def offered(site, elsewhere):
    """CARENE offers its version; the other territory offers nothing, and has CARENE in its lineage."""
    with site.app.app_context(), build.serving("carene"):
        offers.offer(1, "Du repérage au règlement", by=build.an_actor("administration"))
    return site


def test_an_offered_programme_says_what_it_does_and_with_whom(offered):
    page = offered.as_("technicien@carene.invalid").get(PAGE).text
    told = plain(page)
    assert "Du repérage au règlement" in told
    assert "Visite à domicile" in told
    assert "Technicien conseil" in told
    assert "étapes de personnes" in told
    assert "(CAR-" not in told
    manual = offered.as_("technicien@carene.invalid").get("/t/carene/catalogue/carene/1")
    assert "Visite à domicile" in plain(manual.text)
    assert manual.text.count("<svg") > 10


def test_another_territory_reads_it_and_its_users_are_named(offered, elsewhere):
    with offered.app.app_context(), transaction() as session:
        row = session.query(Territory).filter_by(code=elsewhere).one()
        row.lineage = [{"territoire": "carene", "version": 1, "empreinte": "x", "le": "2026-03-01"}]
        name = row.name
    page = plain(offered.as_("technicien@carene.invalid").get(PAGE).text)
    assert name in page


def test_what_is_not_offered_is_not_there(site, offered, elsewhere):
    client = offered.as_("technicien@carene.invalid")
    for address in (f"{elsewhere}/1", "carene/2", "absent/1", "carene/0"):
        assert client.get(f"{PAGE}/{address}").status_code == 404
    with site.app.app_context(), build.serving("carene"):
        offers.withdraw(1, by=build.an_actor("administration"))
    assert client.get(f"{PAGE}/carene/1").status_code == 404
    assert "Aucun dispositif n'est offert" in plain(client.get(PAGE).text)


def test_a_giver_of_alerts_does_not_read_the_catalogue(site):
    assert site.as_("signaleur@carene.invalid").get(PAGE).status_code == 403
