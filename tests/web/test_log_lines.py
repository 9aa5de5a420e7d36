"""What the log says of a whole route: ids and durations, nothing that anybody told us (LAW-1)."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from app import jobs, logs
from app.database import db, transaction
from tests import build
from tests.web.conftest import Site
from tests.web.server import log_in

SECRETS = {
    "nom": "Zyxomorphe", "prenom": "Quetzalline", "telephone": "02 61 91 77 42",
    "courriel": "quetzalline.z@exemple.invalid", "donneur_nom": "Wolfenstrudel Alarm",
    "donneur_courriel": "w.alarm@exemple.invalid", "donneur_structure": "Association Xylolalie",
}  # fmt: skip
STREET = "77 allée des Brontosaures"
SENTENCE = "Phrase-secrète-que-personne-ne-lit"
PASSWORD_TRIED = "mot-de-passe-essayé-par-erreur"


@pytest.fixture(params=["texte", "json"])
def style(request) -> str:
    return str(request.param)


@pytest.fixture
def lines(style) -> Iterator[io.StringIO]:
    """The log as the server writes it, every logger of ours down to the last detail."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("app").level
    stream = io.StringIO()
    logs.configure(style, level=logging.DEBUG, stream=stream)
    yield stream
    root.handlers[:], level, ours = before[0], before[1], before[2]
    root.setLevel(level)
    logging.getLogger("app").setLevel(ours)


def told_words() -> list[str]:
    return [*SECRETS.values(), STREET, SENTENCE, PASSWORD_TRIED]


def test_no_line_of_a_whole_route_holds_what_people_said(site: Site, lines: io.StringIO, style: str):
    client = site.as_("social@carene.invalid")
    client.get("/", follow_redirects=True)
    visitor = site.visitor()
    with site.app.app_context(), build.serving("carene"):
        adresse = {"voie": STREET, "cp": "44600", "insee": build.SAINT_NAZAIRE}
        opened = build.a_case("repondre_demande", alert={**SECRETS, "adresse": adresse})
        token = build.the_link("adil@partenaires.invalid")
        build.pump()
        with build.later(days=90):
            build.pump()
        db.session.remove()
    for path in (f"/o/{token}", f"/o/{token}x", f"/t/carene/dossiers/{opened.reference}"):
        visitor.get(path)
        client.get(path)
    client.get(f"/t/carene/?q={SECRETS['nom']}")
    log_in_wrongly(visitor)
    with site.app.app_context(), build.serving("carene"):
        breaks_at(SENTENCE)
        db.session.remove()
    written = lines.getvalue()
    assert written.count("\n") > 10
    for word in (*told_words(), token, opened.follow_up_code):
        assert word not in written
    assert not re.search(r"/o/(?!<token>|…)\S", written)
    assert "/o/<token>" in written


def log_in_wrongly(visitor) -> None:
    with pytest.raises(AssertionError):
        log_in(visitor, "quetzalline.z@exemple.invalid", PASSWORD_TRIED)


def breaks_at(secret: str) -> None:
    """A job whose error quotes what somebody wrote."""

    def fail() -> None:
        raise RuntimeError(secret)

    jobs._registry["echouer"] = fail
    try:
        with transaction():
            jobs.enqueue("echouer")
        jobs.run_due(only=frozenset({"echouer"}))
        try:
            fail()
        except RuntimeError:
            logging.getLogger("app.essai").exception("something broke")
    finally:
        del jobs._registry["echouer"]


def test_a_line_of_a_step_carries_its_ids_and_a_request_its_route(site: Site, lines: io.StringIO, style: str):
    client = site.as_("social@carene.invalid")
    with site.app.app_context(), build.serving("carene"):
        opened = build.a_case("prendre_rendez_vous")
        db.session.remove()
    client.get("/", follow_redirects=True)
    answer = client.get("/t/carene/")
    written = lines.getvalue().splitlines()
    if style == "json":
        rows = [json.loads(line) for line in written]
        step = next(row for row in rows if row["message"] == "step stored" and "task_id" in row)
        assert step["case_id"] == str(opened.case_id)
        assert {"process_id", "territory_id", "time", "level", "logger", "step"} <= set(step)
        request = [row for row in rows if row.get("route") == "/t/<code>/"][-1]
        assert request["request_id"] == answer.headers["X-Request-Id"]
        assert (request["status"], request["method"], request["territory"]) == ("200", "GET", "carene")
        assert {"duration_ms", "user_id"} <= set(request)
    else:
        step_line = next(line for line in written if "step stored" in line)
        assert f"case_id={opened.case_id}" in step_line
        assert re.match(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO app\.services\.steps : ", step_line)
        assert any("route=/t/<code>/ " in line and "status=200" in line for line in written)


def test_a_job_that_runs_and_one_that_fails_carry_their_ids(site: Site, lines: io.StringIO, style: str):
    with site.app.app_context(), build.serving("carene"):
        build.an_alert()
        build.pump()
        breaks_at(SENTENCE)
        db.session.remove()
    written = lines.getvalue()
    assert "job_id" in written
    assert "deliver_message" in written
    assert "echouer" in written


def test_whatever_slips_into_a_line_is_masked(lines: io.StringIO):
    log = logging.getLogger("app.essai")
    log.warning("Error handling request /o/abcdef0123456789 from x")
    log.warning("Error handling request /acces/Zyxwvutsrq987654 from x, then /r/Mnopqrstuv123456")
    log.warning("feed /agenda/AbCdEfGhIjKlMnOpQrStUv.ics asked")
    log.warning("mail to lucie.moreau@exemple.fr refused")
    log.warning("postgresql://relais:motdepasse@base/relais is away")
    log.warning("Authorization: Bearer abc.def.ghi")
    written = lines.getvalue()
    for secret in (
        "abcdef0123456789", "Zyxwvutsrq987654", "Mnopqrstuv123456", "AbCdEfGhIjKl", "lucie.moreau",
        "motdepasse", "abc.def.ghi",
    ):  # fmt: skip
        assert secret not in written


def test_an_error_is_told_by_its_family_and_its_way_never_by_its_words(lines: io.StringIO):
    try:
        int(SENTENCE)
    except ValueError:
        logging.getLogger("app.essai").exception("it broke")
    written = lines.getvalue()
    assert SENTENCE not in written
    assert "ValueError" in written
    assert "test_log_lines.py" in written


def test_a_thread_begins_each_request_with_nothing_of_the_last():
    logs.start_afresh(request_id="un")
    with logs.about(case_id="c"):
        assert logs._facts()["case_id"] == "c"
    assert "case_id" not in logs._facts()
    logs.start_afresh(request_id="deux")
    assert logs._facts() == {"request_id": "deux"}
