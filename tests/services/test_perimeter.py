"""Two structures in one territory: the people of one never meet the cases of the other (AST-3, LAW-1)."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import access, perimeter
from app.catalog.roles import Role
from app.database import db, transaction
from app.errors import NotFound
from app.models import Case, Entrustment
from app.services import actors, case_view, cases, inbox, releases, structures, tasks
from app.services import perimeter as sight
from tests import build, two_structures


def test_a_referent_lists_and_opens_the_cases_of_their_structure_alone(sides):
    alpha, beta = sides
    with sight.serving(beta.actor):
        assert [row.reference for row in cases.listing(beta.actor).rows] == [beta.case.reference]
        assert {row.case_reference for row in inbox.inbox(beta.actor).rows} == {beta.case.reference}
        with pytest.raises(NotFound):
            case_view.file_view(alpha.case.reference, beta.actor)
        assert case_view.file_view(beta.case.reference, beta.actor).case.reference == beta.case.reference


def test_a_case_in_memory_is_not_given_past_the_perimeter(sides):
    alpha, beta = sides
    held = db.session.get(Case, alpha.case.case_id)
    with sight.serving(beta.actor):
        assert db.session.get(Case, alpha.case.case_id) is None
    assert db.session.get(Case, alpha.case.case_id) is held


def test_a_referent_completes_their_step_and_no_other(sides):
    alpha, beta = sides
    foreign = build.the_task("prendre_rendez_vous", case=alpha.case).id
    own = build.the_task("prendre_rendez_vous", case=beta.case).id
    with sight.serving(beta.actor):
        answers = build.answers_for(own, beta.actor)
        with pytest.raises(NotFound):
            tasks.complete(foreign, answers, by=beta.actor)
        done = tasks.complete(own, answers, by=beta.actor)
    assert done.case_reference == beta.case.reference


def test_a_step_that_takes_the_case_away_leads_its_author_nowhere_else(shared):
    build.a_directory()
    operator = build.a_partner("amelioration_habitat", name="Opérateur", email="ope@ope.invalid").id
    asking = build.a_partner("amelioration_habitat", name="Demandeuse", email="dem@ope.invalid")
    user = two_structures.a_referent(asking, "Référente")
    actor, partner = actors.actor_for(user), asking.id
    case = build.a_case("realiser_visite", answers={"analyser_signalement": {"structure": str(operator)}})
    two_structures.entrust(case.case_id, partner, "demandeur")
    task = build.the_task("realiser_visite", case=case).id
    with sight.serving(actor):
        done = tasks.complete(task, build.answers_for(task, actor), by=actor)
        assert (done.case_reference, list(done.next_tasks)) == (case.reference, [])
        assert cases.listing(actor).total == 0
    assert {task.lane for task in build.open_tasks(case.case_id)} <= actor.lanes


def test_somebody_limited_without_a_structure_sees_no_case(sides):
    nobody = actors.actor_for(two_structures.a_referent(None, "Sans structure"))
    assert nobody.within == perimeter.NOWHERE
    with sight.serving(nobody):
        assert cases.listing(nobody, status="all").total == 0
        assert inbox.counts(nobody)["equipe"] == 0


def test_somebody_who_sees_every_case_is_served_as_before(sides):
    boss = build.an_actor("technicien")
    assert boss.within is None
    with sight.serving(boss):
        assert perimeter.current() is None
        assert cases.listing(boss).total == 2


@pytest.mark.parametrize(
    ("roles", "limited"),
    [
        (("referent",), True),
        (("technicien",), False),
        (("referent", "technicien"), True),
        (("referent", "coordinatrice_pole", "travailleur_social", "technicien", "ecorenove"), True),
        (("technicien", "administration"), False),
    ],
)
def test_a_limited_role_limits_unless_the_others_give_all_that_it_gives(shared, roles, limited):
    assert (actors.within(roles, None, releases.current().settings) is not None) is limited


def test_a_limited_role_beside_one_that_covers_it_whole_limits_nobody():
    whole = Role("tout", "Tout", frozenset({"dossiers.voir"}), frozenset({"social"}), frozenset({"social"}),
                 frozenset(), None)  # fmt: skip
    same = replace(whole, id="pareil", limited=True)
    reads_more = replace(same, id="plus", read=frozenset({"social", "secret"}))
    known = {role.id: role for role in (whole, same, reads_more)}
    no_lane = lambda _roles: frozenset()  # noqa: E731
    assert not access.limited(["tout", "pareil"], known, no_lane)
    assert access.limited(["pareil"], known, no_lane)
    assert access.limited(["tout", "plus"], known, no_lane)
    assert access.limited(["tout", "pareil"], known, frozenset)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["operateur", "slisl", "mar"]),
                          st.one_of(st.none(), st.integers(0, 2))), max_size=12))  # fmt: skip
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_person_lists_is_what_they_may_open_whatever_was_entrusted(many, moves):
    cases_of, people = many
    held: dict[tuple[int, str], int | None] = {}
    with transaction():
        for row in db.session.scalars(select(Entrustment)).all():
            db.session.delete(row)
    for number, relation, to in moves:
        with transaction():
            if to is None:
                structures.take_back(cases_of[number].case_id, relation)
            else:
                structures.entrust(cases_of[number].case_id, people[to].partner_id, relation)
        held[number, relation] = to
    for rank, person in enumerate(people):
        expected = {cases_of[n].reference for (n, _), to in held.items() if to == rank}
        with sight.serving(person):
            listed = {row.reference for row in cases.listing(person, status="all").rows}
            opened = {case.reference for case in cases_of if opens(case, person)}
            tasks_of = {row.case_reference for row in inbox.inbox(person, which="equipe").rows}
        assert listed == opened == tasks_of == expected


def opens(case, person):
    try:
        return case_view.file_view(case.reference, person).case.reference == case.reference
    except NotFound:
        return False


@pytest.fixture
def many(shared):
    """Five cases, three structures with a person each."""
    opened = [build.a_case() for _ in range(5)]
    people = []
    for name in ("Alpha", "Bêta", "Gamma"):
        partner = build.a_partner("amelioration_habitat", name=name, email=f"{name.lower()}@ope.invalid")
        people.append(actors.actor_for(two_structures.a_referent(partner, f"Référente {name}")))
    return opened, people
