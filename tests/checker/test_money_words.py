"""The words of money that a diagram or the settings name must be in the settings (AST-2, AST-10)."""

import pytest

from app.checker import check_files
from tests import money_house


def codes(*changes: tuple[str, str], settings: str = money_house.SETTINGS) -> set[tuple[str, str]]:
    """Return the elements and codes of errors, drawing aside (the measure has none)."""
    text = money_house.the_measure().decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    problems = check_files(money_house.files(text.encode(), settings))
    return {(item.element, item.code) for item in problems if item.severity == "error"}


SOUND = codes()


def test_the_words_of_the_measure_are_known() -> None:
    wrong = {"unknown-quota", "unknown-envelope", "unknown-nature", "unknown-form", "unknown-message"}
    assert not {code for _, code in SOUND} & wrong


def parameter(name: str, value: str) -> str:
    return f'<spiffworkflow:parameter id="{name}" type="any" value=\'"{value}"\'/>'


@pytest.mark.parametrize(
    ("name", "word", "problems"),
    [
        ("quota", "mesures", {(at, "unknown-quota") for at in ("prendre", "rendre", "liberer")}),
        ("enveloppe", "mesures", {(at, "unknown-envelope") for at in ("engager", "diagnostiquer")}),
        ("nature", "mesure", {(at, "unknown-nature") for at in ("engager", "degager")}),
    ],
)
def test_a_word_that_the_settings_do_not_hold_is_an_error(
    name: str, word: str, problems: set[tuple[str, str]]
) -> None:
    found = codes((parameter(name, word), parameter(name, "autre_chose")))
    assert found - SOUND == problems


def test_an_agreement_says_four_things_and_no_other() -> None:
    one = ('value="reglages.forfait_mois"', 'value="220 if conventions.la_poste.en_cours else 0"')
    assert codes(one) == SOUND
    wrong = (one[0], one[1].replace("en_cours", "signe"))
    assert codes(wrong) - SOUND == {("engager", "unknown-field")}


def test_a_balance_that_waits_for_a_form_that_does_not_exist_is_an_error() -> None:
    wrong = money_house.SETTINGS.replace('rapports = ["bilan"]', 'rapports = ["bilans"]')
    assert ("budget.rapports", "unknown-form") in codes(settings=wrong)
