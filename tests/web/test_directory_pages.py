"""The pages of the directory: the search, a sheet kept by the team or by its structure (ANG-5, F11)."""

import re

import pytest

from app.database import db
from app.models import Partner
from app.services import directory_sheets
from tests import build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of


@pytest.fixture
def angers(empty_site: Site) -> dict[str, str]:
    """The network of Angers: a co-lead, a member, two structures; their ids by name."""
    with empty_site.app.app_context():
        with build.serving("angers"):
            build.a_user("copilote_ccas", name="Claire", email="claire@angers.invalid", password=PASSWORD)
            build.a_user("membre", name="Marc", email="marc@angers.invalid", password=PASSWORD)
            rows = [
                build.a_partner("institution", "49007", name="CCAS"),
                build.a_partner("energie_climat", name="Alisée"),
            ]
            ids = {row.name: str(row.id) for row in rows}
        db.session.remove()
    return ids


def post(client, path, /, **form):
    """Send a form with the token of a page of the same session."""
    token = token_of(client.get(path).text) or token_of(client.get("/aide").text)
    return client.post(path, data={"csrf_token": token, **form})


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")


def test_a_co_lead_fills_a_sheet_and_a_member_finds_the_structure_by_it(empty_site, angers):
    lead, member = empty_site.as_("claire@angers.invalid"), empty_site.as_("marc@angers.invalid")
    path = f"/t/angers/annuaire/{angers['Alisée']}"
    refused = post(lead, f"{path}/modifier", version="0", site="pas une adresse")
    assert refused.status_code == 422 and "adresse entière du site" in refused.text
    facts = {
        "missions": "Visites à domicile.",
        "besoins": "visite",
        "statuts": "locataire_prive",
        "juste": "oui",
    }
    assert post(lead, f"{path}/modifier", version="0", **facts).status_code == 302
    found = text_of(member.get("/t/angers/annuaire?commune=49007&besoin=visite&statut=locataire_prive").text)
    assert "1 structure répond" in found and "reçoit : Locataires du parc privé" in found
    assert "Aucune structure ne répond" in member.get("/t/angers/annuaire?besoin=visite&statut=heberge").text
    assert "Visites à domicile." in member.get("/t/angers/annuaire?q=VISITES+domicile").text
    assert "Vérifiée le" in member.get("/t/angers/annuaire/imprimer").text
    assert "/t/angers/reseau-public" in member.get("/t/angers/annuaire").text
    assert "Visites à domicile." not in empty_site.visitor().get("/t/angers/reseau-public").text, (
        "it did not agree"
    )
    sheet = member.get(path).text
    assert "Visites à domicile." in sheet and "Ce qui a changé" not in sheet
    assert member.get(f"{path}/modifier").status_code == 403
    assert post(member, f"{path}/verifier").status_code == 403
    for odd in ("commune=zz&besoin=sans", "statut=x&revenu=y&genre=z", "q=" + "a" * 500):
        assert member.get(f"/t/angers/annuaire?{odd}").status_code == 200


def test_a_page_left_open_loses_nothing_and_overwrites_nothing(empty_site, angers):
    lead, path = empty_site.as_("claire@angers.invalid"), f"/t/angers/annuaire/{angers['CCAS']}/modifier"
    assert post(lead, path, version="0", missions="La première.").status_code == 302
    late = post(lead, path, version="0", missions="La seconde.")
    assert late.status_code == 409 and "La seconde." in late.text and "comparez-la" in text_of(late.text)
    shown = re.search(r'name="version" value="(\d+)"', late.text)
    assert shown is not None
    assert post(lead, path, version=shown[1], missions="La seconde.").status_code == 302


def test_a_structure_keeps_its_own_sheet_by_its_link(empty_site, angers):
    lead = empty_site.as_("claire@angers.invalid")
    given = post(lead, f"/t/angers/annuaire/{angers['CCAS']}/lien").text
    address = re.search(r"/s/[\w-]+", given)
    assert address is not None
    structure = empty_site.visitor()
    page = structure.get(address[0]).text
    assert "La fiche de CCAS" in text_of(page)
    shown = re.search(r'name="version" value="(\d+)"', page)
    assert shown is not None
    sent = post(structure, address[0], version=shown[1], missions="Ce que nous faisons.")
    assert sent.status_code == 302 and "Merci" in structure.get(sent.location).text
    assert post(structure, address[0], version=shown[1], missions="Encore.").status_code == 409
    with empty_site.app.app_context(), build.serving("angers"):
        kept = directory_sheets.sheet(db.session.query(Partner.id).filter_by(name="CCAS").scalar())
        assert kept.fresh and kept.row is not None
        assert kept.row.missions == "Ce que nous faisons."
    assert structure.get("/s/inconnu").status_code == 410
