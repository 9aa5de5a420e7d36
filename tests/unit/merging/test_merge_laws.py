"""What holds of every merge, whatever the two sides changed."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.checker import check_files
from app.merging import bpmn, bundles, dmn, forms, toml
from app.merging.ledger import Ledger
from tests.merging_programme import (
    APPOINTMENT,
    DELAYS,
    SETTINGS,
    VISIT,
    Files,
    carene,
    changed,
    form,
    tree,
    with_form,
    with_step,
    without_step,
)  # fmt: skip

EXAMPLES = int(os.environ.get("RELAIS_EXAMPLES", "8"))
"""A few each time; thousands were drawn when it was written (RELAIS_EXAMPLES)."""
KEPT = (VISIT, DELAYS, APPOINTMENT, SETTINGS, "messages/rappel_tache.txt")
Change = Callable[[Files], Files]


def base() -> Files:
    return {name: data for name, data in carene().items() if name in KEPT}


def text(name: str, old: str, new: str) -> Change:
    return lambda files: (
        changed(files, name, (old, new)) if name in files and old in files[name].decode() else files
    )


def step(flow: str, key: str) -> Change:
    return lambda files: with_step(files, flow, key, f"Étape {key}") if has_flow(files, flow) else files


def has_flow(files: Files, flow: str) -> bool:
    return VISIT in files and f'sequenceFlow id="{flow}"' in files[VISIT].decode()


def gone(key: str) -> Change:
    return lambda files: (
        without_step(files, key) if f'Task id="{key}"' in files.get(VISIT, b"").decode() else files
    )


def field(position: int, **facts: object) -> Change:
    def change(files: Files) -> Files:
        if APPOINTMENT not in files:
            return files
        value = form(files)
        value["champs"][position % len(value["champs"])].update(facts)
        return with_form(files, value)

    return change


def new_field(key: str) -> Change:
    def change(files: Files) -> Files:
        value = form(files)
        if key in [one["cle"] for one in value["champs"]]:
            return files
        value["champs"].insert(2, {"cle": key, "type": "texte", "libelle": f"Champ {key}"})
        return with_form(files, value)

    return change


CHANGES: dict[str, Change] = {
    "delay": text(VISIT, '"P21D"</bpmn:timeDuration>', '"P14D"</bpmn:timeDuration>'),
    "delay-": text(VISIT, '"P21D"</bpmn:timeDuration>', '"P28D"</bpmn:timeDuration>'),
    "name": text(VISIT, 'name="Prendre rendez-vous"', 'name="Convenir du rendez-vous"'),
    "name-": text(VISIT, 'name="Prendre rendez-vous"', 'name="Rendez-vous"'),
    "guide": text(VISIT, 'name="Produire le guide"', 'name="Imprimer le guide"'),
    "no-guide": gone("produire_guide"),
    "no-report": gone("produire_compte_rendu"),
    "step": step("realiser_visite_vers_visite_faite", "relire"),
    "step-": step("realiser_visite_vers_visite_faite", "photos"),
    "step--": step("produire_compte_rendu_vers_produire_guide", "signer"),
    "cell": text(DELAYS, '"P15D"', '"P10D"'),
    "cell-": text(DELAYS, '"P15D"', '"P12D"'),
    "question": field(3, libelle="À quelle heure"),
    "question-": field(3, libelle="Heure d'arrivée", aide="En toutes lettres."),
    "field": new_field("acces"),
    "field-": new_field("etage"),
    "setting": text(SETTINGS, "rendez_vous_max = 3 ", "rendez_vous_max = 4 "),
    "setting-": text(SETTINGS, "rendez_vous_max = 3 ", "rendez_vous_max = 5 "),
    "key": text(SETTINGS, "doublon_jours = 90 ", "doublon_jours = 60 "),
    "letter": lambda files: {**files, KEPT[4]: b"Objet : ici\n"},
    "no-letter": lambda files: {name: data for name, data in files.items() if name != KEPT[4]},
    "note": lambda files: {**files, "messages/note.txt": b"Objet : note\n"},
}
some = st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=6)


def lived(names: list[str]) -> Files:
    files = base()
    for name in names:
        files = CHANGES[name](files)
    return files


def meaning(name: str, data: bytes) -> object:
    """What a file says, without its layout, its drawing or the order that means nothing."""
    if name.endswith((".bpmn", ".dmn")):
        things = (bpmn if name.endswith(".bpmn") else dmn).things(tree(data))
        return {key: item.facts for key, item in things.items()}
    return forms.load_plain(name, data) if name.endswith(".json") else data


def facts_of(name: str, data: bytes) -> dict[str, dict[str, object]]:
    """Every fact of a file by thing, whatever its language."""
    if name.endswith((".bpmn", ".dmn")):
        return meaning(name, data)
    if name == APPOINTMENT:
        return {one["cle"]: one for one in meaning(name, data)["champs"]}
    if name == SETTINGS:
        return {key: one for key, one in toml.load_plain(data).items() if isinstance(one, dict)}
    return {str(number): {"line": line} for number, line in enumerate(data.splitlines())}


@settings(max_examples=EXAMPLES)
@given(some)
def test_a_side_that_changed_nothing_changes_nothing(names: list[str]):
    other = lived(names)
    assert dict(bundles(base(), base(), other).files) == other
    assert dict(bundles(base(), other, base()).files) == other
    same = bundles(base(), other, other)
    assert dict(same.files) == other and same.conflicts == ()


MERGERS = {VISIT: bpmn.merge, DELAYS: dmn.merge, APPOINTMENT: forms.merge, SETTINGS: toml.merge}


@pytest.mark.parametrize("name", sorted(MERGERS))
@settings(max_examples=EXAMPLES)
@given(names=some)
def test_it_holds_of_the_comparison_itself_and_not_of_a_short_cut_by_file(name: str, names: list[str]):
    one, other = base()[name], lived(names)[name]
    for versions in ((one, one, other), (one, other, one), (one, other, other)):
        ledger = Ledger({})
        found = MERGERS[name](*versions, file=name, ledger=ledger)
        assert meaning(name, found) == meaning(name, other)
        assert ledger.conflicts == []


@settings(max_examples=EXAMPLES)
@given(some, some)
def test_pulling_twice_gives_what_pulling_once_gave(here: list[str], there: list[str]):
    once = bundles(base(), lived(here), lived(there))
    again = bundles(lived(there), once.files, lived(there))
    assert dict(again.files) == dict(once.files) and again.conflicts == ()


@settings(max_examples=EXAMPLES)
@given(some, some)
def test_no_local_change_is_lost(here: list[str], there: list[str]):
    ours = lived(here)
    result = bundles(base(), ours, lived(there))
    asked = {(one.spot.file, one.spot.element) for one in result.conflicts}
    for name in base().keys() | ours.keys():
        if ours.get(name) == base().get(name):
            continue
        if name not in ours or name not in base():
            continue
        before, mine, after = (facts_of(name, files[name]) for files in (base(), ours, result.files))
        for key, facts in mine.items():
            for fact, value in facts.items():
                if fact in ("@sourceRef", "@targetRef"):
                    continue  # a way that both sides changed goes through what both put on it
                if before.get(key, {}).get(fact) != value and after.get(key, {}).get(fact) != value:
                    assert any(file == name for file, _ in asked), (name, key, fact)
        for key in before.keys() - mine.keys():
            assert key not in after or (name, key) in asked or any(file == name for file, _ in asked)


@settings(max_examples=EXAMPLES)
@given(some, some)
def test_without_a_choice_a_conflict_follows_our_side(here: list[str], there: list[str]):
    result = bundles(base(), lived(here), lived(there))
    assert all(one.chosen == "ours" and not one.decided for one in result.conflicts)
    assert len({one.id for one in result.conflicts}) == len(result.conflicts)


KNOWN = {problem.code for name in (VISIT, DELAYS) for problem in check_files({name: base()[name]})}


@settings(max_examples=EXAMPLES)
@given(some, some)
def test_what_comes_out_is_a_programme_that_can_be_read(here: list[str], there: list[str]):
    result = bundles(base(), lived(here), lived(there))
    # what was added around a step that one side removed and the other changed waits for the answer
    waiting = {"unreachable"} if result.conflicts else set()
    for name in (VISIT, DELAYS):
        found = [p for p in check_files({name: result.files[name]}) if p.severity == "error"]
        assert [p for p in found if p.code not in KNOWN | waiting] == []
    assert bundles(base(), lived(here), lived(there)).files == result.files  # the same bytes each time
