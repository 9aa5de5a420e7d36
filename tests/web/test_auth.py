"""Logging in, being slowed down, being logged out everywhere (LAW-8)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read
from app.errors import Invalid, TooMany
from app.models import JournalLine, LoginAttempt, User
from app.services import accounts
from app.services.accounts import EmailTaken, WrongCredentials
from tests import build
from tests.web.server import PASSWORD, token_of

WHO = "social@carene.invalid"


def try_login(client, email, password, **form):
    token = token_of(client.get("/connexion").text)
    data = {"email": email, "password": password, "csrf_token": token, **form}
    return client.post("/connexion", data=data)


def test_the_right_password_opens_the_territory_and_is_journalled(site):
    client = site.visitor()
    assert try_login(client, " SOCIAL@carene.invalid ", PASSWORD).location == "/"
    assert client.get("/").location == "/t/carene/"
    with site.app.app_context(), build.serving("carene"):
        actions = db.session.scalars(select(JournalLine.action)).all()
    assert "connexion.ouverte" in actions


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(site):
    wrong = try_login(site.visitor(), WHO, "pas le bon mot de passe")
    unknown = try_login(site.visitor(), "personne@carene.invalid", "pas le bon mot de passe")
    assert wrong.status_code == unknown.status_code == 403
    sentence = "Adresse électronique ou mot de passe incorrect."
    assert sentence in wrong.text
    assert sentence in unknown.text


def test_a_closed_account_does_not_open(site):
    with site.app.app_context():
        from app.database import transaction

        with transaction() as session:
            session.scalars(select(User).where(User.email == WHO)).one().active = False
    assert try_login(site.visitor(), WHO, PASSWORD).status_code == 403


def test_six_guesses_of_one_account_must_wait_even_with_the_right_password(site):
    client = site.visitor()
    for _ in range(5):
        assert try_login(client, WHO, "pas le bon mot de passe").status_code == 403
    slowed = try_login(client, WHO, PASSWORD)
    assert slowed.status_code == 429
    assert "Réessayez dans 15 minutes" in slowed.text
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert try_login(client, WHO, PASSWORD).status_code == 302


def test_guesses_spread_over_a_day_are_stopped_at_25(site):
    start = clock.now()
    with site.app.app_context():
        for turn in range(25):
            with clock.at(start + timedelta(minutes=20 * turn)), pytest.raises(WrongCredentials):
                accounts.authenticate(WHO, "pas le bon", address=f"10.0.0.{turn}")
        with clock.at(start + timedelta(minutes=20 * 25)), pytest.raises(TooMany) as slowed:
            accounts.authenticate(WHO, PASSWORD, address="10.0.1.1")
    assert slowed.value.facts["minutes"] > 60


def test_guesses_of_many_accounts_from_one_address_are_slowed(site):
    with site.app.app_context():
        for turn in range(50):
            with pytest.raises(WrongCredentials):
                accounts.authenticate(f"p{turn}@carene.invalid", "x", address="10.9.9.9")
        with pytest.raises(TooMany):
            accounts.authenticate(WHO, PASSWORD, address="10.9.9.9")
        assert accounts.authenticate(WHO, PASSWORD, address="10.9.9.8").email == WHO


def test_attempts_are_kept_without_the_address_or_the_email(site):
    try_login(site.visitor(), WHO, "pas le bon mot de passe")
    with site.app.app_context():
        keys = db.session.scalars(select(LoginAttempt.key)).all()
    assert len(keys) == 2
    assert not [key for key in keys if "social" in key or "127.0.0.1" in key]


def test_logging_out_ends_every_session_of_the_account(site):
    phone, desk = site.as_(WHO), site.as_(WHO)
    assert phone.get("/t/carene/", follow_redirects=True).status_code == 200
    leaving = desk.post("/deconnexion", data={"csrf_token": token_of(desk.get("/aide").text)})
    assert leaving.location == "/connexion"
    assert phone.get("/t/carene/").location.startswith("/connexion?suite=")


def test_a_copied_cookie_dies_with_the_logout(site):
    client = site.as_(WHO)
    copy = client.get_cookie("relais").value
    client.post("/deconnexion", data={"csrf_token": token_of(client.get("/aide").text)})
    thief = site.visitor()
    thief.set_cookie("relais", copy)
    assert thief.get("/t/carene/").location.startswith("/connexion")


def test_a_new_password_ends_the_sessions_and_must_be_long(site):
    client = site.as_(WHO)
    with site.app.app_context():
        person = accounts.by_email(WHO)
        assert person is not None
        end_read()
        with pytest.raises(Invalid):
            accounts.set_password(person.id, "trop court")
        accounts.set_password(person.id, "un autre mot de passe")
    assert client.get("/t/carene/").location.startswith("/connexion")
    assert try_login(site.visitor(), WHO, "un autre mot de passe").status_code == 302


def test_an_account_is_created_once_with_roles_that_exist(site):
    with site.app.app_context():
        territory = build.a_territory("carene")
        given = {"name": "N", "password": PASSWORD, "territory_id": territory.id}
        with pytest.raises(EmailTaken):
            accounts.create_user(WHO.upper(), roles=["ecorenove"], **given)
        with pytest.raises(Invalid, match="corriger") as refused:
            accounts.create_user("n@carene.invalid", roles=["maire"], **given)
        assert "« maire » n'existe pas" in refused.value.problems["roles"][0]
        with pytest.raises(Invalid):
            accounts.create_user("sans-arobase", roles=["ecorenove"], **given)


def test_hashing_a_password_costs_what_is_recommended_of_argon2id(careful_hasher):
    assert careful_hasher.type.name == "ID"
    assert careful_hasher.memory_cost >= 19 * 1024  # KiB (OWASP, Password Storage)
    assert careful_hasher.time_cost >= 2


def test_the_password_is_kept_as_an_argon2_hash(site):
    with site.app.app_context():
        person = accounts.by_email(WHO)
        assert person is not None
        assert person.password_hash.startswith("$argon2id$")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site):
    answer = try_login(site.visitor(), WHO, PASSWORD)
    cookie = next(
        value for name, value in answer.headers if name == "Set-Cookie" and value.startswith("relais=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "suite", ["//ailleurs.invalid", "https://ailleurs.invalid", "/\\ailleurs.invalid", "/connexion"]
)
def test_the_login_leads_to_our_pages_only(site, suite):
    assert try_login(site.visitor(), WHO, PASSWORD, suite=suite).location == "/"


def test_the_login_leads_back_to_the_page_that_was_asked_for(site):
    client = site.visitor()
    asked = client.get("/t/carene/dossiers?q=moreau").location
    assert asked == "/connexion?suite=/t/carene/dossiers?q%3Dmoreau"
    assert try_login(client, WHO, PASSWORD, suite="/t/carene/dossiers?q=moreau").location == (
        "/t/carene/dossiers?q=moreau"
    )


def test_a_sample_account_opens_in_one_click_on_a_demonstration_only(empty_site):
    with empty_site.app.app_context(), build.serving("carene"):
        account = build.a_user("travailleur_social", name="Claire Martin", email="claire@exemple.invalid")
        assert account.email == "claire@exemple.invalid"
    client = empty_site.visitor()
    token = token_of(client.get("/connexion").text)
    refused = client.post("/demo/connexion", data={"email": "claire@exemple.invalid", "csrf_token": token})
    assert refused.status_code == 404  # not one of the demonstration's own accounts


def test_the_journal_of_logins_stands_in_each_territory_of_the_account(site, elsewhere):
    with site.app.app_context():
        territory = build.a_territory("carene")
        other = accounts.by_email("voisine@ailleurs.invalid")
        assert other is not None
        end_read()
        accounts.grant(other.id, territory_id=territory.id, roles=["ecorenove"])
        accounts.authenticate("voisine@ailleurs.invalid", PASSWORD, address="10.0.0.1")
        for membership in db.session.get_one(User, other.id).memberships:
            with tenancy.serving(membership.territory_id):
                actions = db.session.scalars(select(JournalLine.action)).all()
                assert actions.count("connexion.ouverte") == 1


def test_a_household_is_signalled_only_where_the_programme_takes_alerts(site):
    with site.app.app_context():
        with build.serving("angers"):
            pass
        db.session.remove()
    page = site.visitor().get("/connexion").text
    assert "/t/carene/signaler" in page
    assert "/t/angers/signaler" not in page
