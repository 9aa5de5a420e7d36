"""SMS through a real HTTP server, mail that comes back, and what people learn of it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from app import jobs
from app.database import db, transaction
from app.models import Job, Message, Notice, User
from app.notifications import bounces, channels, outbox
from app.notifications.channels import sms
from app.services import bell, dead_letters, notices, preferences, refusals
from tests import build

SEND = frozenset({"deliver_message"})
SECRET_TOKEN = "jeton-du-fournisseur"


class Provider:
    """An SMS provider on the loopback interface: what it was handed, and what it answers."""

    def __init__(self) -> None:
        self.answers = 202
        self.asked: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(
                    {"path": self.path, "headers": dict(self.headers), "json": json.loads(content)}
                )
                self.send_response(outer.answers)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/envoyer?compte=1"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.stop()


@pytest.fixture
def settings(app, carene, provider):
    changed = replace(
        app.config["RELAIS_SETTINGS"], demo=False, smtp_url=None, sms_url=provider.url,
        sms_token=SECRET_TOKEN, sms_sender="CARENE", sms_fields=("numero", "message", "de"),
    )  # fmt: skip
    app.config["RELAIS_SETTINGS"] = changed
    return changed


def an_sms(body: str = "Relais : une tâche. http://x.example/t") -> Message:
    with transaction():
        row_id = outbox.queue(
            "essai", recipient="+33612345678", recipient_name="Anne", subject="SMS", body=body,
            channel=outbox.SMS,
        )  # fmt: skip
    return row(row_id)


def row(row_id) -> Message:
    db.session.rollback()
    return db.session.get_one(Message, row_id)


def test_an_sms_is_handed_to_the_provider_under_its_own_names(settings, provider):
    sent = an_sms()
    assert jobs.run_due(only=SEND) == 1
    (asked,) = provider.asked
    assert asked["path"] == "/envoyer?compte=1"
    assert asked["json"] == {"numero": "+33612345678", "message": sent.body, "de": "CARENE"}
    assert asked["headers"]["Authorization"] == f"Bearer {SECRET_TOKEN}"
    assert asked["headers"]["Idempotency-Key"] == sent.message_id.strip("<>")
    assert row(sent.id).status == "sent"


@pytest.mark.parametrize("code", [400, 404, 422])
def test_a_refusal_of_the_provider_is_for_good(settings, provider, code):
    provider.answers = code
    sent = an_sms()
    assert jobs.run_due(only=SEND) == 1
    assert row(sent.id).status == "dead"
    assert str(code) in (row(sent.id).error or "")


@pytest.mark.parametrize("code", [302, 401, 403, 429, 500, 503])
def test_what_may_pass_is_tried_again(settings, provider, code):
    provider.answers = code
    sent = an_sms()
    assert jobs.run_due(only=SEND) == 0
    assert row(sent.id).status == "queued"
    provider.answers = 200
    with build.later(minutes=3):
        assert jobs.run_due(only=SEND) == 1
    assert row(sent.id).status == "sent"
    assert len({asked["headers"]["Idempotency-Key"] for asked in provider.asked}) == 1


def test_a_provider_that_does_not_answer_keeps_the_sms(settings, provider):
    provider.stop()
    sent = an_sms()
    assert jobs.run_due(only=SEND) == 0
    assert row(sent.id).error == "Le message n'est pas encore parti : le fournisseur de SMS ne répond pas."


def test_no_error_says_the_number_or_the_token(settings, provider):
    provider.answers = 500
    sent = an_sms()
    jobs.run_due(only=SEND)
    said = f"{row(sent.id).error}{[job.last_error for job in db.session.scalars(select(Job))]}"
    assert SECRET_TOKEN not in said
    assert "612345678" not in said


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://api.exemple.fr/sms", True), ("http://127.0.0.1:9000/x", True),
        ("http://api.exemple.fr", False), ("ftp://x", False), ("api.exemple.fr", False),
        ("https://[x", False), ("https://", False),
    ],
)  # fmt: skip
def test_a_provider_is_reached_encrypted_or_on_this_machine(url, right):
    assert (sms.fault_in(url) is None) == right
    assert right or "RELAIS_SMS_URL" in (sms.fault_in(url) or "")


def test_without_a_provider_the_demonstration_shows_sms_and_others_wait(app, settings):
    app.config["RELAIS_SETTINGS"] = bare = replace(settings, sms_url=None)
    assert "RELAIS_SMS_URL" in (channels.sms_missing(bare) or "")
    sent = an_sms()
    assert jobs.run_due(only=SEND) == 0
    app.config["RELAIS_SETTINGS"] = replace(settings, sms_url=None, demo=True)
    with build.later(minutes=3):
        assert jobs.run_due(only=SEND) == 1
    assert row(sent.id).status == "sent"


# Mail that comes back


def a_bounce(message_id: str, status: str = "5.1.1", action: str = "failed") -> bounces.Bounce:
    return bounces.Bounce((message_id,), action, status)


@pytest.fixture
def sent(carene) -> Message:
    """A mail about a case, to Anne, that has left."""
    case = build.a_case("analyser_signalement")
    anne = build.a_user("ecorenove", name="Anne")
    build.a_user("administration", name="Nadia")
    with transaction():
        notices.tell(
            [anne.id], "tache_escalade", "essai", "Une étape est en retard", "retards", case_id=case.case_id
        )
    while jobs.run_due(only=SEND):
        pass
    (found,) = build.the_messages("tache_escalade")
    assert found.status == "sent"
    return found


def told(kind: str = "message_refuse") -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice).where(Notice.kind == kind)))


def test_mail_that_comes_back_is_marked_and_those_who_may_act_are_told(sent):
    assert refusals.came_back(a_bounce(sent.message_id)) is True
    found = row(sent.id)
    assert (found.status, found.bounced_at is not None) == ("dead", True)
    (line,) = told()
    assert line.title.startswith("Un message n'a pas pu être remis (dossier ")
    assert "Anne" not in line.title and "@" not in line.title
    boss = build.an_actor("administration", name="Nadia")
    assert [item.kind for item in dead_letters.stuck(boss)] == ["message"]


def test_the_same_notification_twice_tells_once(sent):
    assert refusals.came_back(a_bounce(sent.message_id)) is True
    assert refusals.came_back(a_bounce(sent.message_id)) is False
    assert len(told()) == 1


@pytest.mark.parametrize(("status", "action"), [("4.4.1", "delayed"), ("2.0.0", "delivered")])
def test_a_delay_changes_nothing(sent, status, action):
    assert refusals.came_back(a_bounce(sent.message_id, status, action)) is False
    assert row(sent.id).status == "sent"


def test_a_full_mailbox_is_told_and_does_not_close_the_address(sent):
    assert refusals.came_back(a_bounce(sent.message_id, "5.2.2")) is True
    assert (row(sent.id).status, row(sent.id).bounced_at) == ("dead", None)
    assert not outbox.comes_back(sent.recipient)


def test_the_notification_of_a_stranger_s_mail_is_nobody_s(sent):
    assert refusals.came_back(a_bounce("<inconnu@ailleurs.example>")) is False


def test_nothing_more_is_sent_to_an_address_from_which_mail_came_back(sent):
    refusals.came_back(a_bounce(sent.message_id))
    anne = build.a_user("ecorenove", name="Anne")
    with transaction():
        notices.tell([anne.id], "tache_escalade", "encore", "Une autre étape", "retards")
    before = len(told())
    jobs.run_due(only=SEND)
    (second,) = [found for found in build.the_messages("tache_escalade") if found.id != sent.id]
    assert second.status == "dead"
    assert second.error == (
        "Le message ne partira pas : les courriels envoyés à cette adresse reviennent. Corrigez l'adresse, "
        "ou relancez l'envoi si elle fonctionne de nouveau."
    )
    assert len(told()) == before, "each later mail would be told too"
    assert bell.unread(build.an_actor("ecorenove", name="Anne")) == 2


def test_a_person_learns_it_and_can_say_that_the_address_works(sent):
    anne = build.an_actor("ecorenove", name="Anne")
    assert preferences.of(anne).comes_back is False
    refusals.came_back(a_bounce(sent.message_id))
    assert preferences.of(anne).comes_back is True
    preferences.believe(anne)
    assert preferences.of(anne).comes_back is False
    with transaction():
        notices.tell([anne.user_id], "tache_escalade", "encore", "Une autre étape", "retards")
    jobs.run_due(only=SEND)
    assert {found.status for found in build.the_messages("tache_escalade")} == {"dead", "sent"}


def test_another_address_is_written_to_at_once(sent):
    refusals.came_back(a_bounce(sent.message_id))
    anne = build.an_actor("ecorenove", name="Anne")
    with transaction() as session:
        session.get_one(User, anne.user_id).email = "anne.nouvelle@exemple.invalid"
    assert preferences.of(anne).comes_back is False


def test_sending_again_by_hand_believes_in_the_address(sent):
    refusals.came_back(a_bounce(sent.message_id))
    dead_letters.replay("message", sent.id, build.an_actor("administration", name="Nadia"))
    while jobs.run_due(only=SEND):
        pass
    assert (row(sent.id).status, row(sent.id).bounced_at) == ("sent", None)


def test_a_refusal_told_to_somebody_unreachable_is_not_told_of_in_turn(sent):
    refusals.came_back(a_bounce(sent.message_id))
    with build.later(minutes=6):
        while jobs.run_due(only=SEND):
            pass
    (about,) = build.the_messages("message_refuse")
    assert refusals.came_back(a_bounce(about.message_id)) is True
    assert len(told()) == 1


def test_a_bounce_in_another_territory_stays_there(app, sent, tmp_path):
    message_id, row_id = sent.message_id, sent.id
    root = build.a_variant(tmp_path / "files", "voisin")
    with build.serving("voisin", root=root):
        build.a_user("administration", name="Voisine")
        assert refusals.came_back(a_bounce(message_id)) is True
        assert told() == []
        assert not outbox.comes_back("anne@carene.invalid")
    assert row(row_id).status == "dead"
    assert len(told()) == 1


def test_a_whole_notification_is_read_and_marked(sent):
    quoted = f"Message-ID: {sent.message_id}\r\nSubject: x\r\n\r\n"
    raw = (
        "From: MAILER-DAEMON@x.example\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.example\r\n\r\n"
        "Final-Recipient: rfc822; anne@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{quoted}--b--\r\n"
    )
    assert refusals.came_back(bounces.read(raw.encode())) is True
