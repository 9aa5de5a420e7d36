"""The pages of acts: the form first, nothing before it is sent, once; a stale page loses nothing."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app import clock
from app.database import db
from app.models import Case, ProcessInstance
from app.services import releases
from tests import build
from tests.web.server import token_of

SOCIAL, TECHNICIAN, GIVER = "social@carene.invalid", "technicien@carene.invalid", "signaleur@carene.invalid"
ECHANGE = {
    "date": "2026-03-02", "avec": "menage", "moyen": "telephone", "contenu": "Le bailleur n'a pas répondu.",
    "suite": "aucune", "_action": "envoyer",
}  # fmt: skip
ANIMATION = {
    "genre": "stand", "titre": "Stand au marché", "date_evenement": "2030-03-10", "commune": "44184",
    "lieu": "Place du marché", "_action": "envoyer",
}  # fmt: skip


@pytest.fixture
def reference(site):
    with site.app.app_context(), build.serving("carene"):
        found = build.a_case().reference
        db.session.remove()
    return found


def begun(site, process):
    with site.app.app_context(), build.serving("carene"):
        query = select(func.count()).select_from(ProcessInstance).where(ProcessInstance.process == process)
        found = db.session.scalar(query)
        db.session.remove()
    return found


def send(client, address, form, **more):
    page = client.get(address)
    token = page.text.partition('name="_depart" value="')[2].partition('"')[0]
    data = {"csrf_token": token_of(page.text), "_depart": token, **form, **more}
    return client.post(address, data=data), data


def test_the_case_offers_its_acts_to_their_roles_and_one_is_done_once(site, reference):
    client = site.as_(SOCIAL)
    case = f"/t/carene/dossiers/{reference}"
    assert f"{case}/gestes/echange" in client.get(case).text
    assert f"{case}/gestes/echange" not in site.as_(TECHNICIAN).get(case).text
    page = client.get(f"{case}/gestes/echange")
    assert "Noter un échange" in page.text
    assert begun(site, "echange") == 0
    answer, data = send(client, f"{case}/gestes/echange", ECHANGE)
    assert (answer.status_code, answer.location) == (302, case)
    again = client.post(f"{case}/gestes/echange", data=data)  # a double click sends the same page
    assert again.status_code == 302
    assert begun(site, "echange") == 1
    shown = client.get(case).text
    assert "« Noter un échange » est enregistré." in shown
    assert "Le bailleur n&#39;a pas répondu." in shown


def test_a_mistake_is_shown_beside_its_field_and_nothing_is_begun(site, reference):
    client = site.as_(SOCIAL)
    address = f"/t/carene/dossiers/{reference}/gestes/echange"
    answer, _ = send(client, address, ECHANGE, suite="reprendre", date_reprise="", contenu="À rappeler.")
    assert answer.status_code == 422
    assert "À rappeler." in answer.text
    assert begun(site, "echange") == 0
    other, _ = send(client, address, ECHANGE, _depart="pas un identifiant")
    assert other.status_code == 302
    assert begun(site, "echange") == 1


def test_a_page_left_open_on_a_case_closed_meanwhile_says_so_and_keeps_what_was_typed(site, reference):
    client = site.as_(SOCIAL)
    address = f"/t/carene/dossiers/{reference}/gestes/echange"
    page = client.get(address)
    with site.app.app_context(), build.serving("carene"):
        db.session.scalars(select(Case).where(Case.reference == reference)).one().status = "closed"
        db.session.commit()
        db.session.remove()
    answer = client.post(
        address, data={"csrf_token": token_of(page.text), "_depart": str(uuid4()), **ECHANGE}
    )
    assert answer.status_code == 409
    assert "le dossier est clos" in answer.text
    assert "Le bailleur n&#39;a pas répondu." in answer.text
    assert begun(site, "echange") == 0
    assert address not in client.get(f"/t/carene/dossiers/{reference}").text
    shut = client.get(address)
    assert shut.status_code == 409
    assert 'name="contenu"' not in shut.text


def test_a_draft_is_kept_by_the_button_and_by_the_script_and_found_again(site, reference):
    client = site.as_(SOCIAL)
    address = f"/t/carene/dossiers/{reference}/gestes/echange"
    answer, data = send(client, address, ECHANGE, _action="brouillon")
    assert answer.status_code == 302
    assert "Le bailleur n&#39;a pas répondu." in client.get(address).text
    kept = client.post(f"{address}/brouillon", data={**data, "contenu": "Encore."})
    assert kept.status_code == 200
    assert kept.json["phrase"].startswith("Brouillon enregistré")
    assert "Encore." in client.get(address).text
    assert begun(site, "echange") == 0


def test_other_roles_other_addresses_and_a_locked_act_are_refused(site, reference):
    client, technician = site.as_(SOCIAL), site.as_(TECHNICIAN)
    case = f"/t/carene/dossiers/{reference}"
    assert technician.get(f"{case}/gestes/echange").status_code == 403
    assert site.as_(GIVER).get(f"{case}/gestes/echange").status_code == 403
    for address in (f"{case}/gestes/animation", f"{case}/gestes/rien", "/t/carene/gestes/echange",
                    "/t/carene/dossiers/DOS-1999-0001/gestes/echange"):  # fmt: skip
        assert client.get(address).status_code == 404, address
    locked = client.get("/t/carene/gestes/communication")
    assert locked.status_code == 409
    assert "fin de l&#39;expérimentation avec La Poste" in locked.text
    assert "Elle attend la fin" in client.get("/t/carene/reseau").text


def test_mass_communication_opens_once_a_campaign_has_been_closed(site):
    client = site.as_(SOCIAL)
    with site.app.app_context(), build.serving("carene"):
        done = ProcessInstance(
            process="campagne", release_id=releases.current().id, state=b"fin", status="finished",
            started_at=clock.now(), done_elements={},
        )  # fmt: skip
        db.session.add(done)
        db.session.commit()
        db.session.remove()
    assert client.get("/t/carene/gestes/communication").status_code == 200
    assert "/t/carene/gestes/communication" in client.get("/t/carene/reseau").text


def test_an_event_begins_on_the_network_page_and_its_tables_leave_as_files(site):
    client = site.as_(SOCIAL)
    answer, _ = send(client, "/t/carene/gestes/animation", ANIMATION)
    assert answer.location == "/t/carene/reseau"
    assert "Stand au marché" in client.get("/t/carene/reseau").text
    assert "Stand au marché" not in client.get("/t/carene/reseau?commune=44013").text
    assert "Animation du réseau" in client.get("/t/carene/agenda?vue=liste&jour=2030-03-10").text
    detail = client.get("/t/carene/reseau").text.partition("/t/carene/reseau/suivi/")[2].partition('"')[0]
    assert "Signaler un ménage présent" in client.get(f"/t/carene/reseau/suivi/{detail}").text
    assert "Stand au marché" in client.get("/t/carene/reseau?du=pas-une-date").text
    for name in ("presences", "situations"):
        csv = client.get(f"/t/carene/reseau/{name}.csv")
        assert csv.mimetype == "text/csv"
        assert client.get(f"/t/carene/reseau/{name}.xlsx").data[:2] == b"PK"
        assert client.get(f"/t/carene/reseau/{name}.exe").status_code == 404
    assert site.as_(TECHNICIAN).get("/t/carene/reseau").status_code == 403
