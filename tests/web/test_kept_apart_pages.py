"""Every page, asked by somebody whose lane is kept apart from a case: not found, no trace of it (BAT-10)."""

import pytest
from sqlalchemy import select

from app.database import db, transaction
from app.handlers.lane_effects import KeepApart
from app.models import ProcessInstance, Task
from app.services import apart
from tests import binome, build
from tests.web.conftest import Site
from tests.web.server import PASSWORD, token_of
from tests.web.test_two_structures_pages import OF_EVERYBODY, House, live
from tests.web.test_two_territories_pages import MARK, body

TECHNICIAN, SOCIAL = "technicien@binome.invalid", "social@binome.invalid"


@pytest.fixture(scope="module")
def binome_root(tmp_path_factory):
    return binome.files(tmp_path_factory.mktemp("binome"))


@pytest.fixture
def house(empty_site: Site, binome_root) -> House:
    """The server with a case that says a word everywhere, and a technician with nearly every right."""
    with empty_site.app.app_context():
        with build.serving(binome.CODE, root=binome_root):
            build.a_directory()
            build.a_user("technicien", name="Technicien", email=TECHNICIAN, password=PASSWORD)
            build.a_user("travailleur_social", name="Sociale", email=SOCIAL, password=PASSWORD)
            partner = build.a_partner("amelioration_habitat", name="Opérateur", email="o@ope.invalid").id
            theirs = live(MARK, TECHNICIAN, partner)
            rows = db.session.scalars(select(Task.id).where(Task.process_id == theirs.ids["process_id"]))
            marks = (
                MARK, theirs.ids["reference"], *map(str, rows),
                *(str(theirs.ids[n]) for n in ("process_id", "document_id", "file_id", "submission_id")),
            )  # fmt: skip
        db.session.remove()
    return House(empty_site, theirs, theirs, marks, binome.CODE)


def keep_apart(house: House, lane: str) -> None:
    with house.site.app.app_context(), build.serving(binome.CODE):
        with transaction() as session:
            process = session.get_one(ProcessInstance, house.theirs.ids["process_id"])
            apart.keep(KeepApart(lane, "Santé fragile"), process, by=("Sociale", None))
        db.session.remove()


def telling(house: House) -> dict[str, set[int]]:
    """Return the status of each page that names the case, or tells of it; those of nobody are left out."""
    client, found = house.client(TECHNICIAN), {}
    for endpoint, address, named in house.addresses(house.theirs):
        if house.refused(endpoint):
            continue
        with client.get(address, follow_redirects=True) as answer:
            told = [one for one in house.traces(body(answer)) if one not in address]
        assert answer.status_code < 500, (endpoint, address)
        inside = address.startswith(f"/t/{house.code}/") and not endpoint.startswith(
            "meetings."
        )  # of no case
        if told or (inside and named - OF_EVERYBODY and answer.status_code == 200):
            found.setdefault(endpoint, set()).add(answer.status_code)
    return found


@pytest.mark.fault  # every page twice: the use cases are asked in each run, tests/services/test_kept_apart.py
def test_no_page_opens_or_tells_a_case_from_which_ones_lane_is_kept_apart(house):
    before = telling(house)
    assert {"cases.listing", "cases.file", "files.document", "mending.page"} <= before.keys()
    keep_apart(house, "technicien")
    assert telling(house) == {}
    social = house.client(SOCIAL)
    page = social.get(f"/t/{binome.CODE}/dossiers/{house.theirs.ids['reference']}").text
    assert "Technicien conseil" in page
    assert "Santé fragile" in page


def test_a_share_is_stopped_from_the_page_of_the_case_by_whoever_sees_the_shares(empty_site, binome_root):
    with empty_site.app.app_context():
        with build.serving(binome.CODE, root=binome_root):
            build.a_directory()
            for role, email in (("ecorenove", "bailleur@binome.invalid"), ("travailleur_social", SOCIAL)):
                build.a_user(role, name=role, email=email, password=PASSWORD)
            case = build.an_alert(commentaire="Motcommentaire", statut="locataire_social", bailleur="Silène")
            binome.visit(case, partage=["signalement.bailleur"])
        db.session.remove()
    path = f"/t/{binome.CODE}/dossiers/{case.reference}"
    landlord, social = empty_site.as_("bailleur@binome.invalid"), empty_site.as_(SOCIAL)
    landlord.get("/", follow_redirects=True)
    shown = landlord.get(path).text
    assert "Silène" in shown
    assert "Partagé avec vous" in shown
    for absent in (
        "Motcommentaire",
        "Chronologie",
        "02 61 91 00 12",
        "Réaliser la visite",
        "Arrêter ce partage",
    ):
        assert absent not in shown, absent
    social.get("/", follow_redirects=True)
    page = social.get(path).text
    assert "Arrêter ce partage" in page
    action = page.partition(f'action="{path}/partages/')[2].partition('"')[0]
    for client, status in ((landlord, 403), (social, 302), (social, 302)):
        token = token_of(client.get("/aide").text)
        answer = client.post(f"{path}/partages/{action}", data={"csrf_token": token})
        assert answer.status_code == status
    assert "Silène" not in landlord.get(path).text
    assert "Ne se lit plus depuis" in social.get(path).text
