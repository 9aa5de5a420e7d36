"""Two structures in one territory: the people of one never meet the cases of the other (AST-3, LAW-1)."""

import pytest

from app.database import db
from app.errors import NotFound
from app.models import Case
from app.services import case_view, cases, inbox, tasks
from app.services import perimeter as sight
from tests import build, two_structures


@pytest.fixture(scope="session")
def shared_root(tmp_path_factory):
    return two_structures.files(tmp_path_factory.mktemp("partagee"))


@pytest.fixture
def house(app, tmp_path, shared_root):
    build.a_server(app, tmp_path)
    with build.serving(two_structures.CODE, root=shared_root) as territory:
        yield territory


@pytest.fixture
def sides(house):
    return two_structures.a_side("Alpha"), two_structures.a_side("Bêta")


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
