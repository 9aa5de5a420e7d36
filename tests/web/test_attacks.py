"""What an attacker sends: odd bytes, other sites' forms, forged addresses, names with teeth (LAW-8)."""

import logging
from uuid import uuid4

import pytest
from flask import url_for
from sqlalchemy.exc import IntegrityError

from app.catalog.uploads import safe_name
from app.database import db, transaction
from app.errors import Invalid
from app.services import files, links, partners
from tests import build
from tests.web.conftest import Site, post
from tests.web.server import PASSWORD, token_of, web_app

SOCIAL = "social@carene.invalid"
ADMIN = "admin@carene.invalid"
ODD = (
    "/t/carene/dossiers?q=%00",
    "/t/carene/?q=%00&vue=equipe",
    "/t/carene/dossiers/%00",
    "/t/carene/partenaires?genre=%00",
    "/t/%00/suivi",
    "/t/carene/dossiers?page=99999999999999999999",
    "/t/carene/?page=99999999999999999999&vue=equipe",
    "/t/carene/dossiers?q=" + "a" * 3000,
    "/t/carene/dossiers?q=%ed%a0%80",
)


def inside(site: Site, email: str = SOCIAL):
    client = site.as_(email)
    client.get("/", follow_redirects=True)
    return client


def test_no_odd_address_breaks_a_page(site):
    client = inside(site)
    for address in ODD:
        answer = client.get(address)
        assert answer.status_code in {200, 400, 404}, (address, answer.status_code)
        assert answer.headers["Content-Security-Policy"], address


@pytest.mark.parametrize("email", ["\x00", "social@carene.invalid\x00", "x" * 100_000])
def test_no_odd_e_mail_breaks_the_login(site, email):
    answer = post(site.visitor(), "/connexion", email=email, password="x")
    assert answer.status_code in {400, 403}


@pytest.mark.parametrize(
    "wanted",
    [
        "//ailleurs.example", "/\\ailleurs.example", "/\t/ailleurs.example", "https://ailleurs.example",
        "javascript:alert(1)", "///ailleurs.example", "/\u2028/ailleurs.example", "\\\\ailleurs.example",
    ],
)  # fmt: skip
def test_the_login_leads_nowhere_else(site, wanted):
    answer = post(site.visitor(), "/connexion", email=SOCIAL, password=PASSWORD, suite=wanted)
    assert answer.location == "/"


@pytest.mark.parametrize("mark", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ailleurs.example"}])
def test_what_another_site_sends_is_neither_kept_nor_shown_again(site, mark):
    client = site.visitor()
    for address in (f"/t/carene/taches/{uuid4()}", "/t/carene/signaler", f"/o/{'a' * 32}"):
        answer = client.post(address, data={"nom": "glissé par un autre site"}, headers=mark)
        assert answer.status_code == 400, address
        assert "glissé" not in answer.text


def test_the_address_a_proxy_is_told_does_not_lift_the_throttle(site):
    client = site.visitor()
    token = token_of(client.get("/connexion").text)
    answers = [
        client.post(
            "/connexion",
            data={"csrf_token": token, "email": typed, "password": "x"},
            headers={"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"},
        ).status_code
        for number, typed in enumerate((ADMIN, ADMIN.upper(), f" {ADMIN}", f"{ADMIN.title()}\t") * 2)
    ]
    assert answers == [403] * 5 + [429] * 3


def test_no_address_is_made_from_the_host_a_request_names(site):
    client = site.visitor()
    for path in ("/connexion", "/t/carene/suivi", "/t/carene/dossiers"):
        told = {"Host": "ailleurs.example", "X-Forwarded-Host": "ailleurs.example"}
        answer = client.get(path, headers=told)
        assert "ailleurs.example" not in answer.text + str(answer.headers)


def test_a_session_begun_before_the_login_opens_nothing_after_it(site):
    client = site.visitor()
    client.get("/connexion")
    before = client.get_cookie("relais")
    assert before is not None
    post(client, "/connexion", email=SOCIAL, password=PASSWORD)
    after = client.get_cookie("relais")
    assert after is not None and after.value != before.value
    stolen = site.visitor()
    stolen.set_cookie("relais", before.value)
    assert stolen.get("/t/carene/dossiers").location.startswith("/connexion")


def test_a_server_that_is_no_demonstration_has_none_of_its_doors(database_url, tmp_path):
    app = web_app(database_url, tmp_path)
    client = app.test_client()
    assert "demo" not in app.blueprints
    assert client.get("/demo/messages").status_code == 404
    token = token_of(client.get("/connexion").text)
    sent = {"csrf_token": token, "email": "camille@demo.invalid"}
    assert client.post("/demo/connexion", data=sent).status_code == 404
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def test_a_fault_tells_the_page_nothing_and_the_log_no_address_nor_value(site, monkeypatch, caplog):
    quoted = Exception("Failing row contains (Moreau, 3101)")

    def broken(token):
        raise IntegrityError("INSERT …", {}, quoted)

    monkeypatch.setattr(links, "holding", broken)
    site.app.testing = False
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.DEBUG):
        answer = site.visitor().get("/o/un-lien-tres-secret")
    assert answer.status_code == 500
    assert "IntegrityError" in caplog.text
    assert "broken" in caplog.text  # where it happened
    for hidden in ("un-lien-tres-secret", "Moreau", "3101"):
        assert hidden not in caplog.text
        assert hidden not in answer.text
    assert answer.headers["Content-Security-Policy"]


def test_a_file_somebody_sent_is_never_shown_inside_a_page(site):
    with site.app.app_context(), build.serving("carene"):
        opened = build.an_alert()
        with transaction():
            ids = {
                mime: files.keep(
                    content,
                    name=safe_name(name),
                    mime=mime,
                    classe="technique",
                    case_id=opened.case_id,
                    user_id=None,
                ).id
                for mime, name, content in (
                    ("application/pdf", 'a"\r\nX-Mal: 1.pdf', b"%PDF-1.7 /OpenAction /JavaScript %%EOF"),
                    ("image/png", "é.png", b"\x89PNG"),
                )
            }
        db.session.remove()
    client = inside(site)
    for mime, file_id in ids.items():
        answer = client.get(f"/t/carene/fichiers/{file_id}")
        assert answer.mimetype == mime
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "X-Mal" not in answer.headers
    pdf = client.get(f"/t/carene/fichiers/{ids['application/pdf']}")
    assert pdf.headers["Content-Disposition"].startswith("attachment")
    assert not db_files_in_clear(site)


def db_files_in_clear(site: Site) -> list[str]:
    """Return the stored files whose bytes can be read on the disk."""
    root = site.app.config["RELAIS_SETTINGS"].files_folder
    return [str(path) for path in root.rglob("*") if path.is_file() and b"%PDF" in path.read_bytes()]


HOSTILE_NAMES = (
    {"nom": "ADIL\nBcc: victime@exemple.fr"},
    {"nom": "ADIL\x00"},
    {"courriel": "a@b.fr\nBcc:victime@exemple.fr"},
    {"courriel": "a@b.fr,victime@exemple.fr"},
    {"telephone": "02\x00"},
)


@pytest.mark.parametrize("facts", HOSTILE_NAMES)
def test_no_partner_s_sheet_smuggles_a_header_into_its_mail(site, facts):
    with site.app.app_context(), build.serving("carene"):
        by = build.an_actor("administration")
        with pytest.raises(Invalid):
            partners.save(None, {"genre": "adil", "nom": "ADIL", "courriel": "a@b.fr", **facts}, by=by)
        db.session.remove()


SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "{% raw %}",
    "' OR 1=1 --",
)


@pytest.mark.parametrize("payload", SCRIPTS)
def test_what_people_write_is_text_on_every_page(site, payload):
    with site.app.app_context(), build.serving("carene"):
        build.a_user("ecorenove", name=payload, email="x@carene.invalid", password=PASSWORD)
        build.a_partner("adil", name=payload)
        alert = {"nom": payload, "prenom": payload, "commentaire": payload, "donneur_nom": payload}
        alert["adresse"] = {"voie": payload, "cp": "44600", "insee": build.SAINT_NAZAIRE}
        rows = [{"genre": "adil", "motif": payload, "champs_partages": ["signalement.commentaire"]}]
        case = build.a_case("orientation", alert=alert, answers={"decider_orientations": {"lignes": rows}})
        reference, token = case.reference, build.the_link("adil@partenaires.invalid")
        ids = [task.id for task in build.open_tasks()]
        mails = [(mail.subject, mail.recipient_name) for mail in build.the_messages()]
        db.session.remove()
    client = inside(site)
    addresses = [
        "dossiers",
        f"dossiers/{reference}",
        "partenaires",
        "?vue=equipe",
        "retards",
        f"?q={payload}",
    ]
    pages = [client.get(f"/t/carene/{path}").text for path in addresses]
    pages += [client.get(f"/t/carene/taches/{task_id}").text for task_id in ids]
    pages += [client.get(f"/o/{token}").text, client.get("/demo/messages").text]
    pages += [inside(site, "x@carene.invalid").get("/t/carene/dossiers").text]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert not [text for pair in mails for text in pair if "\n" in text]


def test_no_post_is_carried_out_without_its_token(site):
    client = inside(site, ADMIN)
    with site.app.app_context(), build.serving("carene"):
        before = [line.number for line in build.the_journal()]
        db.session.remove()
    for rule in site.app.url_map.iter_rules():
        if "POST" in (rule.methods or set()):
            made_up = {"code": "carene", "token": "aucun", "number": 1}
            with site.app.test_request_context():
                values = {name: made_up.get(name, uuid4()) for name in rule.arguments}
                address = url_for(rule.endpoint, _method="POST", **values)
            answer = client.post(address, data={"email": SOCIAL, "nom": "x", "genre": "adil"})
            # A page that keeps what was typed answers after its own checks: no right, no such link. The door
            # for mail that comes back asks for a secret of its own, and is not there until one is set.
            refused = {404} if rule.endpoint == "notices.bounce" else {400, 403, 410}
            assert answer.status_code in refused, (rule.rule, answer.status_code)
    with site.app.app_context(), build.serving("carene"):
        assert [line.number for line in build.the_journal()] == before
        db.session.remove()


@pytest.mark.parametrize(
    ("typed", "greeted"),
    [("Jeanne Le Goff", "Jeanne Le Goff"), ("Gagnez sur https://mal.example", ""), ("Voir mal.example", "")],
)
def test_the_alert_form_sends_no_stranger_s_link_by_mail(site, typed, greeted):
    with site.app.app_context(), build.serving("carene"):
        build.an_alert(donneur_nom=typed)
        (mail,) = build.the_messages("signalement_recu")
        assert mail.recipient_name == greeted
        assert "mal.example" not in mail.body
        db.session.remove()
