import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.cells import read_cell
from app.expressions import ExpressionError

MEANINGS = json.loads((Path(__file__).parents[2] / "data" / "attacks.json").read_text(encoding="utf-8"))[
    "dmn_cells"
]

JANUARY = date(2026, 1, 31)
# For each line of the shared table: cells, values accepted, values refused. None is « missing ».
EXAMPLES: dict[str, tuple[list[str], list[object], list[object]]] = {
    "empty or -": (["", "-", "  ", " - "], [None, "a", 0, False], []),
    '"a","b"': (['"a","b"', ' "a" , "b" '], ["a", "b"], ["c", "", None, "a,b", True]),
    'not("a")': (['not("a")', 'not( "a" )'], ["b", "", 3], ["a", None]),
    'not("a","b")': (['not("a","b")'], ["c"], ["a", "b", None]),
    ">= 10": ([">= 10", ">=10"], [10, 11, Decimal("10.0")], [9, Decimal("9.99"), None]),
    "[1..5]": (["[1..5]", "[ 1 .. 5 ]"], [1, 3, Decimal("4.5"), 5], [0, 6, Decimal("5.01"), None]),
    "]1..5[": (["]1..5[", "(1..5)"], [2, Decimal("1.01"), Decimal("4.99")], [1, 5, 0, 6, None]),
    "[1..5[": (["[1..5[", "[1..5)"], [1, Decimal("4.99")], [5, 0, None]),
    'date("2026-01-31")': (['date("2026-01-31")'], [JANUARY], [date(2026, 2, 1), "2026-01-31", None]),
    "? > 3 and ? < 9": (["? > 3 and ? < 9", "3 < ? < 9"], [4, Decimal("8.9")], [3, 9, None]),
    '"un texte"': (['"un texte"', "'un texte'"], ["un texte"], ["Un texte", "un", None]),
    "missing value": (["-", "null"], [None], []),
}


@pytest.mark.parametrize("line", [line for line in MEANINGS if line != "true / false / null"])
def test_a_cell_means_what_the_shared_table_says(line: str) -> None:
    cells, accepted, refused = EXAMPLES[line]
    for text in cells:
        cell = read_cell(text)
        assert [value for value in accepted if not cell.matches(value, {}, None)] == []
        assert [value for value in refused if cell.matches(value, {}, None)] == []


def test_literals_are_read_as_dmn_js_saves_them() -> None:
    values: list[object] = [True, False, None, 1, 0, "true"]
    assert [value for value in values if read_cell("true").matches(value, {}, None)] == [True]
    found = [value for value in values if read_cell("false").matches(value, {}, None)]
    assert len(found) == 1
    assert found[0] is False
    assert [value for value in values if read_cell("null").matches(value, {}, None)] == [None]


@pytest.mark.parametrize(
    "text",
    ['"a"', 'not("a")', "not(null)", '!= "a"', "!= null", "< 3", "[1..5]", "? != 3", "? == null", "? is None",
     "true", "3", '"a", 3', 'date("2026-01-31")', "not(present(?))", "[]", "not([1..5], 9)"],
)  # fmt: skip
def test_a_missing_value_matches_only_a_dash_and_null(text: str) -> None:
    assert read_cell(text).matches(None, {}, None) is False


@pytest.mark.parametrize(
    ("text", "value", "matches"),
    [
        ('"a,b", "c"', "a,b", True),
        ('"a,b", "c"', "b", False),
        ('"(", "["', "[", True),
        ('"[1..5]"', "[1..5]", True),
        ('"[1..5]"', 3, False),
        ('"?"', "?", True),
        ('"l\'échéance"', "l'échéance", True),
        ('"non"', "non", True),
        ('"not(a)"', "not(a)", True),
        ('"-"', "-", True),
        ("null, 3", None, True),
        ("null, 3", 3, True),
        ("[1..2],[5..6], 9", 5, True),
        ("[1..2],[5..6], 9", 3, False),
        ("]1..2],]5..6[", 2, True),
        ("]1..2],]5..6[", 5, False),
        ("< 3, > 5", 4, False),
        ("< 3, > 5", 6, True),
        ("not(< 3, > 5)", 4, True),
        ("not([1..5])", 6, True),
        ("not((1..5[, ]7..9[)", 7, True),
        ("not((1..5[, ]7..9[)", 8, False),
        ("not((? > 3), [7..9[)", 2, True),
        ('!= "a"', "b", True),
        ('= "a"', "a", True),
        ('["a", "b"]', "b", True),
        ("liste", "b", True),
        ("liste", "c", False),
        ('"a" in ?', ["a", "b"], True),
        ('"c" in ?', ["a", "b"], False),
        ("-5", -5, True),
        ("[-5..-1]", -3, True),
        ("1.50", Decimal("1.5"), True),
        (">= reglages.seuil", 8, True),
        ("[reglages.seuil..max(9, 10)]", 10, True),
        ("[(1+1)..(2*3)]", 2, True),
        ('[date("2026-01-01")..date("2026-01-31")]', JANUARY, True),
        (']date("2026-01-01")..date("2026-01-31")[', JANUARY, False),
        ('< date("2026-02-01")', JANUARY, True),
        ("len(?) > 1", "ab", True),
        ("max(?, 3) == 3", 2, True),
        ('not(? == "a") and ? != "b"', "c", True),
        ('not(? == "a") and ? != "b"', "b", False),
        ("oui == ?", True, True),
    ],
)
def test_lists_quotes_and_names_in_a_cell(text: str, value: object, matches: bool) -> None:
    names = {"reglages": {"seuil": 8}, "liste": ["a", "b"], "oui": True}
    assert read_cell(text).matches(value, names, None) is matches


bounds = st.one_of(st.integers(-50, 50), st.decimals(-50, 50, places=2))


@given(bounds, bounds, bounds, st.sampled_from("[]("), st.sampled_from("[])"))
def test_intervals_of_numbers_agree_with_plain_python(
    value: int | Decimal, low: int | Decimal, high: int | Decimal, opening: str, closing: str
) -> None:
    above = value >= low if opening == "[" else value > low
    below = value <= high if closing == "]" else value < high
    cell = read_cell(f"{opening}{low}..{high}{closing}")
    assert cell.matches(value, {}, None) is (above and below)
    assert read_cell(f"not({cell.text})").matches(value, {}, None) is not (above and below)


dates = st.dates(date(2026, 1, 1), date(2026, 3, 31))


@given(dates, dates, dates, st.sampled_from("[]("), st.sampled_from("[])"))
def test_intervals_of_dates_agree_with_plain_python(
    value: date, low: date, high: date, opening: str, closing: str
) -> None:
    above = value >= low if opening == "[" else value > low
    below = value <= high if closing == "]" else value < high
    cell = read_cell(f'{opening}date("{low}")..date("{high}"){closing}')
    assert cell.matches(value, {}, None) is (above and below)


@given(st.lists(st.text(alphabet="ab,[](). ?'-é", max_size=6), min_size=1, max_size=5), st.data())
def test_a_list_of_quoted_texts_is_membership(texts: list[str], data: st.DataObject) -> None:
    value = data.draw(st.one_of(st.sampled_from(texts), st.text(alphabet="ab,[]. ", max_size=6)))
    written = ",".join(f'"{text}"' for text in texts)
    assert read_cell(written).matches(value, {}, None) is (value in texts)
    assert read_cell(f"not({written})").matches(value, {}, None) is (value not in texts)


@given(st.text(alphabet="ab\"()[],.-?<>=! 019not'", max_size=30))
def test_any_text_is_a_cell_or_a_sentence(text: str) -> None:
    try:
        read_cell(text).matches(3, {}, None)
    except ExpressionError as fault:
        assert str(fault)


@pytest.mark.parametrize(
    "text",
    ['"a",', ",", '"a",,"b"', "- , 3", "3, -", "> 3 and", "> ", "[1..", "[1..5", "1..5", "[..5]", "[1..]",
     "not(", "not()", "? ?", "oui(", '"a', "> 3, calculer(4)", "[1..calculer(3)]", "x" * 3_000],
)  # fmt: skip
def test_an_unreadable_cell_is_refused_in_french(text: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        read_cell(text)
    assert "valeur_de_la_colonne" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_cell_that_compares_different_kinds_says_so() -> None:
    with pytest.raises(ExpressionError, match="un texte et un nombre"):
        read_cell(">= 10").matches("dix", {}, None)
    with pytest.raises(ExpressionError, match=r"« \?\.jour »"):
        read_cell("?.jour > 3").matches(4, {}, None)


def test_a_cell_tells_the_names_it_reads() -> None:
    assert read_cell('? > reglages.seuil, [a..b.c], "x", d').reads == {"reglages.seuil", "a", "b.c", "d"}
