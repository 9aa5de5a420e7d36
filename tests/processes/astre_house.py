"""The Département on its shipped ASTRE files: structures, the people of each, measures in travelled time.

Every step is answered by the real use cases, by somebody of the structure that holds the case; answers come
from the forms' own generator, those that matter are given.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask import Flask
from marshmallow import ValidationError
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.models import (
    Breach,
    Entrustment,
    Membership,
    Partner,
    ProcessInstance,
    Submission,
    Task,
    Territory,
    User,
)
from app.services import actors, acts, cases, releases, task_view, tasks
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from tests import build

CODE: Final = "pas-de-calais"
ARRAS: Final = "62041"
MONTREUIL: Final = "62588"
OPERATORS: Final = ("Habitat Solidaire 62", "Toit et Lien", "Ancrage Artois")
THREE: Final = ["demandeur", "slisl", "spslh"]
RELATIONS: Final = {"demandeur": "demandeur", "slisl": "slisl", "operateur": "operateur", "mar": "mar"}
"""In which relation a structure of each lane holds a case."""
ROLES: Final = {"demandeur": "structure_demandeuse", "slisl": "slisl", "operateur": "referent", "mar": "mar"}

SAISINE: Final[dict[str, Any]] = {
    "origine": "slisl", "donneur_structure": "MDS de l'Arrageois", "donneur_nom": "Inès Lefebvre",
    "donneur_courriel": "ines.lefebvre@exemple.invalid", "civilite": "mme", "nom": "Caron",
    "prenom": "Odette", "annee_naissance": 1958, "telephone": "03 21 00 00 12", "courriel": None,
    "interprete": False, "adresse": {"voie": "4 rue des Tilleuls", "cp": "62000", "insee": ARRAS},
    "composition": "seul",
    "personnes": 1, "ressources_mois": "980", "avis_imposition": [{"rfr": "11000"}], "statut": "proprietaire",
    "territoire_mds": "arrageois", "perimetre": "diffus", "pdalhpd": True, "diagnostic_souhaite": "aucun",
    "accord": "obtenu", "accord_mode": "ecrit",
}  # fmt: skip
STRAIGHT: Final[dict[str, dict[str, Any]]] = {
    "avis_slisl": {"avis": "favorable"},
    "eligibilite": {"avis": "favorable", "diagnostic": "aucun"},
    "position_operateur": {"accepte": True, "diplome": True, "experience": 5, "referent": "Claire Delattre"},
    "comite": {"decision": "acceptee"},
    "contrat": {"signe": True, "bilans": ["6"]},
    "transmission_bilan": {"destinataires": THREE},
    "bilan": {"conclusion": "poursuivre"},
    "plan_financement": {"suite": "boucle"},
    "chantier": {"acheve": True},
    "evaluation_finale": {"motif": "objectifs_atteints"},
}


@contextmanager
def serving(app: Flask, folder: Path) -> Iterator[Territory]:
    """Serve the Département, its directory filled: three operators, two SLISL, two technical partners."""
    build.a_server(app, folder)
    with build.serving(CODE) as territory:
        fill_directory()
        yield territory


def fill_directory() -> None:
    """Write the structures into the directory of the territory being served."""
    for name in OPERATORS:
        structure("operateur", name)
    structure("slisl", "SLISL de l'Arrageois", [ARRAS])
    structure("slisl", "SLISL du Montreuillois", [MONTREUIL])
    structure("mar", "Rénov'Conseil")
    structure("opah", "Équipe du PIG de l'Artois")


def structure(kind: str, name: str, communes: Sequence[str] = ()) -> Partner:
    """Return the structure of that name, new in the directory when it is not there."""
    known = db.session.scalar(select(Partner).where(Partner.name == name))
    return known or build.a_partner(kind, list(communes), name=name)


def person(role: str, partner: Partner | None = None) -> Actor:
    """Return somebody who holds ``role``, in a structure (the Département's own without one)."""
    mail = address(role, partner)
    user = db.session.scalar(select(User).where(User.email == mail))
    if user is None:
        shown = f"{role} {partner.name}" if partner else role
        with transaction() as session:
            user = User(email=mail, name=shown, password_hash="!", created_at=clock.now())
            where = {"territory_id": tenancy.current_id(), "partner_id": partner.id if partner else None}
            user.memberships.append(Membership(roles=[role], **where))
            session.add(user)
    return actors.actor_for(user)


def spslh() -> Actor:
    """Somebody of the SPSLH, who sees every case."""
    return person("spslh")


def address(role: str, partner: Partner | None = None) -> str:
    """The e-mail address of that person."""
    return f"{role}.{partner.id.hex[-12:] if partner else 'departement'}@{CODE}.invalid"


def holder(case_id: UUID, relation: str) -> Partner | None:
    """Return the structure that holds a case in a relation now."""
    query = select(Entrustment).where(Entrustment.case_id == case_id, Entrustment.relation == relation)
    row = db.session.scalar(query.where(Entrustment.until.is_(None)))
    return row.partner if row else None


def hand(task: Task) -> Actor:
    """Return somebody who does this step: of the structure that holds the case, else of the SPSLH."""
    lane = "operateur" if task.lane == "menage" else task.lane
    partner = holder(task.case_id, RELATIONS[lane]) if task.case_id and lane in RELATIONS else None
    return person(ROLES[lane], partner) if partner else spslh()


@contextmanager
def on(day: date | str, hour: int = 10) -> Iterator[None]:
    """Live an hour of a day, in Paris."""
    when = date.fromisoformat(day) if isinstance(day, str) else day
    with clock.at(datetime.combine(when, time(hour), clock.PARIS)):
        yield


def saisine(*, by: Actor | None = None, **wanted: Any) -> OpenedAlert:
    """Send a fiche saisine (F7), by the public form unless somebody of a structure sends it."""
    sender = by or actors.public(releases.current().settings)
    form = releases.current().forms["saisine"]
    answers = build.sample(form, {}, classes=sender.rights.collect, **{**SAISINE, **wanted})
    return cases.open_alert(answers, by=sender)


def answer(element: str, case: OpenedAlert, *, by: Actor | None = None, **wanted: Any) -> None:
    """Answer the open step of that element in a case, whichever process holds it."""
    task = build.the_task(element, case=case)
    actor = by or hand(task)
    view = task_view.open_task(task.id, actor)
    straight = dict(STRAIGHT.get(view.form.id, {}))
    given = build.sample(view.form, view.context, classes=view.classes, **{**straight, **wanted})
    tasks.complete(task.id, given, by=actor)


def act(name: str, case: OpenedAlert, *, by: Actor | None = None, **wanted: Any) -> UUID:
    """Do an act by hand; return its process."""
    release = releases.current()
    first = next(i for i in release.programme.described[release.settings.acts[name].process] if i.form)
    actor = by or person("referent", holder(case.case_id, "operateur"))
    form = release.forms[str(first.form)]
    return acts.start(
        name, case.case_id, build.sample(form, {}, classes=actor.rights.collect, **wanted), by=actor
    )


def visit(case: OpenedAlert, day: date | str, place: str = "domicile") -> None:
    """Note a visit made on a day, at noon of that day."""
    with on(day, 12):
        visited(case, place)


def visited(case: OpenedAlert, place: str) -> None:
    """Note a visit made today."""
    act("visite_mesure", case, date=clock.today(), issue="realisee", lieu=place, sujets=["budget"])


def refusal(do: Callable[[], Any]) -> str:
    """Return the first reason why a form does not take what is being sent."""
    try:
        do()
    except ValidationError as refused:
        ((sentence, *_), *_) = dict(refused.messages_dict).values()
        return str(sentence)
    raise AssertionError("taken, although a rule forbids it")


def nothing() -> None:
    """Do nothing: an hour at which something falls due by itself."""


def commission() -> None:
    """Hold the last commission that waits, deciding nothing of anybody (AST-11)."""
    waiting = [task for task in build.open_tasks() if task.element == "tenir_commission"]
    task, by = waiting[-1], spslh()
    view = task_view.open_task(task.id, by)
    lines = [{"decision": "vigilance"} for _ in view.context["situations"]]
    given = build.sample(
        view.form, view.context, classes=view.classes,
        date=clock.today(), situations=lines, actions=[], rencontres=3,
    )  # fmt: skip
    tasks.complete(task.id, given, by=by)


def to_committee(case: OpenedAlert, operator: str = OPERATORS[0], **eligible: Any) -> None:
    """Carry a saisine to the committee, which accepts it."""
    chosen = str(structure("operateur", operator).id)
    answer("donner_avis", case)
    answer("verifier_eligibilite", case, operateur=chosen, **eligible)
    answer("donner_position", case)
    answer("decider_comite", case)


def a_measure(
    begins: date | str, operator: str = OPERATORS[0], *, bilans: Sequence[str] = ("6",), **wanted: Any
) -> OpenedAlert:
    """Have a measure begin on a day: saisine, opinions, committee and contract the same day."""
    when = date.fromisoformat(begins) if isinstance(begins, str) else begins
    with on(when, 9):
        case = saisine(**wanted)
        to_committee(case, operator)
        answer("etablir_contrat", case, debut=when, bilans=list(bilans))
        build.pump()
    return case


def pump_on(*days: date | str) -> None:
    """Do what is due at midnight and a little of each day, in order."""
    for day in days:
        with on(day, 0):
            build.pump()


def open_elements(case: OpenedAlert) -> list[str]:
    """The open steps of a case, by element."""
    return sorted(task.element for task in build.open_tasks(case.case_id))


def breaches(case: OpenedAlert | None = None) -> list[Breach]:
    """The breaches (of a case), in the order found."""
    end_read()
    query = select(Breach).order_by(Breach.recorded_at, Breach.id)
    return list(db.session.scalars(query if case is None else query.where(Breach.case_id == case.case_id)))


def answered(case: OpenedAlert, form: str) -> list[Submission]:
    """What was answered to a form in a case."""
    end_read()
    query = select(Submission).where(Submission.case_id == case.case_id, Submission.form == form)
    return list(db.session.scalars(query.order_by(Submission.at)))


def processes(case: OpenedAlert) -> dict[str, str]:
    """The processes of a case and how each stands."""
    end_read()
    rows = db.session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case.case_id))
    return {row.process: row.status for row in rows}
