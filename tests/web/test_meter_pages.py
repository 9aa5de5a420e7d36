"""The consumption of a household on the page of its case: seen by who may, corrected (BAT-7)."""

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read
from app.models import ProcessInstance
from app.services import document_facts, documents, releases
from tests import build, meter_house
from tests.meter_house import paris, read
from tests.web.server import PASSWORD, log_in, token_of

ROLES = ("coach", "regard", "aveugle")
YEAR = ("2025-01-01", "2025-12-31")


class Meters:
    """The site of the territory of meters, its people, and a household read for three months."""

    def __init__(self, site, case):
        self.site, self.case = site, case
        self.page = f"/t/compteurs/dossiers/{case.reference}"

    def as_(self, role):
        client = self.site.app.test_client()
        log_in(client, f"{role}.meters@compteurs.invalid")
        return client

    def serving(self):
        return tenancy.serving(releases.territory_by_code("compteurs").id)

    def readings(self):
        """Return what the database holds: (day, index, counted), the oldest first."""
        with self.site.app.app_context(), self.serving():
            rows = meter_house.the_readings(self.case, counted=False)
            return [(row.on.isoformat(), str(row.index), row.replaced_at is None, row.id) for row in rows]


@pytest.fixture
def meters(empty_site, tmp_path):
    with clock.at(paris(2026, 1, 1, 8)), empty_site.app.app_context():
        with meter_house.serving(tmp_path / "programme"):
            for role in ROLES:
                mail = f"{role}.meters@compteurs.invalid"
                build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
            case = meter_house.a_household()
            meter_house.bill(case, ("eau_froide", *YEAR, "146"))
            for on, index in (("2026-01-01", "1000"), ("2026-02-01", "1010"), ("2026-03-01", "910")):
                read(case, on, eau_froide=index)
        db.session.remove()
    with clock.at(paris(2026, 3, 2, 9)):
        yield Meters(empty_site, case)


def sent(client, address, back, **facts):
    return client.post(address, data={**facts, "csrf_token": token_of(client.get(back).text)})


RIGHT = {"le": "2026-03-01", "index": "1021", "nature": "lu", "motif": "Relu sur la photo"}


def test_the_case_shows_the_gain_what_is_doubted_and_the_figures_beside_the_curve(meters):
    page = meters.as_("coach").get(meters.page).text
    assert "Consommations" in page
    assert "9,60" in page
    assert "À confirmer" in page
    assert "Pas compté" in page
    assert "01/2026" in page
    assert 'class="curve"' not in page, "one month is no curve"


def test_a_wrong_reading_is_corrected_once_and_its_trace_stays(meters):
    client = meters.as_("coach")
    wrong = meters.readings()[-1][-1]
    address = f"/t/compteurs/releves/{wrong}"
    assert 'value="910"' in client.get(address).text
    for bad, said in (
        ({"motif": ""}, "Dites pourquoi"),
        ({"index": "mille"}, "crivez l"),
        ({"le": "2027-01-01"}, "plus tard"),
        ({"nature": "magie"}, "Choisissez comment"),
    ):
        refused = sent(client, address, address, **{**RIGHT, **bad})
        assert refused.status_code == 422, bad
        assert said in refused.text
    done = sent(client, address, address, **RIGHT)
    assert done.status_code == 302
    assert done.location == f"{meters.page}#consommations"
    assert sent(client, address, meters.page, **RIGHT).status_code == 409, "a stale page"
    assert [row[:3] for row in meters.readings()][-2:] == [
        ("2026-03-01", "910.000", False), ("2026-03-01", "1021.000", True),
    ]  # fmt: skip
    page = client.get(meters.page).text
    part = page.split('id="consommations"')[1]
    assert "Relu sur la photo" in part
    assert "Fiable" in part
    assert "10,40" in part  # 59 days × 0.4 − 21 = 2.6 m³ at 4 €
    assert 'class="curve"' in part
    assert "déjà été remplacé" in client.get(address).text


def test_a_reading_is_withdrawn_with_a_reason(meters):
    client = meters.as_("coach")
    address = f"/t/compteurs/releves/{meters.readings()[-1][-1]}"
    sent(client, f"{address}/retirer", address, motif=" ")
    assert meters.readings()[-1][2] is True
    assert sent(client, f"{address}/retirer", address, motif="Compteur du voisin").status_code == 302
    assert meters.readings()[-1][2] is False
    assert sent(client, f"{address}/retirer", meters.page, motif="Encore").status_code == 409
    assert "Compteur du voisin" in client.get(meters.page).text


def test_who_may_not_see_readings_sees_none_and_who_only_looks_corrects_none(meters):
    blind, reader = meters.as_("aveugle"), meters.as_("regard")
    assert "Consommations" not in blind.get(meters.page).text
    page = reader.get(meters.page).text
    assert "9,60" in page
    address = f"/t/compteurs/releves/{meters.readings()[-1][-1]}"
    assert "/releves/" not in page
    for client in (blind, reader):
        assert client.get(address).status_code == 403
        assert sent(client, address, "/aide", **RIGHT).status_code == 403
    coach = meters.as_("coach")
    assert coach.get("/t/compteurs/releves/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_document_may_name_the_gain_the_curves_and_their_table(meters):
    with meters.site.app.app_context(), meters.serving():
        end_read()
        process = db.session.scalars(select(ProcessInstance)).one()
        release = releases.of(process.release_id)
        facts = document_facts.freeze(process, release, frozenset({"technique"}), None)
        said = documents.marked(facts)["consommations"]
        assert said["gain"].startswith("9,60")
        assert "m³" in said["tableau"]
        assert "data:image/svg+xml" in said["courbes"]
        hidden = document_facts.freeze(process, release, frozenset({"social"}), None)
        assert documents.marked(hidden)["consommations"]["gain"] == ""
