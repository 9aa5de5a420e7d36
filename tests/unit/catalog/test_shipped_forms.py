"""Every form that ships compiles, can be answered, and takes from answers that exist."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog.answers import from_json, to_json
from app.catalog.answers_view import answer_rows
from app.catalog.bundle import Bundle, resolve
from app.catalog.forms import Form
from app.catalog.kinds import kind_of
from app.catalog.kinds.base import is_entered
from app.catalog.submission import Flat
from app.errors import Invalid
from tests.unit.catalog.build import ALL

ROOT = Path(__file__).parents[3]
TERRITORIES = sorted(path.parent.name for path in (ROOT / "bpmn/territories").glob("*/territoire.toml"))
BUNDLES: dict[str, Bundle] = {code: resolve(ROOT, code) for code in TERRITORIES}
FORMS = [(code, form) for code, bundle in BUNDLES.items() for form in bundle.forms]
CONTEXT = {
    "annuaire": {"adil44": "ADIL de Loire-Atlantique", "ccas": "CCAS de Trignac"},
    "champs_partageables": [
        {"valeur": "signalement.nom", "libelle": "Nom"},
        {"valeur": "signalement.surface", "libelle": "Surface"},
    ],
    "partageables": {
        lane: [{"valeur": "signalement.statut", "libelle": "Statut"}]
        for bundle in BUNDLES.values()
        for lane in bundle.settings.lanes
    },
    "situations": [
        {"reference": "DOS-2026-0001", "commune": "Donges", "etape": "Suivi", "orientations": "ADIL"},
        {"reference": "DOS-2026-0002", "commune": "Trignac", "etape": "Visite", "orientations": ""},
    ],
    "inscrites": [{"valeur": "DOS-2026-0001", "libelle": "DOS-2026-0001, Donges"}],
    "sites": {"carreaux": "Carreaux fleuris, Sarcelles", "diffus": "Hors site"},
    "sites_ouverts": {"carreaux": "Carreaux fleuris, Sarcelles"},
    "intervenants": [{"valeur": "couloir:pole", "libelle": "Pôle mal logement"}],
    "structures": {
        kind: {f"{kind}-1": f"Première structure ({kind})", f"{kind}-2": f"Seconde structure ({kind})"}
        for kind in {"toutes"}.union(*(bundle.settings.partner_kinds for bundle in BUNDLES.values()))
    },
    "triage": {"priorite": "P2"},
    "defi_immeubles": {
        "immeubles": [{"nom": "Bâtiment A", "avant": 900}, {"nom": "Bâtiment B", "avant": 700}]
    },
    "plafond_diagnostic": {"plafond": 220},
}
"""What services give a form beside earlier answers."""

each_form = pytest.mark.parametrize(("code", "name"), FORMS)


def drawing(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - samples, not secrets


def form_named(code: str, name: str) -> Form:
    return BUNDLES[code].forms[name]


def without_time_and_files(form: Form, answers: dict) -> dict:
    loose = {field.key for field in form.fields if field.type in {"signature", "fichier", "photo"}}
    return {key: value for key, value in answers.items() if key not in loose}


def test_carene_ships_with_its_ten_communes():
    communes = {commune.insee: commune.name for commune in BUNDLES["carene"].settings.communes}
    assert communes == {
        "44013": "Besné",
        "44030": "La Chapelle-des-Marais",
        "44052": "Donges",
        "44103": "Montoir-de-Bretagne",
        "44132": "Pornichet",
        "44151": "Saint-André-des-Eaux",
        "44168": "Saint-Joachim",
        "44176": "Saint-Malo-de-Guersac",
        "44184": "Saint-Nazaire",
        "44210": "Trignac",
    }


@each_form
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_sample_of_answers_is_accepted_in_every_form(code: str, name: str, seed: int):
    form = form_named(code, name)
    answers = form.sample(drawing(seed), CONTEXT)
    again = form.parse(answers, classes=None, context=CONTEXT)
    assert without_time_and_files(form, again) == without_time_and_files(form, answers)
    if answers == without_time_and_files(form, answers):
        assert form.parse(form.spread(answers), classes=None, context=CONTEXT) == answers


@each_form
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_sample_respects_conditions(code: str, name: str, seed: int):
    form = form_named(code, name)
    answers = form.sample(drawing(seed), CONTEXT)
    scope = form.scope(CONTEXT)
    names = {**CONTEXT, **{field.key: kind_of(field).empty() for field in form.fields}, **answers}
    for field in form.fields:
        if field.condition is not None and kind_of(field).answered:
            assert (field.key in answers) == field.condition.holds(names, scope.functions), field.key


@each_form
def test_the_same_seed_gives_the_same_answers_and_seeds_differ(code: str, name: str):
    form = form_named(code, name)

    def drawn(seed: int) -> str:
        return to_json(without_time_and_files(form, form.sample(drawing(seed), CONTEXT)))

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(12)}) > 1


@each_form
def test_samples_survive_storage_and_can_be_read(code: str, name: str):
    form = form_named(code, name)
    answers = without_time_and_files(form, form.sample(drawing(7), CONTEXT))
    assert from_json(to_json(answers)) == answers
    assert all(row.label and row.text for row in answer_rows(form, answers, ALL))


@each_form
def test_a_form_describes_itself(code: str, name: str):
    form = form_named(code, name)
    schema = form.json_schema()
    json.dumps(schema)
    entered = {field.key for field in form.fields if kind_of(field).answered}
    assert set(schema["properties"]) == entered
    assert {line.key for line in form.field_list() if "." not in line.key} == entered


@each_form
def test_a_technician_s_view_never_mentions_other_classes(code: str, name: str):
    form = form_named(code, name)
    seen = form.json_schema(classes=frozenset({"technique"}))["properties"]
    assert all(form.field(key).classe == "technique" for key in seen)


@each_form
def test_what_is_taken_from_elsewhere_exists_and_is_of_the_same_kind(code: str, name: str):
    forms = BUNDLES[code].forms
    for field in form_named(code, name).fields:
        if field.taken_from is None:
            continue
        source, _, key = field.taken_from.partition(".")
        if source not in forms:
            continue  # an output of a decision or a verb
        found = forms[source].field(key)
        assert found is not None, field.taken_from
        assert (found.result if found.type == "calcul" else found.type) == field.type, field.taken_from


@each_form
def test_every_required_field_says_what_is_missing(code: str, name: str):
    form = form_named(code, name)
    required = {f.key for f in form.fields if f.required and f.condition is None and is_entered(f)}
    try:
        form.parse({}, classes=None, context={})
    except Invalid as fault:
        assert required - {"situations"} <= set(fault.problems)
        assert all(text[-1] in ".?!" for texts in fault.problems.values() for text in texts)
    else:
        assert not required - {"situations"}


TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["oui", "non", "0", "-1", "1e9", "12,5", "31/02/2026", "2026-01-31", "25:61", "44184", "PO", "\x00"]
    ),
)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["jour", "nom", "0", "x"]), inner)
    ),
    max_leaves=8,
)


@each_form
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_whatever_is_sent_is_read_or_refused_with_sentences(code: str, name: str, data: st.DataObject):
    form = form_named(code, name)
    names = [field.key for field in form.fields] + [line.key for line in form.field_list()]
    parts = ["", ".jour", ".debut", ".voie", ".commune", ".nom", ".accord", ".0.x", ".garder", ".999.y", "._"]
    written = st.sampled_from(names).flatmap(lambda key: st.sampled_from([f"{key}{part}" for part in parts]))
    flat = data.draw(st.dictionaries(written, st.lists(TEXTS, max_size=3), max_size=12))
    nested = data.draw(st.dictionaries(st.sampled_from(names), NESTED, max_size=6))
    for raw in (Flat(flat), nested):
        try:
            answers = form.parse(raw, classes=ALL, context=CONTEXT)
        except Invalid as fault:
            assert all(texts and all(texts) for texts in fault.problems.values())
        else:
            assert from_json(to_json(answers)) == answers
