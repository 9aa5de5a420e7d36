"""Names that lead nowhere, beyond the faulty bundles: verbs, events, settings, and what is not said twice."""

import json
from collections.abc import Mapping

import pytest

from app.checker import check_files
from app.checker.references.verbs import wanted
from app.handlers import operations
from tests.checker.corpus import bundle
from tests.checker.corpus.build import (
    REVIEW,
    ROUTE,
    SETTINGS,
    VISIT,
    Change,
    between,
    drop,
    edit,
    event,
    put,
    verb,
)

MESSAGE = '<message id="message_suite_bilan" name="suite_bilan"/>'
SIGNALS = '<signal id="signal_gel" name="gel"/>'


def found(*changes: Change) -> set[tuple[str, str, str]]:
    """Path, element and code of every problem."""
    return {(item.path, item.element, item.code) for item in check_files(bundle(*changes))}


def told(*changes: Change) -> str:
    """The only sentence said."""
    (problem,) = check_files(bundle(*changes))
    return problem.message


def test_a_sound_bundle_has_no_problem() -> None:
    assert found() == set()


# Verbs


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"motif": "''"}, "bad-parameter"),
        ({"motif": "'" + "a" * 201 + "'"}, "bad-parameter"),
        ({"motif": "12"}, "bad-parameter"),
        ({"motif": "['a']"}, "bad-parameter"),
        ({"motif": "None"}, "missing-parameter"),
        ({"motif": "reglages.appels_max"}, "bad-parameter"),
        ({"motif": "'a'", "date": "'b'"}, "unknown-parameter"),
    ],
)
def test_a_constant_is_held_against_the_verb_s_schema(parameters: Mapping[str, str], code: str) -> None:
    assert found(between("vers_prevenir", verb("ici", "cloturer_dossier", **parameters))) == {
        (ROUTE, "ici", code)
    }


@pytest.mark.parametrize("value", ["'réglé'", "appel.issue", "'réglé' if appel.numero > 1 else 'autre'"])
def test_what_only_a_case_can_tell_is_left_to_the_run(value: str) -> None:
    assert found(between("vers_prevenir", verb("ici", "cloturer_dossier", motif=value))) == set()


def test_a_setting_given_to_a_verb_is_held_against_its_schema() -> None:
    too_far = edit(SETTINGS, "doublon_jours = 90", "doublon_jours = 9000")
    assert found(too_far) == {(ROUTE, "chercher_doublons", "bad-parameter")}
    assert "un nombre entier entre 1 et 3650" in told(too_far)


def test_a_name_computed_by_the_case_may_be_any_template() -> None:
    either = "'suite_donnee' if appel.numero > 1 else appel.issue"
    changes = (
        edit(ROUTE, "value=\"'suite_donnee'\"", f'value="{either.replace(">", "&gt;")}"'),
        put("messages/essai.txt", "Objet : Essai\n\nBonjour\n"),
    )
    assert found(*changes) == set()


def test_what_every_verb_wants_is_said_in_french() -> None:
    for operation in operations().values():
        for field in operation.schema.fields.values():
            assert wanted(field).startswith(("un ", "une ", "true")), (operation.id, field)


def test_a_step_of_a_person_without_a_form_is_told_so() -> None:
    bare = '<userTask id="ici" name="Faire"/>'
    assert found(between("vers_clore", bare)) == {(ROUTE, "ici", "unknown-form")}
    assert "ne nomme aucun formulaire" in told(between("vers_clore", bare))


# Messages and signals


def _signals(*elements: Change) -> tuple[Change, ...]:
    return (edit(ROUTE, MESSAGE, f"{MESSAGE}{SIGNALS}"), *elements)


def test_a_signal_needs_both_sides() -> None:
    raised = between("vers_clore", event("ici", '<signalEventDefinition signalRef="signal_gel"/>'))
    waited = between(
        "vers_prevenir",
        event("la", '<signalEventDefinition signalRef="signal_gel"/>', "intermediateCatchEvent"),
    )
    assert found(*_signals(raised)) == {(ROUTE, "ici", "unknown-message")}
    assert found(*_signals(waited)) == {(ROUTE, "la", "unknown-message")}
    assert found(*_signals(raised, waited)) == set()


def _meeting(*options: str, prefix: str = "'bilan_'") -> tuple[Change, ...]:
    """The review sends a decision of its form to each case, as messages that begin with ``prefix``."""
    column = {
        "cle": "decision",
        "type": "choix",
        "libelle": "Décision",
        "options": [{"valeur": value, "libelle": value.title()} for value in options],
    }
    form = {
        "id": "reunion",
        "titre": "Réunion",
        "champs": [
            {"cle": "lignes", "type": "tableau", "libelle": "Situations", "lignes_de": "situations",
             "colonnes": [column]},
        ],
    }  # fmt: skip
    human = (
        '<userTask id="reunir" name="Réunir"><extensionElements><spiffworkflow:properties>'
        '<spiffworkflow:property name="formulaire" value="reunion"/>'
        '<spiffworkflow:property name="delai" value="\'P5D\'"/>'
        "</spiffworkflow:properties></extensionElements></userTask>"
    )
    sends = verb("transmettre", "transmettre_decisions", lignes="reunion.lignes", prefixe=prefix)
    return (
        put("forms/reunion.json", json.dumps(form, ensure_ascii=False)),
        between("vers_annoncer_suite", sends, REVIEW),
        between("vers_annoncer_suite", human, REVIEW),
    )


AWAITED = (
    edit(ROUTE, MESSAGE, f'{MESSAGE}<message id="message_poursuivre" name="bilan_poursuivre"/>'),
    between(
        "vers_clore",
        event("ici", '<messageEventDefinition messageRef="message_poursuivre"/>', "intermediateCatchEvent"),
    ),
)


def test_a_decision_of_a_meeting_is_the_sender_of_its_message() -> None:
    assert found(*AWAITED) == {(ROUTE, "ici", "unknown-message")}
    assert found(*_meeting("poursuivre"), *AWAITED) == set()


def test_a_decision_that_no_case_waits_for_is_told() -> None:
    assert found(*_meeting("poursuivre", "clore"), *AWAITED) == {(REVIEW, "transmettre", "unknown-message")}
    assert "« bilan_clore »" in told(*_meeting("poursuivre", "clore"), *AWAITED)


def test_a_wait_for_a_decision_that_the_meeting_cannot_take_is_told() -> None:
    assert (ROUTE, "ici", "unknown-message") in found(*_meeting("clore"), *AWAITED)


# Settings


def test_a_right_to_read_back_ends_at_a_step_that_exists() -> None:
    until = 'lecture = ["technique"]\nrelecture = ["social"]\nrelecture_jusqua = "{}"\n'
    ends = edit(SETTINGS, 'lecture = ["technique"]\n', until.format("rediger"))
    never = edit(SETTINGS, 'lecture = ["technique"]\n', until.format("valider"))
    assert found(ends) == set()
    assert found(never) == {(SETTINGS, "roles.technique.relecture_jusqua", "bad-settings")}


def test_a_territory_without_settings_is_told_so() -> None:
    assert found(drop(SETTINGS)) == {(SETTINGS, "", "bad-settings")}


def test_a_lane_of_automatic_steps_alone_must_be_known_too() -> None:
    lane = '<lane id="machine" name="Machine"><flowNodeRef>clore</flowNodeRef></lane>'
    moved = (
        edit(ROUTE, "        <flowNodeRef>clore</flowNodeRef>\n", ""),
        edit(ROUTE, '<laneSet id="couloirs_parcours">', f'<laneSet id="couloirs_parcours">{lane}'),
    )
    assert (ROUTE, "machine", "unknown-lane") in found(*moved)


# One fault is told once


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (VISIT, "empty-file"),
        ("forms/visite.json", "empty-file"),
        ("dmn/priorite.dmn", "empty-file"),
        ("messages/suite_donnee.txt", "empty-file"),
        (SETTINGS, "empty-file"),
    ],
)
def test_a_broken_file_is_not_said_to_be_missing_as_well(path: str, code: str) -> None:
    assert found(put(path, "")) == {(path, "", code)}


def test_a_file_that_could_not_be_opened_is_not_said_to_be_missing() -> None:
    files = bundle()
    unread = {VISIT, "forms/visite.json", "dmn/confort.dmn", "documents/compte_rendu.html"}
    left = {path: data for path, data in files.items() if path not in unread}
    assert check_files(left, unread=unread) == []


def test_every_fault_of_a_form_and_of_a_table_is_told_at_once() -> None:
    form = {
        "id": "relance",
        "titre": "Relance",
        "champs": [
            {"cle": "un", "type": "phrase", "libelle": "Un"},
            {"cle": "deux", "type": "texte", "libelle": "Deux", "si": "un =="},
            {"cle": "trois", "type": "texte", "libelle": "Trois", "si": "un is not None"},
            {"cle": "num_secu", "type": "texte", "libelle": "N° de sécurité sociale"},
        ],
    }
    assert found(put("forms/relance.json", json.dumps(form))) >= {
        ("forms/relance.json", "un", "bad-form"),
        ("forms/relance.json", "deux", "bad-form"),
        ("forms/relance.json", "num_secu", "nir"),
    }
    table = (
        bundle()["dmn/confort.dmn"]
        .decode()
        .replace("[16..19[", "[16..")
        .replace("<text>&lt; 16<", "<text>&lt;<")
    )
    codes = found(put("dmn/confort.dmn", table))
    assert {code for _, _, code in codes} == {"bad-decision"}
    assert len(codes) == table.count("[16..<") + table.count("<text>&lt;<")


def test_two_tables_of_one_name_are_told() -> None:
    twin = bundle()["dmn/priorite.dmn"]
    assert ("dmn/seconde.dmn", "priorite", "duplicate-id") in found(put("dmn/seconde.dmn", twin))


def test_a_file_judged_alone_misses_nothing_of_the_others() -> None:
    for path, data in bundle().items():
        errors = [item for item in check_files({path: data}, whole=False) if item.severity == "error"]
        assert errors == [], path
