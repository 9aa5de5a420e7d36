"""Settings edited value by value: comments, order and what nobody touched stay as they are written."""

import tomllib

import pytest

from app.catalog import toml_edits
from app.catalog.toml_edits import address, entries, place_of, read, with_group, without_group, write
from app.config import ROOT
from app.errors import BundleFault

FILES = sorted((ROOT / "bpmn/territories").glob("*/*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_value_of_a_shipped_file_is_shown_and_said_again_changes_nothing(path):
    text = path.read_text()
    shown = list(entries(read(text)))
    assert len(shown) > 30
    assert write(text, {address(entry.place): entry.said for entry in shown}) == text


def test_the_same_text_is_read_once_and_a_change_gives_another_tree():
    text = FILES[0].read_text()
    assert read(text) is read(text)
    first = next(entry for entry in entries(read(text)) if entry.kind == "texte")
    after = write(text, {address(first.place): "Autrement dit"})
    assert next(entry for entry in entries(read(after)) if entry.place == first.place).said == "Autrement dit"
    assert next(entry for entry in entries(read(text)) if entry.place == first.place).said == first.said


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_each_value_changed_alone_changes_its_line_alone(path):
    text = path.read_text()
    for entry in list(entries(read(text)))[::40]:  # each is a second reading of the whole
        new = {"entier": "7654", "nombre": "76.54", "oui_non": "non" if entry.said == "oui" else "oui"}
        said = new.get(entry.kind, "valeur d'essai" if entry.kind in ("texte", "lignes") else entry.said)
        after = write(text, {address(entry.place): said})
        tomllib.loads(after)
        if said != entry.said and entry.kind != "lignes" and "\n" not in entry.said:
            before_lines, after_lines = text.splitlines(), after.splitlines()
            assert len(before_lines) == len(after_lines)
            assert sum(one != two for one, two in zip(before_lines, after_lines, strict=True)) == 1


SMALL = """# Tête
nom = "Essai" # ce que les gens lisent
jours = 3

[roles.un]
# Ce que le rôle peut faire
droits = ["a", "b"]

[roles.deux]
droits = []

[[communes]]
nom = "Une"
"""


def test_comments_are_the_help_of_what_they_stand_by():
    told = {address(entry.place): entry.told for entry in entries(read(SMALL))}
    assert told["nom"].endswith("ce que les gens lisent")
    assert told["roles/un/droits"] == "Ce que le rôle peut faire"
    assert told["roles/deux/droits"] == ""


def test_a_role_is_added_on_the_model_of_the_last_and_taken_out():
    more = with_group(SMALL, ("roles",), "trois")
    assert tomllib.loads(more)["roles"] == {
        "un": {"droits": ["a", "b"]},
        "deux": {"droits": []},
        "trois": {"droits": []},
    }
    assert "# Ce que le rôle peut faire" in more
    assert tomllib.loads(without_group(more, ("roles", "trois"))) == tomllib.loads(SMALL)


def test_a_row_is_added_and_taken_out_by_its_number():
    more = with_group(SMALL, ("communes",), "")
    changed = write(more, {"communes/1/nom": "Deux"})
    assert [one["nom"] for one in tomllib.loads(changed)["communes"]] == ["Une", "Deux"]
    assert [one["nom"] for one in tomllib.loads(without_group(changed, ("communes", 0)))["communes"]] == [
        "Deux"
    ]


@pytest.mark.parametrize(("where", "said"), [("jours", "trois"), ("jours", "3,5"), ("jours", "")])
def test_a_value_of_another_kind_is_refused_by_its_name(where, said):
    with pytest.raises(BundleFault) as told:
        write(SMALL, {where: said})
    assert "jours" in told.value.sentence


@pytest.mark.parametrize("name", ["un", "", "Deux Mots", "é", "a" * 80, "../x"])
def test_a_name_that_is_taken_or_no_name_is_refused(name):
    with pytest.raises(BundleFault):
        with_group(SMALL, ("roles",), name)


@pytest.mark.parametrize("place", [("absent",), ("roles", "absent"), ("communes", 7), ("nom", "x")])
def test_a_place_that_is_not_there_is_said(place):
    with pytest.raises(BundleFault):
        without_group(SMALL, (*place, "plus")) if place == ("nom", "x") else without_group(SMALL, place)
    with pytest.raises(BundleFault):
        with_group(SMALL, place, "nouveau")


def test_an_address_reads_back_as_its_place():
    place = ("gestes", "a/b", 3, "libellé é")
    assert place_of(address(place)) == place


def test_what_is_no_toml_is_said():
    with pytest.raises(BundleFault):
        toml_edits.read("nom = ")


def test_a_text_that_looks_like_toml_stays_a_text():
    after = write(SMALL, {"nom": '"\n[roles.pirate]\ndroits = ["tout"]'})
    assert set(tomllib.loads(after)["roles"]) == {"un", "deux"}
    assert tomllib.loads(after)["nom"].startswith('"')


SCATTERED = """[gestes.un]
libelle = "Un"

[autre]
cle = 1

[gestes.deux]
libelle = "Deux"
"""


def test_parts_that_stand_apart_in_the_file_are_one_section():
    section = next(group for group in read(SCATTERED).groups if group.key == "gestes")
    assert [group.key for group in section.groups] == ["un", "deux"]
    changed = write(SCATTERED, {"gestes/deux/libelle": "Autre"})
    assert tomllib.loads(changed)["gestes"] == {"un": {"libelle": "Un"}, "deux": {"libelle": "Autre"}}
    more = with_group(SCATTERED, ("gestes",), "trois")
    assert set(tomllib.loads(more)["gestes"]) == {"un", "deux", "trois"}
    assert tomllib.loads(without_group(more, ("gestes", "trois"))) == tomllib.loads(SCATTERED)
    assert set(tomllib.loads(without_group(SCATTERED, ("gestes", "un")))["gestes"]) == {"deux"}
