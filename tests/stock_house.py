"""A small territory that hands kits over: two articles, two places, a step that hands them over."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from app import tenancy
from app.models import Territory
from app.services import actors, cases, releases
from app.services.cases import OpenedAlert
from tests import build, money_house
from tests.bpmn_builder import process

SETTINGS: Final = """
nom = "Territoire des kits"
code = "kits"

[[communes]]
insee = "34172"
nom = "Montpellier"
cp = "34000"

[couloirs.visite]
libelle = "Chargé de visite"
roles = ["charge"]

[roles.charge]
libelle = "Chargé de visite"
droits = ["dossiers.voir", "dossiers.signaler", "taches.traiter"]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[roles.magasin]
libelle = "Magasin"
droits = ["stock.voir", "stock.agir"]

[roles.lecteur]
libelle = "Lecteur"
droits = ["stock.voir"]

[dossier]
formulaire = "signalement"
processus = "visite"

[articles.ampoule]
libelle = "Ampoule LED"
cout = 3.00
economie_an = 8.00
seuil = 10

[articles.mousseur]
libelle = "Mousseur"
cout = 2.50

[depots]
nord = "Antenne nord"
sud = "Antenne sud"

[vivant]
annee_anah = 2026
zone_anah = "HORS_IDF"
"""
_ARTICLES: Final = {
    "cle": "kit", "type": "tableau", "libelle": "Remis",
    "colonnes": [
        {"cle": "article", "type": "choix", "libelle": "Article", "obligatoire": True, "options": "articles"},
        {"cle": "quantite", "type": "nombre", "libelle": "Quantité", "min": 0, "max": 99},
    ],
}  # fmt: skip
_FORMS: Final[dict[str, list[dict[str, Any]]]] = {
    "signalement": [
        {"cle": "nom", "type": "texte", "libelle": "Nom", "classe": "social", "alimente": "menage.nom"},
        {"cle": "adresse", "type": "adresse", "libelle": "Adresse", "alimente": "menage.adresse"},
    ],
    "remise": [_ARTICLES],
    "suite": [{"cle": "avis", "type": "texte", "libelle": "Avis"}],
}


def the_visit() -> bytes:
    """A visit that hands over what its form says, from the place in the south; then what follows."""
    return (
        process("visite", name="Visite")
        .user("visiter", lane="visite", formulaire="remise")
        .service("remettre", "remettre_kit", "kit", remis="remise.kit", depot='"sud"')
        .user("conclure", lane="visite", formulaire="suite")
        .end("fin")
        .xml()
    )


@contextmanager
def serving(folder: Path, *more: str, indicators: str = "") -> Iterator[Territory]:
    """Load the territory and serve it for the time of the block; ``more`` is added to its settings."""
    bpmn, forms = folder / "bpmn" / "territories" / "kits", folder / "forms" / "territories" / "kits"
    for part in (bpmn, forms, folder / "bpmn" / "base", folder / "forms" / "base"):
        part.mkdir(parents=True)
    (bpmn / "visite.bpmn").write_bytes(the_visit())
    (bpmn / "territoire.toml").write_text("\n".join([SETTINGS, *more]))
    if indicators:
        (bpmn / "indicateurs.toml").write_text(indicators)
    for name, rows in _FORMS.items():
        (forms / f"{name}.json").write_text(json.dumps({"id": name, "titre": name.title(), "champs": rows}))
    releases.load_territory(folder, "kits")
    territory = releases.territory_by_code("kits")
    assert territory is not None
    with tenancy.serving(territory.id):
        build.an_actor("charge")
        yield territory


def a_visit(*rows: tuple[str, int]) -> OpenedAlert:
    """Open a case and hand these articles over in its visit."""
    answers = {"nom": "Moreau", "adresse": {"voie": "1 rue", "cp": "34000", "insee": "34172"}}
    case = cases.open_alert(answers, by=actors.public(releases.current().settings))
    money_house.answer(case, "visiter", kit=[{"article": key, "quantite": n} for key, n in rows])
    return case
