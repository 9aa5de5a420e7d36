"""Builders of the catalogue's tests: a small territory, a form from its fields."""

import json
from collections.abc import Mapping
from typing import Any

from app.catalog.compiler import compile_form
from app.catalog.forms import Answers, Form
from app.catalog.settings import Settings, parse_settings
from app.catalog.submission import Flat
from app.errors import BundleFault, Invalid

ALL = frozenset({"technique", "social", "secret"})
SETTINGS = """
nom = "Pays d'essai"
code = "essai"

[[communes]]
insee = "44184"
nom = "Saint-Nazaire"
cp = "44600"

[[communes]]
insee = "44210"
nom = "Trignac"
cp = ["44570", "44571"]

[couloirs.coordonnateur]
libelle = "Coordonnateur"
roles = ["travailleur_social"]

[couloirs.partenaire]
libelle = "Partenaire"
externe = true

[roles.travailleur_social]
libelle = "Travailleur social"
droits = ["dossiers.voir", "taches.traiter"]
collecte = ["technique", "social", "secret"]
lecture = ["technique", "social", "secret"]

[roles.technicien]
libelle = "Technicien"
collecte = ["technique", "social"]
lecture = ["technique"]
relecture = ["social"]
relecture_jusqua = "valider_diagnostic"

[partenaires.adil]
libelle = "ADIL"
domaine = "juridique"
recoit = ["technique"]

[prestations]
visite = "Visite à domicile"

[reglages]
rendez_vous_max = 3
seuil = 0.08

[[calendrier]]
processus = "pole"
ancre = 2026-01-15

[vivant]
annee_anah = 2026
zone_anah = "HORS_IDF"
jours_fermes = [2026-05-15]
"""


def settings(text: str = SETTINGS) -> Settings:
    return parse_settings(text)


def form_of(*fields: Mapping[str, Any], **more: Any) -> Form:
    """A compiled form with these fields; each needs no label to stand in a test."""
    labelled = [{"libelle": str(field.get("cle", "Note")).capitalize(), **field} for field in fields]
    source = {"id": "essai", "titre": "Essai", "champs": labelled, **more}
    return compile_form(json.dumps(source), settings=settings())


def refusal_of(*fields: Mapping[str, Any], **more: Any) -> str:
    """The sentence with which a form is refused."""
    try:
        form_of(*fields, **more)
    except BundleFault as fault:
        return fault.sentence
    raise AssertionError("the form was accepted")


def sent(**values: str | list[str]) -> Flat:
    """What a browser sends; ``__`` in a name stands for the dot."""
    return Flat(
        {
            name.replace("__", "."): texts if isinstance(texts, list) else [texts]
            for name, texts in values.items()
        }
    )


def answers(form: Form, flat: Flat | Mapping[str, object], **context: object) -> Answers:
    return form.parse(flat, classes=ALL, context=context)


def problems(form: Form, flat: Flat | Mapping[str, object], **context: object) -> dict[str, list[str]]:
    """The sentences by field with which answers are refused."""
    try:
        answers(form, flat, **context)
    except Invalid as fault:
        return dict(fault.problems)
    raise AssertionError("the answers were accepted")
