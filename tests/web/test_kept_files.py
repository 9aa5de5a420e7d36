"""A photo sent with a form that comes back is not to be chosen again."""

import re
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select

from app.database import db
from app.models import StoredFile, Submission
from app.services import task_view
from tests import build
from tests.web.conftest import Site
from tests.web.server import token_of

WHO = "technicien@carene.invalid"


@pytest.fixture
def task_id(site: Site) -> UUID:
    """A visit to be told."""
    with site.app.app_context(), build.serving("carene"):
        found = build.the_task("realiser_visite", case=build.a_case("realiser_visite")).id
        db.session.remove()
    return found


def photo() -> tuple[BytesIO, str]:
    out = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG")
    return BytesIO(out.getvalue()), "chaudiere.jpg"


def posted(site: Site, client, task_id: UUID, action: str, data: dict[str, object]):
    page = client.get(f"/t/carene/taches/{task_id}")
    form = {"csrf_token": token_of(page.text), "_action": action, **data}
    return client.post(f"/t/carene/taches/{task_id}", data=form, content_type="multipart/form-data")


def kept_ids(html: str) -> list[str]:
    return re.findall(r'name="photos\.garder" value="([0-9a-f-]{36})"', html)


def test_a_refused_form_keeps_the_photo_and_sends_it_the_next_time(site, task_id):
    client = site.as_(WHO)
    client.get("/", follow_redirects=True)
    refused = posted(site, client, task_id, "envoyer", {"issue": "realisee", "photos": photo()})
    assert refused.status_code == 422
    (kept,) = kept_ids(refused.text)
    assert "à choisir de nouveau" not in refused.text
    with site.app.app_context(), build.serving("carene"):
        hand = build.an_actor("technicien")
        flat = task_view.open_task(task_id, hand).form.spread(build.answers_for(task_id, hand))
        data = {name: list(texts) for name, texts in flat.values.items() if not name.startswith("photos")}
        db.session.remove()
    sent = posted(site, client, task_id, "envoyer", {**data, "photos.garder": kept})
    assert sent.status_code == 302, sent.text
    with site.app.app_context(), build.serving("carene"):
        row = db.session.scalars(select(Submission).where(Submission.task_id == task_id)).one()
        assert [item["id"] for item in row.answers["photos"]] == [kept]
        assert db.session.get_one(StoredFile, UUID(kept)).name == "chaudiere.jpg"


def test_a_photo_sent_with_a_draft_is_there_when_the_draft_is_opened_again(site, task_id):
    client = site.as_(WHO)
    client.get("/", follow_redirects=True)
    assert posted(site, client, task_id, "brouillon", {"photos": photo()}).status_code == 302
    again = client.get(f"/t/carene/taches/{task_id}").text
    assert len(kept_ids(again)) == 1
    assert "chaudiere.jpg" in again


def test_a_file_kept_by_somebody_else_cannot_be_taken(site, task_id):
    client = site.as_(WHO)
    client.get("/", follow_redirects=True)
    posted(site, client, task_id, "brouillon", {"photos": photo()})
    (kept,) = kept_ids(client.get(f"/t/carene/taches/{task_id}").text)
    with site.app.app_context(), build.serving("carene"):
        other = build.the_task("realiser_visite", case=build.a_case("realiser_visite")).id
        db.session.remove()
    answer = posted(site, client, other, "envoyer", {"issue": "realisee", "photos.garder": kept})
    assert answer.status_code == 422
    assert "n&#39;a pas été retrouvé" in answer.text


def test_a_file_that_is_no_photo_is_refused_and_not_kept(site, task_id):
    client = site.as_(WHO)
    client.get("/", follow_redirects=True)
    pdf = (BytesIO(b"%PDF-1.4\n%%EOF\n"), "facture.pdf")
    answer = posted(site, client, task_id, "envoyer", {"issue": "realisee", "photos": pdf})
    assert answer.status_code == 422
    assert kept_ids(answer.text) == []
