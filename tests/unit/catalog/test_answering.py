from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app import clock
from app.catalog.submission import Flat, RowAction, row_action
from app.catalog.uploads import Upload
from app.clock import PARIS
from app.errors import Invalid
from tests.unit.catalog.build import ALL, answers, form_of, problems, sent

NOON = "2026-11-22T12:00+01:00"


def one(kind: str, **more: object):
    return form_of({"cle": "a", "type": kind, **more})


def read(kind: str, text: str, **more: object) -> object:
    return answers(one(kind, **more), sent(a=text))["a"]


def refused(kind: str, text: str, **more: object) -> str:
    return problems(one(kind, **more), sent(a=text))["a"][0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,5", "1234.5"),
        ("1\u202f234,50", "1234.50"),
        ("1.234,5", "1234.5"),
        ("1234.5", "1234.5"),
        ("-3", "-3"),
        ("12,", "12"),
        ("0,05 ", "0.05"),
    ],
)
def test_a_number_is_read_as_people_type_it(text: str, value: str):
    assert read("nombre", text, decimales=2) == Decimal(value)


def test_a_whole_number_is_an_int_and_money_has_cents():
    assert read("nombre", "12") == 12
    assert isinstance(read("nombre", "12,0"), int)
    assert str(read("montant", "1 200 €")) == "1200.00"


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("beaucoup", {}, "Écrivez un nombre en chiffres"),
        ("1e5", {}, "Écrivez un nombre en chiffres"),
        ("NaN", {}, "Écrivez un nombre en chiffres"),
        ("1,5", {}, "sans virgule"),
        ("1,555", {"decimales": 2}, "au plus 2 décimales"),
        ("1,55", {"decimales": 1}, "une seule décimale"),
        ("2", {"min": 3}, "d'au moins 3"),
        ("12", {"max": 10}, "d'au plus 10"),
        ("1234567890123", {}, "Écrivez un nombre en chiffres"),
    ],
)
def test_a_number_that_does_not_fit_is_refused_in_words(text: str, more: dict, words: str):
    assert words in refused("nombre", text, **more)


def test_money_is_not_negative_unless_the_form_says_so():
    assert "d'au moins 0" in refused("montant", "-1")
    assert read("montant", "-1", min=-100) == Decimal("-1.00")


@pytest.mark.parametrize("text", ["2026-02-28", "28/02/2026", "28.02.2026", "28 2 2026"])
def test_a_date_is_read_in_french_or_iso_order(text: str):
    assert read("date", text) == date(2026, 2, 28)


@pytest.mark.parametrize("text", ["31/02/2026", "demain", "2026", "20260228", "99/99/9999"])
def test_a_day_that_does_not_exist_is_refused(text: str):
    assert refused("date", text) == "Écrivez une date qui existe, comme 24/11/2026."


def test_a_date_can_be_bounded_by_the_day_of_the_answer():
    with clock.at("2026-11-22T23:30Z"):
        assert read("date", "23/11/2026", max="aujourdhui") == date(2026, 11, 23)
        assert "au plus tard le lundi 23 novembre 2026" in refused("date", "24/11/2026", max="aujourdhui")
        assert "à partir du" in refused("date", "22/11/2026", min="aujourdhui")


def test_a_slot_is_a_day_and_two_paris_times():
    form = one("creneau")
    slot = answers(form, sent(a__jour="15/07/2026", a__debut="9h30", a__fin="11:00"))["a"]
    assert slot["debut"] == datetime(2026, 7, 15, 7, 30, tzinfo=UTC)
    assert slot["fin"].astimezone(PARIS).hour == 11
    assert problems(form, sent(a__jour="15/07/2026", a__debut="11:00", a__fin="9:30")) == {
        "a.fin": ["L'heure de fin doit suivre l'heure de début."]
    }
    assert problems(form, sent(a__debut="25:00")) == {
        "a.jour": ["Indiquez le jour."],
        "a.debut": ["Écrivez une heure, comme 9:30."],
        "a.fin": ["Indiquez l'heure de fin."],
    }


def test_several_slots_keep_the_place_of_an_error():
    form = one("creneau", nombre=3)
    flat = sent(a__0__jour="", a__1__jour="2026-07-15", a__1__debut="9:00", a__1__fin="")
    assert problems(form, flat) == {"a.1.fin": ["Indiquez l'heure de fin."]}
    flat = sent(a__1__jour="2026-07-15", a__1__debut="9:00", a__1__fin="10:00")
    assert len(answers(form, flat)["a"]) == 1


def test_a_choice_takes_only_what_it_offers():
    form = one("choix", options={"po": "Propriétaire", "loc": "Locataire"})
    assert answers(form, sent(a="po"))["a"] == "po"
    assert problems(form, sent(a="autre"))["a"] == ["Choisissez une réponse de la liste."]


def test_a_list_of_the_context_gives_the_options():
    form = one("choix", options="annuaire")
    directory = {"adil44": "ADIL de Loire-Atlantique"}
    assert answers(form, sent(a="adil44"), annuaire=directory)["a"] == "adil44"
    assert problems(form, sent(a="adil44"))["a"] == ["Choisissez une réponse de la liste."]


def test_boxes_keep_the_order_of_the_form_and_their_counts():
    form = one("cases", options=["x", "y", "z"], min=2, max=2, message="Cochez deux signes.")
    assert answers(form, sent(a=["z", "x", "x"]))["a"] == ["x", "z"]
    assert problems(form, sent(a=["z"]))["a"] == ["Cochez deux signes."]
    assert "au plus 2" in problems(form, sent(a=["x", "y", "z"]))["a"][0]
    assert answers(form, sent())["a"] == []
    assert "de la liste" in problems(form, sent(a=["x", "w"]))["a"][0]


def test_yes_and_no_are_true_and_false():
    form = one("oui_non")
    assert [answers(form, sent(a=text))["a"] for text in ("oui", "non", "")] == [True, False, None]
    assert problems(form, sent(a="peut-être"))["a"] == ["Répondez par oui ou par non."]


@pytest.mark.parametrize("text", ["0240123456", "02.40.12.34.56", "+33 2 40 12 34 56", "0033240123456"])
def test_a_french_telephone_is_kept_in_pairs(text: str):
    assert read("telephone", text) == "02 40 12 34 56"


def test_contact_details_that_cannot_be_reached_are_refused():
    assert "dix chiffres" in refused("telephone", "12")
    assert "adresse électronique" in refused("courriel", "jean@")
    assert read("texte", "jean@exemple.fr", format="courriel") == "jean@exemple.fr"


def test_a_text_is_cleaned_and_bounded():
    assert read("texte", "  Le\u00a0 Goff\n\tYann\x00 ") == "Le Goff Yann"
    assert read("texte_long", "un\r\ndeux\r") == "un\ndeux"
    assert "au plus 10000 caractères ; votre texte en compte 10001" in refused("texte_long", "a" * 10_001)
    assert read("texte", "12 34 56", chiffres=6) == "123456"
    assert "6 chiffres" in refused("texte", "12A456", chiffres=6)


@pytest.mark.parametrize("kind", ["texte", "texte_long", "telephone"])
def test_a_text_that_holds_a_social_security_number_is_refused(kind: str):
    assert "numéro de sécurité sociale" in refused(kind, "1 84 12 76 451 089 46")


def test_an_address_takes_a_commune_of_the_territory_and_its_codes():
    form = one("adresse")
    flat = sent(a__voie="12 rue du Port", a__complement="", a__commune="44210|44571")
    assert answers(form, flat)["a"] == {
        "voie": "12 rue du Port", "complement": None, "commune": "Trignac", "insee": "44210", "cp": "44571",
    }  # fmt: skip
    assert problems(form, sent(a__voie="12 rue du Port", a__commune="75056")) == {
        "a.commune": ["Choisissez la commune dans la liste."]
    }
    assert problems(form, sent(a__commune="44184")) == {"a.voie": ["Indiquez le numéro et la voie."]}


def test_a_signature_is_dated_by_the_server():
    form = one("signature")
    with clock.at(NOON):
        signed = answers(form, sent(a__nom="Yann Le Goff", a__accord="oui", a__le="1999-01-01"))["a"]
    assert signed == {"nom": "Yann Le Goff", "accord": True, "le": datetime(2026, 11, 22, 11, tzinfo=UTC)}
    assert problems(form, sent(a__nom="Yann")) == {
        "a.accord": ["Cochez la case pour confirmer la signature."]
    }


CONDITIONAL = (
    {"cle": "statut", "type": "choix", "options": ["po", "loc"], "obligatoire": True},
    {"cle": "bailleur", "type": "texte", "obligatoire": True, "si": 'statut == "loc"'},
    {"cle": "telephone_bailleur", "type": "telephone", "si": "bailleur is not None"},
)


def test_what_a_condition_hides_is_neither_required_nor_kept():
    form = form_of(*CONDITIONAL)
    assert answers(form, sent(statut="po", bailleur="Silène", telephone_bailleur="12")) == {"statut": "po"}
    assert problems(form, sent(statut="loc")) == {"bailleur": ["Renseignez « Bailleur »."]}


def test_an_answer_that_is_wrong_is_not_also_called_missing():
    form = form_of(
        {"cle": "n", "type": "nombre", "obligatoire": True}, {"cle": "m", "type": "nombre", "si": "n > 2"}
    )
    assert problems(form, sent(n="trois", m="x")) == {
        "n": ["Écrivez un nombre en chiffres, comme 12 ou 12,5."]
    }


def test_a_condition_reads_answers_given_elsewhere():
    form = form_of({"cle": "a", "type": "texte", "si": 'visite.issue == "absent"', "obligatoire": True})
    assert answers(form, sent(), visite={"issue": "realisee"}) == {}
    assert "a" in problems(form, sent(), visite={"issue": "absent"})
    assert answers(form, sent()) == {}


def test_a_field_of_a_class_the_person_may_not_collect_is_absent():
    form = form_of(
        {"cle": "a", "type": "texte"},
        {"cle": "b", "type": "texte", "classe": "secret", "obligatoire": True},
        {"cle": "t", "type": "tableau", "colonnes": [
            {"cle": "x", "libelle": "X", "type": "texte"},
            {"cle": "y", "libelle": "Y", "type": "texte", "classe": "social"},
        ]},
    )  # fmt: skip
    flat = sent(a="1", b="secret", t__0__x="2", t__0__y="social")
    read = form.parse(flat, classes=frozenset({"technique"}))
    assert read == {"a": "1", "t": [{"x": "2"}]}
    assert "b" not in form.draft(flat, classes=frozenset({"technique"})).values


def test_a_name_that_is_no_field_is_left_out():
    assert answers(one("texte"), sent(a="1", b="2", csrf_token="x")) == {"a": "1"}


TABLE = {
    "cle": "lignes", "type": "tableau", "max": 3, "obligatoire": True, "colonnes": [
        {"cle": "motif", "libelle": "Motif", "type": "texte", "obligatoire": True},
        {"cle": "nombre", "libelle": "Nombre", "type": "nombre", "min": 1},
        {"cle": "double", "libelle": "Double", "type": "calcul", "calcul": "nombre * 2"},
    ],
}  # fmt: skip


def test_rows_are_read_blank_ones_left_out_and_errors_keep_their_place():
    form = form_of(TABLE)
    flat = sent(lignes__0__motif="Aide", lignes__0__nombre="2", lignes__1___="1", lignes__4__motif="Suivi")
    assert answers(form, flat)["lignes"] == [
        {"motif": "Aide", "nombre": 2, "double": 4},
        {"motif": "Suivi", "nombre": None, "double": None},
    ]
    wrong = sent(lignes__0__motif="Aide", lignes__2__nombre="0")
    assert problems(form, wrong) == {
        "lignes.2.motif": ["Renseignez « Motif »."],
        "lignes.2.nombre": ["Le nombre doit être d'au moins 1."],
    }
    assert problems(form, sent()) == {"lignes": ["Remplissez au moins une ligne de « Lignes »."]}
    many = sent(**{f"lignes__{n}__motif": "x" for n in range(4)})
    assert problems(form, many) == {"lignes": ["Gardez au plus 3 lignes ; il y en a 4."]}


def test_rows_of_the_context_cannot_be_added_removed_or_changed():
    form = form_of(
        {
            "cle": "situations", "type": "tableau", "lignes_de": "situations", "colonnes": [
                {"cle": "reference", "libelle": "Dossier", "type": "texte", "lecture_seule": True},
                {"cle": "decision", "libelle": "Décision", "type": "choix", "obligatoire": True,
                 "options": ["poursuivre", "regler"]},
                {"cle": "motif", "libelle": "Motif", "type": "texte", "obligatoire": True,
                 "si": 'decision == "regler" and ligne.mois > 3'},
            ],
        }
    )  # fmt: skip
    context = {"situations": [{"reference": "D1", "mois": 1}, {"reference": "D2", "mois": 6}]}
    flat = sent(
        situations__0__reference="PIRATE", situations__0__decision="regler",
        situations__1__decision="poursuivre", situations__2__reference="D3", situations__2__decision="regler",
    )  # fmt: skip
    assert answers(form, flat, **context)["situations"] == [
        {"reference": "D1", "decision": "regler"},
        {"reference": "D2", "decision": "poursuivre"},
    ]
    assert problems(form, sent(situations__1__decision="regler"), **context) == {
        "situations.0.decision": ["Choisissez une réponse à « Décision »."],
        "situations.1.motif": ["Renseignez « Motif »."],
    }
    assert answers(form, sent(), situations=[])["situations"] == []


def test_a_computed_field_follows_the_answers_and_cannot_be_sent():
    form = form_of(
        {"cle": "depense", "type": "montant"},
        {"cle": "ressources", "type": "montant"},
        {
            "cle": "tee",
            "type": "calcul",
            "calcul": "100 * depense / ressources",
            "decimales": 1,
            "unite": "%",
        },
    )
    assert answers(form, sent(depense="200", ressources="1 500", tee="0"))["tee"] == Decimal("13.3")
    assert answers(form, sent(depense="200"))["tee"] is None
    assert form.computed(sent(depense="200", ressources="1 500")) == {"tee": "13,3\u202f%"}


def test_a_rule_between_answers_is_tied_to_its_first_field():
    form = form_of(
        {"cle": "tel", "type": "telephone"},
        {"cle": "mail", "type": "courriel"},
        regles=[{"exige": "present(tel) or present(mail)", "message": "Donnez un moyen de joindre le ménage.",
                 "champs": ["tel", "mail"]}],
    )  # fmt: skip
    assert problems(form, sent()) == {"tel": ["Donnez un moyen de joindre le ménage."]}
    assert answers(form, sent(mail="a@exemple.fr"))["mail"] == "a@exemple.fr"


def test_nested_json_is_read_like_a_browser_s_texts():
    form = form_of({"cle": "n", "type": "nombre", "decimales": 1}, {"cle": "o", "type": "oui_non"}, TABLE)
    read = answers(form, {"n": 1.5, "o": True, "lignes": [{"motif": "x", "nombre": 2}]})
    assert read == {"n": Decimal("1.5"), "o": True, "lignes": [{"motif": "x", "nombre": 2, "double": 4}]}
    wrong = {"n": True, "o": 3, "lignes": "x", "inconnu": 1}
    assert set(problems(form, wrong)) == {"n", "o", "lignes"}


@pytest.mark.parametrize("value", [[], {}, {"a": 1}, [None], 12, True, "x", [[1]], {"jour": 3}])
@pytest.mark.parametrize(
    "kind",
    ["texte", "nombre", "date", "creneau", "oui_non", "adresse", "signature", "fichier", "cases", "tableau"],
)
def test_json_of_the_wrong_shape_is_refused_never_a_crash(kind: str, value: object):
    more = {"options": ["x"]} if kind == "cases" else {}
    if kind == "tableau":
        more = {"colonnes": [{"cle": "c", "libelle": "C", "type": "nombre"}]}
    form = one(kind, **more)
    try:
        form.parse({"a": value}, classes=ALL)
    except Invalid as fault:
        assert all(sentences for sentences in fault.problems.values())


def test_row_buttons_add_and_take_rows():
    form = form_of(TABLE)
    flat = sent(lignes__0__motif="un", lignes__1__motif="deux", _action="retirer:lignes.0", note="x")
    pressed = row_action(flat)
    assert pressed == RowAction("lignes", 0)
    fewer = form.with_rows(flat, pressed)
    assert fewer.all("lignes.0.motif") == ["deux"]
    assert fewer.rows("lignes") == [0]
    assert fewer.first("note") == "x"
    more = form.with_rows(fewer, RowAction("lignes", None))
    assert more.rows("lignes") == [0, 1]
    full = form.with_rows(form.with_rows(more, RowAction("lignes", None)), RowAction("lignes", None))
    assert full.rows("lignes") == [0, 1, 2]
    assert row_action(sent(_action="brouillon")) is None
    assert form.with_rows(flat, RowAction("inconnu", None)) is flat


def test_files_are_kept_by_reference_only_when_they_are_known():
    form = one("photo", max=2)
    known = {"a": [{"id": "f1", "nom": "mur.jpg", "mime": "image/jpeg", "taille": 10}]}
    kept = form.parse(sent(a__garder="f1"), classes=ALL, stored=known)
    assert kept["a"] == known["a"]
    with pytest.raises(Invalid) as fault:
        form.parse(sent(a__garder="f2"), classes=ALL, stored=known)
    assert "à nouveau" in fault.value.problems["a"][0] or "de nouveau" in fault.value.problems["a"][0]
    three = [Upload.sample(f"{n}.png") for n in range(3)]
    assert "au plus 2 fichiers" in problems(form, {"a": three})["a"][0]


def test_a_pdf_is_no_photo():
    pdf = Upload("note.pdf", "application/pdf", b"%PDF-")
    assert "n'est pas une photo" in problems(one("photo"), {"a": [pdf]})["a"][0]


def test_first_values_come_from_expressions_over_the_context():
    form = one("choix", options=["P1", "P2"], initiale="triage.priorite")
    assert form.initial({"triage": {"priorite": "P1"}}) == {"a": "P1"}
    assert form.initial({}) == {}


def test_facts_of_the_case_are_gathered_from_answers():
    form = form_of({"cle": "nom", "type": "texte", "alimente": "menage.nom"}, {"cle": "b", "type": "texte"})
    assert form.feeds({"nom": "Le Goff", "b": "x"}) == {"menage.nom": "Le Goff"}


def test_spread_answers_are_read_back_the_same():
    form = form_of(
        {"cle": "n", "type": "nombre", "decimales": 2}, {"cle": "i", "type": "nombre"},
        {"cle": "d", "type": "date"},
        {"cle": "s", "type": "creneau"}, {"cle": "c", "type": "cases", "options": ["x", "y"]}, TABLE,
    )  # fmt: skip
    typed = {
        "n": Decimal("12.50"), "i": 5, "d": date(2026, 1, 31), "c": ["x", "y"],
        "s": {part: datetime(2026, 7, 15, at, tzinfo=PARIS) for part, at in (("debut", 9), ("fin", 10))},
        "lignes": [{"motif": "m", "nombre": 1, "double": 2}],
    }  # fmt: skip
    flat = form.spread(typed)
    assert (flat.first("n"), flat.first("i"), flat.first("s.debut")) == ("12,50", "5", "09:00")
    assert answers(form, flat) == typed


def test_a_flood_of_names_is_cut():
    class Many:
        def keys(self):
            return [f"a.{n}.x" for n in range(100_000)]

        def getlist(self, key):
            return [key]

    assert len(Flat.of(Many()).values) == 5_000


def test_computed_fields_of_another_class_are_not_told():
    form = form_of(
        {"cle": "a", "type": "nombre"},
        {"cle": "double", "type": "calcul", "calcul": "a * 2", "classe": "social"},
        {"cle": "triple", "type": "calcul", "calcul": "a * 3"},
    )
    assert form.computed(sent(a="2"), classes=frozenset({"technique"})) == {"triple": "6"}


def test_json_nested_without_end_is_refused_not_walked():
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    for kind, more in (("texte", {}), ("cases", {"options": ["x"]}), ("adresse", {}), ("creneau", {})):
        assert "a" in problems(one(kind, **more), {"a": deep})
