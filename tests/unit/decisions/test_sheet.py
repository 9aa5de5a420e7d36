"""A decision table edited as a sheet of texts: nothing of the file is lost, nothing else moves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.bundle import resolve
from app.catalog.fingerprint import canonical_xml
from app.config import ROOT
from app.decisions import DecisionFault, parse_decisions
from app.decisions.sheet import Line, TableSheet, read_sheets, word
from app.decisions.sheet_writing import write_sheet

TABLES = {
    f"{code}/{name}": data.decode()
    for code in ("carene", "pas-de-calais")
    for name, data in resolve(ROOT, code).files.items()
    if name.startswith("dmn/")
}
TRIAGE = TABLES["carene/dmn/triage.dmn"]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_written_back_without_a_change_is_the_same_file(name):
    for sheet in read_sheets(TABLES[name]):
        assert write_sheet(TABLES[name], sheet) == TABLES[name]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_change_undone_gives_the_same_meaning_back(name):
    (sheet,) = read_sheets(TABLES[name])
    changed = write_sheet(TABLES[name], replace(sheet, name="Autre nom"))
    back = write_sheet(changed, sheet)
    assert canonical_xml("x.dmn", back.encode()) == canonical_xml("x.dmn", TABLES[name].encode())


def test_a_rule_added_before_the_last_is_read_where_it_was_put():
    (sheet,) = read_sheets(TRIAGE)
    longer = sheet.with_line(1)
    filled = replace(
        longer.lines[1], results=('"P1"', '"Une raison"', '"P3D"'), annotation="Ajoutée à l'atelier"
    )
    text = write_sheet(TRIAGE, replace(longer, lines=(longer.lines[0], filled, *longer.lines[2:])))
    table = parse_decisions(text.encode())["triage"]
    assert [rule.annotation for rule in table.rules][1] == "Ajoutée à l'atelier"
    assert len({rule.id for rule in table.rules}) == len(sheet.lines) + 1
    assert read_sheets(text)[0].lines[2:] == sheet.lines[1:]


def test_a_column_taken_out_takes_its_own_cells():
    (sheet,) = read_sheets(TRIAGE)
    text = write_sheet(TRIAGE, sheet.without_column("entree", 2))
    (after,) = read_sheets(text)
    assert [column.id for column in after.inputs] == [
        column.id for place, column in enumerate(sheet.inputs) if place != 2
    ]
    assert [line.cells for line in after.lines] == [
        tuple(cell for place, cell in enumerate(line.cells) if place != 2) for line in sheet.lines
    ]
    assert 'id="triage_1_tee"' in text  # the cells that stay are the same elements
    assert 'id="triage_1_fragile_sans_chauffage"' not in text


def test_a_new_column_takes_everything_until_it_is_filled():
    (sheet,) = read_sheets(TRIAGE)
    wider = sheet.with_column("entree", "Ville").with_column("resultat", "Délai d'appel")
    (after,) = read_sheets(write_sheet(TRIAGE, wider))
    assert {line.cells[-1] for line in after.lines} == {"-"}
    assert after.outputs[-1].name == "delai_d_appel"


def test_a_rule_moves_no_further_than_the_table():
    (sheet,) = read_sheets(TRIAGE)
    assert sheet.moved(0, -1) == sheet
    assert sheet.moved(0, 1).lines[:2] == (sheet.lines[1], sheet.lines[0])
    assert sheet.moved(len(sheet.lines) - 1, 5) == sheet


@given(st.data())
def test_any_series_of_edits_is_read_back_as_it_was_written(data: st.DataObject):
    (sheet,) = read_sheets(TRIAGE)
    text = TRIAGE
    texts = st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Z")), max_size=12
    )
    for _ in range(data.draw(st.integers(1, 5))):
        sheet = edited(data, sheet, texts)
        text = write_sheet(text, sheet)
        (read,) = read_sheets(text)
        assert stripped(read) == stripped(sheet)
        sheet = read


def edited(data: st.DataObject, sheet: TableSheet, texts: st.SearchStrategy[str]) -> TableSheet:
    what = data.draw(st.sampled_from(["ligne", "sans", "monter", "colonne", "resultat", "cellule"]))
    place = data.draw(st.integers(0, max(0, len(sheet.lines) - 1)))
    made = {
        "ligne": lambda: sheet.with_line(place),
        "colonne": lambda: sheet.with_column("entree", data.draw(texts)),
        "resultat": lambda: sheet.with_column("resultat", data.draw(texts)),
        "sans": lambda: sheet.without_line(place),
        "monter": lambda: sheet.moved(place, data.draw(st.integers(-3, 3))) if sheet.lines else sheet,
    }
    if what in made or not sheet.lines:
        return made.get(what, lambda: sheet)()
    line = sheet.lines[place]
    new = replace(line, cells=(data.draw(texts), *line.cells[1:]), annotation=data.draw(texts))
    return replace(sheet, lines=(*sheet.lines[:place], new, *sheet.lines[place + 1 :]))


def stripped(sheet: TableSheet) -> TableSheet:
    """The sheet without the ids that writing gives to what is new."""
    return replace(
        sheet,
        inputs=tuple(replace(column, id="") for column in sheet.inputs),
        outputs=tuple(replace(column, id="") for column in sheet.outputs),
        lines=tuple(Line("", line.cells, line.results, line.annotation) for line in sheet.lines),
    )


@pytest.mark.parametrize("text", ["", "<a/>", "<!DOCTYPE a><a/>", "pas du xml"])
def test_what_is_no_table_is_said(text):
    with pytest.raises(DecisionFault) as told:
        read_sheets(text)
    assert str(told.value)


@pytest.mark.parametrize(("label", "made"), [("Délai", "delai"), ("3 mois", "r_3_mois"), ("«»", "resultat")])
def test_a_label_becomes_one_word(label, made):
    assert word(label) == made
