"""Two programmes compared thing by thing: what was added, removed, changed, and what is only looks."""

import pytest

from app.catalog.bundle import resolve
from app.config import ROOT
from app.services.release_changes import changes, of_files

VISIT, FORM, TABLE = "bpmn/visite.bpmn", "forms/visite.json", "dmn/triage.dmn"


@pytest.fixture(scope="module")
def carene():
    return resolve(ROOT, "carene")


def told(carene, name, *edits):
    """What is said of a file once edited."""
    text = carene.files[name].decode()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    (found,) = of_files(carene.files, {**carene.files, name: text.encode()})
    return found


def plain(change):
    return change.sentence.replace("\u00a0", " ")


def test_a_programme_has_no_change_from_itself(carene):
    assert changes(carene, carene) == []


def test_a_delay_and_a_name_are_told_with_what_they_were(carene):
    found = told(carene, VISIT, ('"P21D"', '"P14D"'), ('name="Réaliser la visite"', 'name="Faire la visite"'))
    assert {(item.where, item.what, item.old, item.new) for item in found.telling} == {
        ("sans_rendez_vous", "echeance", '"P21D"', '"P14D"'),
        ("realiser_visite", "name", "Réaliser la visite", "Faire la visite"),
    }
    assert (
        "L'échéance ou l'événement « 21 jours sans rendez-vous » : échéance « 14 jours » au lieu de "
        "« 21 jours »."
    ) in {plain(item) for item in found.details}


def test_a_drawing_moved_and_a_documentation_rewritten_are_cosmetic(carene):
    found = told(
        carene,
        VISIT,
        ('<dc:Bounds x="', '<dc:Bounds x="1'),
        ("<bpmn:documentation>", "<bpmn:documentation>Oui. "),
    )
    assert found.cosmetic
    assert found.telling == ()
    assert "1 élément déplacé ou redessiné." in {plain(item) for item in found.details}
    (space,) = told(carene, VISIT, ("<bpmn:process", "<!-- mot --><bpmn:process")).details
    assert space.cosmetic


def test_a_step_added_and_one_removed_are_told_with_their_flows(carene):
    text = carene.files[VISIT].decode()
    step = '<bpmn:manualTask id="appeler" name="Appeler le ménage" />'
    more = {**carene.files, VISIT: text.replace("</bpmn:process>", f"{step}</bpmn:process>").encode()}
    (new,) = of_files(carene.files, more)
    (old,) = of_files(more, carene.files)
    assert [(item.movement, plain(item)) for item in new.details] == [
        ("added", "L'étape « Appeler le ménage » est ajoutée.")
    ]
    assert [(item.movement, item.where) for item in old.details] == [("removed", "appeler")]


def test_a_form_is_told_by_its_fields_whatever_their_rubric(carene):
    found = told(carene, FORM, ('"obligatoire": true', '"obligatoire": false'))
    assert [(item.where, item.what, item.old, item.new) for item in found.details] == [
        ("issue", "obligatoire", "oui", "non")
    ]
    assert told(carene, FORM, ("{", "{ ")).cosmetic


def test_a_rule_of_a_table_is_told_by_its_number_and_its_columns(carene):
    found = told(carene, TABLE, ('"P1"', '"P2"'))
    (change,) = found.details
    assert change.where.startswith("triage_")
    assert "Priorité" in change.what
    assert (change.old, change.new) == ('"P1"', '"P2"')


def test_settings_are_told_by_their_path_and_texts_by_their_line(carene):
    (change,) = told(carene, "territoire.toml", ("rendez_vous_max = 3", "rendez_vous_max = 4")).details
    assert (change.where, change.old, change.new) == ("reglages.rendez_vous_max", "3", "4")
    (line,) = told(carene, "messages/rappel_tache.txt", ("Bonjour", "Bonsoir")).details
    assert line.old.startswith("Bonjour")
    assert line.new.startswith("Bonsoir")
    assert told(carene, "messages/rappel_tache.txt", ("\n\n", "\n\n\n")).cosmetic


def test_files_come_go_and_break(carene):
    fewer = {name: data for name, data in carene.files.items() if name != FORM}
    assert [(one.path, one.movement) for one in of_files(carene.files, fewer)] == [(FORM, "removed")]
    assert [(one.path, one.movement) for one in of_files(fewer, carene.files)] == [(FORM, "added")]
    for name in (VISIT, FORM, TABLE, "territoire.toml"):
        (broken,) = of_files(carene.files, {**carene.files, name: b"\xff cass\xc3"})
        assert not broken.cosmetic
        assert "ne peut pas être lu" in broken.details[0].sentence
