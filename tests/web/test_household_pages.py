"""« Droits du ménage » and « Conservation »: who opens them, what a wrong click cannot do (LAW-2, 5, 6)."""

from io import BytesIO
from zipfile import ZipFile, is_zipfile

import pytest

from app.database import db, end_read
from app.models import Case
from tests import build
from tests.web.server import token_of


@pytest.fixture
def house(site):
    """CARENE on its server, with a case; the office may erase, Nora hands data over."""
    with site.app.app_context(), build.serving("carene"):
        case = build.an_alert(nom="Quermeur")
        reference = case.reference
        db.session.remove()
    return site, reference


def send(client, path, **form):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def as_(house, email):
    client = house[0].as_(email)
    client.get("/", follow_redirects=True)
    return client


def the_row(house):
    with house[0].app.app_context(), build.serving("carene"):
        end_read()
        row = db.session.scalars(db.select(Case).where(Case.reference == house[1])).one()
        return row.agreement_withdrawn_on, row.erased_at, row.hold_until


def address(house, rest=""):
    return f"/t/carene/dossiers/{house[1]}/droits{rest}"


WORKER, OFFICE, TECHNICIAN = "social@carene.invalid", "admin@carene.invalid", "technicien@carene.invalid"


def test_each_person_sees_the_rights_that_are_theirs_to_serve(house):
    worker, office = as_(house, WORKER).get(address(house)).text, as_(house, OFFICE).get(address(house)).text
    assert "Préparer ses données" in worker
    assert "Effacer pour de bon" not in worker
    assert "Effacer pour de bon" in office
    assert "Préparer ses données" not in office
    assert as_(house, TECHNICIAN).get(address(house)).status_code == 403
    assert as_(house, OFFICE).get("/t/carene/dossiers/DOS-1999-0001/droits").status_code == 404


def test_a_withdrawal_without_its_day_is_told_beside_the_field_and_nothing_changes(house):
    client = as_(house, WORKER)
    answer = send(client, address(house, "/accord"), sens="retire", le="", mode="oral")
    assert answer.status_code == 422
    assert "Indiquez le jour" in answer.text
    assert 'href="#le"' in answer.text
    assert the_row(house)[0] is None


def test_a_household_is_handed_its_data_as_one_archive(house):
    answer = send(as_(house, WORKER), address(house, "/donnees"))
    assert answer.mimetype == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_zipfile(BytesIO(answer.data))
    assert "vos-donnees.pdf" in ZipFile(BytesIO(answer.data)).namelist()
    assert send(as_(house, OFFICE), address(house, "/donnees")).status_code == 403


def test_erasing_asks_for_the_reference_then_cannot_be_done_twice(house):
    client = as_(house, OFFICE)
    refused = send(client, address(house, "/effacement"), motif_effacement="demande", reference="DOS")
    assert refused.status_code == 422
    assert "Recopiez la référence" in refused.text
    assert the_row(house)[1] is None
    told = {"motif_effacement": "demande", "reference": house[1]}
    assert send(client, address(house, "/effacement"), **told).status_code == 302
    page = client.get(address(house)).text
    assert "a été effacé" in page
    assert "Quermeur" not in page
    assert send(client, address(house, "/effacement"), **told).status_code == 302
    assert "déjà été effacé" in client.get(address(house)).text
    assert as_(house, WORKER).get(f"/t/carene/dossiers/{house[1]}").status_code == 410


def test_what_is_held_shows_on_the_page_of_retention_until_it_is_released(house):
    client = as_(house, OFFICE)
    refused = send(client, address(house, "/conservation"), sens="conserve", jusquau="1999-01-01", motif="")
    assert refused.status_code == 422
    assert "Choisissez un jour à venir" in refused.text
    send(client, address(house, "/conservation"), sens="conserve", jusquau="2030-01-01", motif="Litige.")
    page = client.get("/t/carene/conservation?etat=conserves").text
    assert house[1] in page
    assert "Litige." in page
    send(client, address(house, "/conservation"), sens="leve")
    assert the_row(house)[2] is None
    assert house[1] not in client.get("/t/carene/conservation?etat=conserves").text
