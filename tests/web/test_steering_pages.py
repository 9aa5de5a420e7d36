"""Wrong uses of the pages of figures and reports: odd addresses, stale pages, two writers, hostile files."""

import io
import re

import pytest

from app import clock
from app.database import db
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of

POLE, OTHER = "pole@carene.invalid", "ada@carene.invalid"


@pytest.fixture
def house(empty_site: Site) -> Site:
    """CARENE with a coordinator of the pôle, an administrator, and two cases."""
    with empty_site.app.app_context(), build.serving("carene"):
        build.a_user("coordinatrice_pole", name="Hélène", email=POLE, password=PASSWORD)
        build.a_user("administration", name="Ada", email=OTHER, password=PASSWORD)
        build.a_case("analyser_signalement")
        build.a_case("analyser_signalement")
        db.session.remove()
    return empty_site


def entered(house: Site, email: str):
    client = house.as_(email)
    client.get("/", follow_redirects=True)
    return client


def sent(client, path: str, **form: str):
    token = token_of(client.get("/aide").text)
    return client.post(path, data={"csrf_token": token, **form}, follow_redirects=True)


def test_an_address_that_asks_for_nonsense_shows_this_year_and_says_so(house):
    client = entered(house, POLE)
    for query in ("du=2026-13", "du=x&au=y", "du=2026-09&au=2026-03", "du=1900-01&au=2026-01"):
        page = client.get(f"/t/carene/indicateurs?{query}")
        assert page.status_code == 200 and "Voici l&#39;année en cours." in page.text, query
    odd = client.get("/t/carene/indicateurs?f_commune=<script>&f_zut=1&du=2026-01&au=2026-12")
    assert odd.status_code == 200 and "<script>&" not in odd.text
    year = clock.today().year
    empty = client.get(f"/t/carene/indicateurs?f_commune=99999&du={year}-01&au={year}-12").text
    assert re.search(r"Situations repérées.*?<strong>0</strong>", empty, re.DOTALL)
    assert client.get("/t/carene/indicateurs/zut").status_code == 404
    for wrong in ("par=zut&valeur=1", "par=../x", "par=indices&valeur=froid"):
        assert client.get(f"/t/carene/indicateurs/situations_detectees/dossiers?{wrong}").status_code == 404


def test_figures_are_handed_over_in_both_shapes_with_a_line_in_the_journal(house):
    client = entered(house, POLE)
    year = clock.today().year
    text = client.get(f"/t/carene/indicateurs.csv?du={year}-01&au={year}-12")
    assert "# Territoire : CARENE" in text.text.splitlines()[0]
    assert "Situations repérées;Commune;Saint-Nazaire;2" in text.text
    book = client.get(f"/t/carene/indicateurs.xlsx?du={year}-01&au={year}-12")
    assert book.data.startswith(b"PK") and ".xlsx" in book.headers["Content-Disposition"]
    with house.app.app_context(), build.serving("carene"):
        told = [line.details for line in build.the_journal() if line.action == "export.indicateurs"]
        db.session.remove()
    assert [one["genre"] for one in told] == ["csv", "xlsx"]


def test_two_people_write_the_same_part_and_both_texts_stay(house):
    first, second = entered(house, POLE), entered(house, OTHER)
    year = clock.today().year
    begun = sent(first, "/t/carene/rapports", annee=f"{year}-01/{year}-12")
    address = begun.request.path
    assert sent(second, "/t/carene/rapports", annee=f"{year}-01/{year}-12").request.path == address
    assert (
        "enregistré"
        in sent(first, f"{address}/ecrire", partie_contexte="La première.", version_contexte="0").text
    )
    clash = sent(second, f"{address}/ecrire", partie_contexte="La seconde.", version_contexte="0")
    assert clash.status_code == 409
    assert "La première." in clash.text and "La seconde." in clash.text
    merged = sent(second, f"{address}/ecrire", partie_contexte="Les deux.", version_contexte="1")
    assert merged.status_code == 200 and "Les deux." in merged.text
    early = sent(first, f"{address}/emettre", version="2")
    assert "Écrivez d&#39;abord" in early.text
    sent(first, f"{address}/ecrire", partie_freins="Les délais.", version_freins="0")
    stale = sent(first, f"{address}/emettre", version="1")
    assert "a changé depuis" in stale.text
    issued = sent(first, f"{address}/emettre", version="4")
    assert "est émis" in issued.text
    again = sent(second, f"{address}/emettre", version="4")  # a double click
    assert "plus un brouillon" in again.text
    assert second.get(f"{address}/rapport.pdf").status_code == 404  # not laid out yet


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_report_that_is_none_and_a_year_that_is_none_are_refused(house):
    client = entered(house, POLE)
    for year in ("", "2026", "zut/zut", "2027-01/2020-01", "2026-01/2026-03"):
        assert "Choisissez l&#39;année du rapport" in sent(client, "/t/carene/rapports", annee=year).text, (
            year
        )
    assert client.get("/t/carene/rapports/00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_that_is_no_map_is_refused_in_words(house):
    client = entered(house, OTHER)
    for content, words in ((b"<svg onload=alert(1)>", "pas du GeoJSON"), (b"", "Choisissez un fichier")):
        token = token_of(client.get("/aide").text)
        answer = client.post(
            "/t/carene/pilotage/carte",
            data={"csrf_token": token, "fichier": (io.BytesIO(content), "carte.geojson")},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
        assert words in answer.text
    assert "<svg onload" not in answer.text
