"""Every address says what it needs: a permission, an account, a personal link, or why it is open to all."""

import inspect

import pytest
from flask import Flask

from app.access import PERMISSIONS
from app.web.permissions import Need, need_of
from tests.web.server import web_app

OPEN_TO_ALL = {
    "static",
    "auth.login",
    "auth.enter",
    "about.help_page",
    "about.accessibility",
    "health.alive",
    "health.ready",
    "health.metrics",
    "about.accent",
    "opening.logo",
    "alert.page",
    "alert.send",
    "alert.thanks",
    "alert.follow",
    "alert.find",
    "invitation.thanks",
    "rounds.page",
    "rounds.begin",
    "rounds.use",
    "rounds.worker",
    "demo.enter",
    "demo.mailbox",
    "notices.bounce",
    "registration.page",
    "registration.send",
    "registration.thanks",
    "publications.listing",
    "publications.page",
    "publications.file",
    "showcase.page",
    "showcase.flyer",
}
"""A page joins this list on purpose, never by oversight."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application with the demo's pages; no database is opened."""
    folder = tmp_path_factory.mktemp("routes")
    return web_app(f"sqlite:///{folder / 'never-opened.sqlite3'}", folder, demo=True)


def test_every_route_says_what_it_needs(everything: Flask):
    silent = [
        rule.endpoint for rule in everything.url_map.iter_rules() if _need(everything, rule.endpoint) is None
    ]
    assert silent == []


def test_every_permission_asked_for_exists_and_every_reason_is_a_sentence(everything: Flask):
    for rule in everything.url_map.iter_rules():
        need = _need(everything, rule.endpoint)
        assert need is not None
        if need.kind == "permission":
            assert PERMISSIONS.issuperset(need.what.split(" ou ")), rule.endpoint
        else:
            assert len(need.what.split()) >= 4, rule.endpoint


def test_the_pages_open_to_all_are_a_short_named_list(everything: Flask):
    found = {
        rule.endpoint
        for rule in everything.url_map.iter_rules()
        if (need := _need(everything, rule.endpoint)) is not None and need.kind == "public"
    }
    assert found == OPEN_TO_ALL


def test_a_page_that_asks_for_a_permission_carries_the_territory_in_its_address(everything: Flask):
    for rule in everything.url_map.iter_rules():
        need = _need(everything, rule.endpoint)
        if need is not None and need.kind == "permission":
            assert rule.rule.startswith("/t/<code>/"), rule.rule


def test_a_personal_link_s_page_carries_the_token_and_no_territory(everything: Flask):
    rules = [
        rule.rule
        for rule in everything.url_map.iter_rules()
        if (need := _need(everything, rule.endpoint)) is not None and need.kind == "link"
    ]
    assert rules
    mailed = ("/o/<token>", "/r/<token>", "/s/<token>", "/i/<token>", "/v/<token>")
    ours = (*mailed, "/agenda/<token>", "/acces/<token>")
    by_phone = "/t/<code>/tournee/"  # a code serves once; then the phone is known (CAR-5)
    assert [rule for rule in rules if not rule.startswith((*ours, by_phone))] == []


def test_a_server_that_is_no_demonstration_has_none_of_its_pages(tmp_path):
    app = web_app(f"sqlite:///{tmp_path / 'never-opened.sqlite3'}", tmp_path, demo=False)
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/demo")]


def test_every_page_s_function_says_what_it_does(everything: Flask):
    for endpoint, view in everything.view_functions.items():
        if endpoint != "static":
            assert inspect.getdoc(view), endpoint


def _need(app: Flask, endpoint: str) -> Need | None:
    return need_of(app.view_functions[endpoint])
