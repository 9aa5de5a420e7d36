from datetime import date
from decimal import Decimal

import pytest

from app.access import PERMISSIONS, add_up
from app.catalog.settings import parse_settings
from app.errors import BundleFault
from tests.unit.catalog.build import SETTINGS, settings


def refusal(text: str) -> str:
    with pytest.raises(BundleFault) as fault:
        parse_settings(text)
    return fault.value.sentence


def test_a_territory_says_its_communes_roles_rules_and_calendar():
    read = settings()
    assert (read.code, read.name) == ("essai", "Pays d'essai")
    assert read.commune("44210").postcodes == ("44570", "44571")
    assert read.commune("75056") is None
    assert read.lanes["coordonnateur"].roles == ("travailleur_social",)
    assert read.lanes["partenaire"].external
    assert read.rules == {"rendez_vous_max": 3, "seuil": Decimal("0.08")}
    assert read.schedule[0].anchor == date(2026, 1, 15)
    assert read.closing_days == {date(2026, 5, 15)}
    assert (read.anah_year, read.anah_zone) == (2026, "HORS_IDF")


def test_a_role_of_the_settings_gives_rights_that_add_up():
    rights = add_up(["technicien"], settings().roles)
    assert rights.collect == {"technique", "social"}
    assert rights.readable(own=False) == {"technique"}
    assert rights.readable(own=True) == {"technique", "social"}
    assert rights.readable(own=True, done_steps=["valider_diagnostic"]) == {"technique"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("couleur = 'bleu'", "« couleur » est inconnu"),
        ("[roles.x]\nlibelle = 'X'\nlecture = ['intime']", "la classe « intime » n'existe pas"),
        ("[roles.x]\nlibelle = 'X'\ndroits = ['tout']", "le droit « tout » n'existe pas"),
        ("[couloirs.x]\nlibelle = 'X'\nroles = ['fantome']", "le rôle « fantome » n'existe pas"),
        ("[couloirs.x]\nlibelle = 'X'", "nommez au moins un rôle"),
        ("[couloirs.x]\nroles = ['technicien']", "« couloirs.x.libelle » manque"),
        ("[partenaires.x]\nlibelle = 'X'\ndomaine = 'magie'", "choisissez parmi"),
        ("[[communes]]\ninsee = '1'\nnom = 'X'\ncp = '44000'", "code INSEE"),
        ("[[communes]]\ninsee = '44184'\nnom = 'X'\ncp = '44600'", "deux fois"),
        ("[reglages.x]\ny = 1", "écrivez un texte, un nombre"),
        ("[[calendrier]]\nprocessus = 'pole'\nancre = '2026'", "une date sans guillemets"),
        ("[vivant.contact]\nfax = '1'", "« vivant.contact.fax » est inconnu"),
        ("[roles.\"Chef de Projet\"]\nlibelle = 'X'", "une clé s'écrit en minuscules"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(line: str, words: str):
    head, mark, tail = SETTINGS.partition("[[communes]]")
    text = f"{head}{line}\n{mark}{tail}" if line.startswith("couleur") else f"{SETTINGS}\n{line}"
    if line.startswith("[reglages.x]"):
        text = SETTINGS.replace("[[calendrier]]", "[reglages.x]\ny = 1\n[[calendrier]]")
    sentence = refusal(text)
    assert sentence.startswith("territoire.toml : ")
    assert words in sentence


def test_toml_that_does_not_parse_is_refused_in_french():
    assert "n'est pas du TOML valable" in refusal("nom = ")


def test_the_documented_example_is_accepted():
    from pathlib import Path

    page = Path("docs/reference/territoire.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    read = parse_settings(example)
    assert read.roles["travailleur_social"].permissions <= PERMISSIONS
    assert all(f"`{permission}`" in page for permission in PERMISSIONS)
