"""The national list of communes: shipped small, read when asked, found by any of its words (CAR-1)."""

import json
import subprocess
import sys
from importlib.resources import files

import pytest

from app.catalog.commune_lists import read
from app.catalog.communes import FILE, national
from tools import communes as tool


def names(hits):
    return [hit.commune.name for hit in hits]


def test_the_list_is_small_whole_and_says_its_vintage():
    shipped = files("app").joinpath(FILE)
    assert len(shipped.read_bytes()) < 1_000_000
    assert 34_500 < len(national()) < 35_500
    assert national().version.split(".")[0].isdigit()
    for code, name, postcode, department in (
        ("44184", "Saint-Nazaire", "44600", "44"),
        ("49007", "Angers", "49100", "49"),
        ("2A004", "Ajaccio", "20090", "2A"),
        ("97411", "Saint-Denis", "97400", "974"),
        ("98818", "Nouméa", "98800", "988"),
        ("75056", "Paris", "75020", "75"),
        ("69123", "Lyon", "69003", "69"),
        ("13055", "Marseille", "13016", "13"),
    ):
        found = national().get(code)
        assert (found.name, found.department) == (name, department)
        assert postcode in found.postcodes
    assert national().get("75101") is None  # an arrondissement is no commune: it leads to Paris
    for code, now in (
        ("75112", "Paris"),
        ("69383", "Lyon"),
        ("13201", "Marseille"),
        ("01015", "Arboys en Bugey"),
    ):
        assert national().now(code).commune.name == now
    assert national().now("00000") is None


def test_a_process_that_enters_no_commune_never_reads_the_list():
    code = "import app.catalog.communes as c; print(c.national.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("st-nazaire 44", ["Saint-Nazaire"]),
        ("LA BAULE", ["La Baule-Escoublac"]),
        ("coeuvres", ["Cœuvres-et-Valsery"]),
        ("trelaze", ["Trélazé"]),
        ("49000", ["Angers", "Écouflant"]),
        ("44184", ["Saint-Nazaire"]),
        ("Lyon 3e", ["Lyon"]),
        ("Bellegarde-sur-Valserine", ["Valserhône"]),
        ("x", []),
        ("aucune commune ainsi", []),
    ],
)
def test_a_commune_is_found_by_name_postcode_or_code(words, expected):
    assert names(national().find(words).hits) == expected


def test_a_group_or_a_department_gives_all_its_communes():
    (angers,) = national().find("angers loire metropole").groups
    members = national().members(angers.code)
    assert len(members) == 29 and "Trélazé" in [one.name for one in members]
    (department,) = [one for one in national().find("Pas-de-Calais").groups if one.is_department]
    assert department.code == "62" and len(national().members("62")) > 800
    found = national().find("saint")
    assert found.more > 100 and len(found.hits) == 20
    assert len(national().members("69")) > 250  # the Métropole de Lyon is in it


@pytest.mark.parametrize(
    ("line", "insee"),
    [
        ("49007 ; Angers ; 49000", "49007"),
        ("Angers\t49000", "49007"),
        ("  angers ", "49007"),
        ("44600 Saint-Nazaire", "44184"),
        ("St Nazaire (44)", "44184"),
        ("Saint-Nazaire (Pyrénées-Orientales)", "66186"),
        ("2a004", "2A004"),
        ("44600", "44184"),
        ("Paris 12e Arrondissement", "75056"),
        ("01025", "01025"),
        ("44999 ; Nouvelle-Commune ; 44600", "44999"),
    ],
)
def test_a_pasted_line_says_its_commune_in_any_order(line, insee):
    told = read(line, national())
    assert list(told.communes) == [insee]
    assert told.doubts == ()


@pytest.mark.parametrize(
    ("line", "sentence", "choices"),
    [
        ("Saint-Nazaire", "« Saint-Nazaire » désigne 3 communes", {"30288", "44184", "66186"}),
        ("49000", "le code postal 49000 est celui de 2 communes", {"49007", "49129"}),
        ("49007 ; Paris ; 75001", "« Paris » ne va pas avec 49007", {"49007", "75056"}),
        ("Angrrs", "« Angrrs » n'est ni une commune, ni un code connu", {"49007", "62032"}),
        ("La Baule", "Choisissez, ou corrigez", {"44055"}),
        ("Saint-Nazaire (75)", "« Saint-Nazaire » ne va pas avec 75", {"30288", "44184", "66186"}),
        ("Angres (99)", "« Angres » ne va pas avec 99", {"62032"}),
        ("99999", "« 99999 » n'est ni une commune, ni un code connu", set()),
        ("<script>", "n'est ni une commune", set()),
    ],
)
def test_what_is_unknown_or_ambiguous_is_told_with_its_choices(line, sentence, choices):
    told = read(f"Code INSEE;Commune\n{line}", national())
    assert not told.communes
    (doubt,) = told.doubts
    assert doubt.sentence.startswith("Ligne 2 : ") and sentence in doubt.sentence
    assert choices <= {one.insee for one in doubt.communes}


def test_a_group_pasted_among_communes_is_offered_whole():
    (doubt,) = read("Angers Loire Métropole", national()).doubts
    assert [group.code for group in doubt.groups] == ["244900015"]


def test_five_hundred_names_of_one_department_are_read_and_homonyms_follow_their_neighbours():
    members = national().members("62")[:500]
    told = read("\n".join(one.name for one in members), national())
    assert set(told.communes) == {one.insee for one in members} and told.doubts == ()
    assert len(told.supposed) > 10  # said to whoever pasted them
    beside = read("Avrillé", national(), beside=["49007"])
    assert list(beside.communes) == ["49015"]


def test_the_list_is_rebuilt_from_its_package_to_the_same_bytes(tmp_path):
    rows = {
        "communes": [
            {"code": "49007", "nom": "Angers", "type": "commune-actuelle", "departement": "49",
             "codesPostaux": ["49000", "49100"], "anciensCodes": ["49900"]},
            {"code": "98401", "nom": "Personne", "type": "commune-actuelle", "departement": "984"},
            {"code": "49901", "nom": "Ancienne", "type": "commune-deleguee", "chefLieu": "49007"},
        ],
        "departements": [{"code": "49", "nom": "Maine-et-Loire"}, {"code": "984", "nom": "Terres australes"}],
        "epci": [{"code": "244900015", "nom": "CU Angers Loire Métropole", "type": "CU",
                  "membres": [{"code": "49007"}]}],
        "ept": [],
    }  # fmt: skip
    (tmp_path / "data").mkdir()
    (tmp_path / "package.json").write_text('{"version": "9.0.0"}')
    for name, content in rows.items():
        (tmp_path / "data" / f"{name}.json").write_text(json.dumps(content))
    assert list(tool.lines(tmp_path)) == [
        "#\t9.0.0",
        "D\t49\tMaine-et-Loire",
        "E\t244900015\tCommunauté urbaine Angers Loire Métropole",
        "C\t49007\tAngers\t49000 49100\t49\t244900015",
        "A\t49900\t\t49007",
        "A\t49901\tAncienne\t49007",
    ]
    assert tool.write(tmp_path, tmp_path / "a") == tool.write(tmp_path, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
