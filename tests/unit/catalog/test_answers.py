from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.answers import decode, encode, from_json, to_json
from app.catalog.answers_view import answer_rows
from app.catalog.uploads import Upload
from app.clock import PARIS
from tests.unit.catalog.build import ALL, form_of

KEYS = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.text(max_size=40),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=ZONES),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def kinds(value: object) -> object:
    if isinstance(value, dict):
        return {key: kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return [kinds(item) for item in value]
    return type(value), str(value) if isinstance(value, Decimal) else value


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_answers_come_back_from_json_with_value_and_type(answers: dict):
    again = from_json(to_json(answers))
    assert kinds(again) == kinds(answers)


def test_an_instant_in_paris_comes_back_as_the_same_instant():
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1)
    again = decode(encode({"a": summer}))["a"]
    assert again.timestamp() == summer.timestamp()
    assert again.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    "value",
    [Upload("a.png", "image/png", b""), datetime(2026, 1, 1), {"$decimal": "1"}, {1, 2}, b"x"],  # noqa: DTZ001
)
def test_what_is_no_answer_is_refused(value: object):
    with pytest.raises(TypeError):
        encode({"a": value})


def test_answers_are_read_as_rows_in_french_of_the_classes_allowed():
    form = form_of(
        {"cle": "surface", "type": "nombre", "decimales": 1, "unite": "m²"},
        {"cle": "statut", "type": "choix", "options": {"po": "Propriétaire"}},
        {"cle": "rfr", "type": "montant", "classe": "social"},
        {"cle": "vide", "type": "texte"},
        {"cle": "gestes", "type": "tableau", "colonnes": [
            {"cle": "quoi", "libelle": "Quoi", "type": "texte"},
            {"cle": "dette", "libelle": "Dette", "type": "montant", "classe": "secret"},
        ]},
        {"cle": "quand", "type": "creneau"},
        {"cle": "pris", "type": "oui_non"},
    )  # fmt: skip
    given_answers = {
        "surface": Decimal("62.5"), "statut": "po", "rfr": Decimal("1200.00"), "vide": None, "pris": False,
        "gestes": [{"quoi": "Mousseur", "dette": Decimal("12.50")}],
        "quand": {
            "debut": datetime(2026, 7, 15, 9, tzinfo=PARIS),
            "fin": datetime(2026, 7, 15, 10, 30, tzinfo=PARIS),
        },
    }  # fmt: skip
    technical = answer_rows(form, given_answers, frozenset({"technique"}))
    assert [(row.label, row.text) for row in technical] == [
        ("Surface", "62,5\u202fm²"),
        ("Statut", "Propriétaire"),
        ("Gestes", "Quoi : Mousseur"),
        ("Quand", "mercredi 15 juillet 2026, de 9\u202fh à 10\u202fh\u202f30"),
        ("Pris", "non"),
    ]
    assert technical[2].lines == ((("Quoi", "Mousseur"),),)
    everything = {row.key: row for row in answer_rows(form, given_answers, ALL)}
    assert everything["rfr"].text == "1\u202f200\u202f€"
    assert "12,50\u202f€" in everything["gestes"].text


def test_a_date_and_files_are_read_in_words():
    form = form_of({"cle": "d", "type": "date"}, {"cle": "f", "type": "fichier"})
    rows = answer_rows(form, {"d": date(2026, 5, 1), "f": [{"id": "x", "nom": "facture.pdf"}]}, ALL)
    assert [row.text for row in rows] == ["vendredi 1er mai 2026", "facture.pdf"]
    assert rows[1].files[0]["id"] == "x"


def test_a_choice_from_a_list_of_the_context_shows_its_label():
    form = form_of(
        {"cle": "partenaire", "type": "choix", "options": "annuaire"},
        {"cle": "lignes", "type": "tableau", "colonnes": [
            {"cle": "champs", "libelle": "Champs", "type": "cases", "options": "champs_partageables"},
        ]},
    )  # fmt: skip
    context = {
        "annuaire": {"p1": "ADIL de Loire-Atlantique"},
        "champs_partageables": [{"valeur": "signalement.nom", "libelle": "Nom"}],
    }
    given_answers = {"partenaire": "p1", "lignes": [{"champs": ["signalement.nom", "signalement.parti"]}]}
    named = answer_rows(form, given_answers, ALL, context=context)
    assert [row.text for row in named] == ["ADIL de Loire-Atlantique", "Champs : Nom, signalement.parti"]
    assert answer_rows(form, given_answers, ALL)[0].text == "p1"
