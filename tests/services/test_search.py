"""Cases are found by what people remember: names, streets, communes, references; each territory its own."""

import pytest
from sqlalchemy import func, select

from app.database import db, transaction
from app.models import Case, CaseWord, Task
from app.services import cases, inbox, search
from tests import build

LE_GOFF = {"nom": "Le Goff", "prenom": "Éloïse", "adresse": {"voie": "4 bd de l'Océan", "cp": "44160"}}


def found(text, **kind):
    return {row.reference for row in cases.listing(build.an_actor("ecorenove"), search=text, **kind).rows}


@pytest.fixture
def both(carene):
    one = build.an_alert(**{**LE_GOFF, "adresse": {**LE_GOFF["adresse"], "insee": build.BESNE}})
    two = build.an_alert()
    return one.reference, two.reference


def test_a_case_is_found_by_each_word_people_remember(both):
    one, two = both
    for text in (
        "goff",
        "LE GOFF",
        "eloise le",
        "Éloïse",
        "ocean",
        "boulevard",
        "bd ocean",
        "besné",
        "44160",
        one,
    ):
        assert found(text) == {one}, text
    assert found("moreau nazaire croisic") == {two}
    assert found("goff nazaire") == set()


def test_a_reference_is_found_by_its_end(both):
    one, _ = both
    assert found(one.removeprefix("DOS-")) == {one}
    assert found(one[-4:]) == {one}
    assert found(one.lower().replace("-", " ")) == {one}


@pytest.mark.parametrize("text", ["%", "'", '"; drop table case_word; --', "🙂", "_", "\\", "\0", "(" * 50])
def test_signs_find_nothing_and_break_nothing(both, text):
    assert found(text) == set()
    assert inbox.inbox(build.an_actor("ecorenove"), which="equipe", search=text).rows == []
    assert db.session.scalar(select(func.count()).select_from(Case)) == 2


def test_a_search_of_ten_thousand_signs_is_answered(both):
    one, _ = both
    assert found("goff " * 2_000) == {one}
    assert found("g" * 10_000) == set()


def test_a_household_whose_name_is_corrected_is_found_by_the_new_one_only(both):
    one, _ = both
    with transaction() as session:
        case = session.scalars(select(Case).where(Case.reference == one)).one()
        from app.services import facts

        facts.update(
            case, {"menage": {"nom": "Kermarec", "adresse": {"voie": "1 rue A", "commune": "Donges"}}}
        )
    assert found("kermarec") == {one}
    assert found("goff") == set()
    assert set(db.session.scalars(select(Task.commune))) == {"Donges", "Saint-Nazaire"}


def test_old_cases_are_indexed_afterwards_once(both):
    one, two = both
    with transaction() as session:
        for row in session.scalars(select(CaseWord)):
            session.delete(row)
    assert found("goff") == set()
    assert search.missing() == 2
    assert search.reindex(limit=1) == 1
    assert search.missing() == 1
    build.pump()
    assert (search.missing(), search.reindex()) == (0, 0)
    assert found("goff") | found("moreau") == {one, two}


def test_the_words_of_an_erased_case_are_gone(both):
    one, two = both
    with transaction() as session:
        search.forget(session.scalars(select(Case.id).where(Case.reference == one)).one())
    assert found("goff") == set()
    assert found("moreau") == {two}


def test_a_search_stays_in_its_territory(both, tmp_path):
    root = build.a_variant(tmp_path / "ailleurs", "ailleurs")
    with build.serving("ailleurs", root=root):
        build.an_alert(nom="Le Goff")
        assert len(found("goff")) == 1
        assert found("eloise") == set()
    assert len(found("goff")) == 1


def test_a_word_that_many_cases_have_is_looked_up_case_by_case(both, monkeypatch):
    one, two = both
    monkeypatch.setattr(search, "FEW", 1)
    assert not search.match("44", Task.case_id).few
    assert found("44") == {one, two}
    assert found("44 goff") == {one}
    hand = build.an_actor("ecorenove")
    assert inbox.inbox(hand, which="equipe", search="44").total == 2
    assert inbox.inbox(hand, which="equipe", search="44 goff").total == 1
