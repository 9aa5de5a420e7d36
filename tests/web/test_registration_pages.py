"""The public page of the workshop used wrongly, its list, the voices, the papers (ANG-1, ANG-4, LAW-5)."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.database import db, end_read
from app.models import Message, Registration
from app.services import acts, registrations
from tests import angers_house as house
from tests import build
from tests.web.conftest import Site, post
from tests.web.server import PASSWORD, token_of

CCAS = "claire@angers.invalid"
MEMBER = "paul@angers.invalid"
NADIA = {"nom": "Nadia Morin", "courriel": "nadia@clcv.invalid", "type": "association", "groupe": "g1"}


@pytest.fixture
def angers(empty_site: Site):
    """The network's server, the workshop's process and the end of its public address."""
    with empty_site.app.app_context():
        with build.serving(house.CODE):
            house.directory()
            for email, role in ((CCAS, "copilote_ccas"), (MEMBER, "membre")):
                build.a_user(role, name=email.partition("@")[0].capitalize(), email=email, password=PASSWORD)
            process_id = house.a_workshop(
                date_evenement=house.later(60), cloture_inscriptions=house.later(50)
            )
            token = house.gathering(process_id).token
        db.session.remove()
    return empty_site, process_id, token


def counted(site: Site, what=Registration) -> int:
    with site.app.app_context(), build.serving(house.CODE):
        found = db.session.scalar(select(func.count()).select_from(what)) or 0
        db.session.remove()
    return found


def sent(client, address: str, **form: str):
    return client.post(address, data={"csrf_token": token_of(client.get(address).text), **form})


def signed(client, address: str, **form: str):
    return client.post(address, data={"csrf_token": token_of(client.get("/aide").text), **form})


def link_in(site: Site, kind: str, before: str) -> str:
    with site.app.app_context(), build.serving(house.CODE):
        end_read()
        bodies = db.session.scalars(select(Message.body).where(Message.kind == kind)).all()
        db.session.remove()
    return before + bodies[-1].partition(before)[2].split()[0]


def test_the_public_page_takes_one_place_an_address_and_no_robot(angers):
    site, _, token = angers
    client, page = site.visitor(), f"/t/angers/inscription/{token}"
    shown = client.get(page).text
    assert "Salons Curnonsky" in shown
    assert "Nadia" not in shown
    for _ in range(2):
        answer = sent(client, page, **NADIA)
        assert (answer.status_code, answer.location) == (302, f"{page}/merci")
    assert "Nadia" not in client.get(f"{page}/merci").text
    assert counted(site) == 1
    robot = sent(client, page, **{**NADIA, "courriel": "robot@exemple.invalid"}, site_web="https://x.example")
    assert (robot.status_code, counted(site)) == (302, 1)
    bad = sent(client, page, nom="", courriel="pas une adresse", type="inconnu", groupe="g9")
    assert bad.status_code == 422
    for said in (
        "Indiquez votre nom",
        "adresse de courriel complète",
        "type de votre structure",
        "groupe de la liste",
    ):
        assert said in bad.text
    assert client.post(page, data=NADIA).status_code == 400, "without the token of the page"
    assert client.get("/t/angers/inscription/autre-jeton").status_code == 404
    statuses = [sent(client, page, **NADIA).status_code for _ in range(6)]
    assert statuses[-1] == 429, "nobody's mailbox is filled by a stranger"
    assert counted(site) == 1


def test_a_personal_page_gives_the_place_back_once(angers):
    site, _, token = angers
    client = site.visitor()
    sent(client, f"/t/angers/inscription/{token}", **NADIA)
    own = link_in(site, "inscription_recue", "/i/")
    assert "Inscription de Nadia Morin" in client.get(own).text
    assert sent(client, own, action="groupe", groupe="g9").status_code == 422
    assert sent(client, own, action="groupe", groupe="g2").status_code == 302
    assert "Votre place est rendue" in sent(client, own, action="rendre").text
    gone = client.get(own)
    assert gone.status_code == 410
    assert "Nadia" not in gone.text
    assert client.get("/i/aucun-lien").status_code == 410


def test_another_territory_does_not_know_the_address(angers, tmp_path):
    site, _, token = angers
    with site.app.app_context():
        with build.serving("carene"):
            pass
        db.session.remove()
    client = site.visitor()
    assert client.get(f"/t/carene/inscription/{token}").status_code == 404
    assert post(client, f"/t/carene/inscription/{token}", **NADIA).status_code == 404
    assert counted(site) == 0


def test_the_list_is_for_those_who_organise_and_keeps_who_registered_meanwhile(angers):
    site, process_id, token = angers
    sent(site.visitor(), f"/t/angers/inscription/{token}", **NADIA)
    page = f"/t/angers/reseau/inscriptions/{process_id}"
    assert site.as_(MEMBER).get(page).status_code == 403
    client = site.as_(CCAS)
    shown = client.get(page).text
    assert "Nadia Morin" in shown
    with site.app.app_context(), build.serving(house.CODE):
        ids = [str(one) for one in db.session.scalars(select(Registration.id))]
        registrations.register(token, {**NADIA, "courriel": "autre@exemple.invalid"})
        db.session.remove()
    signed(client, f"{page}/presences", vu=ids[0], present=ids[0])
    with site.app.app_context(), build.serving(house.CODE):
        came = list(db.session.scalars(select(Registration.came)))
        db.session.remove()
    assert sorted(came, key=str) == [None, True]
    added = signed(client, f"{page}/ajout", nom="", type="")
    assert added.status_code == 422
    assert signed(client, f"{page}/places", places="beaucoup").status_code == 422
    assert signed(client, f"{page}/places", places="1").status_code == 302
    assert signed(client, f"{page}/{uuid4()}", groupe="g1").status_code == 404
    assert signed(client, f"{page}/{ids[0]}", action="annuler").status_code == 302
    assert signed(client, f"{page}/{ids[0]}", action="annuler").status_code == 404, (
        "a double click cancels once"
    )


def test_a_structure_speaks_by_its_link_and_nothing_unpublished_is_public(angers):
    site, _, _ = angers
    with site.app.app_context(), build.serving(house.CODE):
        facts = {"titre": "Une permanence", "genre": "action", "texte": "Chaque mois.", "jours": 15}
        process_id = acts.start("decision", None, {**facts, "motif": None}, by=house.ccas())
        db.session.remove()
    client, voice = site.visitor(), link_in(site, "decision_a_prendre", "/v/")
    assert "Chaque mois." in client.get(voice).text
    assert sent(client, voice, choix="objection", raison="").status_code == 422
    assert sent(client, voice, choix="autre").status_code == 422
    assert sent(client, voice, choix="objection", raison="Trop tôt.").status_code == 302
    assert client.get("/v/aucun-lien").status_code == 410
    member = site.as_(MEMBER)
    assert "Trop tôt." in member.get(f"/t/angers/reseau/decisions/{process_id}").text
    assert signed(member, f"/t/angers/reseau/decisions/{process_id}", choix="consentement").status_code == 403
    assert "Une permanence" in member.get("/t/angers/reseau/decisions").text
    assert "Rien n'est publié" in client.get("/t/angers/publications").text.replace("&#39;", "'")
    assert client.get(f"/t/angers/publications/{uuid4()}").status_code == 404
