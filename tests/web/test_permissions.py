"""Every address, for a visitor, for the wrong role and for somebody of another territory (LAW-1)."""

from uuid import uuid4

import pytest
from flask import url_for
from werkzeug.routing import Rule

from app.database import db
from app.services import accounts
from app.web.permissions import need_of
from tests import build
from tests.web.conftest import ROLES, Site, post
from tests.web.server import token_of


def addresses(site: Site, kind: str, code: str = "carene") -> list[tuple[str, str, str]]:
    """Return method, address and what it needs, for every route of that kind."""
    found = []
    for rule in site.app.url_map.iter_rules():
        need = need_of(site.app.view_functions[rule.endpoint])
        if need is None or need.kind != kind or rule.endpoint == "static":
            continue
        methods = sorted({"GET", "POST"} & (rule.methods or set()))
        found += [(method, filled(site, rule, code), need.what) for method in methods]
    return found


def filled(site: Site, rule: Rule, code: str) -> str:
    """Return an address of the rule, its parts naming nothing that exists."""
    made_up = {
        "code": code, "reference": "DOS-2026-9999", "process": "visite", "token": "aucun-lien",
        "number": 9999, "kind": "csv", "ending": "csv",
    }  # fmt: skip
    values = {name: made_up.get(name, uuid4()) for name in rule.arguments}
    with site.app.test_request_context():
        return url_for(rule.endpoint, **values)


def bare(answer) -> str:
    """Return a page without its CSRF tokens, which carry the second at which they were made."""
    return answer.text.replace(token_of(answer.text), "")


def call(client, method: str, address: str):
    if method == "GET":
        return client.get(address)
    return post(client, address)


def test_a_visitor_is_led_to_the_login_by_every_page_that_wants_an_account(site):
    client = site.visitor()
    pages = addresses(site, "permission") + addresses(site, "session")
    assert len(pages) >= 25
    for method, address, _ in pages:
        answer = call(client, method, address)
        assert answer.status_code in {302, 401}, (method, address, answer.status_code)
        if answer.status_code == 302:
            assert answer.location.startswith("/connexion"), address


def test_a_visitor_reads_every_page_that_is_open_to_all(site):
    client = site.visitor()
    for method, address, _ in addresses(site, "public"):
        if method == "GET":
            answer = client.get(address, follow_redirects=True)
            absent = ("/t/carene/inscription/", "/t/carene/publications/", "/t/carene/reseau-public")
            unknown = address.startswith(absent)
            assert answer.status_code == (404 if unknown else 200), address


def test_a_link_that_never_was_is_gone_like_one_that_ended(site):
    client = site.visitor()
    for method, address, _ in addresses(site, "link"):
        answer = call(client, method, address)
        if address.endswith(".ics"):  # read by a program, which must not learn that an address once was
            assert answer.status_code == 404
        elif not address.endswith("/merci"):
            assert answer.status_code == 410, (method, address)
            assert "Ce lien n'est plus valable" in answer.text or "plus valable" in answer.text


@pytest.mark.parametrize("email", sorted(ROLES))
def test_a_role_opens_what_its_rights_say_and_nothing_else(site, email):
    client = site.as_(email)
    with site.app.app_context(), build.serving("carene"):
        rights = build.an_actor(*ROLES[email]).rights
        db.session.remove()
    client.get("/", follow_redirects=True)  # the home page chooses the territory of the session
    token = token_of(client.get("/aide").text)
    for method, address, wanted in addresses(site, "permission"):
        answer = client.get(address) if method == "GET" else client.post(address, data={"csrf_token": token})
        allowed = any(rights.may(permission) for permission in wanted.split(" ou "))
        assert (answer.status_code != 403) == allowed, (method, address, answer.status_code)


def test_another_territory_s_pages_do_not_exist(site, elsewhere):
    client = site.as_("social@carene.invalid")
    client.get("/t/carene/", follow_redirects=True)
    token = token_of(client.get("/aide").text)
    for method, address, _ in addresses(site, "permission", code=elsewhere):
        answer = client.get(address) if method == "GET" else client.post(address, data={"csrf_token": token})
        nowhere = address.replace(f"/t/{elsewhere}/", "/t/nulle-part/")
        same = client.get(nowhere) if method == "GET" else client.post(nowhere, data={"csrf_token": token})
        assert answer.status_code == same.status_code == 404, (method, address)
        assert bare(answer) == bare(same), address


def test_another_territory_s_task_case_and_file_do_not_exist_at_one_s_own_address(site, elsewhere):
    with site.app.app_context(), build.serving("carene"):
        opened = build.a_case("analyser_signalement")
        task_id = build.the_task("analyser_signalement", case=opened).id
        reference = opened.reference
        db.session.remove()
    stranger = site.as_("voisine@ailleurs.invalid")
    stranger.get(f"/t/{elsewhere}/", follow_redirects=True)
    token = token_of(stranger.get("/aide").text)
    pairs = [
        (f"taches/{task_id}", f"taches/{uuid4()}"),
        (f"dossiers/{reference}", "dossiers/DOS-1999-0001"),
        (f"dossiers/{reference}/parcours/visite.bpmn", "dossiers/DOS-1999-0001/parcours/visite.bpmn"),
    ]
    for theirs, nobody_s in pairs:
        answer = stranger.get(f"/t/{elsewhere}/{theirs}")
        assert answer.status_code == 404, theirs
        assert bare(answer) == bare(stranger.get(f"/t/{elsewhere}/{nobody_s}"))
    for verb in ("prendre", "rendre", "brouillon", ""):
        address = f"/t/{elsewhere}/taches/{task_id}/{verb}".rstrip("/")
        assert stranger.post(address, data={"csrf_token": token}).status_code == 404, verb


def test_a_person_of_two_territories_works_for_one_at_a_time(site, elsewhere):
    with site.app.app_context():
        person = accounts.by_email("voisine@ailleurs.invalid")
        assert person is not None
        person_id = person.id
        territory_id = build.a_territory("carene").id
        accounts.grant(person_id, territory_id=territory_id, roles=["travailleur_social"])
        db.session.remove()
    client = site.as_("voisine@ailleurs.invalid")
    page = client.get("/")
    assert page.status_code == 200
    token = token_of(page.text)
    assert client.post("/territoire", data={"csrf_token": token, "code": "carene"}).location == "/t/carene/"
    assert client.get("/t/carene/").status_code == 200
    asked = client.get(f"/t/{elsewhere}/dossiers")
    assert asked.location == f"/?vers={elsewhere}&suite=/t/{elsewhere}/dossiers"
    answer = client.post(f"/t/{elsewhere}/taches/{uuid4()}/prendre", data={"csrf_token": token})
    assert answer.status_code == 409
    moved = client.post(
        "/territoire", data={"csrf_token": token, "code": elsewhere, "suite": f"/t/{elsewhere}/dossiers"}
    )
    assert moved.location == f"/t/{elsewhere}/dossiers"
    assert client.get("/t/carene/dossiers").location.startswith("/?vers=carene")


def test_nobody_chooses_a_territory_that_is_not_theirs(site, elsewhere):
    client = site.as_("social@carene.invalid")
    token = token_of(client.get("/aide").text)
    assert client.post("/territoire", data={"csrf_token": token, "code": elsewhere}).status_code == 404


def test_a_person_without_any_role_left_is_told_whom_to_ask(site):
    with site.app.app_context():
        from app.database import transaction

        person = accounts.by_email("social@carene.invalid")
        assert person is not None
        with transaction() as session:
            for membership in session.merge(person).memberships:
                session.delete(membership)
        db.session.remove()
    page = site.as_("social@carene.invalid").get("/")
    assert page.status_code == 200
    assert "Aucun territoire ne vous est ouvert" in page.text
