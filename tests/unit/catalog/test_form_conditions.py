"""Conditions as rows: what they show means what was written, and what they write can be read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import form_edits, form_panel, form_text
from app.catalog.form_conditions import ALONE, OPERATORS, Condition, Row, read, write
from app.config import ROOT
from app.expressions import ExpressionError, check, evaluate

TYPES = {"statut": "choix", "age": "nombre", "froid": "oui_non", "signes": "cases", "note": "texte"}


def test_every_condition_of_every_shipped_form_is_shown_as_rows_and_written_the_same():
    seen = 0
    for path in sorted((ROOT / "forms").rglob("*.json")):
        tree = form_text.read(path.read_text(encoding="utf-8")).tree
        types = {str(row.get("cle")): form_panel.kind_name(row) for _, row in form_edits.walk(tree)}
        held = [row for _, row in form_edits.walk(tree)] + tree.get("rubriques", [])
        for text in (row["si"] for row in held if "si" in row):
            if "dossier." in text:  # what the case says is written, not chosen among the answers of a form
                continue
            rows = read(text)
            assert rows is not None, text
            assert write(rows, types) == text
            seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    "text",
    [
        'statut == "locataire"', "age >= 60", "age > -1.5", "froid == true", '"humidite" in signes',
        'statut in ["locataire", "PO"]', "note is None", "visite.issue is not None", 'note == "12"',
        'note == "oui"', 'statut != "PO" or age < 18', "age in [1, 2]",
    ],
)  # fmt: skip
def test_a_plain_condition_comes_back(text):
    rows = read(text)
    assert rows is not None
    assert write(rows, TYPES) == text


@pytest.mark.parametrize(
    "text",
    [
        'statut == "PO" and (age > 3 or froid == true)', "not froid", "len(signes) > 2", "age > note",
        "froid", 'statut in ["a ; b"]', 'statut in ["1", 2]', "1 == age", "age > 3 > 2",
        "__import__('os')", "", "((",
    ],
)  # fmt: skip
def test_what_rows_cannot_say_stays_an_expression(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (Row("", "==", "x"), "champ"),
        (Row("statut", "==", ""), "valeur"),
        (Row("statut", "~", "x"), "comparer"),
        (Row("statut", "in", " ; "), "réponses attendues"),
        (Row("age", ">", "beaucoup"), "nombre"),
        (Row("note", "==", "a\"b'c"), "guillemets"),
        (Row("note", "==", "a\\b"), "guillemets"),
        (Row("os.system('x')", "==", "1"), "champ"),
    ],
)
def test_a_row_that_cannot_be_written_says_why(row, says):
    with pytest.raises(ValueError, match=says):
        write(Condition((row,)), TYPES)


NAMES = {
    "statut": "PO", "age": Decimal(40), "froid": True, "signes": ["humidite"], "note": None,
}  # fmt: skip
TEXTS = st.text(
    st.characters(blacklist_characters="\\\"'\r\n\x00", blacklist_categories=("Cs", "Cc")), max_size=12
)


@given(
    rows=st.lists(
        st.builds(Row, st.sampled_from(sorted(TYPES)), st.sampled_from(sorted(OPERATORS)), TEXTS),
        min_size=1, max_size=4,
    ),
    join=st.sampled_from(["and", "or"]),
)  # fmt: skip
def test_whatever_rows_write_is_read_by_the_language_and_says_the_same(rows, join):
    try:
        text = write(Condition(tuple(rows), join), TYPES)
    except ValueError:
        return
    assert check(text)
    again = read(text)
    if again is not None:
        assert [row[:2] for row in again.rows] == [row[:2] for row in rows]
        assert _worth(write(again, TYPES)) == _worth(text)


def _worth(text):
    """What a condition gives, or that these answers cannot be compared so."""
    try:
        return evaluate(text, NAMES, {})
    except ExpressionError:
        return None


def test_comparisons_without_a_value_need_none():
    for operator in ALONE:
        assert read(write(Condition((Row("note", operator),)), TYPES)) == Condition((Row("note", operator),))
