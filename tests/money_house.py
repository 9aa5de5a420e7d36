"""A small territory that gives measures: a quota shared by operators, an envelope, breaks (AST-2).

Each case asks for a place, waits for one when there is none, engages its twelve months, and is followed until
it ends or breaks. Every step is a real one, through the real use cases, in travelled time.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.models import Agreement, Commitment, Partner, QuotaPlace, Task, Territory
from app.services import actors, cases, releases, tasks
from app.services.cases import OpenedAlert
from tests import build
from tests.bpmn_builder import message, process

SETTINGS: Final = """
nom = "Territoire des budgets"
code = "budgets"

[[communes]]
insee = "62041"
nom = "Arras"
cp = "62000"

[couloirs.referent]
libelle = "Référent"
roles = ["referent"]

[roles.referent]
libelle = "Référent"
droits = ["dossiers.voir", "dossiers.signaler", "taches.traiter"]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[roles.finances]
libelle = "Finances"
droits = ["budget.voir", "budget.agir", "supervision.voir"]

[roles.elu]
libelle = "Élu"
droits = ["budget.voir"]

[roles.responsable]
libelle = "Responsable d'opérateur"
droits = ["dossiers.voir", "budget.voir"]
perimetre = "structure"
collecte = ["technique"]
lecture = ["technique"]

[partenaires.operateur]
libelle = "Opérateur"
domaine = "social"
recoit = ["technique", "social"]

[reglages]
mois_mesure = 12
forfait_mois = 220

[dossier]
formulaire = "signalement"
processus = "mesure"

[conventions]
convention = "Convention"
formation = "Formation"

[enveloppes]
mesures = "Mesures et diagnostics"

[quotas]
mesures = "Mesures de l'année"

[depenses.mesure]
libelle = "Mesure"
service_fait = "mois_prorata"
rapports_fin = ["bilan"]

[depenses.diagnostic]
libelle = "Diagnostic"

[budget]
rappel_jours = 60
rapports = ["bilan"]
constat = "Ce qui a été constaté du service fait et des objectifs"

[vivant]
annee_anah = 2026
zone_anah = "HORS_IDF"

[[vivant.conventions]]
cle = "operateurs"
genre = "convention"
titre = "Convention des opérateurs"
partenaire = "Groupement des opérateurs"
signee_le = 2025-10-20
debut = 2025-11-01
fin = 2026-10-31
montant = 52800.00
avance_max = 60

[[vivant.enveloppes]]
enveloppe = "mesures"
montant = 52800.00
debut = 2025-11-01
fin = 2026-10-31
convention = "operateurs"

[[vivant.quotas]]
quota = "mesures"
nombre = 20
debut = 2025-11-01
fin = 2026-10-31
"""
_FORMS: Final[dict[str, list[dict[str, Any]]]] = {
    "signalement": [
        {"cle": "nom", "type": "texte", "libelle": "Nom", "classe": "social", "alimente": "menage.nom"},
        {"cle": "adresse", "type": "adresse", "libelle": "Adresse", "alimente": "logement.adresse"},
        {"cle": "operateur", "type": "texte", "libelle": "Opérateur"},
    ],
    "suite": [
        {
            "cle": "issue", "type": "choix", "libelle": "Suite",
            "options": [{"valeur": v, "libelle": v} for v in ("fin", "rupture", "diagnostic")],
        },
        {"cle": "le", "type": "date", "libelle": "Le"},
    ],
    "bilan": [{"cle": "avis", "type": "texte", "libelle": "Avis"}],
}  # fmt: skip


def the_measure() -> bytes:
    """A place, else a turn; twelve months engaged, else an envelope that is empty; then what happens."""
    block = (
        process("mesure", name="Mesure")
        .service("prendre", "prendre_place", "prise", quota='"mesures"', partenaire="signalement.operateur")
        .xor("une_place", default="attendre")
        .when("prise.place")
        .to("engager")
        .at("une_place")
        .catch("attendre", message("place_liberee"))
        .service(
            "engager", "engager_depense", "mesure_engagee",
            enveloppe='"mesures"', nature='"mesure"', montant="reglages.forfait_mois",
            quantite="reglages.mois_mesure", partenaire="signalement.operateur",
        )
        .xor("engagee", default="rendre")
        .when("mesure_engagee.engagee")
        .to("suivre")
        .at("engagee")
        .service("rendre", "liberer_place", quota='"mesures"')
        .end("fin_refus")
    )  # fmt: skip
    block.last = None
    return (
        block.user("suivre", lane="referent", formulaire="suite", resultats="suite.issue")
        .xor("issue", default="conclure")
        .when('suite.issue == "rupture"')
        .to("degager")
        .at("issue")
        .when('suite.issue == "diagnostic"')
        .service(
            "diagnostiquer", "engager_depense", "diagnostic_engage",
            enveloppe='"mesures"', nature='"diagnostic"', montant="440", partenaire="signalement.operateur",
        )
        .service("constater", "noter_service_fait", nature='"diagnostic"')
        .to("suivre")
        .at("issue")
        .user("conclure", lane="referent", formulaire="bilan", delai='"P15D"')
        .end("fin")
        .at("")
        .service("degager", "degager_depense", nature='"mesure"', motif='"rupture"', le="suite.le")
        .service("liberer", "liberer_place", quota='"mesures"')
        .end("fin_rupture")
        .xml()
    )  # fmt: skip


def files(diagram: bytes, settings: str = SETTINGS) -> dict[str, bytes]:
    """Return the files of the bundle, with this diagram."""
    forms = {
        f"forms/{name}.json": json.dumps({"id": name, "titre": name.title(), "champs": rows}).encode()
        for name, rows in _FORMS.items()
    }
    return {"territoire.toml": settings.encode(), "bpmn/mesure.bpmn": diagram, **forms}


def write(folder: Path, *, settings: str = SETTINGS) -> Path:
    """Write the territory's files below a folder and return the root to load from."""
    bpmn, forms = folder / "bpmn" / "territories" / "budgets", folder / "forms" / "territories" / "budgets"
    for part in (bpmn, forms, folder / "bpmn" / "base", folder / "forms" / "base"):
        part.mkdir(parents=True)
    (bpmn / "mesure.bpmn").write_bytes(the_measure())
    (bpmn / "territoire.toml").write_text(settings)
    for name, rows in _FORMS.items():
        (forms / f"{name}.json").write_text(json.dumps({"id": name, "titre": name.title(), "champs": rows}))
    return folder


@contextmanager
def serving(folder: Path, *, settings: str = SETTINGS) -> Iterator[Territory]:
    """Load the territory, serve it for the time of the block, with somebody for each role."""
    releases.load_territory(write(folder, settings=settings), "budgets")
    territory = releases.territory_by_code("budgets")
    assert territory is not None
    with tenancy.serving(territory.id):
        build.an_actor("referent"), build.an_actor("finances")
        yield territory


def paris(*moment: int) -> datetime:
    """Return an instant in Paris."""
    return datetime(*moment, tzinfo=clock.PARIS)  # type: ignore[arg-type,misc]


def an_operator(name: str) -> Partner:
    """Return a new operator of the directory."""
    with transaction() as session:
        row = Partner(kind="operateur", name=name, communes=[], email="contact@operateur.invalid")
        session.add(row)
    return row


def ask(operator: UUID | None = None) -> OpenedAlert:
    """Ask for a measure now: the case holds a place and is engaged, or waits."""
    by = actors.public(releases.current().settings)
    answers: dict[str, Any] = {"nom": "Moreau", "adresse": {"voie": "1 rue", "cp": "62000", "insee": "62041"}}
    if operator is not None:
        answers["operateur"] = str(operator)
    return cases.open_alert(answers, by=by)


def follow(case: OpenedAlert, issue: str, on: date | None = None) -> None:
    """Answer what follows the measure: ``fin``, ``rupture`` (on a day), ``diagnostic``."""
    answer(case, "suivre", issue=issue, le=on or clock.today())


def answer(case: OpenedAlert, element: str, **answers: Any) -> None:
    """Answer an open step of a case."""
    end_read()
    task = db.session.scalars(
        select(Task).where(Task.case_id == case.case_id, Task.element == element, Task.status == "open")
    ).one()
    tasks.complete(task.id, answers, by=build.the_hand(task))


def the_places(*status: str) -> list[QuotaPlace]:
    """Return the places in one of these states, in the order of asking."""
    end_read()
    query = select(QuotaPlace).order_by(QuotaPlace.asked_at, QuotaPlace.rank)
    return list(db.session.scalars(query.where(QuotaPlace.status.in_(status)) if status else query))


def the_commitments(nature: str = "mesure") -> list[Commitment]:
    """Return what is engaged of a nature, the oldest first."""
    end_read()
    query = select(Commitment).where(Commitment.nature == nature)
    return list(db.session.scalars(query.order_by(Commitment.engaged_at, Commitment.id)))


def the_agreement() -> Agreement:
    """Return the agreement of the operators."""
    end_read()
    return db.session.scalars(select(Agreement).where(Agreement.key == "operateurs")).one()
