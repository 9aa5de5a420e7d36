"""The SLIME on its shipped files: its people, its directory, households carried by the real use cases."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app import clock, tenancy
from app.catalog.answers import decode
from app.catalog.forms import Form
from app.database import db, end_read, transaction
from app.models import Membership, Partner, Submission, Task, Territory, User
from app.services import actors, acts, cases, releases, task_view, tasks
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from tests import build
from tests.answers import sample

CODE: Final = "montpellier"
SOCIAL, RELIEF, TECHNICAL, LEGAL = "CCAS, service social", "Secours populaire", "GEFOSAT", "Droit au logement"
DIRECTORY: Final = {
    SOCIAL: "ccas", RELIEF: "entraide", TECHNICAL: "appui_technique", LEGAL: "appui_juridique",
    "Accompagnement au logement": "asll", "Compagnons Bâtisseurs": "compagnons_batisseurs",
}  # fmt: skip
ROLES: Final = {
    "technicien": "charge_visite", "coordonnateur": "charge_visite", "menage": "charge_visite",
    "partenaire": "charge_visite", "ecorenove": "coordination_slime", "pole": "coordination_slime",
}  # fmt: skip
HELD_BY: Final = {"appui_technique": TECHNICAL, "appui_juridique": LEGAL}
GIVER: Final = "paule.negre@exemple.invalid"
ALERT: Final[dict[str, Any]] = {
    "origine": "association", "donneur_nom": "Paule Nègre", "donneur_structure": RELIEF,
    "donneur_courriel": GIVER, "civilite": "m", "nom": "Sy", "prenom": "Amadou", "annee_naissance": 1972,
    "telephone": "06 00 34 00 07", "courriel": "amadou.sy@exemple.invalid", "interprete": False,
    "adresse": {"voie": "17 rue de Salerne", "cp": "34080", "insee": "34172"}, "accord": "obtenu",
    "accord_mode": "oral", "statut": "locataire_social", "personnes": 4, "tranche_revenus": "TM",
    "avis_imposition": [], "handicap": False, "sante_fragile": False,
    "indices": ["facture_eau_elevee", "froid"],
}  # fmt: skip
KIT: Final = [
    {"article": "mousseur", "quantite": 2, "pose": True},
    {"article": "ampoule", "quantite": 4, "pose": True},
]
STRAIGHT: Final[Mapping[str, Mapping[str, Any]]] = {
    "analyse": {"priorite": "P2", "doublon": False, "dans_champ": True, "prestation": "visite"},
    "rendez_vous": {"issue": "fixe"},
    "visite": {"issue": "realisee", "kit": KIT, "factures_12_mois": "1800"},
    "kit": {"remis": KIT, "appui_technique": False, "appui_juridique": False},
    "orientations": {"lignes": []},
    "reponse_partenaire": {"acceptee": True},
    "resultat_partenaire": {"statut": "realisee"},
    "enquete_effets": {
        "canal": "telephone", "factures_avant": "1800", "factures_apres": "1500", "aide": False,
    },
    "bilan_menage": {"suite": "clore", "motif": "amelioree"},
    "presence": {"issue": "tenu", "emargement": None},
}  # fmt: skip


@contextmanager
def serving(app: Flask, folder: Path) -> Iterator[Territory]:
    """Serve the SLIME with its directory."""
    build.a_server(app, folder)
    with build.serving(CODE) as territory:
        for name, kind in DIRECTORY.items():
            build.a_partner(kind, [], name=name)
        yield territory


@contextmanager
def on(day: date | str, hour: int = 10) -> Iterator[None]:
    """Live an hour of a day, in Paris."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    with clock.at(datetime.combine(when, time(hour), clock.PARIS)):
        yield


def pump_on(*days: date | str) -> None:
    """Do what is due early on each day, in order."""
    for day in days:
        with on(day, 1):
            build.pump()


def person(role: str, structure: str = "") -> Actor:
    """Return somebody who holds ``role``, working for a structure of the directory when one is named."""
    mail = f"{role}.{structure.lower() or 'ccas'}@{CODE}.invalid".replace(" ", "")
    user = db.session.scalar(select(User).where(User.email == mail))
    if user is None:
        with transaction() as session:
            partner = session.scalar(select(Partner.id).where(Partner.name == structure))
            shown = f"{role} {structure}".replace("_", " ").strip()
            user = User(email=mail, name=shown, password_hash="!", created_at=clock.now())
            user.memberships.append(
                Membership(roles=[role], territory_id=tenancy.current_id(), partner_id=partner)
            )
            session.add(user)
    return actors.actor_for(user)


def hand(task: Task) -> Actor:
    """Return somebody who does this step."""
    if task.lane in HELD_BY:
        return person(task.lane, HELD_BY[task.lane])
    return person(ROLES[task.lane])


def alert(**wanted: Any) -> OpenedAlert:
    """Send an alert by the public form."""
    sender = actors.public(releases.current().settings)
    form = releases.current().forms["signalement"]
    return cases.open_alert(_drawn(form, {}, sender.rights.collect, {**ALERT, **wanted}), by=sender)


def answer(element: str, case: OpenedAlert | None = None, *, by: Actor | None = None, **wanted: Any) -> None:
    """Answer the open step of that element."""
    task = build.the_task(element, case=case)
    actor = by or hand(task)
    view = task_view.open_task(task.id, actor)
    straight = STRAIGHT.get(view.form.id, {})
    tasks.complete(task.id, _drawn(view.form, view.context, view.classes, {**straight, **wanted}), by=actor)
    end_read()


def act(name: str, **wanted: Any) -> UUID:
    """Do an act of the territory by hand; return its process."""
    release = releases.current()
    first = next(i for i in release.programme.described[release.settings.acts[name].process] if i.form)
    actor = person("coordination_slime")
    given = _drawn(release.forms[str(first.form)], {}, actor.rights.collect, wanted)
    return acts.start(name, None, given, by=actor)


def _drawn(
    form: Form, context: Mapping[str, Any], classes: frozenset[str], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    return sample(form, context, classes=classes, **wanted)


def to_kit(case: OpenedAlert, day: date | str, **kit: Any) -> None:
    """Carry a case to its visit and its kit, all on one day."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    with on(when):
        answer("analyser_signalement", case)
        answer("prendre_rendez_vous", case, date=when)
        answer("realiser_visite", case, date=when)
        answer("remettre_kit", case, **kit)


def to_report(case: OpenedAlert, day: date | str) -> None:
    """Write the report and hand it over, on one day."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    with on(when):
        answer("rediger_rapport", case)
        answer("remettre_rapport", case, date=when)


def open_elements(case: OpenedAlert) -> list[str]:
    """The open steps of a case, by element."""
    return sorted(task.element for task in build.open_tasks(case.case_id))


def answered(case: OpenedAlert, form: str) -> dict[str, Any]:
    """The last answers to a form in a case."""
    end_read()
    query = select(Submission).where(Submission.case_id == case.case_id, Submission.form == form)
    return decode(db.session.scalars(query.order_by(Submission.at.desc()).limit(1)).one().answers)
