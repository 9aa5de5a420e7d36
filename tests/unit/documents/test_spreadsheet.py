"""Spreadsheets: what people wrote stays text, whatever it begins with."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.documents import spreadsheet

ATTACKS = json.loads((Path(__file__).parents[2] / "data" / "attacks.json").read_text())["csv_xlsx"]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\\")


def read(made: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(made.removeprefix("\ufeff")), delimiter=";"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_begins_like_a_formula(attack: str) -> None:
    ((header,), (read_back,)) = read(spreadsheet.csv_text([attack], [[attack]]))
    assert read_back == header == f"'{attack}"
    assert not read_back.startswith(FORMULA)


@pytest.mark.parametrize(
    "hidden",
    ["\t=1+1", "\r=1+1", "\n=1+1", "  =1+1", "\u200b=1+1", "\ufeff@SUM(A1)", "\u00a0+1", "﹣1", "\x00=1+1"],
)
def test_what_hides_before_a_formula_does_not_help_it(hidden: str) -> None:
    assert spreadsheet.text(hidden).startswith("'")


def test_an_attack_inside_a_cell_with_separators_stays_one_cell() -> None:
    made = spreadsheet.csv_text(["nom", "note"], [['a";=1+1;"b', "ligne 1\nligne 2"]])
    assert read(made)[1] == ['a";=1+1;"b', "ligne 1\nligne 2"]


def test_ordinary_words_are_left_as_they_are() -> None:
    assert spreadsheet.text("Prendre rendez-vous (À l'appel)") == "Prendre rendez-vous (À l'appel)"
    assert spreadsheet.text("") == ""


def test_numbers_dates_and_truths_read_as_in_france() -> None:
    at = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)
    row: list[spreadsheet.Cell] = [-3, 1.5, Decimal("1234.50"), True, False, None, date(2026, 3, 16), at]
    assert [spreadsheet.cell(value) for value in row] == [
        "-3",
        "1,5",
        "1234,50",
        "oui",
        "non",
        "",
        "2026-03-16",
        "2026-03-17 00:30",
    ]


def test_a_row_that_does_not_fit_its_headings_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells under 1"):
        spreadsheet.csv_text(["un"], [["a", "b"]])
