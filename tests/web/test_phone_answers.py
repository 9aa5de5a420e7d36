"""What a phone kept while it had no network is taken once, and refused in words (MTP-3)."""

from uuid import UUID, uuid4

import pytest
from werkzeug.datastructures import MultiDict

from app.database import db
from app.models import Submission
from tests import build
from tests.web.conftest import Site
from tests.web.test_task_page import opened, sheet


@pytest.fixture
def task_id(site: Site) -> UUID:
    """An alert to be analysed."""
    with site.app.app_context(), build.serving("carene"):
        found = build.the_task("analyser_signalement", case=build.a_case("analyser_signalement")).id
        db.session.remove()
    return found


def phone(client, task_id: UUID, token: str, data: MultiDict[str, str], code: str = "carene"):
    form = MultiDict(data)
    form["csrf_token"] = token
    return client.post(
        f"/t/{code}/taches/{task_id}/telephone", data=form, headers={"Accept": "application/json"}
    )


def test_what_the_phone_kept_is_taken_once_and_a_lost_answer_is_no_fault(site: Site, task_id: UUID):
    data = sheet(site, task_id)
    client, token = opened(site, task_id)
    stale = phone(client, task_id, "vieux", data)
    assert (stale.status_code, bool(stale.json["jeton"])) == (400, True)
    taken = phone(client, task_id, stale.json["jeton"], data)
    assert (taken.status_code, taken.json["etat"]) == (201, "enregistre")
    assert taken.json["suite"].startswith("/t/carene/")
    again = phone(client, task_id, token, data)
    assert (again.status_code, again.json) == (200, {"etat": "deja"})
    with site.app.app_context(), build.serving("carene"):
        assert db.session.query(Submission).filter_by(form="analyse").count() == 1
        db.session.remove()


def test_a_phone_is_refused_in_words(site: Site, task_id: UUID):
    client, token = opened(site, task_id)
    holes = phone(client, task_id, token, MultiDict({"besoins": "Interprète"}))
    assert (holes.status_code, bool(holes.json["phrase"])) == (422, True)
    assert phone(client, uuid4(), token, MultiDict()).status_code == 404
    assert phone(client, task_id, token, MultiDict(), code="ailleurs").status_code == 404
    with site.app.app_context(), build.serving("carene"):
        build.complete("analyser_signalement", by=build.an_actor("ecorenove", name="Une collègue"))
        db.session.remove()
    late = phone(client, task_id, token, sheet_of_nothing())
    assert (late.status_code, bool(late.json["phrase"])) == (409, True)
    stranger = site.as_("technicien@carene.invalid")
    stranger.get("/", follow_redirects=True)
    assert phone(stranger, task_id, token, MultiDict()).status_code in {400, 403, 404}


def sheet_of_nothing() -> MultiDict[str, str]:
    return MultiDict({"besoins": ""})
