"""The account to those who pay: a line a household, nobody named, each payer's part to the cent (MTP-6)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock
from app.catalog.funder import Payer, shared_out
from app.catalog.indicator_reading import parse_indicators
from app.checker import check_files
from app.database import db
from app.errors import BundleFault, Forbidden, NotFound
from app.models import JournalLine
from app.services import erasure, funder, releases, stock
from app.services.indicators_periods import between
from tests import build, stock_house
from tests.money_house import answer, paris

ROLES = """
[roles.bilan]
libelle = "Bilan"
droits = ["rapports.agir", "indicateurs.voir", "dossiers.effacer"]
lecture = ["technique", "social"]

[roles.bilan_technique]
libelle = "Bilan technique"
droits = ["rapports.agir", "indicateurs.voir"]
lecture = ["technique"]
"""
FUNDER = """
[[indicateurs]]
id = "articles"
libelle = "Articles remis"
definition = "Ce qui a été remis aux ménages."
mesure = "somme"
fait = "remises"
valeur = "remise.nombre"
par = ["article"]

[dimensions.article]
libelle = "Article"
valeur = "remise.article"

[financeur]
titre = "Bilan SLIME"
cout = "couts.materiel + 100"

[[financeur.parts]]
libelle = "CEE"
part = 70

[[financeur.parts]]
libelle = "CCAS"
part = 30

[[financeur.colonnes]]
libelle = "Commune"
valeur = "dossier.commune"
mots = "commune"

[[financeur.colonnes]]
libelle = "Matériel (€)"
valeur = "couts.materiel"
format = "euros"

[[financeur.colonnes]]
libelle = "A dit son nom"
valeur = "signalement.nom != ''"
mots = "oui_non"
"""
YEAR = between("2026-01", "2026-12")


@pytest.fixture
def payer(app, tmp_path):
    build.a_server(app, tmp_path)
    served = stock_house.serving(tmp_path / "root", ROLES, indicators=FUNDER)
    with clock.at(paris(2026, 11, 2, 9)), served:
        yield build.an_actor("bilan")


def test_each_household_is_a_line_with_what_it_received_and_each_payer_owes_its_part(payer):
    first = stock_house.a_visit(("ampoule", 3))
    stock_house.a_visit(("mousseur", 1), ("ampoule", 1))
    stock_house.a_visit()
    found = funder.account(payer, YEAR)
    assert sorted(line.cost for line in found.lines) == [
        Decimal("100.00"), Decimal("105.50"), Decimal("109.00"),
    ]  # fmt: skip
    assert {line.values[0] for line in found.lines} == {"Montpellier"}
    assert {line.month for line in found.lines} == {date(2026, 11, 1)}
    assert found.sums() == [None, Decimal("14.50"), None]
    assert (found.total, found.mean) == (Decimal("314.50"), Decimal("104.83"))
    assert [(one.label, amount) for one, amount in found.shares] == [
        ("CEE", Decimal("220.15")), ("CCAS", Decimal("94.35")),
    ]  # fmt: skip
    said = str([list(funder.rows(found)), funder.headers(found)])
    assert first.reference not in said
    assert "Moreau" not in said


def test_what_is_taken_back_costs_nothing_and_another_month_is_left_out(payer):
    stock_house.a_visit(("ampoule", 3))
    keeper = build.an_actor("magasin")
    stock.undo(stock.moves("ampoule", keeper)[0].id, reason="Repris", by=keeper)
    assert funder.account(payer, YEAR).total == Decimal("100.00")
    before = funder.account(payer, between("2026-01", "2026-10"))
    assert (before.lines, before.mean, before.total) == ([], None, Decimal(0))


def test_an_erased_household_is_no_line_and_the_account_says_so(payer):
    case = stock_house.a_visit(("ampoule", 3))
    answer(case, "conclure", avis="Fini")
    erasure.erase(case.reference, reason="demande", repeated=case.reference, by=payer)
    found = funder.account(payer, YEAR)
    assert (list(found.lines), found.erased) == ([], 1)


def test_columns_drawn_from_what_somebody_does_not_read_are_left_out_and_named(payer):
    stock_house.a_visit(("ampoule", 1))
    found = funder.account(build.an_actor("bilan_technique"), YEAR)
    assert found.withheld == ["A dit son nom"]
    assert len(next(iter(funder.rows(found)))) == len(funder.headers(found)) == 5
    with pytest.raises(Forbidden):
        funder.account(build.an_actor("charge"), YEAR)


def test_a_file_that_leaves_is_in_the_journal(payer):
    stock_house.a_visit(("ampoule", 1))
    funder.export(payer, YEAR, kind="xlsx")
    (line,) = db.session.scalars(select(JournalLine).where(JournalLine.action == "export.financeur"))
    assert line.details == {"genre": "xlsx", "lignes": 1, "du": "2026-01-01", "au": "2026-12-31"}


def test_without_one_in_the_programme_there_is_none(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(paris(2026, 11, 2, 9)), stock_house.serving(tmp_path / "root", ROLES):
        somebody = build.an_actor("bilan")
        with pytest.raises(NotFound):
            funder.account(somebody, YEAR)


@given(
    st.decimals(0, 10**7, places=2),
    st.lists(st.integers(1, 99), max_size=5).filter(lambda found: sum(found) < 100),
)
def test_parts_make_the_sum_and_none_is_a_cent_off(total, percents):
    payers = [Payer("x", Decimal(part)) for part in (*percents, 100 - sum(percents))]
    parts = shared_out(total, payers)
    assert sum(parts) == total
    for part, one in zip(parts, payers, strict=True):
        assert abs(part - total * one.part / 100) < Decimal("0.01")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("part = 30", "part = 40"), "100"), (("part = 30", "part = 0"), "pourcentage"),
        (('cout = "couts.materiel + 100"', ""), "cout"), (('format = "euros"', 'format = "or"'), "format"),
        (('titre = "Bilan SLIME"', ""), "titre"),
        (('valeur = "couts.materiel"', 'valeur = "couts."'), "valeur"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(wrong, said):
    with pytest.raises(BundleFault, match=said):
        parse_indicators(FUNDER.replace(*wrong))


def test_a_column_of_free_words_or_a_name_in_vain_is_an_error(payer):
    files = dict(releases.current().bundle.files)

    def codes(text):
        problems = check_files({**files, "indicateurs.toml": text.encode()})
        return {one.code for one in problems if one.element.startswith("financeur")}

    assert codes(FUNDER) == set()
    assert codes(FUNDER.replace("signalement.nom != ''", "signalement.nom")) == {"column-of-words"}
    assert codes(FUNDER.replace("couts.materiel + 100", "couts.heures")) == {"unknown-field"}
    assert codes(FUNDER.replace("dossier.commune", "dossier.nom")) == {"unknown-field"}
