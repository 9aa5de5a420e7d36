"""An alert prepared by somebody with an account: left, found again elsewhere, sent once (AST-4)."""

import re
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.database import db
from app.models import Case, EntryDraft, StoredFile
from tests import build
from tests.web.conftest import Site
from tests.web.server import token_of

WHO = "ecorenove@carene.invalid"
PAGE = "/t/carene/signaler"


@pytest.fixture
def desk(site: Site):
    client = site.as_(WHO)
    client.get("/", follow_redirects=True)
    return client


def hidden(html: str) -> dict[str, str]:
    """The names that the page carries for itself."""
    return dict(re.findall(r'type="hidden" name="(_[a-z_]+|csrf_token)" value="([^"]*)"', html))


def count(site: Site, entity: type) -> int:
    with site.app.app_context(), build.serving("carene"):
        found = db.session.scalar(select(func.count()).select_from(entity)) or 0
        db.session.remove()
    return found


def answers(site: Site) -> dict[str, list[str]]:
    with site.app.app_context(), build.serving("carene"):
        form = build.releases.current().forms["signalement"]
        hand = build.an_actor("ecorenove")
        said = build.sample(form, {}, classes=hand.rights.collect, nom="Prévert")
        flat = form.spread({key: value for key, value in said.items() if key != "pieces"})
        db.session.remove()
    return {name: list(texts) for name, texts in flat.values.items()}


def test_a_draft_left_at_the_office_is_finished_on_a_phone_with_its_paper(site, desk):
    page = desk.get(PAGE).text
    draft = hidden(page)["_brouillon"]
    assert f'data-brouillon="{PAGE}/brouillons/{draft}"' in page
    paper = (BytesIO(b"%PDF-1.4\n%%EOF\n"), "facture.pdf")
    form = {**hidden(page), "_action": "brouillon", "nom": "Prévert", "pieces": paper}
    left = desk.post(PAGE, data=form, content_type="multipart/form-data")
    assert left.status_code == 302, left.text
    phone = site.as_(WHO)
    phone.get("/", follow_redirects=True)
    assert f"{PAGE}?brouillon={draft}" in phone.get("/t/carene/?vue=brouillons").text
    assert "Prévert" in phone.get(PAGE).text
    again = phone.get(f"{PAGE}?brouillon={draft}").text
    (kept,) = re.findall(r'name="pieces\.garder" value="([0-9a-f-]{36})"', again)
    stale = desk.post(f"{PAGE}/brouillons/{draft}", data={**hidden(page), "nom": "Autre"})
    assert stale.status_code == 200  # the same page still holds the draft: the phone has only read it
    sent = {**answers(site), **hidden(again), "_action": "envoyer", "pieces.garder": kept}
    done = phone.post(PAGE, data=sent)
    assert done.headers["Location"].endswith("/merci"), done.text
    twice = phone.post(PAGE, data=sent, follow_redirects=True)
    assert "déjà été envoyée" in twice.text
    assert (count(site, Case), count(site, EntryDraft), count(site, StoredFile)) == (1, 0, 1)


def test_a_page_left_open_does_not_undo_what_another_has_kept(site, desk):
    first = desk.get(PAGE).text
    draft = hidden(first)["_brouillon"]
    address = f"{PAGE}/brouillons/{draft}"
    assert "enregistré" in desk.post(address, data={**hidden(first), "nom": "Un"}).json["phrase"]
    second = desk.get(f"{PAGE}?brouillon={draft}").text
    assert desk.post(address, data={**hidden(second), "nom": "Deux"}).status_code == 200
    refused = desk.post(address, data={**hidden(first), "nom": "Un"})
    assert (refused.status_code, "autre appareil" in refused.json["phrase"]) == (409, True)
    shown = desk.post(PAGE, data={**hidden(first), "_action": "brouillon", "nom": "Un"})
    assert (shown.status_code, 'value="Un"' in shown.text) == (409, True)
    assert 'value="Deux"' in desk.get(f"{PAGE}?brouillon={draft}").text
    gone = desk.post(f"{address}/abandonner", data={"csrf_token": token_of(second)})
    assert (gone.status_code, count(site, EntryDraft)) == (302, 0)


def test_a_draft_is_not_for_others_nor_sent_without_its_author(site, desk):
    page = desk.get(PAGE).text
    draft = hidden(page)["_brouillon"]
    desk.post(f"{PAGE}/brouillons/{draft}", data={**hidden(page), "nom": "Secretan"})
    other = site.as_("social@carene.invalid")
    other.get("/", follow_redirects=True)
    assert other.get(f"{PAGE}?brouillon={draft}").status_code == 404
    assert "Secretan" not in other.get(PAGE).text
    visitor = site.visitor()
    public = visitor.get(f"{PAGE}?brouillon={draft}&suite=DOS-2026-0001")
    assert (public.status_code, "Secretan" in public.text, "_brouillon" in public.text) == (200, False, False)
    ended = visitor.post(
        PAGE, data={**answers(site), "_brouillon": draft, "csrf_token": token_of(public.text)}
    )
    assert ended.status_code == 401  # log in again: what was typed waits behind the page
    assert count(site, Case) == 0
    assert desk.get(f"{PAGE}?suite=DOS-2026-0001").status_code == 404  # CARENE offers no follow-up
    assert desk.get(f"{PAGE}?brouillon=rien&suite=").status_code == 200
    assert (
        desk.post(f"{PAGE}/brouillons/{uuid4()}/abandonner", data={"csrf_token": token_of(page)}).status_code
        == 302
    )
