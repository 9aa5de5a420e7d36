"""Tables that people send are read by their content, as text, with the line people see."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog import sheets
from app.catalog.sheets import (
    CellTooLong,
    FileTooLarge,
    NoTable,
    NotASheet,
    SheetRefused,
    TooManyColumns,
    TooManyRows,
    TwoColumns,
    WithoutResult,
)

TEXT = "Adresse;Commune\r\n12 rue de l'Église;Besné\r\n"
HALF_PAST_TWO = datetime(2026, 3, 1, 14, 30, tzinfo=UTC).replace(tzinfo=None)
ROW = {"Adresse": "12 rue de l'Église", "Commune": "Besné"}


def a_workbook(*rows: list[object], **formats: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for place, code in formats.items():
        sheet[place].number_format = code
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(workbook: bytes, part: str, data: bytes | None = None, **swaps: str) -> bytes:
    """Return a workbook with one part replaced, or with words of it swapped."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == part and data is not None:
                content = data
            if info.filename == part:
                for a, b in swaps.items():
                    content = content.replace(a.encode(), b.encode())
            new.writestr(info.filename, content)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_csv_is_read_in_every_encoding_and_separator_that_french_spreadsheets_write(
    encoding: str, separator: str
) -> None:
    read = sheets.read(TEXT.replace(";", separator).encode(encoding), "cibles.csv")
    assert read.columns == ("Adresse", "Commune")
    assert [(row.number, dict(row.cells)) for row in read.rows] == [(2, ROW)]


def test_the_number_of_a_row_is_the_line_that_a_spreadsheet_shows() -> None:
    text = 'Adresse;Note\n1 rue A;"deux\nlignes; ici"\n\n2 rue B;ok\n'
    read = sheets.read(text.encode(), "x.csv")
    assert [(row.number, row.cells["Note"]) for row in read.rows] == [(2, "deux\nlignes; ici"), (4, "ok")]


def test_a_comma_in_an_address_does_not_pass_for_a_separator() -> None:
    read = sheets.read(b"adresse;ville\n12, rue A;Donges\n14, rue B;Donges\n", "x.csv")
    assert read.columns == ("adresse", "ville")
    assert read.rows[0].cells["adresse"] == "12, rue A"


def test_what_stands_past_the_last_column_is_handed_over_apart() -> None:
    read = sheets.read(b"adresse,ville\n12, rue A,Donges\n14 rue B,Donges\n", "x.csv")
    assert read.rows[0].beyond == ("Donges",)
    assert read.rows[1].beyond == ()


def test_the_separator_that_excel_writes_on_a_first_line_is_followed_and_not_counted() -> None:
    read = sheets.read(b"sep=,\r\nadresse,ville\r\n1 rue A,Donges\r\n", "x.csv")
    assert [(row.number, row.cells["ville"]) for row in read.rows] == [(2, "Donges")]


def test_titles_above_the_heading_are_passed_over_and_nameless_columns_get_a_name() -> None:
    read = sheets.read("Suivi 2026;;\n\nadresse;;ville\n1 rue A;2e étage;Donges\n".encode(), "x.csv")
    assert read.columns == ("adresse", "Colonne B", "ville")
    assert read.header == 3
    assert read.rows[0].number == 4


def test_our_own_exports_are_read_back_with_their_texts_as_they_were() -> None:
    text = "# Lignes refusées le 3 mars\r\nadresse;motif\r\n'=1+1;'-5\r\n'ab;x\r\n"
    read = sheets.read(text.encode("utf-8-sig"), "x.csv")
    assert [dict(row.cells) for row in read.rows] == [
        {"adresse": "=1+1", "motif": "-5"},
        {"adresse": "'ab", "motif": "x"},
    ]
    assert read.rows[0].number == 3


def test_a_workbook_gives_texts_iso_dates_and_numbers_without_exponent() -> None:
    content = a_workbook(
        ["texte", "jour", "instant", "heure", "entier", "somme", "grand", "vrai", "cp", "tel", "durée"],
        [
            " Besné\u00a0", date(2026, 3, 1), HALF_PAST_TWO, time(9, 5), 12, 0.1 + 0.2,
            123456789012, True, 1000, 612345678, timedelta(hours=30, minutes=5),
        ],
        I2="00000",
        J2='0#" "##" "##" "##" "##',
    )  # fmt: skip
    assert list(sheets.read(content, "x.xlsx").rows[0].cells.values()) == [
        "Besné", "2026-03-01", "2026-03-01T14:30", "09:05", "12", "0.3", "123456789012", "oui", "01000",
        "0612345678", "30:05",
    ]  # fmt: skip


def test_a_workbook_of_another_writer_and_of_days_counted_from_1904_says_the_same_dates() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"date_1904": True})
    sheet = book.add_worksheet("Cibles")
    sheet.write_row(0, 0, ["jour", "avant mars 1900"])
    sheet.write_datetime(
        1,
        0,
        datetime(2026, 2, 28, tzinfo=UTC).replace(tzinfo=None),
        book.add_format({"num_format": "d mmmm yyyy"}),
    )
    sheet.write_rich_string(1, 1, book.add_format({"bold": True}), "12 ", "rue A")
    book.close()
    read = sheets.read(out.getvalue(), "x.xlsx")
    assert dict(read.rows[0].cells) == {"jour": "2026-02-28", "avant mars 1900": "12 rue A"}
    assert read.name == "Cibles"


def test_a_formula_gives_its_stored_result_and_is_refused_without_one() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_formula(1, 0, "=1+1", None, 2)
    sheet.write_formula(1, 1, '="x"&B1', None, "xb")
    book.close()
    assert dict(sheets.read(out.getvalue(), "x.xlsx").rows[0].cells) == {"a": "2", "b": "xb"}
    with pytest.raises(WithoutResult, match="cellule B2"):
        sheets.read(a_workbook(["a", "b"], ["x", "=1+1"]), "x.xlsx")


def test_hidden_sheets_are_passed_over_and_empty_rows_keep_their_place() -> None:
    book = openpyxl.Workbook()
    hidden, seen = book.active, book.create_sheet("Vue")
    assert hidden is not None
    hidden["A1"], seen["A1"], seen["B1"], seen["A5"] = "secret", "adresse", "ville", "1 rue A"
    hidden.sheet_state = "veryHidden"
    out = io.BytesIO()
    book.save(out)
    read = sheets.read(out.getvalue(), "x.xlsx")
    assert read.name == "Vue"
    assert [(row.number, dict(row.cells)) for row in read.rows] == [(5, {"adresse": "1 rue A", "ville": ""})]


def test_cells_that_look_like_formulas_stay_text() -> None:
    read = sheets.read(b"a;b\n=cmd|' /C calc'!A0;@SUM(1)\n", "x.csv")
    assert dict(read.rows[0].cells) == {"a": "=cmd|' /C calc'!A0", "b": "@SUM(1)"}
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False})
    book.add_worksheet().write_column(0, 0, ["a", "=1+1"])
    book.close()
    assert sheets.read(out.getvalue(), "x.xlsx").rows[0].cells["a"] == "=1+1"


def test_what_cannot_be_a_table_is_refused_with_what_to_do() -> None:
    def zipped(name: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, "x")
        return out.getvalue()

    for content, fault, words in (
        (b"", NoTable, "première ligne"),
        (b"\n;;\n \n", NoTable, "vide"),
        (b"a;b;A \n1;2;3\n", TwoColumns, "ligne 1"),
        (b"a\0b;c\n", NotASheet, "tableau"),
        (b"\x81\x8d;\xff\n", NotASheet, "caractères"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, NotASheet, "mot de passe"),
        (zipped("mimetype"), NotASheet, "classeur"),
        (b"PK\x03\x04" + b"x" * 50, NotASheet, "abîmé"),
        (zipped("xl/workbook.xml"), NotASheet, "abîmé"),
        ((";".join(f"c{n}" for n in range(201)) + "\n").encode(), TooManyColumns, "200"),
        (b"x" * 10_000_001, FileTooLarge, "10 Mo"),
        (b"a;b\n" + b"1;2\n" * 21, TooManyRows, "20 lignes"),
        (a_workbook(["a", "b"], *[[1, 2]] * 21), TooManyRows, "20 lignes"),
        (a_workbook(["a", "b"], *[[1, 2]] * 60), TooManyRows, "lignes"),
        (a_workbook(["a", "A"], [1, 2]), TwoColumns, "ligne 1"),
    ):
        with pytest.raises(fault, match=words) as refused:
            sheets.read(content, "cibles.csv", limit_rows=20)
        assert "« cibles.csv »" in refused.value.sentence


def test_an_endless_line_is_refused_by_its_place() -> None:
    with pytest.raises(CellTooLong, match="ligne 2"):
        sheets.read(b"a;b\n" + b"x" * 9_900_000 + b";1\n", "x.csv")
    with pytest.raises(CellTooLong, match="guillemet"):
        sheets.read(b'a;b\n"never closed;1\n' + b"1;2\n" * 20_000, "x.csv")
    with pytest.raises(TooManyColumns):
        sheets.read(b"a;b\n" + b";" * 900_000, "x.csv")
    with pytest.raises(CellTooLong, match="ligne 2"):
        sheets.read(b"a;b\n" + b"x" * 32_768 + b";1\n", "x.csv")


def test_an_archive_that_swells_is_stopped_before_it_is_unfolded() -> None:
    bomb = with_part(a_workbook(["a", "b"]), "xl/worksheets/sheet1.xml", b"<x>" + b" " * 30_000_000 + b"</x>")
    assert len(bomb) < 100_000
    with pytest.raises(FileTooLarge):
        sheets.read(bomb, "x.xlsx")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_in_every_part_and_nothing_outside_is_read(part: str, encoding: str) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet().write_row(0, 0, ["a", "b"])
    book.close()
    hostile = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "bbbb">]><x>&a;&b;</x>'
    )
    with pytest.raises(NotASheet, match="DOCTYPE"):
        sheets.read(with_part(out.getvalue(), part, hostile.encode(encoding)), "x.xlsx")


def test_broken_places_of_a_workbook_never_end_in_a_traceback() -> None:
    whole = a_workbook(["a", "b"], ["x", 1])
    for old, new in (("<v>1</v>", "<v>999999</v>"), ('r="A2"', 'r="ZZZZ99"'), ('r="2"', 'r="99999999999"')):
        content = with_part(whole, "xl/worksheets/sheet1.xml", **{old: new})
        try:
            sheets.read(content, "x.xlsx")
        except SheetRefused as refused:
            assert re.search("abîmé|colonnes", refused.sentence)


@given(content=st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_either_a_table_or_a_sentence(content: bytes) -> None:
    for start in (b"", b"a;b\n", b"PK\x03\x04", a_workbook(["a"])[:300]):
        try:
            read = sheets.read(start + content, "x")
        except SheetRefused as refused:
            assert refused.sentence.startswith("«")
        else:
            assert all(set(row.cells) == set(read.columns) for row in read.rows)
