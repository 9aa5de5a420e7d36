"""Le Trait Social on its shipped éco-coaching files: its people, an agency, households in travelled time.

Every step is answered by the real use cases, by somebody who holds its lane; answers come from the forms' own
generator, those that matter are given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.errors import NotFound
from app.models import Breach, Case, Membership, Partner, Task, Territory, User
from app.services import actors, acts, case_view, cases, perimeter, releases, task_view, tasks
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from tests import build

CODE: Final = "batigere"
CERGY: Final = "95127"
AGENCY: Final = "Agence de Cergy"
OPERATOR: Final = "Correspondants solidarité"
ALERT: Final[dict[str, Any]] = {
    "origine": "charge_clientele", "donneur_structure": AGENCY, "donneur_nom": "Monique Durand",
    "donneur_courriel": "monique.durand@exemple.invalid", "civilite": "mme", "nom": "Nguyen", "prenom": "Lan",
    "annee_naissance": 1990, "telephone": "06 00 00 95 04", "courriel": None, "interprete": False,
    "adresse": {"voie": "8 allée du Chat perché", "cp": "95000", "insee": CERGY},
    "statut": "locataire_social", "bailleur": "erigere", "personnes": 3,
    "indices": ["impaye_loyer", "facture_elevee", "charges_anormales"], "loyer_retard_mois": 1,
    "accord": "obtenu", "accord_mode": "ecrit", "accord_perimetre": ["technique", "social"],
}  # fmt: skip
PLAN: Final[dict[str, Any]] = {
    "droits": ["cheque_energie"], "charges": ["fluides"], "partenaires": False, "inadaptation": None,
    "vulnerabilite": "non", "correspondant": "associe",
}  # fmt: skip
YEAR: Final[dict[str, Any]] = {
    "compteur": "electricite", "debut": "2025-01-01", "fin": "2025-12-31", "quantite": "3650",
    "unite": "compteur",
}  # fmt: skip
"""Last year's bill: ten kWh a day."""
FIRST_READ: Final = date(2026, 1, 22)
STRAIGHT: Final[dict[str, dict[str, Any]]] = {
    "fragilite": {"suite": "diagnostic"},
    "rendez_vous": {"issue": "fixe"},
    "visite": {"issue": "realisee", "occupation": "adaptee"},
    "plan_actions": PLAN,
    "proposition": {"accepte": True},
    "contrat": {"signe": True},
    "visite_mensuelle": {"issue": "realisee"},
    "rendez_vous_mois": {"correspondant": False},
    "bilan": {"decision": "cloturer"},
    "droits_suivi": {"attendus": False},
    "partage": {"elements": None, "accord": True},
    "mutation": {"accord": True, "elements": None},
}
ROLES: Final = {"agence": "bailleur_agence", "correspondant": "correspondant", "pole": "coordination_sociale"}
"""Who answers a lane; the social worker answers the others."""


@contextmanager
def serving(app: Flask, folder: Path) -> Iterator[Territory]:
    """Serve Le Trait Social; in its directory, an agency, a social service and an energy operator."""
    build.a_server(app, folder)
    with build.serving(CODE) as territory:
        build.a_partner("agence_bailleur", [CERGY], name=AGENCY)
        build.a_partner("ccas", [CERGY], name="CCAS de Cergy")
        build.a_partner("operateur_energie", [], name=OPERATOR)
        yield territory


def structure(role: str) -> Partner | None:
    """The structure that people of a role work for: the landlord's agency, the energy operator, or none."""
    name = OPERATOR if role == "correspondant" else AGENCY if role.startswith("bailleur") else None
    return db.session.scalars(select(Partner).where(Partner.name == name)).one() if name else None


def person(role: str) -> Actor:
    """Return somebody who holds ``role`` in the structure they work for."""
    mail = f"{role}@{CODE}.invalid"
    user = db.session.scalar(select(User).where(User.email == mail))
    if user is None:
        where = held.id if (held := structure(role)) else None
        with transaction() as session:
            shown = role.replace("_", " ").capitalize()
            user = User(email=mail, name=shown, password_hash="!", created_at=clock.now())
            user.memberships.append(
                Membership(roles=[role], territory_id=tenancy.current_id(), partner_id=where)
            )
            session.add(user)
    return actors.actor_for(user)


@contextmanager
def on(day: date | str, hour: int = 10) -> Iterator[None]:
    """Live an hour of a day, in Paris."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    with clock.at(datetime.combine(when, time(hour), clock.PARIS)):
        yield


def pump_on(*days: date | str) -> None:
    """Do what is due at the start of each day, in order."""
    for day in days:
        with on(day, 1):
            build.pump()


def referral(**wanted: Any) -> OpenedAlert:
    """Send a fiche de repérage by the public form."""
    public = actors.public(releases.current().settings)
    form = releases.current().forms["signalement"]
    given = {**ALERT, **wanted}
    return cases.open_alert(build.sample(form, {}, classes=public.rights.collect, **given), by=public)


def hand(task: Task) -> Actor:
    """Return somebody who does this step."""
    return person(ROLES.get(task.lane, "travailleur_social"))


def answer(element: str, case: OpenedAlert, *, by: Actor | None = None, **wanted: Any) -> None:
    """Answer the open step of that element in a case, whichever process holds it."""
    task = build.the_task(element, case=case)
    actor = by or hand(task)
    view = task_view.open_task(task.id, actor)
    straight = {**STRAIGHT.get(view.form.id, {}), **wanted}
    tasks.complete(task.id, build.sample(view.form, view.context, classes=view.classes, **straight), by=actor)


def act(name: str, case: OpenedAlert, **wanted: Any) -> UUID:
    """Do an act by hand, as the social worker; return its process."""
    release = releases.current()
    first = next(i for i in release.programme.described[release.settings.acts[name].process] if i.form)
    actor = person("travailleur_social")
    given = build.sample(release.forms[str(first.form)], {}, classes=actor.rights.collect, **wanted)
    return acts.start(name, case.case_id, given, by=actor)


def to_plan(day: date, referral_facts: dict[str, Any] | None = None, **plan: Any) -> OpenedAlert:
    """Have a household visited on a day and its plan agreed on the same day."""
    with on(day - timedelta(days=7)):
        case = referral(**(referral_facts or {}))
        answer("apprecier_fragilite", case)
        answer("prendre_rendez_vous", case, date=day)
    with on(day):
        answer("realiser_visite", case, date=day)
        answer("etablir_plan", case, **plan)
    return case


def sign(case: OpenedAlert, begins: date, *, bills: bool = True) -> None:
    """Have the household accept and sign on a day, its kit handed over, ten kWh a day on last year's bill."""
    with on(begins, 11):
        answer("proposer_coaching", case)
        answer("signer_contrat", case, debut=begins)
        answer(
            "remettre_livret", case, date=begins, remis=[{"article": "mousseur", "quantite": 2, "pose": True}]
        )
        answer("etablir_reference", case, chauffage=["aucun"], factures=[YEAR] if bills else None)


def month(case: OpenedAlert, day: date) -> None:
    """Hold the month's appointment on a day."""
    with on(day, 9):
        build.pump()
        answer("fixer_rendez_vous", case, date=day)
    with on(day, 17):
        answer("tenir_rendez_vous", case, date=day)
        read(case, day)


def read(case: OpenedAlert, day: date, **row: Any) -> None:
    """Read the meter of electricity, eight kWh a day since the first reading, and no other."""
    index = 1000 + 8 * (day - FIRST_READ).days
    rows: list[dict[str, Any]] = [{"index": index, "nature": "lu", **row}]
    rows += [{"index": None} for _ in releases.current().settings.consumption.dials][1:]
    answer("relever_compteurs", case, date=day, compteurs=rows)


def settle(case: OpenedAlert, day: date | str) -> None:
    """Conclude on a day the steps that follow the diagnosis, when they are open."""
    with on(day, 14):
        build.pump()
        for element in ("demander_droits", "reduire_charges"):
            if element in open_elements(case):
                facts: dict[str, Any] = {"revoir_le": clock.today()} if element == "demander_droits" else {}
                answer(element, case, **facts)
        build.pump()
        if "verifier_droits" in open_elements(case):
            answer("verifier_droits", case)


def open_elements(case: OpenedAlert) -> list[str]:
    """The open steps of a case, by element."""
    return sorted(task.element for task in build.open_tasks(case.case_id))


def closed_for(case: OpenedAlert) -> str | None:
    """Why a case was closed, None while it is open."""
    end_read()
    row = db.session.get_one(Case, case.case_id)
    return row.closure_reason if row.closed_at else None


def breaches(case: OpenedAlert) -> list[str]:
    """The elements whose promise was not kept in a case."""
    end_read()
    rows = db.session.scalars(
        select(Breach).where(Breach.case_id == case.case_id).order_by(Breach.recorded_at)
    )
    return [row.element for row in rows]


def sees(case: OpenedAlert, role: str) -> bool:
    """Whether somebody who holds ``role`` can open the case now."""
    end_read()
    actor = person(role)
    with perimeter.serving(actor):
        try:
            return case_view.file_view(case.reference, actor).case.reference == case.reference
        except NotFound:
            return False


def papers(case: OpenedAlert) -> list[str]:
    """The models of a case's documents, in the order they were asked for."""
    return [row.template for row in build.the_documents() if row.case_id == case.case_id]
