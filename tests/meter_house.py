"""A small territory that reads meters every month: bills, readings, the gain (BAT-7, BAT-8).

The form of the readings is the shipped one (F5). Every step is a real one, in travelled time.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copyfile
from typing import Any, Final

from sqlalchemy import select

from app import clock, engine, tenancy
from app.database import db, end_read
from app.models import Baseline, Case, ProcessInstance, Reading, Task, Territory
from app.services import actors, cases, releases, task_view, tasks
from app.services.cases import OpenedAlert
from tests import build
from tests.bpmn_builder import process

ROOT: Final = Path(__file__).parent.parent
SETTINGS: Final = """
nom = "Territoire des compteurs"
code = "compteurs"
base = ["forms/releve"]

[[communes]]
insee = "95127"
nom = "Cergy"
cp = "95000"

[[communes]]
insee = "62041"
nom = "Arras"
cp = "62000"

[couloirs.coach]
libelle = "Coach"
roles = ["coach"]

[roles.coach]
libelle = "Coach"
droits = ["dossiers.voir", "dossiers.signaler", "taches.traiter", "consommations.voir", "consommations.agir"]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[roles.regard]
libelle = "Regard"
droits = ["dossiers.voir", "consommations.voir", "series.voir"]
lecture = ["technique"]

[roles.aveugle]
libelle = "Sans relevés"
droits = ["dossiers.voir"]
lecture = ["technique"]

[roles.chiffres]
libelle = "Chiffres"
droits = ["series.voir", "series.agir"]

[dossier]
formulaire = "signalement"
processus = "suivi"

[series.tarif_eau]
libelle = "Eau"
unite = "€/m³"
pas = "date"

[series.tarif_gaz]
libelle = "Gaz"
unite = "€/kWh"
pas = "date"
decimales = 4

[series.coefficient_gaz]
libelle = "Conversion du gaz"
unite = "kWh/m³"
pas = "date"

[series.dju]
libelle = "Degrés-jours"
unite = "DJU"
pas = "mois"
par = { montsouris = "Paris", lille = "Lille" }

[consommation]
reference_jours = 330
alerte = 3
station = "montsouris"
stations = { 62 = "lille" }

[consommation.fluides.gaz]
libelle = "Gaz"
mesure = "energie"
part_chauffage = 0.6
degres_jours = "dju"

[consommation.fluides.eau]
libelle = "Eau"
mesure = "eau"

[consommation.compteurs.gaz]
fluide = "gaz"
libelle = "Gaz"
unite = "m³"
chiffres = 5
tarif = "tarif_gaz"
coefficient = "coefficient_gaz"

[consommation.compteurs.eau_froide]
fluide = "eau"
libelle = "Eau froide"
chiffres = 5
tarif = "tarif_eau"

[vivant]
annee_anah = 2026
zone_anah = "IDF"
"""
_FIGURES: Final = [
    ("tarif_eau", "", "2020-01-01", "4"),
    ("tarif_gaz", "", "2020-01-01", "0.1"),
    ("coefficient_gaz", "", "2020-01-01", "11.2"),
]
DEGREES: Final = (400, 320, 280, 160, 60, 0, 0, 0, 30, 150, 250, 350)
"""Degree days of each month of 2025 and 2026 in Paris: 2 000 a year."""
_FORMS: Final[dict[str, list[dict[str, Any]]]] = {
    "signalement": [
        {"cle": "nom", "type": "texte", "libelle": "Nom", "classe": "social", "alimente": "menage.nom"},
        {"cle": "adresse", "type": "adresse", "libelle": "Adresse", "alimente": "logement.adresse"},
    ],
    "factures": [
        {
            "cle": "lignes", "type": "tableau", "libelle": "Factures", "colonnes": [
                {"cle": "compteur", "type": "choix", "libelle": "Compteur", "options": "compteurs"},
                {"cle": "debut", "type": "date", "libelle": "Du"},
                {"cle": "fin", "type": "date", "libelle": "Au"},
                {"cle": "quantite", "type": "nombre", "decimales": 3, "libelle": "Quantité"},
                {"cle": "unite", "type": "choix", "libelle": "Unité", "options": ["compteur", "energie"]},
            ],
        },
        {"cle": "chauffage", "type": "choix", "libelle": "Chauffage", "options": ["gaz", "bois"]},
    ],
}  # fmt: skip


def the_route() -> bytes:
    """Bills, then a reading again and again: each is kept and the gain reckoned."""
    return (
        process("suivi", name="Suivi")
        .user("facturer", lane="coach", formulaire="factures")
        .service(
            "referencer", "etablir_reference", "reference",
            formulaire='"factures"', chauffage="factures.chauffage",
        )
        .user("relever", lane="coach", formulaire="releve")
        .service("enregistrer", "enregistrer_releve", "releves")
        .service("calculer", "calculer_gain", "gain")
        .xor("encore", default="relever")
        .when("gain.jours > 5000")
        .end("fin")
        .at("encore")
        .to("relever")
        .xml()
    )  # fmt: skip


def first_figures() -> str:
    """Return ``[[vivant.series]]``: prices since 2020, degree days of Paris for two years."""
    rows = [*_FIGURES]
    for year in (2025, 2026):
        rows += [("dju", "montsouris", f"{year}-{n + 1:02}-01", str(v)) for n, v in enumerate(DEGREES)]
    return "".join(
        f'\n[[vivant.series]]\nserie = "{series}"\n' + (f'par = "{place}"\n' if place else "")
        + f"le = {on}\nvaleur = {value}\n"
        for series, place, on, value in rows
    )  # fmt: skip


def write(folder: Path, settings: str | None = None) -> Path:
    """Write the territory's files below a folder and return the root to load from."""
    bpmn, forms = (folder / part / "territories" / "compteurs" for part in ("bpmn", "forms"))
    for part in (bpmn, forms, folder / "bpmn" / "base", folder / "forms" / "base"):
        part.mkdir(parents=True)
    (bpmn / "suivi.bpmn").write_bytes(the_route())
    (bpmn / "territoire.toml").write_text(SETTINGS + first_figures() if settings is None else settings)
    copyfile(ROOT / "forms" / "base" / "releve.json", folder / "forms" / "base" / "releve.json")
    for name, rows in _FORMS.items():
        (forms / f"{name}.json").write_text(json.dumps({"id": name, "titre": name.title(), "champs": rows}))
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[Territory]:
    """Load the territory and serve it for the time of the block."""
    releases.load_territory(write(folder), "compteurs")
    territory = releases.territory_by_code("compteurs")
    assert territory is not None
    with tenancy.serving(territory.id):
        yield territory


def paris(*moment: int) -> datetime:
    """Return an instant in Paris."""
    return datetime(*moment, tzinfo=clock.PARIS)  # type: ignore[arg-type,misc]


def a_household(name: str = "Moreau") -> OpenedAlert:
    """Open a case in Cergy."""
    by = actors.public(releases.current().settings)
    home = {"voie": "1 rue", "cp": "95000", "insee": "95127"}
    return cases.open_alert({"nom": name, "adresse": home}, by=by)


def answer(case: OpenedAlert, element: str, **answers: Any) -> None:
    """Answer the open step of a case."""
    end_read()
    task = db.session.scalars(
        select(Task).where(Task.case_id == case.case_id, Task.element == element, Task.status == "open")
    ).one()
    hand = build.the_hand(task)
    view = task_view.open_task(task.id, hand)
    typed = view.form.parse(answers, classes=view.classes, context=view.context)
    tasks.complete(task.id, typed, by=hand)


def bill(
    case: OpenedAlert, *rows: tuple[str, str, str, str], heating: str = "gaz", unit: str = "compteur"
) -> None:
    """Enter the bills of a household: dial, first and last day, quantity."""
    lines = [
        {"compteur": dial, "debut": first, "fin": last, "quantite": quantity, "unite": unit}
        for dial, first, last, quantity in rows
    ]
    answer(case, "facturer", lignes=lines, chauffage=heating)


def read(case: OpenedAlert, on: str, **indexes: Any) -> dict[str, Any]:
    """Read meters on a day: an index, or a row of the form; return the gain and what the reading said."""
    rows = []
    for dial in ("gaz", "eau_froide"):
        given = indexes.get(dial)
        rows.append(given if isinstance(given, dict) else {"index": given, "nature": "lu"})
    day = date.fromisoformat(on)
    with clock.at(paris(day.year, day.month, day.day, 10)):
        answer(case, "relever", date=on, compteurs=rows)
    end_read()
    return the_data(case)


def the_data(case: OpenedAlert) -> dict[str, Any]:
    """Return what the process of a case holds: ``reference``, ``releves``, ``gain``."""
    row = db.session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case.case_id)).one()
    programme = releases.of(row.release_id).programme
    assert row.state is not None
    (found,) = engine.read(programme, row.state).open_tasks
    return dict(found.variables)


def the_readings(case: OpenedAlert | Case, *, counted: bool = True) -> list[Reading]:
    """Return the readings of a case, by dial and day; ``counted``: those that hold."""
    end_read()
    case_id = case.case_id if isinstance(case, OpenedAlert) else case.id
    query = select(Reading).where(Reading.case_id == case_id).order_by(Reading.dial, Reading.on, Reading.at)
    return list(db.session.scalars(query.where(Reading.replaced_at.is_(None)) if counted else query))


def the_baseline(case: OpenedAlert) -> list[Baseline]:
    """Return the baseline of a case that holds."""
    end_read()
    query = select(Baseline).where(Baseline.case_id == case.case_id, Baseline.replaced_at.is_(None))
    return list(db.session.scalars(query.order_by(Baseline.dial, Baseline.starts_on)))


def euros(text: str) -> Decimal:
    """Return an amount."""
    return Decimal(text)
