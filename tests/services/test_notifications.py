"""The outbox and its channels, with a real SMTP server on the loopback interface."""

import email.policy
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask
from sqlalchemy import select

from app import clock, jobs, tenancy
from app.config import Settings
from app.database import db, transaction
from app.errors import BundleFault, MissingSetting
from app.models import Job, Message, Territory
from app.notifications import MessageFault, channels, compose, deliver, queue, system_message
from app.notifications.channels.smtp import Server
from app.notifications.texts import system_messages

START = "2026-03-16T09:00:00+01:00"
NO_WRITER = {"recipient_name": "Jeanne", "subject": "Visite", "body": "Bonjour."}


class Post:
    """What a mail server received, and the answers it gives instead of accepting."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.to: list[str] = []
        self.at_recipient: str | None = None
        self.at_data: str | None = None

    async def handle_RCPT(self, _server, _session, envelope: Envelope, address: str, _options) -> str:  # noqa: N802
        if self.at_recipient:
            return self.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data:
            return self.at_data
        parsed = message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.received.append(parsed)
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post) -> Iterator[Controller]:
    controller = Controller(post, hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def settings(app: Flask, server: Controller, tmp_path: Path) -> Settings:
    chosen = Settings(
        database_url=app.config["SQLALCHEMY_DATABASE_URI"],
        secret_key="s" * 40,
        data_key=app.config["RELAIS_DATA_KEY"],
        base_url="http://127.0.0.1:8000",
        files_folder=tmp_path,
        programmes_root=tmp_path,
        smtp_url=f"smtp://127.0.0.1:{server.port}",
        mail_from="Relais Essai <relais@essai.example>",
    )
    app.config["RELAIS_SETTINGS"] = chosen
    return chosen


@pytest.fixture
def territory(settings: Settings) -> Iterator[Territory]:
    with clock.at(START):
        here = Territory(id=uuid4(), code="essai", name="Essai", live={}, created_at=clock.now())
        with transaction() as session:
            session.add(here)
            session.flush()
            here_id = here.id
        with tenancy.serving(here_id):
            yield here


def a_message(*, recipient: str = "jeanne@ccas.example", **changes: str) -> UUID:
    with transaction():
        return queue("demande_partenaire", recipient=recipient, **{**NO_WRITER, **changes})


def test_a_message_leaves_after_the_commit_and_is_marked_as_sent(territory, post):
    row_id = a_message(
        subject="Une situation à prendre en charge", body="Bonjour Jeanne,\n\nÉtape suivante.\n"
    )
    assert post.received == []

    assert jobs.run_due() == 1

    [mail] = post.received
    row = the_row(row_id)
    assert post.to == ["jeanne@ccas.example"]
    assert mail["Subject"] == "Une situation à prendre en charge"
    assert mail["From"] == "Relais Essai <relais@essai.example>"
    assert mail["To"] == "Jeanne <jeanne@ccas.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, laid_out = mail.iter_parts()
    assert mail.get_content_type() == "multipart/alternative"
    assert plain.get_content().replace("\r\n", "\n") == "Bonjour Jeanne,\n\nÉtape suivante.\n"
    assert '<html lang="fr">' in laid_out.get_content()
    assert "Étape suivante." in laid_out.get_content()
    assert mail["List-Unsubscribe"] is None
    assert (row.status, row.sent_at, row.error) == ("sent", clock.now(), None)


def test_nothing_leaves_when_the_step_is_rolled_back(territory, post):
    with pytest.raises(LookupError), transaction():
        queue("demande_partenaire", recipient="jeanne@ccas.example", **NO_WRITER)
        raise LookupError
    assert jobs.run_due() == 0
    assert post.received == []
    assert db.session.scalars(select(Message)).all() == []


def test_a_message_queued_outside_a_transaction_is_a_programming_error(territory):
    with pytest.raises(RuntimeError):
        queue("demande_partenaire", recipient="jeanne@ccas.example", **NO_WRITER)


def test_a_message_is_sent_once_however_often_its_job_runs(territory, post):
    row_id = a_message()
    jobs.run_due()
    deliver(str(row_id))
    deliver(row_id)
    assert len(post.received) == 1


def test_the_message_id_comes_from_the_row_and_the_territory(territory, post):
    row_id = a_message()
    jobs.run_due()
    assert post.received[0]["Message-ID"] == f"<{row_id}.essai@essai.example>"


def test_a_copy_sent_after_a_crash_carries_the_same_message_id(territory, post):
    row_id = a_message()
    jobs.run_due()
    with transaction() as session:  # as if the process had died before this commit
        session.get_one(Message, row_id).status = "queued"
    deliver(row_id)
    first, second = post.received
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def test_a_server_that_is_busy_is_asked_again_later_and_later(territory, post):
    row_id = a_message()
    post.at_recipient = "451 busy, come back"
    assert jobs.run_due() == 0
    row, first = the_row(row_id), the_job()
    assert (row.status, first.status, first.run_at - clock.now()) == (
        "queued",
        "waiting",
        timedelta(minutes=2),
    )
    assert row.error is not None and "451" in row.error

    with clock.at(first.run_at):
        assert jobs.run_due() == 0
        assert the_job().run_at - clock.now() == timedelta(minutes=4)

    post.at_recipient = None
    with clock.at(the_job().run_at):
        assert jobs.run_due() == 1
    assert (the_row(row_id).status, the_row(row_id).error) == ("sent", None)
    assert len(post.received) == 1


def test_a_server_that_does_not_answer_keeps_the_message(territory, app, settings):
    app.config["RELAIS_SETTINGS"] = replace(settings, smtp_url=f"smtp://127.0.0.1:{_free_port()}")
    row_id = a_message()
    assert jobs.run_due() == 0
    assert the_row(row_id).status == "queued"
    assert (
        the_row(row_id).error == "Le message n'est pas encore parti : le serveur de courrier ne répond pas."
    )


@pytest.mark.parametrize(
    ("at_recipient", "at_data", "words"),
    [
        ("550 no such user", None, "refuse le destinataire (code 550)"),
        (None, "554 looks like spam", "refuse le contenu (code 554)"),
    ],
)
def test_a_refusal_for_good_marks_the_message_dead_with_its_cause(
    territory, post, at_recipient, at_data, words
):
    row_id = a_message()
    post.at_recipient, post.at_data = at_recipient, at_data
    assert jobs.run_due() == 1
    row = the_row(row_id)
    assert row.status == "dead"
    assert row.error is not None and words in row.error
    assert the_job().status == "done"


def test_no_error_repeats_the_address(territory, post):
    row_id = a_message()
    post.at_recipient = "451 jeanne@ccas.example is busy"
    jobs.run_due()
    assert "jeanne" not in (the_row(row_id).error or "") + (the_job().last_error or "")


@pytest.mark.parametrize("field", ["subject", "recipient", "recipient_name"])
@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x00", "\u2028", "\x85"])
def test_a_line_break_in_a_header_is_refused(territory, field, break_):
    with pytest.raises(MessageFault):
        a_message(**{field: f"x@ccas.example{break_}Bcc: autre@ailleurs.example"})
    assert db.session.scalars(select(Message)).all() == []


@pytest.mark.parametrize(
    "address", ["", "jeanne", "a@b@c", "a b@c.example", "a@c.example,d@e.example", "<a@b>"]
)
def test_an_impossible_address_does_not_stop_the_step_and_shows_why(territory, address):
    row_id = a_message(recipient=address)
    assert jobs.run_due() == 0
    row = the_row(row_id)
    assert row.status == "dead"
    assert row.error is not None and "n'est pas une adresse de courriel" in row.error


def test_the_demonstration_keeps_mail_to_itself(territory, app, settings, post):
    app.config["RELAIS_SETTINGS"] = replace(settings, smtp_url=None, demo=True)
    row_id = a_message()
    assert jobs.run_due() == 1
    assert the_row(row_id).status == "sent"
    assert post.received == []


def test_without_a_mail_server_messages_wait_and_the_setting_to_make_is_named(territory, app, settings):
    app.config["RELAIS_SETTINGS"] = bare = replace(settings, smtp_url=None)
    row_id = a_message()
    assert jobs.run_due() == 0
    assert the_row(row_id).status == "queued"
    assert "RELAIS_SMTP_URL" in (the_row(row_id).error or "")
    assert "RELAIS_SMTP_URL" in (channels.missing(bare) or "")
    assert channels.missing(settings) is None


def test_a_message_of_another_territory_is_not_seen(territory, post):
    row_id = a_message()
    with transaction() as session:
        session.add(
            Territory(id=(other := uuid4()), code="autre", name="Autre", live={}, created_at=clock.now())
        )
    with tenancy.serving(other):
        deliver(row_id)
    assert post.received == []


def test_a_password_is_not_sent_to_a_server_that_does_not_encrypt(
    monkeypatch, territory, app, settings, server
):
    # The loopback server answers under a public name, as a plain server across the network would.
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: real("127.0.0.1" if host == "mail.example" else host, *rest, **more),
    )
    url = f"smtp://relais:motdepasse@mail.example:{server.port}"
    app.config["RELAIS_SETTINGS"] = replace(settings, smtp_url=url)
    row_id = a_message()
    assert jobs.run_due() == 0
    assert "ne chiffre pas" in (the_row(row_id).error or "")


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(territory, app, settings, post, certificate):
    controller = Controller(post, hostname="127.0.0.1", port=_free_port(), tls_context=certificate)
    controller.start()
    try:
        app.config["RELAIS_SETTINGS"] = replace(settings, smtp_url=f"smtp://127.0.0.1:{controller.port}")
        row_id = a_message()
        assert jobs.run_due() == 0
    finally:
        controller.stop()
    assert (the_row(row_id).status, post.received) == ("queued", [])


@pytest.mark.parametrize(
    "url", ["http://a.example", "smtp://", "smtp://a.example:port", "mail.example:25", "smtp://[x"]
)
def test_a_mail_address_of_no_sense_is_refused_with_a_sentence(url):
    with pytest.raises(MissingSetting) as refused:
        Server.parse(url)
    assert "RELAIS_SMTP_URL" in refused.value.sentence


def test_the_parts_of_a_mail_address_are_read():
    assert Server.parse("smtp://a.example") == Server("a.example", 25, tls=False, user=None, password="")
    assert Server.parse("smtps://u%40x:p%3Aq@a.example") == Server(
        "a.example", 465, tls=True, user="u@x", password="p:q"
    )


def test_a_message_is_composed_from_its_first_line_and_its_body():
    text = "Objet : Dossier {{ dossier.reference }}\n\nBonjour {{ nom }},\n{{ absent }}fin & <suite>\n"
    subject, body = compose(text, {"dossier": {"reference": "DOS-1"}, "nom": "Éléa & <Léo>"})
    assert subject == "Dossier DOS-1"
    assert body == "Bonjour Éléa & <Léo>,\nfin & <suite>\n"


@pytest.mark.parametrize("text", ["", "Bonjour", "Objet :", "Objet :   \nBonjour", "\nObjet : tard"])
def test_a_message_without_a_subject_is_refused(text):
    with pytest.raises(BundleFault):
        compose(text, {})


def test_a_value_cannot_add_a_header():
    with pytest.raises(MessageFault):
        compose("Objet : {{ nom }}\n\nx", {"nom": "a\nBcc: b@c.example"})


def test_a_template_can_do_no_more_than_name_fields(attacks_on_templates):
    for attack in attacks_on_templates:
        with pytest.raises(BundleFault):
            compose(f"Objet : x\n\n{attack}", {"champ": "x"})


def test_every_message_of_the_system_is_whole():
    values = {
        "destinataire": {"nom": "Jeanne"}, "territoire": {"nom": "Essai"},
        "avis": {"titre": "Une tâche", "lien": "https://relais.example/x", "liste": "- une", "nombre": "2"},
    }  # fmt: skip
    for name in system_messages():
        subject, body = system_message(name, values)
        assert subject
        assert "https://relais.example/x" in body
        assert "  " not in body
    with pytest.raises(KeyError):
        system_message("../config", values)


@pytest.fixture
def attacks_on_templates() -> list[str]:
    import json

    attacks = json.loads((Path(__file__).parents[1] / "data" / "attacks.json").read_text())
    return [str(attack) for attack in attacks["templates"]]


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    return context


def the_row(row_id: UUID) -> Message:
    db.session.rollback()
    return db.session.get_one(Message, row_id)


def the_job() -> Job:
    db.session.rollback()
    return db.session.scalars(select(Job)).one()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
