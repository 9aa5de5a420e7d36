"""A small territory around its sites: households on them, an opening, contests, ambassadors (BAT-2)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.database import db, end_read
from app.models import Site, Territory
from app.services import acts, cases, releases
from app.services.cases import OpenedAlert
from tests import build
from tests.bpmn_builder import process

SETTINGS: Final = """
nom = "Territoire des sites"
code = "parcs"

[[communes]]
insee = "95127"
nom = "Cergy"
cp = "95000"

[[communes]]
insee = "78586"
nom = "Sartrouville"
cp = "78500"

[couloirs.coach]
libelle = "Coach"
roles = ["coach", "coordination"]

[roles.coach]
libelle = "Coach"
droits = ["dossiers.voir", "dossiers.signaler", "taches.traiter", "sites.voir"]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[roles.coordination]
libelle = "Coordination"
droits = ["taches.traiter", "sites.voir", "sites.agir", "budget.voir", "budget.agir", "reseau.voir"]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[roles.agence]
libelle = "Agence du bailleur"
droits = ["dossiers.voir", "sites.voir"]
perimetre = "structure"
lecture = []

[roles.gardien]
libelle = "Gardien"
droits = ["dossiers.signaler"]
collecte = ["technique"]

[partenaires.bailleur]
libelle = "Bailleur"
domaine = "technique"
recoit = ["technique"]

[dossier]
formulaire = "signalement"
processus = "parcours"

[gestes.ouvrir]
libelle = "Ouvrir un site"
processus = "ouverture"
roles = ["coordination"]
pour = "territoire"

[gestes.defier]
libelle = "Lancer un défi"
processus = "defi"
roles = ["coordination"]
pour = "territoire"

[gestes.former]
libelle = "Former un ambassadeur"
processus = "ambassadeur"
roles = ["coordination"]
pour = "territoire"

[reseau]
evenements = ["ouverture"]

[sites]
libelle = "Site"
diffus = "Logement diffus, hors site"
serie = "impayes"

[sites.zonages.zus]
libelle = "QPV"
avant = [{ jusqu_au = 2014-12-31, libelle = "ZUS" }]

[sites.zonages.hors]
libelle = "Hors QPV"

[sites.phases]
p2014 = "Fin 2014"
p2015 = "2015"

[sites.referents.operationnel]
libelle = "Référent opérationnel"

[sites.referents.fonctionnel]
libelle = "Référent fonctionnel"
par = "bailleur"

[sites.ambassadeurs]
gardien = "Gardien"
habitant = "Habitant"

[series.impayes]
libelle = "Évolution des impayés"
unite = "%"
pas = "date"

[series.impayes.par]
bidf = "BIDF"
erigere = "Érigère"

[enveloppes]
mesures = "Mesures d'accompagnement"

[depenses.accompagnement]
libelle = "Accompagnement de six mois"

[objectifs.cibles]
libelle = "Ménages ciblés"
compte = "dossiers"

[objectifs.accompagnes]
libelle = "Ménages accompagnés"
compte = "depense"
nature = "accompagnement"
cout = true

[objectifs.sites]
libelle = "Sites ouverts"
compte = "sites"

[dons.ampoules]
libelle = "Ampoules basse consommation"
unite = "ampoules"

[vivant]
annee_anah = 2026
zone_anah = "IDF"

[[vivant.sites]]
cle = "chat_perche"
nom = "Chat perché"
commune = "95127"
bailleur = "Érigère"
logements = 133
zonage = "zus"

[[vivant.sites]]
cle = "vieux_pays"
nom = "Vieux Pays"
commune = "78586"
bailleur = "BIDF"
logements = 53
zonage = "hors"
phase = "p2014"

[[vivant.series]]
serie = "impayes"
par = "erigere"
le = 2012-12-31
valeur = 0.34

[[vivant.series]]
serie = "impayes"
par = "erigere"
le = 2013-12-31
valeur = 3.13

[[vivant.series]]
serie = "impayes"
par = "erigere"
le = 2014-09-30
valeur = 1.87

[[vivant.objectifs]]
objectif = "cibles"
nombre = 100
debut = 2026-01-01
fin = 2026-12-31

[[vivant.objectifs]]
objectif = "accompagnes"
nombre = 75
debut = 2026-01-01
fin = 2026-12-31

[[vivant.enveloppes]]
enveloppe = "mesures"
montant = 52500.00
debut = 2026-01-01
fin = 2026-12-31
"""

_SITE: Final = {"cle": "site", "type": "choix", "libelle": "Site", "options": "sites", "obligatoire": True}
FORMS: Final[dict[str, list[dict[str, Any]]]] = {
    "signalement": [
        {"cle": "nom", "type": "texte", "libelle": "Nom", "classe": "social", "alimente": "menage.nom"},
        {"cle": "adresse", "type": "adresse", "libelle": "Adresse", "alimente": "menage.adresse"},
        _SITE,
    ],
    "suivi": [{"cle": "site", "type": "choix", "libelle": "Nouveau site", "options": "sites"}],
    "ouverture": [
        _SITE,
        {"cle": "le", "type": "date", "libelle": "Le", "alimente": "evenement.date"},
        {"cle": "titre", "type": "texte", "libelle": "Titre", "alimente": "evenement.titre"},
    ],
    "defi": [
        _SITE,
        {"cle": "titre", "type": "texte", "libelle": "Titre"},
        {"cle": "debut", "type": "date", "libelle": "Début"},
        {"cle": "fin", "type": "date", "libelle": "Fin"},
        {
            "cle": "immeubles", "type": "tableau", "libelle": "Immeubles",
            "colonnes": [
                {"cle": "nom", "type": "texte", "libelle": "Nom"},
                {"cle": "logements", "type": "nombre", "libelle": "Logements"},
                {"cle": "avant", "type": "nombre", "libelle": "Un an plus tôt", "decimales": 2},
            ],
        },
    ],
    "resultat": [
        {
            "cle": "releves", "type": "tableau", "libelle": "Relevés",
            "colonnes": [
                {"cle": "nom", "type": "texte", "libelle": "Nom"},
                {"cle": "apres", "type": "nombre", "libelle": "Pendant", "decimales": 2},
            ],
        },
    ],
    "ambassadeur": [
        _SITE,
        {"cle": "nom", "type": "texte", "libelle": "Nom", "classe": "social"},
        {"cle": "contact", "type": "texte", "libelle": "Contact", "classe": "social"},
        {"cle": "fin", "type": "date", "libelle": "Jusqu'au"},
    ],
    "mandat": [{"cle": "fin", "type": "date", "libelle": "Jusqu'au"}],
}  # fmt: skip


def diagrams() -> dict[str, bytes]:
    """Return the diagrams of the territory."""
    route = (
        process("parcours", name="Parcours")
        .service("rattacher", "rattacher_site", "rattache", site="signalement.site")
        .xor("classe", default="suivre")
        .when('rattache.zonage == "zus"')
        .user("suivre_classe", lane="coach", formulaire="suivi")
        .to("revoir")
        .at("classe")
        .user("suivre", lane="coach", formulaire="suivi")
        .to("revoir")
    )
    route.last = None
    route.service("revoir", "rattacher_site", site="suivi.site").service(
        "engager", "engager_depense", enveloppe='"mesures"', nature='"accompagnement"', montant="700"
    ).service("clore", "cloturer_dossier", motif="dossier.site.nom").end("fin")
    opening = (
        process("ouverture", name="Ouverture d'un site")
        .user("preparer", lane="coach", formulaire="ouverture")
        .service("placer", "rattacher_site", site="ouverture.site")
        .service("dater", "dater_site", ouvert_le="ouverture.le")
        .end("fin")
    )
    contest = (
        process("defi", name="Défi entre immeubles")
        .user("preparer_defi", lane="coach", formulaire="defi")
        .service("placer_defi", "rattacher_site", site="defi.site")
        .service(
            "ouvrir_defi", "ouvrir_defi", titre="defi.titre", unite='"kWh"', debut="defi.debut",
            fin="defi.fin", immeubles="defi.immeubles",
        )
        .user("relever", lane="coach", formulaire="resultat")
        .service("classer", "classer_defi", "classement", releves="resultat.releves")
        .end("fin")
    )  # fmt: skip
    ambassador = (
        process("ambassadeur", name="Ambassadeur")
        .user("nommer", lane="coach", formulaire="ambassadeur")
        .service("placer_nom", "rattacher_site", site="ambassadeur.site")
        .service(
            "inscrire", "nommer_ambassadeur", "nomme", genre='"habitant"', nom="ambassadeur.nom",
            contact="ambassadeur.contact", jusqu_au="ambassadeur.fin",
        )
        .service("oublier", "effacer_reponses", formulaire='"ambassadeur"', champs='["nom", "contact"]')
        .user("revoir_mandat", lane="coach", formulaire="mandat")
        .service("mandat", "reconduire_ambassadeur", ambassadeur="nomme.id", jusqu_au="mandat.fin")
        .end("fin")
    )  # fmt: skip
    made = {"parcours": route, "ouverture": opening, "defi": contest, "ambassadeur": ambassador}
    return {name: block.xml() for name, block in made.items()}


def write(folder: Path, *, settings: str = SETTINGS) -> Path:
    """Write the territory's files below a folder and return the root to load from."""
    bpmn, forms = folder / "bpmn" / "territories" / "parcs", folder / "forms" / "territories" / "parcs"
    for part in (bpmn, forms, folder / "bpmn" / "base", folder / "forms" / "base"):
        part.mkdir(parents=True)
    for name, text in diagrams().items():
        (bpmn / f"{name}.bpmn").write_bytes(text)
    (bpmn / "territoire.toml").write_text(settings)
    for name, rows in FORMS.items():
        (forms / f"{name}.json").write_text(json.dumps({"id": name, "titre": name.title(), "champs": rows}))
    return folder


@contextmanager
def serving(folder: Path, *, settings: str = SETTINGS) -> Iterator[Territory]:
    """Load the territory and serve it for the time of the block."""
    releases.load_territory(write(folder, settings=settings), "parcs")
    territory = releases.territory_by_code("parcs")
    assert territory is not None
    with tenancy.serving(territory.id):
        yield territory


def site(key: str) -> Site:
    """Return the site of that key as it stands now."""
    end_read()
    return db.session.scalars(select(Site).where(Site.key == key)).one()


def household(at: str | UUID, name: str = "Moreau") -> OpenedAlert:
    """Open the case of a household on a site (its id, or « diffus »)."""
    answers = {
        "nom": name, "site": str(at),
        "adresse": {"voie": "1 rue des Parcs", "cp": "95000", "insee": "95127"},
    }  # fmt: skip
    return cases.open_alert(answers, by=build.an_actor("coach"))


def act(name: str, **answers: Any) -> UUID:
    """Begin a process of the territory by hand; return it."""
    return acts.start(name, None, answers, by=build.an_actor("coordination"))
