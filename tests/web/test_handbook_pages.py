"""The handbook's page: read by whoever works in the programme, its PDF asked once."""

import pytest

from app import scheduler
from app.documents import available
from app.publishing.handbook_keeping import LAY_OUT
from tests import build
from tests.web.marks import plain


@pytest.fixture
def reader(site):
    return site.as_("technicien@carene.invalid")


def test_the_programme_is_told_step_by_step_with_its_drawings(reader):
    page = reader.get("/t/carene/versions/1/manuel").text
    told = plain(page)
    assert "Manuel du dispositif" in told
    assert "3. Visite à domicile" in told
    assert "à faire en 5 jours ouvrés" in told
    assert page.count("<svg") > 10
    assert 'href="#p-visite"' in page


def test_the_pdf_is_asked_from_the_page_and_opens_once_made(reader, site):
    if available() is not None:
        pytest.skip("Pango is not installed")
    answer = reader.get("/t/carene/versions/1/manuel.pdf")
    assert answer.status_code == 302
    token = plain_token(reader.get("/t/carene/versions/1/manuel").text)
    reader.post("/t/carene/versions/1/manuel", data={"csrf_token": token})
    assert "se prépare" in plain(reader.get("/t/carene/versions/1/manuel").text)
    with site.app.app_context(), build.serving("carene"):
        scheduler.pump(jobs_named=frozenset({LAY_OUT}))
    assert "Ouvrir le PDF" in plain(reader.get("/t/carene/versions/1/manuel").text)
    answer = reader.get("/t/carene/versions/1/manuel.pdf")
    assert answer.mimetype == "application/pdf"
    assert 'filename="manuel-carene-version-1.pdf"' in answer.headers["Content-Disposition"]


def plain_token(page: str) -> str:
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest.mark.parametrize("address", ["versions/99/manuel", "versions/99/manuel.pdf", "versions/0/manuel"])
def test_a_version_that_is_not_there_is_said(reader, address):
    assert reader.get(f"/t/carene/{address}").status_code == 404


def test_a_giver_of_alerts_does_not_read_it(site):
    assert site.as_("signaleur@carene.invalid").get("/t/carene/versions/1/manuel").status_code == 403
