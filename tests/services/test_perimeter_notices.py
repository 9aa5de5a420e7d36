"""Who is told of a case when nobody asks: only people whose perimeter holds it (AST-3, LAW-1)."""

import pytest
from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid
from app.models import Message, Notice, NoticePreference, Partner, User
from app.services import (
    actors,
    bell,
    claims,
    delegations,
    digests,
    mail,
    notices,
    releases,
    structures,
    teams,
)
from app.services import perimeter as sight
from tests import build, two_structures


def people(*ids):
    return {db.session.get_one(User, one).name for one in ids}


def told_of(case):
    end_read()
    return people(*db.session.scalars(select(Notice.user_id).where(Notice.case_id == case.case_id)))


def written_to(case):
    end_read()
    query = select(Message.user_id).where(Message.case_id == case.case_id, Message.user_id.is_not(None))
    return people(*db.session.scalars(query))


def test_reminders_and_escalations_of_a_case_reach_its_structure_and_those_who_see_all(sides):
    alpha, beta = sides
    build.an_actor("travailleur_social", name="Coordonnateur de tous")
    build.an_actor("coordinatrice_pole", name="Pôle de tous")
    two_structures.a_referent(None, "Référente sans structure")
    with build.later(days=60):
        build.pump()
    for case, theirs, others in ((alpha.case, "Référente Alpha", "Référente Bêta"),
                                 (beta.case, "Référente Bêta", "Référente Alpha")):  # fmt: skip
        told = told_of(case) | written_to(case)
        assert {theirs, "Coordonnateur de tous", "Pôle de tous"} <= told
        assert not {others, "Référente sans structure"} & told


def test_whoever_resolves_everyone_of_a_lane_leaves_out_the_other_structure(sides):
    alpha, beta = sides
    release = releases.current()
    for resolve in (
        lambda case_id: mail.members_of_lane("technicien", release, case_id),
        lambda case_id: mail.who_may_act(release, case_id),
        lambda case_id: [one.id for one in teams.colleagues({"technicien"}, case_id=case_id)],
    ):
        assert alpha.user in resolve(alpha.case.case_id)
        assert beta.user not in resolve(alpha.case.case_id)
    assert {alpha.user, beta.user}.isdisjoint(mail.members_of_lane("technicien", release, None))


def test_a_notice_told_by_hand_to_the_wrong_structure_is_told_to_nobody(sides):
    alpha, beta = sides
    with transaction():
        told = notices.tell(
            [alpha.user, beta.user], "tache_rappel", "essai", "À voir", "dossiers", case_id=alpha.case.case_id
        )
    assert told == 1
    assert told_of(alpha.case) == {"Référente Alpha"}


def test_the_replacement_is_told_of_what_their_own_perimeter_holds(sides):
    alpha, beta = sides
    colleague = two_structures.a_referent(db.session.get_one(Partner, alpha.partner), "Collègue d'Alpha").id
    today = clock.today()
    with pytest.raises(Invalid) as refused:
        delegations.declare(alpha.user, beta.user, today, today, build.an_actor("coordinatrice_pole"))
    assert "ne voit pas les dossiers de la structure" in str(refused.value.problems)
    with sight.serving(alpha.actor):
        delegations.declare(alpha.user, colleague, today, today, alpha.actor)
    with transaction():
        notices.tell([alpha.user], "tache_rappel", "essai", "À voir", "dossiers", case_id=alpha.case.case_id)
    assert told_of(alpha.case) == {"Référente Alpha", "Collègue d'Alpha"}


def test_a_step_is_not_given_to_somebody_who_does_not_see_the_case(sides):
    alpha, beta = sides
    boss = build.an_actor("coordinatrice_pole")
    task = build.the_task("prendre_rendez_vous", case=alpha.case).id
    with pytest.raises(claims.CaseOfOthers, match="n'est pas confié à sa structure"):
        claims.assign(task, beta.user, boss)
    claims.assign(task, alpha.user, boss)
    report = claims.assign_many([task], beta.user, boss)
    assert [one.reason for one in report.refused] == [
        claims.CaseOfOthers.sentence_template.format(name="Référente Bêta", task="Prendre rendez-vous")
    ]


def test_the_summary_of_the_day_leaves_out_a_case_that_has_left_the_structure(sides):
    alpha, _ = sides
    with transaction() as session:
        session.add(NoticePreference(user_id=alpha.user, kind="tache_rappel", mode="resume"))
    with transaction():
        notices.tell(
            [alpha.user], "tache_rappel", "essai", "À voir absolument", "dossiers",
            case_id=alpha.case.case_id,
        )  # fmt: skip
        structures.take_back(alpha.case.case_id, "operateur")
    digests.send(str(alpha.user), clock.today().isoformat())
    assert build.the_messages("resume_du_jour") == []
    end_read()
    assert db.session.scalars(select(Notice.digest).where(Notice.user_id == alpha.user)).all() == ["sent"]


def test_what_was_told_before_a_case_left_is_under_the_bell_no_more(sides):
    alpha, _ = sides
    with transaction():
        notices.tell([alpha.user], "tache_rappel", "essai", "À voir", "dossiers", case_id=alpha.case.case_id)
    with sight.serving(alpha.actor):
        assert bell.page(alpha.actor).total == 1
    with transaction():
        structures.take_back(alpha.case.case_id, "operateur")
    with sight.serving(alpha.actor):
        assert (bell.page(alpha.actor).total, bell.unread(alpha.actor)) == (0, 0)


def test_absences_of_another_structure_are_neither_shown_nor_ended(sides):
    alpha, beta = sides
    today = clock.today()
    colleague = two_structures.a_referent(db.session.get_one(Partner, alpha.partner), "Collègue d'Alpha").id
    absence = delegations.declare(alpha.user, colleague, today, today, alpha.actor)
    with sight.serving(beta.actor):
        assert delegations.of_the_team(beta.actor) == []
        with pytest.raises(Forbidden):
            delegations.call_off(absence, beta.actor)
        with pytest.raises(Invalid):
            delegations.declare(colleague, alpha.user, today, today, beta.actor)
    boss = actors.actor_for(db.session.get_one(User, colleague))
    with sight.serving(boss):
        assert [row.from_name for row in delegations.of_the_team(boss)] == ["Référente Alpha"]
        delegations.call_off(absence, boss)
