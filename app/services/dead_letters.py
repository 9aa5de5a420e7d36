"""Work that gave up after its attempts: shown in Supervision, and started again when asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import jobs
from app.database import db, transaction
from app.errors import Forbidden, NotFound
from app.models import Case, Job, Message, ProcessInstance, Timer
from app.notifications import outbox
from app.services import journal, timers
from app.services.actors import Actor


@dataclass(frozen=True)
class Stuck:
    """Work that gave up after its attempts: a dead timer, a dead job (``kind`` and ``id`` name it)."""

    kind: str
    id: UUID
    what: str
    case_reference: str | None
    cause: str
    since: datetime


def stuck(actor: Actor) -> Sequence[Stuck]:
    """Return what gave up: dead timers, dead jobs, messages refused for good; the oldest of each first.

    Raises:
        Forbidden: the role does not supervise.
    """
    _require(actor, "supervision.voir")
    late = db.session.execute(
        select(Timer.id, Timer.element, Timer.due_at, Case.reference)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .outerjoin(Case, Case.id == ProcessInstance.case_id)
        .where(Timer.status == "dead")
        .order_by(Timer.due_at, Timer.id)
        .limit(_SHOWN)
    )
    failed = db.session.execute(
        select(Job.id, Job.name, Job.created_at)
        .where(Job.status == "dead")
        .order_by(Job.created_at, Job.id)
        .limit(_SHOWN)
    )
    refused = db.session.execute(
        select(Message.id, Message.kind, Message.queued_at, Case.reference)
        .outerjoin(Case, Case.id == Message.case_id)
        .where(Message.status == "dead")
        .order_by(Message.queued_at, Message.id)
        .limit(_SHOWN)
    )
    return [
        *(Stuck("echeance", id_, _said("Échéance", name), case, _FAILED, at) for id_, name, at, case in late),
        *(Stuck("travail", id_, JOB_WORDS.get(name, name), None, _GAVE_UP, at) for id_, name, at in failed),
        *(
            Stuck("message", id_, _said("Message", name), case, _REFUSED, at)
            for id_, name, at, case in refused
        ),
    ]


def _said(what: str, name: str) -> str:
    """Return a thing with its name in the files, as words."""
    return f"{what} « {name.replace('_', ' ')} »"


_SHOWN: Final = 200
_FAILED: Final = f"a échoué {timers.MAX_ATTEMPTS} fois : voir l'incident du dossier"
_GAVE_UP: Final = "a échoué à chaque essai : le journal technique du serveur dit pourquoi"
_REFUSED: Final = "l'adresse n'existe pas, ou son serveur a refusé le message"
"""Causes in general words: an error may quote an address, which not everybody here may read (LAW-1)."""

_DEAD: Final[Mapping[str, type[Timer | Job | Message]]] = {
    "echeance": Timer,
    "travail": Job,
    "message": Message,
}

JOB_WORDS: Final = {
    "deliver_event": "Remise d'un événement à son dossier",
    "deliver_message": "Envoi d'un message",
    "send_digest": "Résumé du jour d'une personne",
    "render_document": "Mise en page d'un document",
    "arm_calendar": "Démarrage d'un processus du calendrier",
    "send_notice": "Rappel ou retard à signaler",
    "count_tallies": "Comptage du territoire pour la supervision",
}
"""How a job is said on screen."""


def replay(kind: str, row_id: UUID, actor: Actor) -> None:
    """Give work that gave up a new series of attempts, from now on.

    Raises:
        Forbidden: the role may not act.
        NotFound: nothing of that id has given up here.
    """
    _require(actor, "supervision.agir")
    entity = _DEAD.get(kind)
    with transaction() as session:
        row: Any = session.get(entity, row_id, with_for_update=True) if entity is not None else None
        if row is None or row.status != "dead":
            raise NotFound
        if isinstance(row, Message):
            outbox.send_again(row)
        elif isinstance(row, Job):
            jobs.again(row)
        else:
            row.status, row.lease_until, row.attempts = "waiting", None, 0
        journal.write(
            "travail.relance",
            actor=actor.name,
            user_id=actor.user_id,
            subject=str(row_id),
            details={"genre": kind},
        )


def _require(actor: Actor, permission: str) -> None:
    if not actor.rights.may(permission):
        raise Forbidden
