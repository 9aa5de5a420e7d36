"""What a monitoring tool reads: alive, ready, figures; and nothing that it should not."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app import clock
from app.database import db, transaction
from app.services import heartbeats
from tests import build
from tests.web.conftest import Site
from tests.web.server import web_app

TOKEN = "un-jeton-de-mesure-assez-long"


def test_a_living_process_answers_though_its_database_is_gone(tmp_path):
    client = web_app("postgresql+psycopg://nobody@127.0.0.1:9/nowhere", tmp_path).test_client()
    assert client.get("/healthz").text == "ok\n"
    gone = client.get("/readyz")
    assert (gone.status_code, gone.text) == (503, "database\n")


def test_a_server_is_ready_when_database_version_and_key_fit(site: Site):
    ready = site.visitor().get("/readyz")
    assert (ready.status_code, ready.text) == (200, "ok\n")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_database_of_another_version_is_not_ready(empty_site: Site):
    with empty_site.app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        db.session.remove()
    answer = empty_site.visitor().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "migrations\n")


def test_a_wrong_data_key_is_told_before_anything_is_written_with_it(site: Site):
    with site.app.app_context(), build.serving("carene"):
        build.an_alert()
        db.session.remove()
    site.app.config["RELAIS_DATA_KEY"] = "une autre clé, qui n'a rien scellé ici"
    answer = site.visitor().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "key\n")


def figures(page: str) -> dict[str, float]:
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in page.splitlines()
        if line and not line.startswith("#")
    }


def test_the_figures_tell_of_queues_deadlines_and_lateness(site: Site):
    with site.app.app_context(), build.serving("carene"):
        build.an_alert()
        heartbeats.beat("pump")
        db.session.remove()
    client = site.visitor()
    client.get("/aide")
    with build.later(days=30):
        found = figures(client.get("/metrics").text)
    assert found['relais_tasks{state="open",territory="carene"}'] == 1
    assert found['relais_tasks{state="late",territory="carene"}'] == 1
    assert found['relais_jobs{queue="messages",state="due"}'] >= 1
    assert found['relais_job_oldest_seconds{queue="messages"}'] > 29 * 24 * 3600
    assert found['relais_heartbeat_age_seconds{kind="pump"}'] > 29 * 24 * 3600
    assert found["relais_timers_dead"] == 0
    timed = [
        name for name in found if name.startswith("relais_http_request_seconds_count") and '"/aide"' in name
    ]
    assert len(timed) == 1


def test_the_figures_hold_nobody_and_no_address(site: Site):
    with site.app.app_context(), build.serving("carene"):
        opened = build.an_alert()
        db.session.remove()
    client = site.visitor()
    client.get("/o/un-lien-personnel-tres-secret")
    client.get(f"/t/carene/dossiers/{opened.reference}")
    page = client.get("/metrics").text
    for secret in ("Moreau", "un-lien-personnel", opened.reference, "exemple.invalid", "Croisic"):
        assert secret not in page
    assert "/o/<token>" in page
    assert "/t/<code>/dossiers/<reference>" in page


def asked(client: FlaskClient, address: str = "127.0.0.1", **headers: str) -> int:
    return client.get(
        "/metrics",
        environ_base={"REMOTE_ADDR": address},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    ).status_code


def test_only_this_machine_reads_the_figures_when_no_token_is_set(empty_site: Site):
    client = empty_site.visitor()
    assert asked(client) == 200
    assert asked(client, "::1") == 200
    assert asked(client, "192.0.2.7") == 404
    assert asked(client, X_Forwarded_For="192.0.2.7") == 404
    assert asked(client, Forwarded="for=192.0.2.7") == 404


def test_a_token_once_set_is_asked_of_everybody(empty_site: Site):
    settings = empty_site.app.config["RELAIS_SETTINGS"]
    object.__setattr__(settings, "metrics_token", TOKEN)
    client = empty_site.visitor()
    assert asked(client) == 404
    assert asked(client, "192.0.2.7", Authorization="Bearer un-autre") == 404
    assert asked(client, "192.0.2.7", Authorization=f"Bearer {TOKEN}") == 200


def test_each_answer_carries_a_request_id_of_our_own(empty_site: Site):
    client = empty_site.visitor()
    first = client.get("/aide", headers={"X-Request-Id": "choisi-par-un-visiteur"}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert client.get("/aide").headers["X-Request-Id"] != first


def test_a_heart_is_alive_then_silent_then_gone(app):
    heartbeats._said.clear()
    with clock.at("2026-03-02T08:00:00+00:00"):
        assert heartbeats.pulse().last is None
        heartbeats.beat("pump")
        assert heartbeats.pulse().beats
    with clock.at("2026-03-02T08:00:05+00:00"):
        heartbeats.beat("pump")  # too soon to be written again
    with clock.at("2026-03-02T08:12:00+00:00"):
        told = heartbeats.pulse()
        assert not told.beats
        assert told.silence is not None
        assert told.silence.total_seconds() == 12 * 60
        heartbeats.beat("pump")
        assert heartbeats.pulse().beats
        heartbeats.leave()
        assert not heartbeats.pulse().beats
    with clock.at("2026-04-02T08:00:00+00:00"):
        assert heartbeats.tidy() == 0  # the last of its kind is remembered


def test_a_page_asked_while_the_database_is_away_says_so_and_comes_back_by_itself(tmp_path):
    client = web_app("postgresql+psycopg://nobody@127.0.0.1:9/nowhere", tmp_path).test_client()
    answer = client.get("/t/carene/suivi")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "ne répond pas pour l" in answer.text
    assert "Traceback" not in answer.text
    told = client.get("/t/carene/suivi", headers={"Accept": "application/json"})
    assert told.status_code == 503
    assert "erreur" in told.get_json()
