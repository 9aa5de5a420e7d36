"""What every answer carries, and what is refused before a page is reached."""

import re

import pytest

from app.config import ROOT
from app.database import db, transaction
from app.models import Territory
from tests import build
from tests.web.server import token_of

PAGES = ("/connexion", "/aide", "/accessibilite", "/t/carene/signaler", "/t/carene/suivi", "/nulle-part")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_closed_to_foreign_scripts_frames_and_referrers(site, path):
    answer = site.visitor().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer.headers


def test_a_server_on_https_locks_its_cookie_and_its_transport(secure_site):
    answer = secure_site.visitor().get("/connexion", base_url="https://relais.test")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-relais=")
    assert "Secure" in cookie


def test_no_template_carries_a_style_or_a_script_of_its_own():
    for path in sorted((ROOT / "app/web").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path


def test_bundles_are_kept_by_browsers_once_they_carry_their_version(site):
    page = site.visitor().get("/connexion").text
    address = re.search(r'href="(/static/dist/app\.css\?v=\w+)"', page)
    assert address is not None
    with site.visitor().get(address[1]) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/connexion", "/demo/connexion", "/t/carene/suivi", "/territoire"])
def test_a_form_without_its_token_is_refused_with_a_sentence(site, path):
    answer = site.visitor().post(path, data={"email": "social@carene.invalid"})
    assert answer.status_code == 400
    assert "Rien n&#39;est perdu" in answer.text


def test_what_a_browser_says_another_site_sent_is_refused_even_with_a_token(site):
    client = site.visitor()
    token = token_of(client.get("/connexion").text)
    answer = client.post("/connexion", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_what_does_not_exist_and_what_may_not_be_asked_are_french_pages(site):
    missing = site.visitor().get("/nulle-part")
    assert missing.status_code == 404
    assert "Page introuvable" in missing.text
    wrong = site.visitor().get("/deconnexion")
    assert wrong.status_code == 405
    assert "ne s&#39;ouvre pas ainsi" in wrong.text


def test_the_probe_says_that_the_database_answers(site):
    assert site.visitor().get("/healthz").text == "ok\n"


def test_a_territory_s_colours_are_served_when_they_can_be_read(site):
    with site.app.app_context():
        territory_id = build.a_territory("carene").id
        with transaction() as session:
            row = session.get_one(Territory, territory_id)
            row.live = {**row.live, "couleur": "#7a1f5c", "couleur_sombre": "#333333"}
        db.session.remove()
    css = site.visitor().get("/t/carene/marque.css").text
    assert "--marque: #7a1f5c" in css
    assert "--marque-sombre" not in css  # too dark to be read on the dark theme
