"""A small territory whose measure asks for visits: frequencies, promises, breaches, with its own diagrams.

The measure is a sub-process in which visits are written down one after the other; a breach is answered in
the shipped process. Every visit is a real submission through the real use cases, in travelled time.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from xml.sax.saxutils import quoteattr

from sqlalchemy import select

from app import clock, tenancy
from app.config import ROOT
from app.database import db, end_read
from app.models import Breach, Duty, Notice, Task, Territory
from app.services import actors, cases, releases, tasks
from app.services.cases import OpenedAlert
from tests import build
from tests.bpmn_builder import Block, process, sub, timer

VISITS: Final[Mapping[str, str]] = {
    "frequence": "reglages.visites_mois",
    "frequence_fenetre": "mois",
    "frequence_compte": "visite",
    "frequence_date": "date",
    "frequence_si": 'issue == "realisee"',
    "frequence_dont": "1",
    "frequence_dont_si": 'lieu == "domicile"',
    "frequence_alerte": "jours_apres(fenetre.debut, 19)",
    "frequence_nom": "visites",
    "frequence_dont_nom": "à domicile",
}
"""AST-6: at least two visits a month, one of them at home, a warning on day 20."""
MEETINGS: Final[Mapping[str, str]] = {
    "frequence": "1",
    "frequence_fenetre": "trimestre",
    "frequence_compte": "seance",
    "frequence_nom": "séances",
    "frequence_alerte": '"P15D"',
}
PROMISE: Final[Mapping[str, str]] = {"delai": '"P5D"', "manquement": '"P2D"'}
_SETTINGS: Final = """
nom = "Territoire des mesures"
code = "mesures"

[[communes]]
insee = "44184"
nom = "Saint-Nazaire"
cp = "44600"

[couloirs.referent]
libelle = "Référent"
roles = ["referent"]

[couloirs.pole]
libelle = "Pôle"
roles = ["pole"]

[roles.referent]
libelle = "Référent"
droits = ["dossiers.voir", "dossiers.signaler", "taches.traiter", "supervision.voir"]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[roles.pole]
libelle = "Pôle"
droits = [
  "dossiers.voir", "taches.traiter", "supervision.voir", "supervision.agir", "parcours.reparer", "revue.voir",
]
collecte = ["technique", "social"]
lecture = ["technique", "social"]

[reglages]
visites_mois = 2

[dossier]
formulaire = "signalement"
processus = "mesure"

[messages]
avertissement = "frequence_avertissement"
escalade = "escalade_tache"

[vivant]
annee_anah = 2026
zone_anah = "HORS_IDF"
jours_fermes = []
"""
_FORMS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "signalement": [
        {"cle": "nom", "type": "texte", "libelle": "Nom", "classe": "social", "alimente": "menage.nom"},
        {"cle": "adresse", "type": "adresse", "libelle": "Adresse", "alimente": "logement.adresse"},
    ],
    "visite": [
        {"cle": "date", "type": "date", "libelle": "Date"},
        {
            "cle": "lieu", "type": "choix", "libelle": "Lieu",
            "options": [{"valeur": v, "libelle": v} for v in ("domicile", "bureau")],
        },
        {
            "cle": "issue", "type": "choix", "libelle": "Issue",
            "options": [{"valeur": v, "libelle": v} for v in ("realisee", "absent")],
        },
        {"cle": "encore", "type": "oui_non", "libelle": "Poursuivre"},
        {"cle": "note", "type": "texte_long", "libelle": "Note", "classe": "social"},
    ],
    "bilan": [{"cle": "avis", "type": "texte", "libelle": "Avis"}],
    "seance": [{"cle": "tenue_le", "type": "date", "libelle": "Tenue le"}],
}  # fmt: skip


def properties(given: Mapping[str, str]) -> str:
    """Return the properties of an activity, as the inside of its element."""
    rows = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in given.items()
    )
    return (
        f"<extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></extensionElements>"
    )


def the_measure(duty: Mapping[str, str]) -> Block:
    """The measure: visits one after the other in a sub-process under duty, then an evaluation promised."""
    inside = (
        sub("accompagner")
        .user("noter_visite", lane="referent", formulaire="visite", resultats="visite.encore")
        .xor("encore", default="accompagner_fin")
        .when("visite.encore")
        .to("noter_visite")
        .at("encore")
        .end("accompagner_fin")
    )
    return (
        process("mesure", name="Mesure")
        .node("subProcess", inside.id, properties(duty) + inside.content(), lane="referent")
        .user("evaluer", lane="referent", formulaire="bilan", **PROMISE)
        .end()
    )


def the_meeting(duty: Mapping[str, str]) -> Block:
    """The territory's meeting, started by the calendar."""
    return (
        Block("seance", name="Séance")
        .start("trimestre", properties(duty) + timer("mois_apres(ancre, 3 * rang)", "timeDate"))
        .user("tenir_seance", lane="pole", formulaire="seance")
        .end()
    )


def write(
    folder: Path,
    *,
    duty: Mapping[str, str] = VISITS,
    meeting: Mapping[str, str] | None = None,
    answered: bool = True,
    extra: Mapping[str, bytes] | None = None,
    settings: str = "",
) -> Path:
    """Write the territory's files below an empty folder and return the root to load from.

    Args:
        duty: the properties of the sub-process that is under duty.
        meeting: those of the start of the territory's meeting; None: no calendar.
        answered: whether breaches start the shipped process.
        extra: more diagrams, by file name; one named ``mesure.bpmn`` replaces the measure.
        settings: more of ``territoire.toml``.
    """
    bpmn, forms = folder / "bpmn" / "territories" / "mesures", folder / "forms" / "territories" / "mesures"
    for part in (bpmn / "messages", forms, folder / "bpmn" / "base", folder / "forms" / "base"):
        part.mkdir(parents=True)
    text = _SETTINGS
    if meeting is not None:
        (bpmn / "seance.bpmn").write_bytes(the_meeting(meeting).xml())
        text = text.replace(
            "[messages]", '[[calendrier]]\nprocessus = "seance"\nancre = 2026-01-15\n\n[messages]'
        )
    if answered:
        text += '\n[manquements]\nprocessus = "manquement"\n'
        shutil.copy(ROOT / "bpmn/base/manquement.bpmn", bpmn)
        for name in ("manquement", "verification_manquement"):
            shutil.copy(ROOT / f"forms/base/{name}.json", forms)
    for name in ("frequence_avertissement", "escalade_tache"):
        shutil.copy(ROOT / f"bpmn/base/messages/{name}.txt", bpmn / "messages")
    (bpmn / "mesure.bpmn").write_bytes(the_measure(duty).xml())
    for name, content in (extra or {}).items():
        (bpmn / name).write_bytes(content)
    (bpmn / "territoire.toml").write_text(text + settings)
    for name, rows in _FORMS.items():
        (forms / f"{name}.json").write_text(json.dumps({"id": name, "titre": name.title(), "champs": rows}))
    return folder


@contextmanager
def serving(folder: Path, **given: Any) -> Iterator[Territory]:
    """Load the territory and serve it for the time of the block."""
    releases.load_territory(write(folder, **given), "mesures")
    territory = releases.territory_by_code("mesures")
    assert territory is not None
    with tenancy.serving(territory.id):
        yield territory


def paris(*moment: int) -> datetime:
    """Return an instant in Paris."""
    return datetime(*moment, tzinfo=clock.PARIS)  # type: ignore[arg-type,misc]


def a_measure() -> OpenedAlert:
    """Open a case, whose measure begins now."""
    by = actors.public(releases.current().settings)
    address = {"voie": "12 rue du Croisic", "cp": "44600", "insee": "44184"}
    return cases.open_alert({"nom": "Moreau", "adresse": address}, by=by)


def the_referent() -> actors.Actor:
    """Somebody who keeps measures."""
    return build.an_actor("referent")


def visit(
    case: OpenedAlert,
    on: date | None = None,
    *,
    at_home: bool = True,
    done: bool = True,
    more: bool = True,
) -> None:
    """Write down a visit made ``on`` a day (today); ``more``: the measure goes on."""
    answers = {
        "date": on or clock.today(), "lieu": "domicile" if at_home else "bureau",
        "issue": "realisee" if done else "absent", "encore": more,
    }  # fmt: skip
    answer("noter_visite", case.process_id, **answers)


def answer(element: str, process_id: UUID, **answers: Any) -> None:
    """Answer the open step of that element in that process."""
    end_read()
    task = db.session.scalars(
        select(Task).where(Task.process_id == process_id, Task.element == element, Task.status == "open")
    ).one()
    tasks.complete(task.id, answers, by=build.the_hand(task))


def the_duties() -> list[Duty]:
    """Return every duty, the oldest first."""
    end_read()
    return list(db.session.scalars(select(Duty).order_by(Duty.since, Duty.id)))


def the_breaches() -> list[Breach]:
    """Return every breach, in the order found."""
    end_read()
    return list(db.session.scalars(select(Breach).order_by(Breach.window_to, Breach.recorded_at)))


def the_notices(kind: str) -> list[Notice]:
    """Return what the bell says of one kind."""
    end_read()
    return list(db.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.at)))
