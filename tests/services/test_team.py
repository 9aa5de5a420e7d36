"""The people of a territory: invited by a link that serves once, given roles and a structure (LAW-8)."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.database import db, end_read
from app.errors import Forbidden, Invalid, NotFound, TooMany
from app.models import Invitation, User
from app.services import access_links, accounts, actors, claims, team, team_changes
from app.services.access_links import LinkSpent
from tests import build, two_structures

HERE = "10.0.0.1"
LONG = "une phrase assez longue"


@pytest.fixture
def admin(shared):
    return build.an_actor("administration", name="Admin")


@pytest.fixture
def operator(shared):
    return build.a_partner("amelioration_habitat", name="Opérateur Alpha", email="alpha@ope.invalid").id


def facts(**wanted):
    return {
        "courriel": "lea@ope.invalid",
        "nom": "Léa Petit",
        "roles": ["technicien"],
        "structure": None,
    } | wanted


def the_token():
    body = build.the_messages("acces_ouvert")[-1].body
    return re.search(r"/acces/(\S+)", body)[1]


def of(email):
    end_read()
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_an_invited_person_chooses_their_password_once_and_enters(admin, operator):
    assert team_changes.invite(facts(roles=["referent"], structure=operator), by=admin)
    (invited,) = [one for one in team.people(admin) if one.email == "lea@ope.invalid"]
    assert (invited.state, invited.structure, invited.limited) == ("invited", "Opérateur Alpha", True)
    token = the_token()
    assert access_links.opened(token, address=HERE).name == "Léa Petit"
    assert access_links.choose(token, LONG, address=HERE) == "lea@ope.invalid"
    user = accounts.authenticate("lea@ope.invalid", LONG, address=HERE)
    assert actors.actor_for(user).within == operator
    for act in (
        lambda: access_links.opened(token, address=HERE),
        lambda: access_links.choose(token, LONG, address=HERE),
    ):
        with pytest.raises(LinkSpent):
            act()
    assert [line.action for line in build.the_journal() if line.action.startswith("acces.")] == [
        "acces.ouvert", "acces.mot_de_passe",
    ]  # fmt: skip


def test_nobody_enters_an_account_whose_password_is_not_chosen_yet(admin):
    team_changes.invite(facts(), by=admin)
    for guess in ("!", "", LONG):
        with pytest.raises(accounts.WrongCredentials):
            accounts.authenticate("lea@ope.invalid", guess, address=HERE)


def test_the_link_is_kept_as_a_digest_dies_with_the_next_and_after_a_week(admin):
    team_changes.invite(facts(), by=admin)
    first = the_token()
    assert first not in str(db.session.scalars(select(Invitation.link)).all())
    team_changes.send_link(of("lea@ope.invalid").id, by=admin)
    second = the_token()
    with pytest.raises(LinkSpent):
        access_links.opened(first, address=HERE)
    with build.later(days=6, hours=23):
        assert access_links.opened(second, address=HERE)
    with build.later(days=7, minutes=1), pytest.raises(LinkSpent):
        access_links.opened(second, address=HERE)


def test_a_password_that_is_too_short_leaves_the_link_good(admin):
    team_changes.invite(facts(), by=admin)
    token = the_token()
    with pytest.raises(Invalid):
        access_links.choose(token, "court", address=HERE)
    assert access_links.choose(token, LONG, address=HERE)


def test_links_are_guessed_and_sent_a_limited_number_of_times(admin):
    for _ in range(access_links.TRIES[0].count):
        with pytest.raises(LinkSpent):
            access_links.opened("rien", address=HERE)
    with pytest.raises(TooMany):
        access_links.opened("rien", address=HERE)
    for number in range(team_changes.INVITATIONS[0].count):
        accounts.count_attempt({f"invitation:{admin.user_id}": team_changes.INVITATIONS})
        assert number >= 0
    with pytest.raises(TooMany):
        team_changes.invite(facts(), by=admin)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"courriel": "pas une adresse"}, "courriel"),
        ({"nom": "  "}, "nom"),
        ({"roles": []}, "roles"),
        ({"roles": ["roi"]}, "roles"),
        ({"structure": uuid4()}, "structure"),
        ({"roles": ["referent"]}, "structure"),
        ({"courriel": "admin@partagee.invalid"}, "courriel"),
    ],
)
def test_what_does_not_fit_is_refused_by_field_and_opens_nothing(admin, wrong, field):
    before = len(team.people(admin))
    with pytest.raises(Invalid) as refused:
        team_changes.invite(facts(**wrong), by=admin)
    assert field in refused.value.problems
    assert len(team.people(admin)) == before
    assert build.the_messages("acces_ouvert") == []


def test_only_who_administers_the_whole_territory_keeps_the_team(admin, operator):
    team_changes.invite(facts(), by=admin)
    lea = of("lea@ope.invalid").id
    limited = actors.actor_for(
        two_structures.a_referent(db.session.get(two_structures.Partner, operator), "Référente")
    )
    for somebody in (build.an_actor("travailleur_social"), limited):
        for act in (
            team.people,
            team.structures,
            lambda who: team_changes.invite(facts(courriel="autre@ope.invalid"), by=who),
            lambda who: team_changes.change(lea, facts(), by=who),
            lambda who: team_changes.close(lea, by=who),
            lambda who: team_changes.send_link(lea, by=who),
        ):
            with pytest.raises(Forbidden):
                act(somebody)


def test_an_account_known_elsewhere_keeps_its_password_and_gets_no_link(admin, shared):
    with build.serving("carene"):
        build.a_user("technicien", name="Paul", email="paul@ailleurs.invalid", password=LONG)
    assert not team_changes.invite(facts(courriel="paul@ailleurs.invalid"), by=admin)
    paul = accounts.authenticate("paul@ailleurs.invalid", LONG, address=HERE)
    assert actors.actor_for(paul).roles == ("technicien",)
    with pytest.raises(team_changes.OthersAccount):
        team_changes.send_link(paul.id, by=admin)
    team_changes.close(paul.id, by=admin)
    paul = accounts.authenticate("paul@ailleurs.invalid", LONG, address=HERE)
    with pytest.raises(Forbidden):
        actors.actor_for(paul)
    with build.serving("carene"):
        assert actors.actor_for(paul).roles == ("technicien",)


def test_somebody_of_another_territory_is_nobody_here(admin):
    with build.serving("carene"):
        stranger = build.a_user("technicien", name="Paul", email="paul@ailleurs.invalid").id
    for act in (
        lambda: team.person(stranger, admin),
        lambda: team_changes.change(stranger, facts(), by=admin),
        lambda: team_changes.close(stranger, by=admin),
        lambda: team_changes.send_link(stranger, by=admin),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_closed_access_ends_sessions_gives_steps_back_and_reopens(admin):
    team_changes.invite(facts(roles=["travailleur_social"]), by=admin)
    access_links.choose(the_token(), LONG, address=HERE)
    lea = accounts.authenticate("lea@ope.invalid", LONG, address=HERE)
    user_id, version = lea.id, lea.session_version
    build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous").id
    claims.claim(task, actors.actor_for(of("lea@ope.invalid")))
    team_changes.close(user_id, by=admin)
    team_changes.close(user_id, by=admin)
    assert accounts.load_session(user_id, version) is None
    assert build.the_task("prendre_rendez_vous").claimed_by is None
    assert [one.state for one in team.people(admin) if one.id == user_id] == ["closed"]
    with pytest.raises(accounts.WrongCredentials):
        accounts.authenticate("lea@ope.invalid", LONG, address=HERE)
    team_changes.change(user_id, facts(), by=admin)
    assert accounts.authenticate("lea@ope.invalid", LONG, address=HERE).id == user_id
    assert len(build.the_journal("acces.ferme")) == 1


def test_moving_somebody_to_another_structure_gives_back_the_steps_they_no_longer_see(admin):
    alpha = two_structures.a_side("Alpha")
    other = build.a_partner("amelioration_habitat", name="Opérateur Bêta", email="beta@ope.invalid").id
    task = build.the_task("prendre_rendez_vous", case=alpha.case).id
    claims.claim(task, alpha.actor)
    team_changes.change(alpha.user, facts(roles=["referent"], structure=alpha.partner), by=admin)
    assert build.the_task("prendre_rendez_vous").claimed_by == alpha.user
    team_changes.change(alpha.user, facts(roles=["referent"], structure=other), by=admin)
    assert build.the_task("prendre_rendez_vous").claimed_by is None


def test_nobody_takes_their_own_administration_away(admin):
    with pytest.raises(Invalid):
        team_changes.close(admin.user_id, by=admin)
    with pytest.raises(Invalid) as refused:
        team_changes.change(admin.user_id, facts(), by=admin)
    assert "roles" in refused.value.problems
    team_changes.change(admin.user_id, facts(roles=["administration", "technicien"]), by=admin)


def test_structures_are_listed_with_their_people_and_the_cases_they_hold(admin):
    alpha = two_structures.a_side("Alpha")
    two_structures.entrust(alpha.case.case_id, alpha.partner, "slisl")
    (line,) = [one for one in team.structures(admin) if one.id == alpha.partner]
    assert (line.people, line.cases, line.active) == (1, 1, True)
