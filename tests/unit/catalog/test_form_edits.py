"""Edits of a form's JSON: what nobody changed stays sign for sign, whatever the sequence of edits."""

import functools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalog import form_edits, form_head, form_lists, form_panel, form_text
from app.catalog.bundle import resolve
from app.catalog.compiler import compile_form
from app.catalog.form_edits import NoSuchPlace
from app.catalog.form_keys import inner_uses, renamed
from app.catalog.form_panel import Mistyped
from app.catalog.kinds import KINDS
from app.catalog.submission import Flat
from app.config import ROOT
from app.errors import BundleFault

CODES = ("carene", "pas-de-calais")


@functools.cache
def bundle(code):
    return resolve(ROOT, code)


@functools.cache
def shipped():
    """Every form of both territories: code, id, text."""
    found = {}
    for code in CODES:
        for name, text in bundle(code).as_text().items():
            if name.startswith("forms/"):
                found.setdefault(text, (code, name[6:-5], text))
    return tuple(found.values())


def boxes(row):
    """Every box of a field as the page shows it, with the blank rows at the end of its lists."""
    values = form_panel.shown(row).values | form_lists.simulation_boxes(row)
    if form_lists.needs_options(form_panel.kind_name(row)):
        values |= form_lists.option_boxes(row)
        values |= {f"options.900.{part}": [""] for part in form_lists.OPTION_PARTS}
    values |= {
        f"si_lignes.900.{part}": [text] for part, text in (("champ", ""), ("signe", "=="), ("valeur", ""))
    }
    values |= {"sim_selon.900.si": [""], "sim_selon.900.poids": [""]}
    return Flat(values)


def saved(tree, place, flat):
    """The form once the panel of a field is kept."""
    row = form_edits.at(tree, place)
    types = {str(field.get("cle")): form_panel.kind_name(field) for _, field in form_edits.walk(tree)}
    found = form_panel.typed(row, flat, types)
    if form_lists.needs_options(form_panel.kind_name(row)):
        found = form_lists.typed_options(found, flat)
    return form_edits.put(tree, place, form_lists.typed_simulation(found, flat))


def test_opening_and_saving_every_shipped_form_changes_not_a_sign():
    assert len(shipped()) > 60
    for _, form, text in shipped():
        read = form_text.read(text)
        tree = read.tree
        for place, row in form_edits.walk(read.tree):
            tree = saved(tree, place, boxes(row))
        head = form_head.group_boxes(tree, form_head.HEAD)
        for key, keys, prefix in (("agenda", form_head.AGENDA, "a."), ("simulation", form_head.EFFORT, "s.")):
            group = Flat(form_head.group_boxes(tree.get(key), keys, prefix))
            assert form_head.typed_group(tree.get(key), keys, group, prefix) == (tree.get(key) or {}), form
        for rank, rule in enumerate(tree.get("regles", ())):
            head |= form_head.rule_boxes(rule, rank)
        head |= {f"regles.900.{part}": [""] for part in ("exige", "message", "champs")}
        assert form_head.typed_group(tree, form_head.HEAD, Flat(head)) is tree, form
        assert form_head.typed_rules(tree, Flat(head)) is tree, form
        assert form_text.write(read, tree) == text, form


def test_every_key_of_every_shipped_field_has_a_box():
    """A key that the compiler knows and no box shows could never be changed."""
    shown = {"type", "format", "options", "colonnes", "simulation", *form_panel._BOXES, "si"}
    for kind in KINDS.values():
        assert kind.attributes <= shown, kind.name
    for _, form, text in shipped():
        for _, row in form_edits.walk(form_text.read(text).tree):
            assert row.keys() <= shown, (form, row.keys() - shown)


def test_changing_one_field_touches_only_its_own_lines():
    _, _, text = next(item for item in shipped() if item[1] == "visite")
    read = form_text.read(text)
    place = form_edits.place_of_key(read.tree, "date")
    row = form_edits.at(read.tree, place)
    new = form_edits.put(read.tree, place, form_edits.change(row, {"libelle": "Jour du passage"}))
    before, after = text.split("\n"), form_text.write(read, new).split("\n")
    moved = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert moved == [(
        '          "libelle": "Date du passage",', '          "libelle": "Jour du passage",'
    )]  # fmt: skip


def test_a_number_keeps_the_figures_it_was_written_with():
    text = (
        '{"id": "a", "titre": "A", "champs": [{"cle": "b", "type": "nombre", "libelle": "B", "max": 1.50}]}'
    )
    read = form_text.read(text)
    row = form_edits.at(read.tree, (0, 0))
    new = form_edits.put(read.tree, (0, 0), form_edits.change(row, {"libelle": "C"}))
    assert '"max": 1.50' in form_text.write(read, new)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "a": 2}', "[" * 5000, '{"a": NaN}', "null"])
def test_what_is_no_form_is_said_in_french(text):
    with pytest.raises(BundleFault) as fault:
        form_text.read(text)
    assert "." in str(fault.value)


@pytest.mark.parametrize(
    "tree", [{"champs": 3}, {"rubriques": [1]}, {"champs": [{"colonnes": "x"}]}, {"regles": {}}]
)
def test_a_form_of_another_shape_is_not_edited(tree):
    assert form_edits.shape_fault(tree)


def _moved_to(tree, place, row, second):
    beside = [other for other, _ in form_edits.walk(tree) if len(other) == len(place)]
    target = beside[second % len(beside)]
    if len(place) == 2 or target[:2] == place[:2]:
        return form_edits.move_to(tree, place, target)[0]
    with pytest.raises(NoSuchPlace):
        form_edits.move_to(tree, place, target)
    return tree


def _added(tree, place, row, second):
    key = form_edits.key_from("Nouveau champ", form_edits.taken_keys(tree, place[:2]))
    new = {"cle": key, "type": "texte", "libelle": "Nouveau champ"}
    return form_edits.insert(tree, place[:2], new)


def _retyped(tree, place, row, second):
    kinds = sorted(kind for kind in KINDS if len(place) == 2 or KINDS[kind].in_rows)
    return form_edits.put(tree, place, form_panel.of_kind(row, kinds[second % len(kinds)]))


def _section(change):
    def act(tree, place, row, second):
        ranks = len(tree.get("rubriques", ()))
        return change(tree, second % ranks) if ranks else tree

    return act


OF_FIELD = {
    "monter": lambda tree, place, *_: form_edits.move(tree, place, -1)[0],
    "descendre": lambda tree, place, *_: form_edits.move(tree, place, 1)[0],
    "deplacer": _moved_to,
    "dupliquer": lambda tree, place, *_: form_edits.duplicate(tree, place)[0],
    "ajouter": _added,
    "rubrique": lambda tree, *_: form_edits.add_section(tree, "Rubrique de plus"),
    "sans_rubrique": _section(form_edits.remove_section),
    "monter_rubrique": _section(lambda tree, rank: form_edits.move_section(tree, rank, -1)),
}
CHANGES = {
    "retirer": lambda tree, place, *_: form_edits.remove(tree, place),
    "libelle": lambda tree, place, row, _: form_edits.put(
        tree, place, form_edits.change(row, {"libelle": "Autre question"})
    ),
    "type": _retyped,
}
"""The edits that change the field they are about; the others leave every field as it is."""
EDITS = OF_FIELD | CHANGES
ACTS = st.lists(
    st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 200), st.integers(0, 200)),
    min_size=1,
    max_size=8,
)


def acted(tree, act, first, second):
    """The form after one edit at a place drawn among its own, and the key it was meant to touch."""
    places = [place for place, _ in form_edits.walk(tree)]
    if not places:
        return tree, set()
    place = places[first % len(places)]
    row = form_edits.at(tree, place)
    return EDITS[act](tree, place, row, second), {row.get("cle")} if act in CHANGES else set()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(number=st.integers(0, 10_000), acts=ACTS)
def test_any_edits_leave_a_form_that_compiles_or_says_why_and_lose_nothing_else(number, acts):
    code, form, text = shipped()[number % len(shipped())]
    read = form_text.read(text)
    before = {
        row["cle"]: row for place, row in form_edits.walk(read.tree) if len(place) == 2 and "cle" in row
    }
    tree, touched = read.tree, set()
    for act, first, second in acts:
        tree, named = acted(tree, act, first, second)
        touched |= named
    written = form_text.write(read, tree)
    again = form_text.read(written).tree
    assert form_text.same(again, tree)
    assert list(json.loads(written)) == list(tree)
    after = {row.get("cle"): row for place, row in form_edits.walk(again) if len(place) == 2}
    for key, row in before.items():
        columns = {column.get("cle") for column in row.get("colonnes", ())}
        if key not in touched and not columns & touched:
            own = {name: value for name, value in row.items() if name != "colonnes"}
            now = {name: value for name, value in after[key].items() if name != "colonnes"}
            assert form_text.same(own, now), (form, key)
    for name in ("id", "titre", "introduction", "regles", "agenda", "simulation"):
        assert form_text.same(read.tree.get(name), again.get(name))
    try:
        compile_form(written, settings=bundle(code).settings, file=form)
    except BundleFault as fault:
        assert str(fault).startswith(f"{form} : ")
        assert len(str(fault.facts["cause"]).split()) > 3


def test_a_new_key_follows_wherever_the_form_reads_it_and_comes_back():
    for code, form, text in shipped():
        read = form_text.read(text)
        for place, row in list(form_edits.walk(read.tree))[::7]:
            if "cle" not in row or not inner_uses(read.tree, place):
                continue
            new = renamed(read.tree, place, "tout_autre_cle")
            assert len(inner_uses(new, place)) == len(inner_uses(read.tree, place))
            compile_form(form_text.write(read, new), settings=bundle(code).settings, file=form)
            assert form_text.same(renamed(new, place, row["cle"]), read.tree), (form, row["cle"])


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Date du passage", "date_du_passage"),
        ("Évaluation n° 2 : ça va ?", "evaluation_n_2_ca_va"),
        ("2026", "champ_2026"),
        ("…", "champ"),
        ("<script>alert(1)</script>", "script_alert_1_script"),
    ],
)
def test_a_key_is_made_from_the_label(label, key):
    assert form_edits.key_from(label, frozenset()) == key
    assert form_edits.key_from(label, frozenset({key})) == f"{key}_2"


def test_typed_boxes_are_read_or_refused_with_a_sentence():
    row = {"cle": "age", "type": "nombre", "libelle": "Âge", "min": 0}
    found = form_panel.typed(row, Flat({"min": ["1,5"], "obligatoire": ["", "oui"], "unite": ["ans"]}), {})
    assert (str(found["min"]), found["obligatoire"], found["unite"]) == ("1.5", True, "ans")
    assert form_panel.typed(found, Flat({"obligatoire": [""], "unite": [""]}), {}).keys() == row.keys()
    for typed in ({"decimales": ["deux"]}, {"classe": ["public"]}, {"type": ["inconnu"]}):
        with pytest.raises(Mistyped):
            form_panel.typed(row, Flat(typed), {})


def test_a_form_drops_what_another_type_cannot_have_and_gets_what_it_needs():
    row = {
        "cle": "a",
        "type": "choix",
        "libelle": "A",
        "options": ["x"],
        "presentation": "liste",
        "classe": "social",
    }
    found = form_panel.of_kind(row, "nombre")
    assert found == {"cle": "a", "type": "nombre", "libelle": "A", "classe": "social"}
    assert form_panel.of_kind(row, "cases")["options"] == ["x"]
    for kind in KINDS:
        tree = {"id": "f", "titre": "F", "champs": [form_panel.of_kind(row, kind)]}
        compile_form(json.dumps(tree), settings=bundle("carene").settings)
