import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.decisions import DecisionFault, category, read_ceilings

TEXT = (Path(app.__file__).parent / "data" / "anah_plafonds.csv").read_text(encoding="utf-8")
CEILINGS = read_ceilings(TEXT)
ROWS = list(csv.DictReader(io.StringIO(TEXT), delimiter=";"))
NEXT = {"TM": "MO", "MO": "INT", "INT": "SUP"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['annee']}-{row['zone']}-{row['categorie']}")
@pytest.mark.parametrize("persons", range(1, 9))
def test_a_household_at_its_ceiling_is_in_and_one_euro_above_is_out(
    row: dict[str, str], persons: int
) -> None:
    value = int(row[f"p{min(persons, 5)}"])
    for _ in range(5, persons):
        value += int(row["par_personne_sup"])

    def of(*incomes: Decimal) -> str:
        return category(CEILINGS, year=int(row["annee"]), zone=row["zone"], persons=persons, incomes=incomes)

    assert of(Decimal(value)) == row["categorie"]
    assert of(Decimal(value) + Decimal("0.01")) == NEXT[row["categorie"]]
    assert of(Decimal(value + 1)) == NEXT[row["categorie"]]
    assert of(Decimal(value - 9_000), Decimal(4_000), Decimal(5_000)) == row["categorie"]
    assert of(Decimal(value - 9_000), Decimal(4_000), Decimal(5_001)) == NEXT[row["categorie"]]


def test_every_year_and_zone_has_its_three_ceilings() -> None:
    assert len(CEILINGS) == 18
    assert {(row.year, row.zone) for row in CEILINGS} == {
        (year, zone) for year in (2024, 2025, 2026) for zone in ("IDF", "HORS_IDF")
    }
    assert all("Anah" in row.source for row in CEILINGS)


def test_figures_of_2026_outside_ile_de_france() -> None:
    def of(persons: int, income: str) -> str:
        return category(CEILINGS, year=2026, zone="HORS_IDF", persons=persons, incomes=[Decimal(income)])

    assert of(1, "17363") == "TM"
    assert of(2, "32553") == "MO"
    assert of(6, "73956") == "INT"  # 64 550 is for four: 73 907 for five + 9 357 is 83 264 for six
    assert of(6, "83264") == "INT"
    assert of(6, "83265") == "SUP"
    assert of(1, "0") == "TM"


@given(
    st.integers(1, 12),
    st.lists(st.decimals(0, 60_000, places=2), min_size=1, max_size=4),
    st.sampled_from(["IDF", "HORS_IDF"]),
)
def test_more_persons_or_less_income_never_raises_the_category(
    persons: int, incomes: list[Decimal], zone: str
) -> None:
    order = ["TM", "MO", "INT", "SUP"]

    def rank(persons: int, incomes: list[Decimal]) -> int:
        return order.index(category(CEILINGS, year=2026, zone=zone, persons=persons, incomes=incomes))

    assert rank(persons + 1, incomes) <= rank(persons, incomes)
    assert rank(persons, incomes) <= rank(persons, [*incomes, Decimal(100)])
    assert rank(persons, incomes) == rank(persons, [sum(incomes, Decimal(0))])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"year": 2019}, "2019"),
        ({"year": 2019}, "2024, 2025, 2026"),
        ({"zone": "OUTRE_MER"}, "« OUTRE_MER »"),
        ({"persons": 0}, "une personne"),
        ({"incomes": []}, "revenu fiscal"),
        ({"incomes": [Decimal(-1)]}, "négatif"),
    ],
)
def test_what_cannot_be_decided_is_a_french_sentence(changes: dict[str, object], words: str) -> None:
    facts: dict[str, object] = {"year": 2026, "zone": "IDF", "persons": 2, "incomes": [Decimal(1)]}
    with pytest.raises(DecisionFault) as fault:
        category(CEILINGS, **(facts | changes))  # type: ignore[arg-type]
    assert words in fault.value.sentence


def test_a_year_without_all_its_ceilings_is_refused() -> None:
    partial = [row for row in CEILINGS if row.category != "INT"]
    with pytest.raises(DecisionFault, match="aucun barème complet"):
        category(partial, year=2026, zone="IDF", persons=1, incomes=[Decimal(99_999)])


HEAD = TEXT.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEAD}\n2027;IDF;TM;a;2;3;4;5;6;x\n", "ligne 2"),
        (f"{HEAD}\n2027;IDF;TM;1;2;3\n", "ligne 2"),
        (f"{HEAD}\n2027;ICI;TM;1;2;3;4;5;6;x\n", "zone"),
        (f"{HEAD}\n2027;IDF;XX;1;2;3;4;5;6;x\n", "catégorie"),
        (f"{HEAD}\n2027;IDF;TM;1;2;3;4;5;6;x\n2027;IDF;TM;1;2;3;4;5;6;x\n", "ligne 3 répète"),
        ("annee,zone\n2027,IDF\n", "ligne 2"),
    ],
)
def test_a_table_of_ceilings_that_is_damaged_is_refused(text: str, words: str) -> None:
    with pytest.raises(DecisionFault, match=words):
        read_ceilings(text)


def test_a_new_year_is_new_rows_and_no_code() -> None:
    extra = "".join(
        f"2031;IDF;{name};{a};0;0;0;0;0;arrêté\n" for name, a in (("TM", 1), ("MO", 2), ("INT", 3))
    )
    rows = read_ceilings(TEXT + ("" if TEXT.endswith("\n") else "\n") + extra)
    assert category(rows, year=2031, zone="IDF", persons=1, incomes=[Decimal(2)]) == "MO"
