"""The bell, the list under it, the page of choices, and the door for mail that comes back."""

import html
import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select

from app import clock
from app.database import db, transaction
from app.models import Message, Notice, NoticeSettings, User
from app.notifications import outbox
from app.services import accounts, actors, bell, notices
from tests import build
from tests.web.server import token_of

SOCIAL, TECH = "social@carene.invalid", "technicien@carene.invalid"
SECRET = "le-secret-du-serveur-de-courrier-assez-long"


def tell(
    site, email: str, *, count: int = 1, path: str = "dossiers", kind: str = "tache_attribuee"
) -> list[UUID]:
    with site.app.app_context(), build.serving("carene"):
        person = accounts.by_email(email)
        assert person is not None
        with transaction():
            for number in range(count):
                notices.tell(
                    [person.id], "tache_attribuee", f"{uuid4()}", f"Avis {number} « à lire »", "dossiers"
                )
        found = list(db.session.scalars(select(Notice.id).where(Notice.user_id == person.id)))
        db.session.remove()
    return found


def page(client, address: str) -> str:
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200, address
    return answer.text


def plain(text: str) -> str:
    """Return the words of a page, single spaces between them."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def post(client, path: str, **form: str):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(page(client, "/t/carene/avis")), **form})


def header(text: str) -> str:
    return plain(text.partition('class="bell"')[2].partition(">")[2].partition("</a>")[0])


@pytest.fixture
def social(site):
    client = site.as_(SOCIAL)
    client.get("/t/carene/", follow_redirects=True)
    return client


def test_the_bell_says_how_much_is_unread(site, social):
    assert header(page(social, "/t/carene/avis")) == "Avis"
    tell(site, SOCIAL)
    assert header(page(social, "/t/carene/dossiers")) == "Avis : 1 non lu"
    tell(site, SOCIAL, count=2)
    assert header(page(social, "/t/carene/dossiers")) == "Avis : 3 non lus"
    tell(site, SOCIAL, count=100)
    assert header(page(social, "/t/carene/dossiers")) == "Avis : 99+ non lus"


def test_whoever_is_told_nothing_has_no_bell(site):
    client = site.as_("signaleur@carene.invalid")
    assert 'class="bell"' not in page(client, "/t/carene/signaler")


def test_the_bell_costs_each_page_one_query(site, social):
    tell(site, SOCIAL, count=3)
    asked: list[str] = []
    with site.app.app_context():
        engine = db.engine
    page(social, "/t/carene/dossiers")

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    page(social, "/t/carene/dossiers")
    event.remove(engine, "before_cursor_execute", note)
    assert len([text for text in asked if "FROM notice" in text]) == 1


def test_a_notice_opens_its_page_and_is_read(site, social):
    (notice_id,) = tell(site, SOCIAL)
    assert "Avis 0 « à lire »" in plain(page(social, "/t/carene/avis"))
    answer = social.get(f"/t/carene/avis/{notice_id}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/t/carene/dossiers")
    assert header(page(social, "/t/carene/avis")) == "Avis"
    assert social.get(f"/t/carene/avis/{notice_id}").status_code == 302, "opening it again is no fault"


def test_everything_is_marked_as_read_at_once_but_what_came_since(site, social):
    tell(site, SOCIAL, count=2)
    shown = page(social, "/t/carene/avis")
    moment = shown.partition('name="jusqu_a" value="')[2].partition('"')[0]
    tell(site, SOCIAL)
    answer = social.post(
        "/t/carene/avis/lus", data={"csrf_token": token_of(shown), "jusqu_a": moment.replace("&#43;", "+")}
    )
    assert answer.status_code == 302
    assert header(page(social, "/t/carene/avis")) == "Avis : 1 non lu"
    assert post(social, "/t/carene/avis/lus", jusqu_a="n'importe quoi").status_code == 302
    assert "Tout marquer comme lu" not in page(social, "/t/carene/avis")
    assert post(social, "/t/carene/avis/lus").status_code == 302, "a second click changes nothing"


def test_somebody_else_s_notice_is_not_found(site, social):
    (notice_id,) = tell(site, TECH)
    for wrong in (notice_id, uuid4()):
        assert social.get(f"/t/carene/avis/{wrong}").status_code == 404
    assert "Avis 0" not in page(social, "/t/carene/avis")


def test_a_long_list_has_pages(site, social):
    tell(site, SOCIAL, count=35)
    assert "1 à 30 sur 35 avis" in plain(page(social, "/t/carene/avis"))
    assert "31 à 35 sur 35 avis" in plain(page(social, "/t/carene/avis?page=2"))


def test_an_empty_list_says_what_will_come(social):
    assert "Aucun avis pour l'instant" in plain(page(social, "/t/carene/avis"))


def choices_of(text: str, kind: str) -> str:
    return text.partition(f'id="mode_{kind}"')[2].partition("</select>")[0]


def test_choices_are_kept_and_shown_again(site, social):
    shown = page(social, "/t/carene/mes-avis")
    assert "l'échéance d'une tâche approche" in plain(shown)
    assert 'name="mode_manquement_ouvert"' not in shown, "not among this role's"
    answer = post(
        social, "/t/carene/mes-avis", mode_tache_rappel="resume", sms_tache_rappel="oui",
        telephone="06 12 34 56 78", calme_de="19:00", calme_a="07:00", resume_a="09:30",
    )  # fmt: skip
    assert answer.status_code == 302
    again = page(social, "/t/carene/mes-avis")
    assert "Vos choix sont enregistrés." in again
    assert (
        '<option value="resume" selected>'
        in again.partition('id="mode_tache_rappel"')[2].partition("</select>")[0]
    )
    assert 'value="+33612345678"' in again and 'value="19:00"' in again and 'value="09:30"' in again
    assert "checked" in again.partition('name="sms_tache_rappel"')[2].partition(">")[0]


def test_a_choice_that_does_not_fit_comes_back_with_a_sentence_and_what_was_typed(site, social):
    answer = post(social, "/t/carene/mes-avis", telephone="02 40", calme_de="20:00", resume_a="midi")
    assert answer.status_code == 422
    said = plain(answer.text)
    assert "Écrivez un numéro de portable, par exemple 06 12 34 56 78." in said
    assert 'href="#telephone"' in answer.text and 'value="02 40"' in answer.text
    with site.app.app_context(), build.serving("carene"):
        assert db.session.scalars(select(NoticeSettings)).all() == []
        db.session.remove()


def test_what_must_be_known_is_not_offered_as_never(social):
    offered = (
        page(social, "/t/carene/mes-avis").partition('id="mode_tache_escalade"')[2].partition("</select>")[0]
    )
    assert 'value="resume"' in offered and 'value="jamais"' not in offered
    assert post(social, "/t/carene/mes-avis", mode_tache_escalade="jamais").status_code == 422


def test_the_page_warns_when_mail_comes_back_and_believes_who_says_it_works(site, social):
    with site.app.app_context(), build.serving("carene"):
        user = accounts.by_email(SOCIAL)
        with transaction():
            notices.tell([user.id], "tache_escalade", "x", "Un avis", "dossiers")
        with transaction() as session:
            row = session.scalars(select(Message)).one()
            row.status, row.bounced_at = "dead", clock.now()
        db.session.remove()
    assert "Vos courriels reviennent" in page(social, "/t/carene/mes-avis")
    assert post(social, "/t/carene/mes-avis/adresse").status_code == 302
    assert "Vos courriels reviennent" not in page(social, "/t/carene/mes-avis")


@pytest.mark.parametrize(
    "address", ["/t/carene/avis/lus", "/t/carene/mes-avis", "/t/carene/mes-avis/adresse"]
)
def test_a_forged_request_changes_nothing(social, address):
    assert social.post(address, data={}).status_code == 400


def test_a_neighbour_s_bell_is_another_territory_s(site, elsewhere, social):
    (notice_id,) = tell(site, SOCIAL)
    client = site.as_("voisine@ailleurs.invalid")
    assert client.get(f"/t/carene/avis/{notice_id}").status_code == 404
    assert client.get(f"/t/ailleurs/avis/{notice_id}", follow_redirects=True).status_code == 404
    assert header(page(client, "/t/ailleurs/avis")) == "Avis"


def test_the_demonstration_s_mailbox_shows_sms_too(site):
    with site.app.app_context(), build.serving("carene"):
        with transaction():
            outbox.queue(
                "essai", recipient="+33612345678", recipient_name="Anne", subject="une tâche m'est confiée",
                body="Relais : une tâche m'est confiée. http://127.0.0.1:8000/t/carene/avis",
                channel=outbox.SMS,
            )  # fmt: skip
        db.session.remove()
    shown = plain(page(site.visitor(), "/demo/messages"))
    assert "SMS" in shown and "+33612345678" in shown


# The door for mail that comes back


@pytest.fixture
def door(site):
    site.app.config["RELAIS_SETTINGS"] = replace(site.app.config["RELAIS_SETTINGS"], bounce_token=SECRET)
    with site.app.app_context(), build.serving("carene"):
        user = accounts.by_email(SOCIAL)
        with transaction():
            notices.tell([user.id], "tache_escalade", "x", "Un avis", "dossiers")
        with transaction() as session:
            row = session.scalars(select(Message)).one()
            row.status, message_id = "sent", row.message_id
        db.session.remove()
    return site.visitor(), message_id


def dsn(message_id: str) -> bytes:
    return (
        "From: MAILER-DAEMON@x.example\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.example\r\n\r\n"
        "Final-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


def hand_in(client, raw: bytes, secret: str | None = SECRET):
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    return client.post("/retours-courriel", data=raw, content_type="message/rfc822", headers=headers)


def test_the_mail_server_hands_in_what_came_back(site, door):
    client, message_id = door
    answer = hand_in(client, dsn(message_id))
    assert (answer.status_code, answer.text) == (200, "noté\n")
    assert hand_in(client, dsn(message_id)).text == "rien à noter\n"
    assert hand_in(client, dsn("<inconnu@x.example>")).text == "rien à noter\n"
    with site.app.app_context(), build.serving("carene"):
        row = db.session.scalars(select(Message).where(Message.message_id == message_id)).one()
        assert (row.status, row.bounced_at is not None) == ("dead", True)
        db.session.remove()


@pytest.mark.parametrize("secret", [None, "", "autre", SECRET + "x", "é"])
def test_without_the_secret_there_is_no_such_page(door, secret):
    client, message_id = door
    assert hand_in(client, dsn(message_id), secret).status_code == 404


def test_where_no_secret_is_configured_there_is_no_such_page(site):
    assert hand_in(site.visitor(), b"x", "").status_code == 404


@pytest.mark.parametrize("raw", [b"", b"Bonjour", b"\xff\x00" * 50])
def test_what_is_no_notification_is_refused_with_a_sentence(door, raw):
    answer = hand_in(door[0], raw)
    assert answer.status_code == 400
    assert answer.text.strip().endswith(".")


def test_a_notification_too_large_is_not_read(door):
    assert hand_in(door[0], b"x" * 1_000_001).status_code == 413


def test_a_user_s_unread_count_is_their_own(site, social):
    tell(site, TECH, count=4)
    with site.app.app_context(), build.serving("carene"):
        user = db.session.scalars(select(User).where(User.email == SOCIAL)).one()
        assert bell.unread(actors.actor_for(user)) == 0
        db.session.remove()
