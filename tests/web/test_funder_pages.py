"""The page of the account to those who pay, and its files: sums, parts, nobody named (MTP-6)."""

import io

import openpyxl
import pytest

from app import clock
from app.database import db
from tests import build, stock_house
from tests.money_house import paris
from tests.services.test_funder import FUNDER, ROLES
from tests.web.server import PASSWORD, log_in

PAGE = "/t/kits/rapports/financeur"


@pytest.fixture
def paid(empty_site, tmp_path):
    with clock.at(paris(2026, 11, 2, 8)), empty_site.app.app_context():
        with stock_house.serving(tmp_path / "programme", ROLES, indicators=FUNDER):
            for role in ("bilan", "bilan_technique", "charge"):
                mail = f"{role}.web@kits.invalid"
                build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
            for number in range(22):
                stock_house.a_visit(("ampoule", number % 3))
        db.session.remove()
    with clock.at(paris(2026, 11, 2, 9)):
        yield empty_site


def opened(site, role):
    client = site.app.test_client()
    log_in(client, f"{role}.web@kits.invalid")
    return client


def test_the_page_says_what_each_pays_and_the_file_has_every_line_and_the_sums(paid):
    client = opened(paid, "bilan")
    assert f'href="{PAGE}"' in client.get("/t/kits/rapports").text
    page = client.get(PAGE).text
    for said in ("Qui paie", "CEE", "CCAS", "par ménage", "premières lignes sur 22", "2 263,00", "1 584,10"):
        assert said in page.replace("\u202f", " ").replace("\xa0", " "), said
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{PAGE}.xlsx").data))
    sheet, about = book.worksheets
    assert sheet.max_row == 23
    assert [cell.value for cell in sheet[1]] == [
        "N°", "Mois", "Commune", "Matériel (€)", "A dit son nom", "Coût (€)",
    ]  # fmt: skip
    told = {row[0].value: row[1].value for row in about.iter_rows()}
    assert told["CEE (70 %)"] + told["CCAS (30 %)"] == told["Coût total (€)"] == 2263
    text = client.get(f"{PAGE}.csv").text
    assert text.count("\n") >= 22
    assert "Moreau" not in page + text


def test_a_period_that_cannot_be_read_is_said_and_an_empty_one_too(paid):
    client = opened(paid, "bilan")
    page = client.get(f"{PAGE}?du=2026-13&au=bof")
    assert page.status_code == 200
    assert "notice" in page.text
    assert "Aucun ménage sur cette période" in client.get(f"{PAGE}?du=2025-01&au=2025-12").text


def test_what_a_role_does_not_read_is_named_not_shown_and_others_are_refused(paid):
    page = opened(paid, "bilan_technique").get(PAGE).text
    assert "Votre rôle ne lit pas" in page
    assert page.count('<th scope="col">A dit son nom') == 0
    client = opened(paid, "charge")
    for address in (PAGE, f"{PAGE}.xlsx", f"{PAGE}.csv"):
        assert client.get(address).status_code == 403
