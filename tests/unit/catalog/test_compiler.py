import json
from pathlib import Path

import pytest

from app.catalog import nir
from app.catalog.compiler import compile_form
from app.catalog.submission import Flat
from app.errors import BundleFault
from tests.unit.catalog.build import form_of, problems, refusal_of, settings
from tests.unit.expressions.hostile import CASES, hostile_texts, within_50_ms

TEXT = {"cle": "note", "type": "texte"}


def test_a_form_says_its_fields_in_order_with_their_settings():
    form = form_of(
        {"cle": "nom", "type": "texte", "obligatoire": True, "alimente": "menage.nom"},
        {"cle": "rfr", "type": "montant", "classe": "social", "reprise_de": "signalement.rfr"},
        {"cle": "prestation", "type": "choix", "options": "prestations"},
    )
    assert [field.key for field in form.fields] == ["nom", "rfr", "prestation"]
    assert form.field("nom").required
    assert form.field("rfr").classe == "social"
    assert form.field("rfr").taken_from == "signalement.rfr"
    assert form.field("prestation").options[0].label == "Visite à domicile"
    assert form.field("absent") is None


def test_the_version_of_a_form_follows_its_content_not_its_layout():
    one, two = form_of(TEXT), form_of(TEXT, titre="Autre")
    source = (
        '{"id": "essai", "titre": "Essai", "champs": [{"type": "texte", "cle": "note", "libelle": "Note"}]}'
    )
    assert one.version == compile_form(source, settings=settings()).version
    assert one.version != two.version


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([], "aucun champ"),
        ([{"cle": "a", "type": "telepathie"}], "le type « telepathie » n'existe pas"),
        ([{"cle": "a", "type": "texte", "couleur": 1}], "« a.couleur » est inconnu"),
        ([{"cle": "Nom", "type": "texte"}], "il faut des minuscules"),
        ([{"cle": "typename", "type": "texte"}], "ce nom est réservé"),
        ([TEXT, TEXT], "deux champs portent ce nom"),
        ([{"cle": "a", "type": "texte", "libelle": ""}], "« a.libelle » manque"),
        ([{"cle": "a", "type": "texte", "classe": "intime"}], "choisissez parmi « technique »"),
        ([{"cle": "a", "type": "choix"}], "au moins une réponse"),
        ([{"cle": "a", "type": "choix", "options": ["x", "x"]}], "deux réponses ont la même valeur"),
        ([{"cle": "a", "type": "nombre", "min": 3, "max": 1}], "« min » dépasse « max »"),
        ([{"cle": "a", "type": "date", "min": "hier"}], "écrivez une date"),
        ([{"cle": "a", "type": "tableau"}], "au moins une colonne"),
        ([{"cle": "a", "type": "tableau", "max": 501, "colonnes": []}], "entre 0 et 500"),
        ([{"cle": "a", "type": "calcul"}], "une expression « calcul »"),
        ([{"cle": "a", "type": "texte", "max": 10_001}], "entre 1 et 10000"),
        ([{"cle": "a", "type": "texte", "si": "b == 1"}], "« b » n'est pas un champ placé plus haut"),
        ([{"cle": "a", "type": "texte", "si": "a == 1"}], "« a » n'est pas un champ placé plus haut"),
        ([{"cle": "a", "type": "texte", "si": "x.y ="}], "« a.si »"),
        ([{"cle": "a", "type": "texte", "reprise_de": "visite"}], "« formulaire.champ »"),
        ([{"cle": "a", "type": "texte", "simulation": {"hasard": 1}}], "« a.simulation.hasard » est inconnu"),
    ],
)
def test_a_fault_of_a_form_is_a_sentence_that_names_the_field(fields: list, words: str):
    assert words in refusal_of(*fields)


@pytest.mark.parametrize("kind", ["tableau", "fichier", "photo", "signature", "adresse", "info"])
def test_a_column_cannot_hold_what_a_row_cannot(kind: str):
    column = {"cle": "b", "libelle": "B", "type": kind}
    if kind == "tableau":
        column["colonnes"] = [{"cle": "c", "libelle": "C", "type": "texte"}]
    assert "ne peut pas être du type" in refusal_of({"cle": "a", "type": "tableau", "colonnes": [column]})


def test_a_form_that_is_no_object_is_refused():
    with pytest.raises(BundleFault, match="commence par"):
        compile_form("[]", settings=settings())


@pytest.mark.parametrize("place", ["si", "calcul", "initiale", "exige"])
def test_an_attack_or_a_bomb_in_an_expression_is_refused_at_once_and_does_nothing(place: str, tmp_path: Path):
    mark = tmp_path / "mark"
    for text in hostile_texts(str(mark)):
        field = {"cle": "b", "type": "calcul" if place == "calcul" else "texte"}
        more = {"regles": [{"exige": text, "message": "Non.", "champs": ["b"]}]} if place == "exige" else {}
        with within_50_ms():
            fault = _refused(field if more else field | {place: text}, **more)
        assert fault, text[:60]
    assert not mark.exists()


def _refused(field: dict, **more: object) -> str:
    """Why the form is refused when saved, or « rien » when it may be saved and gives nothing when run."""
    try:
        form = form_of(
            {"cle": "membres", "type": "texte"}, {"cle": "rep", "type": "texte"}, TEXT, field, **more
        )
    except BundleFault as fault:
        return fault.sentence
    assert form.initial({"rep": {}, "membres": ["m"] * 5}) == {}
    assert not any(form.computed(Flat({})).values())
    assert form.rules == () or problems(form, Flat({}))
    answers = form.parse(Flat({"b": ["x"]}), classes=None) if not form.rules else {}
    return "rien" if answers.get("b") is None else ""


@pytest.mark.parametrize("attack", CASES["attacks"])
def test_every_attack_is_refused_when_the_form_is_saved(attack: str):
    names = [{"cle": key, "type": "texte"} for key in ("rep", "membres", "x")]
    assert "« b.si »" in refusal_of(*names, {"cle": "b", "type": "texte", "si": attack})


@pytest.mark.parametrize(
    "field",
    [
        {"cle": "nir", "type": "texte"},
        {"cle": "num_secu", "type": "texte"},
        {"cle": "numero_securite_sociale", "type": "nombre"},
        {"cle": "a", "type": "texte", "libelle": "N° de sécurité sociale"},
        {"cle": "a", "type": "texte", "libelle": "Numéro de Sécu"},
        {"cle": "a", "type": "texte_long", "libelle": "NIR du demandeur"},
        {"cle": "nss", "type": "texte"},
        {"cle": "a", "type": "texte", "chiffres": 15},
        {"cle": "a", "type": "texte", "chiffres": 13},
        {"cle": "a", "type": "nombre", "max": 10**15},
    ],
)
def test_no_form_can_ask_for_a_social_security_number(field: dict):
    assert "sécurité sociale" in refusal_of(field)
    column = {"cle": "t", "type": "tableau", "colonnes": [{"libelle": "A", **field}]}
    assert "sécurité sociale" in refusal_of(column)


@pytest.mark.parametrize(
    "label",
    ["Affilié à la sécurité sociale agricole ?", "Souvenir", "Nombre de personnes", "Sécurité électrique"],
)
def test_labels_that_only_sound_alike_are_accepted(label: str):
    assert form_of({"cle": "a", "type": "oui_non", "libelle": label}).field("a").label == label


@pytest.mark.parametrize(
    "text",
    [
        "1 84 12 76 451 089 46",
        "184127645108946",
        "Son numéro : 1.84.12.76.451.089-46, merci",
        "２ ６９ ０５ ４９ ５８８ １５７ ８０",
        "2 55 08 2A 004 001 94",
    ],
)
def test_a_valid_social_security_number_is_seen_in_any_spelling(text: str):
    digits = "".join(c for c in text if c.isalnum())
    assert nir.holds_number(text), digits


@pytest.mark.parametrize(
    "text",
    ["184127645108947", "PRM 19876543210987", "02 40 12 34 56", "1234567890123456789", "facture 2026-11-22"],
)
def test_other_numbers_are_no_social_security_number(text: str):
    assert not nir.holds_number(text)


def test_a_section_condition_applies_to_each_of_its_fields():
    source = {
        "id": "essai",
        "titre": "Essai",
        "rubriques": [
            {
                "titre": "Un",
                "champs": [{"cle": "issue", "libelle": "Issue", "type": "choix", "options": ["a", "b"]}],
            },
            {
                "titre": "Deux",
                "si": 'issue == "a"',
                "champs": [{"cle": "x", "libelle": "X", "type": "texte"}],
            },
        ],
    }
    form = compile_form(json.dumps(source), settings=settings())
    assert form.parse({"issue": "b", "x": "y"}, classes=None) == {"issue": "b"}
    assert form.parse({"issue": "a", "x": "y"}, classes=None) == {"issue": "a", "x": "y"}
