"""Figures as people in France write and say them."""

import re

import pytest

from app.catalog.bundle import resolve
from app.config import ROOT
from app.simulator.words import Words, counted, days, number, rule_name, share


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "moins d'une heure"),
        (0.5, "12 heures"),
        (1 / 24, "1 heure"),
        (0.99, "1 jour"),
        (1.0, "1 jour"),
        (1.5, "1,5 jour"),
        (2.0, "2 jours"),
        (9.96, "10 jours"),
        (1234.0, "1 234 jours"),
    ],
)
def test_lengths_of_time_are_said_as_people_say_them(value: float, words: str) -> None:
    assert re.sub(r"\s", " ", days(value)) == words


def test_numbers_and_counts_are_french() -> None:
    assert number(1234.5, 1) == "1\u202f234,5"
    assert number(-3) == "−3"
    assert re.sub(r"\s", " ", f"{counted(1, 'étape')}, {counted(0, 'étape')}, {counted(2, 'étape')}") == (
        "1 étape, 0 étape, 2 étapes"
    )
    assert [re.sub(r"\s", " ", share(part, 1000)) for part in (0, 3, 120)] == ["0 %", "< 1 %", "12 %"]
    assert share(1, 0) == ""
    assert [rule_name(rule) for rule in ("", "2", "2+5", "1+2+3")] == [
        "valeur par défaut", "règle 2", "règles 2 et 5", "règles 1, 2 et 3",
    ]  # fmt: skip


def test_a_reason_for_closing_is_never_told_by_its_key() -> None:
    batigere = Words(resolve(ROOT, "batigere"))
    assert batigere.closure("hors_champ") == "Réorienté", "as the indicators put it"
    assert batigere.closure("sans_nouvelle") == "Sans nouvelle"
    assert batigere.closure("") == "sans motif"
