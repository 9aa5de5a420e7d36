"""The page that says which programme takes what of the base tells what the folders hold."""

from tools.shared_base import OWN, PAGE, TAKEN, programmes, state, written


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "write it anew: python -m tools.shared_base"


def test_the_programmes_of_households_share_the_visit_and_the_orientation() -> None:
    for name in ("bpmn/visite.bpmn", "bpmn/orientation.bpmn"):
        assert sum(state(one, name) == TAKEN for one in programmes()) >= 3, name


def test_a_file_that_a_programme_replaces_is_told_as_its_own() -> None:
    found = {one.code: one for one in programmes()}
    assert state(found["pas-de-calais"], "bpmn/manquement.bpmn") == OWN
