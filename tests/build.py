"""Builders: a territory on its shipped files, the people in it, cases carried by the real use cases.

Everything works in the application context and the territory being served; nothing is faked. Answers
come from the forms' own generator with a fixed seed, and take the straight way unless told otherwise.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app import clock, jobs, scheduler, tenancy
from app.database import db, end_read, transaction
from app.errors import RelaisError
from app.models import (
    Membership,
    Partner,
    ProcessInstance,
    Task,
    Territory,
    User,
)
from app.services import (
    accounts,
    actors,
    cases,
    releases,
    reviews,
    starting,
    task_view,
    tasks,
)
from app.services.actors import Actor
from app.services.cases import OpenedAlert
from app.services.tasks import Completed
from tests.answers import SEED, sample
from tests.places import a_server, a_territory, a_variant, serving
from tests.rows import (
    open_tasks,
    the_case,
    the_documents,
    the_journal,
    the_link,
    the_message,
    the_messages,
    the_orientations,
    the_process,
    the_process_row,
    the_task,
    the_timer,
)

__all__ = [
    "ALERT",
    "BESNE",
    "SAINT_NAZAIRE",
    "SEED",
    "STRAIGHT",
    "a_case",
    "a_directory",
    "a_partner",
    "a_server",
    "a_territory",
    "a_user",
    "a_variant",
    "an_actor",
    "an_alert",
    "an_orientation",
    "answers_for",
    "complete",
    "drive",
    "hold_review",
    "later",
    "open_tasks",
    "pump",
    "sample",
    "serving",
    "the_case",
    "the_documents",
    "the_hand",
    "the_journal",
    "the_link",
    "the_message",
    "the_messages",
    "the_orientations",
    "the_process",
    "the_process_row",
    "the_task",
    "the_timer",
    "together",
]


SAINT_NAZAIRE: Final = "44184"
BESNE: Final = "44013"

STRAIGHT: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "analyse": {"priorite": "P2", "doublon": False, "dans_champ": True, "prestation": "visite"},
        "rendez_vous": {"issue": "fixe"},
        "visite": {"issue": "realisee"},
        "validation": {"complet": True},
        "orientations": {"lignes": [{"genre": "adil"}]},
        "reponse_partenaire": {"acceptee": True},
        "resultat_partenaire": {"statut": "realisee"},
        "relance": {"suite": "attendre"},
        "cloture": {"motif": "reglee", "satisfaction": "satisfait"},
    }
)
"""What each form answers when nothing else is asked: the way that leads to a settled situation."""

ALERT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "origine": "ccas", "donneur_nom": "Jeanne Le Goff", "donneur_structure": "CCAS de Saint-Nazaire",
        "donneur_courriel": "jeanne.legoff@exemple.invalid", "civilite": "mme", "nom": "Moreau",
        "prenom": "Lucie", "annee_naissance": 1968, "telephone": "02 61 91 00 12",
        "courriel": "lucie.moreau@exemple.invalid", "interprete": False,
        "adresse": {"voie": "12 rue du Croisic", "cp": "44600", "insee": SAINT_NAZAIRE},
        "accord": "obtenu", "accord_mode": "oral", "statut": "locataire_prive", "personnes": 2,
        "tranche_revenus": "MO", "avis_imposition": [], "handicap": False, "sante_fragile": False,
        "indices": ["froid", "facture_elevee"],
    }
)  # fmt: skip


# People


def a_user(
    *roles: str, name: str | None = None, email: str | None = None, password: str | None = None
) -> User:
    """Return an account that holds ``roles`` in the territory being served.

    The same roles and name give the same account. ``password`` makes one that can log in (slower).
    """
    shown = name or " et ".join(roles)
    territory = db.session.get_one(Territory, tenancy.current_id())
    mail = email or f"{re.sub(r'[^a-z]+', '.', shown.lower())}@{territory.code}.invalid"
    known = db.session.scalar(select(User).where(User.email == mail))
    if known is not None:
        return known
    if password is not None:
        return accounts.create_user(
            mail, name=shown, password=password, territory_id=territory.id, roles=list(roles)
        )
    with transaction() as session:
        user = User(email=mail, name=shown, password_hash="!", created_at=clock.now())
        user.memberships.append(Membership(territory_id=tenancy.current_id(), roles=list(roles)))
        session.add(user)
    return user


def an_actor(*roles: str, name: str | None = None) -> Actor:
    """Return somebody with an account who holds ``roles`` in the territory being served."""
    return actors.actor_for(a_user(*roles, name=name))


def the_hand(task: Task) -> Actor:
    """Return somebody who may answer this task."""
    return an_actor(releases.of(task.process.release_id).settings.lanes[task.lane].roles[0])


def a_partner(
    kind: str = "adil",
    insee: str | Sequence[str] | None = None,
    *,
    name: str | None = None,
    email: str | None = None,
) -> Partner:
    """Return a new line of the directory, for one commune, several, or everywhere (None)."""
    row = _line(kind, [insee] if isinstance(insee, str) else list(insee or ()), name, email)
    with transaction() as session:
        session.add(row)
    return row


def _line(kind: str, communes: list[str], name: str | None = None, email: str | None = None) -> Partner:
    label = releases.current().settings.partner_kinds[kind].label
    shown = name or (f"{label} de {communes[0]}" if communes else label)
    address = email or f"{'.'.join([kind, *communes])}@partenaires.invalid"
    return Partner(kind=kind, name=shown, communes=communes, email=address)


def a_directory() -> None:
    """Fill the directory: a CCAS, a CMS and a CLIC for each commune, the other kinds for everywhere."""
    settings, rows = releases.current().settings, list[Partner]()
    for kind in settings.partner_kinds:
        if kind in {"ccas", "cms", "clic"}:
            rows += [
                _line(kind, [commune.insee], f"{kind.upper()} de {commune.name}")
                for commune in settings.communes
            ]
        else:
            rows.append(_line(kind, []))
    with transaction() as session:
        session.add_all(rows)


# Answers


def answers_for(
    task_id: UUID, actor: Actor | None = None, *, seed: int = SEED, **wanted: Any
) -> dict[str, Any]:
    """Return plausible answers to an open task: those ``wanted``, else the straight way, else drawn."""
    end_read()
    task = db.session.scalars(select(Task).where(Task.id == task_id)).one()
    view = task_view.open_task(task_id, actor or the_hand(task))
    straight = dict(STRAIGHT.get(view.form.id, {}))
    if view.form.id == "revue":
        straight["situations"] = [{"decision": "poursuivre"}] * len(view.context.get("situations", []))
        straight["actions"] = []
    if view.form.id == "orientations" and "lignes" not in wanted:
        straight["lignes"] = [an_orientation("adil")]
    if view.form.id == "orientations" and "lignes" in wanted:
        wanted["lignes"] = [an_orientation(row.pop("genre"), **row) for row in map(dict, wanted["lignes"])]
    return sample(
        view.form,
        view.context,
        classes=view.classes,
        seed=seed,
        **straight | wanted,
    )


def an_orientation(kind: str, **facts: Any) -> dict[str, Any]:
    """Return a row of the form of orientations: the partner found by kind, one technical answer shared."""
    return {
        "genre": kind, "partenaire": None, "domaine": "social", "motif": "Le séjour reste froid.",
        "champs_partages": ["signalement.statut"], "accord": True, "echeance": None,
    } | facts  # fmt: skip


# Cases


def an_alert(*, by: Actor | None = None, **wanted: Any) -> OpenedAlert:
    """Open a case from an alert: Madame Lucie Moreau, Saint-Nazaire, unless told otherwise."""
    release = releases.current()
    sender = by or actors.public(release.settings)
    answers = sample(release.forms["signalement"], {}, classes=sender.rights.collect, **{**ALERT, **wanted})
    return cases.open_alert(answers, by=sender)


def a_case(
    running: str = "analyser_signalement",
    *,
    alert: Mapping[str, Any] | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
) -> OpenedAlert:
    """Carry a new case with the real use cases until it stands at ``running``.

    Args:
        running: an element that waits (a task, a message), or a called process with an open task.
        alert: answers of the alert.
        answers: ``{element: answers}`` wanted on the way.
    """
    if db.session.scalar(select(Partner).limit(1)) is None:
        a_directory()
    opened = an_alert(**(alert or {}))
    return drive(opened, running, answers=answers)


def drive(
    opened: OpenedAlert, running: str, *, answers: Mapping[str, Mapping[str, Any]] | None = None
) -> OpenedAlert:
    """Carry a case on until it stands at ``running``; everything open before it is answered."""
    for _ in range(40):
        waiting = open_tasks(opened.case_id)
        if _stands_at(opened, running, waiting):
            return opened
        assert waiting, f"{opened.reference} never reaches {running}: nothing is open any more"
        task = waiting[0]
        wanted = dict((answers or {}).get(task.element, {}))
        by = the_hand(task)
        tasks.complete(task.id, answers_for(task.id, by, **wanted), by=by)
    raise AssertionError(f"{opened.reference} never reaches {running}: {[t.element for t in waiting]}")


def _stands_at(opened: OpenedAlert, running: str, waiting: Sequence[Task]) -> bool:
    if any(running in {task.element, task.called_process} for task in waiting):
        return True
    process = the_process(opened)
    if running == "fin":
        return process.status == "finished"
    return (
        any(wait["element"] == running and wait["kind"] == "message" for wait in process.waits)
        and not waiting
    )


def complete(
    element: str,
    *,
    case: OpenedAlert | None = None,
    scope: str | None = None,
    by: Actor | None = None,
    **wanted: Any,
) -> Completed:
    """Answer the open step of that element (and case, and branch) with plausible answers."""
    task = the_task(element, case=case, scope=scope)
    hand = by or the_hand(task)
    return tasks.complete(task.id, answers_for(task.id, hand, **wanted), by=hand)


# What runs by itself


def pump(*, documents: bool = False) -> int:
    """Do everything that is due now; return how many things were done.

    Args:
        documents: lay out the PDFs too (a second each); else they stay to be made.
    """
    named = jobs.registered() if documents else jobs.registered() - scheduler.PRESS
    done = 0
    while turn := scheduler.pump(jobs_named=named):
        done += turn
    return done


# Other programmes, other hands


def together(app: Flask, count: int, act: Callable[[int], Any]) -> list[Any]:
    """Run ``act(number)`` in threads that start at once, each in its own context, same territory and hour.

    Returns what each gave, or the error it raised, in the order of the numbers.
    """
    territory_id, start = tenancy.current_id(), Barrier(count)
    end_read()

    def run(number: int) -> Any:
        with app.app_context(), tenancy.serving(territory_id):
            try:
                start.wait(30)
                return act(number)
            except (RelaisError, SQLAlchemyError) as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(count) as hands:
        return list(hands.map(run, range(count)))


@contextmanager
def later(instant: datetime | None = None, **delay: float) -> Iterator[datetime]:
    """Let the clock of every thread run from ``instant`` (now) plus ``delay`` (``days=…``) for the block."""
    before = clock._offset[0]
    clock.shift(before + ((instant or clock.now()) + timedelta(**delay) - clock.now()))
    try:
        yield clock.now()
    finally:
        clock.shift(before)


def open_review() -> Task:
    """Open the next review now, unless one is open; return the task of its sitting."""
    begun = [task for task in open_tasks() if task.element == "tenir_revue"]
    if not begun:
        starting.arm_all()
        end_read()
        waiting = db.session.scalars(
            select(ProcessInstance).where(
                ProcessInstance.case_id.is_(None), ProcessInstance.status == "running"
            )
        )
        to_come = min((row for row in waiting if not row.done_elements), key=lambda row: row.rank)
        reviews.start_now(to_come.id, by=an_actor("administration"))
    return begun[0] if begun else the_task("tenir_revue")


def hold_review(decision: str = "poursuivre", **decisions: str) -> None:
    """Hold the next review now: ``decision`` for every situation, or ``decisions`` by reference."""
    task = open_review()
    by = the_hand(task)
    rows = task_view.open_task(task.id, by).context["situations"]
    decided = [{"decision": decisions.get(row["reference"], decision)} for row in rows]
    tasks.complete(task.id, answers_for(task.id, by, situations=decided), by=by)
