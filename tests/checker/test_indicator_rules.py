"""What ``relais check`` says of indicators: the designer is told the place and the remedy (AST-12)."""

from pathlib import Path

import pytest

from app.catalog.bundle import bundle_from_files, resolve
from app.catalog.fingerprint import fingerprint
from app.catalog.indicators import FILE
from app.checker import check_files
from app.errors import BundleFault

ROOT = Path(__file__).resolve().parents[2]
CARENE = dict(resolve(ROOT, "carene").files)
SMALL = {
    name: CARENE[name]
    for name in ("territoire.toml", "bpmn/visite.bpmn", "forms/signalement.json", "forms/visite.json")
}
"""Enough of CARENE for what is named here; what is missing from it is said of the other files."""
HEAD = """
[dimensions.commune]
libelle = "Commune"
valeur = "dossier.commune"
"""
GOOD = '[[indicateurs]]\nid = "a"\nlibelle = "A"\ndefinition = "Les A."\nmesure = "compte"\n'


def said(text: str) -> list[tuple[str, str, str]]:
    """What is wrong with indicators added to a part of CARENE's programme: severity, code, element."""
    found = check_files({**SMALL, FILE: text.encode()})
    return [(item.severity, item.code, item.element) for item in found if item.path == FILE]


def test_indicators_that_are_right_are_not_spoken_of():
    assert said(HEAD + GOOD + 'par = ["commune"]\n') == []
    assert said("") == [("error", "empty-file", "")]


@pytest.mark.parametrize(
    ("text", "code", "element"),
    [
        ("[[indicateurs", "not-toml", ""),
        ("inconnu = 1", "bad-indicators", "inconnu"),
        (GOOD + 'zut = "x"', "bad-indicators", "indicateurs[1].zut"),
        (GOOD.replace("compte", "comptage"), "bad-indicators", "indicateurs.a.mesure"),
        (GOOD + 'fait = "visites"', "bad-indicators", "indicateurs.a.fait"),
        (GOOD + 'par = ["commune"]', "bad-indicators", "indicateurs.a.par"),
        (GOOD + 'si = "1 +"', "bad-indicators", "indicateurs.a.si"),
        (GOOD + 'si = "open(1)"', "bad-indicators", "indicateurs.a.si"),
        (GOOD + GOOD, "bad-indicators", "indicateurs"),
        (GOOD.replace('"compte"', '"somme"'), "bad-indicators", "indicateurs.a.valeur"),
        (GOOD + 'fait = "reponses"', "bad-indicators", "indicateurs.a.formulaire"),
        (GOOD + 'fait = "etapes"\nquand = "fin"', "bad-indicators", "indicateurs.a.quand"),
        (GOOD.replace('"compte"', '"quotient"') + 'numerateur = "a"\ndenominateur = "b"', "bad-indicators",
         "indicateurs.a"),
        (HEAD + "tranches = [3, 2]", "bad-indicators", "dimensions.commune.tranches"),
        ("[diffusion]\nseuil = 2", "bad-indicators", "diffusion.seuil"),
        ("[rapport]\npremier_mois = 13", "bad-indicators", "rapport.premier_mois"),
        ('[dimensions.mois]\nlibelle = "Mois"\nvaleur = "dossier.ouvert_le"', "bad-indicators",
         "dimensions.mois"),
        (GOOD + 'fait = "reponses"\nformulaire = "visit"', "unknown-form", "indicateurs.a.formulaire"),
        (GOOD + 'fait = "reponses"\nformulaire = "visite"\ntableau = "kits"', "unknown-field",
         "indicateurs.a.tableau"),
        (GOOD + 'fait = "processus"\nprocessus = "visiter"', "unknown-process", "indicateurs.a.processus"),
        (GOOD + 'fait = "etapes"\netapes = ["visite/aller"]', "unknown-name", "indicateurs.a"),
        (GOOD + 'si = "dossier.nom == 1"', "unknown-field", "indicateurs.a.si"),
        (GOOD + 'si = "visite.issu == 1"', "unknown-field", "indicateurs.a.si"),
        (GOOD + 'si = "visites.issue == 1"', "unknown-name", "indicateurs.a.si"),
        (GOOD + 'si = "reglages.zut == 1"', "unknown-setting", "indicateurs.a.si"),
        (GOOD + 'si = "ligne.quantite == 1"', "unknown-name", "indicateurs.a.si"),
        (GOOD + 'fait = "reponses"\nformulaire = "visite"\ntableau = "kit"\nsi = "ligne.prix == 1"',
         "unknown-field", "indicateurs.a.si"),
        (GOOD + 'fait = "orientations"\nsi = "orientation.etats == 1"', "unknown-field", "indicateurs.a.si"),
        (HEAD.replace("dossier.commune", "signalement.villes"), "unknown-field", "dimensions.commune.valeur"),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_place(text, code, element):
    assert said(text) == [("error", code, element)]


def test_a_breakdown_by_free_text_is_a_doubt():
    words = HEAD.replace("dossier.commune", "signalement.commentaire")
    assert said(words) == [("warning", "breakdown-of-words", "dimensions.commune.valeur")]


def test_a_fault_of_the_file_stops_its_loading_with_the_same_words():
    with pytest.raises(BundleFault) as told:
        bundle_from_files({**CARENE, FILE: b"inconnu = 1"})
    assert told.value.facts["file"] == FILE


def test_indicators_are_part_of_the_fingerprint_and_their_layout_is_not():
    whole = fingerprint(CARENE)
    spaced = CARENE[FILE].replace(b"\n[[", b"\n\n# Un mot.\n[[")
    assert fingerprint({**CARENE, FILE: spaced}) == whole
    assert fingerprint({**CARENE, FILE: CARENE[FILE].replace(b'"Visites r', b'"Les visites r')}) != whole
    assert fingerprint({name: data for name, data in CARENE.items() if name != FILE}) != whole
