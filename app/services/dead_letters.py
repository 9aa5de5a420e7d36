"""Work that gave up after its attempts: shown in Supervision, and started again when asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, jobs
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
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
AT_ONCE: Final = 500
"""Jobs started again by one click: more would keep the transaction open for long."""
LONGEST_REASON: Final = 300
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
    "forget_registrations": "Effacement des noms d'une rencontre passée",
    "index_cases": "Préparation de la recherche",
    "send_digest": "Résumé du jour d'une personne",
    "render_document": "Mise en page d'un document",
    "arm_calendar": "Démarrage d'un processus du calendrier",
    "answer_breach": "Ouverture de la réponse à un manquement",
    "watch_duty": "Fréquence qui ne peut pas être comptée",
    "note_promise": "Manquement à noter",
    "send_notice": "Rappel ou retard à signaler",
    "count_tallies": "Comptage du territoire pour la supervision",
    "count_indicators": "Comptage des indicateurs d'une période",
    "lay_out_report": "Mise en page d'un rapport annuel",
    "lay_out_handbook": "Mise en page d'un manuel",
    "call_places": "Appel de qui attend une place",
    "place_takeover": "Reprise des situations d'un tableur",
    "undo_takeover": "Annulation d'une reprise",
    "forget_takeover": "Oubli d'un tableur repris",
    "forget_sheet": "Oubli d'un tableau importé",
    "forget_targets": "Oubli des adresses d'une campagne",
    "judge_migration": "Examen des parcours à faire passer",
    "carry_migration": "Passage de parcours à une autre version",
    "undo_migration": "Retour de parcours à leur version",
    "forget_migration": "Oubli de ce qui permettait un retour",
    "forget_file": "Effacement d'un fichier",
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
        _write("travail.relance", actor, str(row_id), {"genre": kind})


def replay_all(name: str, actor: Actor) -> int:
    """Give the dead jobs of one kind a new series of attempts, the oldest first; return how many.

    Raises:
        Forbidden: the role may not act.
    """
    _require(actor, "supervision.agir")
    with transaction() as session:
        rows = session.scalars(
            select(Job)
            .where(Job.status == "dead", Job.name == name)
            .order_by(Job.run_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            jobs.again(row)
        if rows:
            _write("travail.relance", actor, name, {"genre": "travail", "nombre": len(rows)})
    return len(rows)


def retry_now(job_id: UUID, actor: Actor) -> None:
    """Let a job that failed and waits for its next attempt run at once; the attempt counts.

    Raises:
        Forbidden: the role may not act.
        NotFound: no such job waits after a failure, or it is running.
    """
    _require(actor, "supervision.agir")
    with transaction() as session:
        row = session.get(Job, job_id, with_for_update=True)
        busy = row is not None and row.lease_until is not None and row.lease_until > clock.now()
        if row is None or busy or row.status != "waiting" or not row.attempts:
            raise NotFound
        jobs.again(row, fresh=False)
        _write("travail.relance", actor, str(job_id), {"genre": "travail"})


def discard(job_id: UUID, reason: str, actor: Actor) -> None:
    """Set a job that gave up aside for good; the journal keeps the reason.

    Raises:
        Forbidden: the role may not act.
        Invalid: no reason is given, or one longer than a line.
        NotFound: nothing of that id has given up here.
    """
    _require(actor, "supervision.agir")
    said = " ".join(reason.split())
    if not 3 <= len(said) <= LONGEST_REASON:
        raise Invalid({"raison": ["Dites en une phrase pourquoi ce travail n'est plus à faire."]})
    with transaction() as session:
        row = session.get(Job, job_id, with_for_update=True)
        if row is None or row.status != "dead":
            raise NotFound
        row.status, row.done_at = "discarded", clock.now()
        _write("travail.ecarte", actor, str(job_id), {"genre": row.name, "raison": said})


def _write(action: str, actor: Actor, subject: str, details: Mapping[str, Any]) -> None:
    journal.write(action, actor=actor.name, user_id=actor.user_id, subject=subject, details=details)


def _require(actor: Actor, permission: str) -> None:
    if not actor.rights.may(permission):
        raise Forbidden
