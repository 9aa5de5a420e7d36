"""Partners: found by kind and commune, asked with what was ticked, answering by a personal link (CAR-9)."""

import pytest
from sqlalchemy import select

from app.database import db
from app.errors import DesignFault, Forbidden, Gone, Invalid, NotFound, TaskAlreadyDone
from app.models import Partner, Share
from app.services import claims, links, partners, task_view, tasks
from tests import build

BESNE = {"voie": "3 rue du Marais", "cp": "44160", "insee": build.BESNE}


def asking(*rows):
    return {"decider_orientations": {"lignes": [{"genre": r} if isinstance(r, str) else r for r in rows]}}


@pytest.mark.parametrize(
    ("address", "name"),
    [(build.ALERT["adresse"], "CCAS de Saint-Nazaire"), (BESNE, "CCAS de Besné")],
)
def test_the_communes_own_ccas_is_found_by_its_insee_code(carene, address, name):
    build.a_directory()
    case = build.a_case("orientation", alert={"adresse": address}, answers=asking("ccas"))
    assert build.the_orientations(case)["ccas"].partner.name == name


def test_a_mar_an_adil_and_a_caf_serve_every_commune(carene):
    case = build.a_case("orientation", alert={"adresse": BESNE}, answers=asking("mar", "adil", "caf"))
    asked = build.the_orientations(case)
    assert {kind: row.status for kind, row in asked.items()} == dict.fromkeys(
        ("mar", "adil", "caf"), "transmise"
    )
    assert len(build.the_messages("demande_partenaire")) == 3
    assert sorted(task.scope for task in build.open_tasks(case.case_id)) == sorted(
        str(row.id) for row in asked.values()
    )


def test_the_local_partner_comes_before_the_general_one_and_the_chosen_before_both(carene):
    everywhere, local = (
        build.a_partner("clic", name="CLIC partout"),
        build.a_partner("clic", build.SAINT_NAZAIRE),
    )
    chosen_id, local_id = everywhere.id, local.id
    case = build.a_case("orientation", answers=asking("clic"))
    assert build.the_orientations(case)["clic"].partner_id == local_id
    other = build.a_case("orientation", answers=asking({"genre": "clic", "partenaire": str(chosen_id)}))
    assert build.the_orientations(other)["clic"].partner_id == chosen_id


def test_a_partner_put_aside_is_found_no_more(carene):
    row = build.a_partner("adil")
    boss = build.an_actor("administration")
    facts = {"genre": "adil", "nom": row.name, "courriel": row.email, "actif": False}
    partners.save(row.id, facts, by=boss)
    build.a_case("decider_orientations")
    with pytest.raises(DesignFault, match="ADIL"):
        build.complete("decider_orientations", lignes=[{"genre": "adil"}])


def test_the_directory_refuses_what_it_cannot_use(carene):
    boss = build.an_actor("administration")
    with pytest.raises(Invalid) as told:
        partners.save(
            None, {"genre": "banque", "nom": " ", "courriel": "sans arobase", "communes": ["75056"]}, by=boss
        )
    assert set(told.value.problems) == {"genre", "nom", "courriel", "communes"}
    assert db.session.scalar(select(Partner)) is None
    saved = partners.save(None, {"genre": "ccas", "nom": "CCAS", "courriel": "a@b.fr"}, by=boss)
    assert [line.subject for line in build.the_journal("annuaire.modifie")] == [str(saved)]


def test_what_is_shared_is_recorded_field_by_field_with_its_basis(carene):
    ticked = ["signalement.statut", "signalement.tranche_revenus"]
    case = build.a_case(
        "orientation",
        answers=asking(
            {"genre": "ccas", "champs_partages": ticked, "accord": False},
            {"genre": "caf", "champs_partages": ticked, "accord": True},
        ),
    )
    shares = {row.recipient: row for row in db.session.scalars(select(Share))}
    assert {name: row.basis for name, row in shares.items()} == {
        "CCAS de Saint-Nazaire": "CASF L121-6-2",
        "CAF": "accord du ménage",
    }
    assert all(row.fields == ticked and row.case_id == case.case_id for row in shares.values())
    lines = build.the_journal("partage.envoye")
    assert [line.details["champs"] for line in lines] == [ticked, ticked]
    assert {line.subject for line in lines} == {str(row.id) for row in build.the_orientations(case).values()}


def test_nobody_outside_social_work_is_asked_without_the_households_agreement(carene):
    case = build.a_case("decider_orientations")
    with pytest.raises(DesignFault, match="LAW-2"):
        build.complete("decider_orientations", lignes=[{"genre": "adil", "accord": False}])
    assert build.the_messages("demande_partenaire") == []
    assert db.session.scalar(select(Share)) is None
    build.complete("decider_orientations", lignes=[{"genre": "adil", "accord": True}])
    assert build.the_orientations(case)["adil"].status == "transmise"


def test_a_partner_receives_no_class_that_its_kind_may_not(carene):
    ticked = ["signalement.statut", "signalement.tranche_revenus", "signalement.handicap"]
    row = {"champs_partages": ticked, "accord": True}
    case = build.a_case(
        "orientation",
        answers=asking({"genre": "mar", **row}, {"genre": "caf", **row}, {"genre": "cms", **row}),
    )
    given = {kind: found.shared_fields for kind, found in build.the_orientations(case).items()}
    assert {kind: sorted(fields) for kind, fields in given.items()} == {
        "mar": ticked[:1], "caf": sorted(ticked[:2]), "cms": sorted(ticked)
    }  # fmt: skip


def test_the_link_shows_only_what_was_shared(carene):
    ticked = ["signalement.statut", "signalement.tranche_revenus"]
    case = build.a_case("orientation", answers=asking({"genre": "adil", "champs_partages": ticked}))
    with links.holding(build.the_link("adil@partenaires.invalid")) as view:
        assert len(view.shared) == len(ticked)
        assert "Moreau" not in str(view.shared)
        assert view.reference == case.reference
        shown = task_view.open_task(view.task_id, view.actor)
        assert "annuaire" not in shown.context
        assert "champs_partageables" not in shown.context
        assert not any(shown.context.get(form) for form in ("signalement", "visite", "validation"))
        links.note_read(view)
    (line,) = build.the_journal("partage.lu")
    assert (line.actor, line.case_id) == ("ADIL", case.case_id)


def test_a_partner_accepts_then_gives_a_result_each_once_then_the_link_is_dead(carene):
    case = build.a_case("orientation")
    token = build.the_link("adil@partenaires.invalid")
    first = answer(token)
    with pytest.raises(TaskAlreadyDone):
        answer_again(token, first)
    assert build.the_orientations(case)["adil"].status == "acceptee"
    second = answer(token)
    assert second != first
    assert build.the_orientations(case)["adil"].status == "realisee"
    with pytest.raises(Gone), links.holding(token):
        pass
    assert build.open_tasks(case.case_id) == []


def answer(token, **wanted):
    with links.holding(token) as view:
        given = build.answers_for(view.task_id, view.actor, **wanted)
        tasks.complete(view.task_id, given, by=view.actor)
        return view.task_id


def answer_again(token, task_id):
    with links.holding(token) as view:
        tasks.complete(task_id, {"acceptee": False}, by=view.actor)


def test_a_refusal_closes_the_link_and_the_coordinator_is_told(carene):
    case = build.a_case("orientation", answers=asking("adil", "caf"))
    build.a_user("travailleur_social", name="Camille")
    token = build.the_link("adil@partenaires.invalid")
    answer(token, acceptee=False, motif_refus="hors_secteur")
    assert build.the_orientations(case)["adil"].status == "refusee"
    assert "Camille" in {message.recipient_name for message in build.the_messages("refus_partenaire")}
    with pytest.raises(Gone), links.holding(token):
        pass
    with links.holding(build.the_link("caf@partenaires.invalid")) as view:
        assert view.task_id is not None


def test_a_holder_reaches_no_other_orientation_and_no_other_lane(carene):
    case = build.a_case("orientation", answers=asking("adil", "caf"))
    rows = build.the_orientations(case)
    others = build.the_task("repondre_demande", scope=str(rows["caf"].id)).id
    with links.holding(build.the_link("adil@partenaires.invalid")) as view:
        for act in (tasks.find, claims.claim, task_view.open_task):
            with pytest.raises(NotFound):
                act(others, view.actor)
        with pytest.raises(NotFound):
            tasks.complete(others, {"acceptee": True}, by=view.actor)
        with pytest.raises(NotFound):
            tasks.save_draft(others, {}, view.actor)
    with build.later(days=31):
        build.pump()
        recall = build.the_task("relancer_partenaire", scope=str(rows["adil"].id)).id
        with links.holding(build.the_link("adil@partenaires.invalid")) as view, pytest.raises(Forbidden):
            tasks.complete(recall, {}, by=view.actor)


def test_an_answer_names_to_its_holder_no_step_of_another_partner(carene):
    case = build.a_case("orientation", answers=asking("adil", "caf"))
    mine = str(build.the_orientations(case)["adil"].id)
    with links.holding(build.the_link("adil@partenaires.invalid")) as view:
        given = build.answers_for(view.task_id, view.actor)
        done = tasks.complete(view.task_id, given, by=view.actor)
    assert list(done.next_tasks) == [build.the_task("donner_resultat", scope=mine).id]


def test_a_forged_link_is_gone(carene):
    build.a_case("orientation")
    real = build.the_link("adil@partenaires.invalid")
    for token in ("", "x", "A" * 32, "../../etc", "é" * 40, real[:-1], real.swapcase()):
        with pytest.raises(Gone), links.holding(token):
            pass


def test_the_stored_link_does_not_give_the_token(carene):
    case = build.a_case("orientation")
    token = build.the_link("adil@partenaires.invalid")
    assert token not in str(build.the_orientations(case)["adil"].link)
    assert not any(token in str((line.subject, line.details)) for line in build.the_journal())


def test_a_silent_partner_is_asked_again_then_given_up_and_its_link_dies(carene):
    case = build.a_case("orientation")
    token = build.the_link("adil@partenaires.invalid")
    with build.later(days=31):
        build.pump()
        build.complete("relancer_partenaire", suite="abandonner")
        assert build.the_orientations(case)["adil"].status == "expiree"
        with pytest.raises(Gone), links.holding(token):
            pass
        assert build.open_tasks(case.case_id) == []
