"""The case as one person may see it: what they may not read is absent, not greyed (LAW-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import db, transaction
from app.errors import NotFound
from app.handlers.agenda import STATUS_WORDS
from app.models import (
    Case,
    DecisionRecord,
    Document,
    JournalLine,
    Message,
    Orientation,
    ProcessInstance,
    Share,
    Submission,
    Task,
)
from app.services import archives, inbox, journal, perimeter, releases, reminders, structures
from app.services.actors import Actor
from app.services.answers import AnsweredForm, answered_forms
from app.services.inbox import TaskRow
from app.services.progress import Diagram, diagrams
from app.services.releases import LoadedRelease
from app.services.structures import Held


@dataclass(frozen=True)
class DoneTask:
    """A step already done."""

    name: str
    author: str
    at: datetime


@dataclass(frozen=True)
class TimelineLine:
    """A line of the journal in words people use."""

    at: datetime
    actor: str
    text: str


@dataclass(frozen=True)
class PartnerState:
    """A partner that was asked, and where it stands."""

    id: UUID
    name: str
    kind_label: str
    domain: str
    reason: str | None
    status: str
    status_label: str
    due_on: Any
    sent_at: datetime | None
    closed_at: datetime | None
    shared: Sequence[str]


@dataclass(frozen=True)
class CaseView:
    """Everything a person may see of a case."""

    case: Case
    household_name: str
    running: bool
    open_tasks: Sequence[TaskRow]
    done_tasks: Sequence[DoneTask]
    forms: Sequence[AnsweredForm]
    diagrams: Sequence[Diagram]
    decisions: Sequence[DecisionRecord]
    documents: Sequence[Document]
    partners: Sequence[PartnerState]
    shares: Sequence[Share]
    messages: Sequence[Message]
    timeline: Sequence[TimelineLine]
    release_number: int
    agreement: Mapping[str, Any]
    duplicates: Sequence[str]
    entrusted: Sequence[Held]


def file_view(reference: str, actor: Actor) -> CaseView:
    """Return a case as ``actor`` may see it; a read of secret answers is journalled (LAW-8).

    Raises:
        NotFound: no such case in the territory.
        Archived, Erased: it is no longer open to this person (LAW-5).
    """
    case_id = _opened(reference, actor)
    case = db.session.scalars(select(Case).where(Case.id == case_id)).one()
    processes = list(
        db.session.scalars(
            select(ProcessInstance)
            .where(ProcessInstance.case_id == case.id)
            .order_by(ProcessInstance.started_at)
        )
    )
    release = releases.of(processes[-1].release_id)
    tasks = list(
        db.session.scalars(select(Task).where(Task.case_id == case.id).order_by(Task.entered_at, Task.id))
    )
    partners = _partners(case.id, release, actor)
    acts = frozenset(process.id for process in processes if process.act is not None)
    entrusted = structures.of_case(case.id)
    return CaseView(
        case=case,
        household_name=inbox.full_name(case.household),
        running=any(process.status == "running" for process in processes),
        open_tasks=inbox.rows([task for task in tasks if task.status == "open"], actor),
        done_tasks=_done(case.id, tasks),
        forms=answered_forms(processes, actor),
        diagrams=[item for process in processes if not _past(process) for item in diagrams(process, tasks)],
        decisions=_rows(DecisionRecord, case.id, DecisionRecord.at),
        documents=[
            row for row in _rows(Document, case.id, Document.at) if set(row.classes) <= actor.rights.read
        ],
        partners=partners,
        shares=_rows(Share, case.id, Share.at) if actor.rights.may("partages.voir") else [],
        messages=_rows(Message, case.id, Message.queued_at),
        timeline=_timeline(case.id, tasks, partners, entrusted, acts=acts),
        release_number=release.number,
        agreement=case.agreement,
        duplicates=perimeter.seen_references(case.duplicates),
        entrusted=entrusted,
    )


def _opened(reference: str, actor: Actor) -> UUID:
    """Return the case of a reference, open to this person; the journal notes that it was read."""
    case_id = db.session.scalar(select(Case.id).where(Case.reference == reference))
    if case_id is None:
        raise NotFound
    archives.guard(case_id, actor)
    _note_read(case_id, actor)
    return case_id


def _past(process: ProcessInstance) -> bool:
    """Whether this is an act that is over: it is read in the answers, its drawing says nothing more."""
    return process.act is not None and process.status == "finished"


def _rows(entity: Any, case_id: UUID, order: Any) -> list[Any]:
    return list(db.session.scalars(select(entity).where(entity.case_id == case_id).order_by(order)))


def _done(case_id: UUID, tasks: Sequence[Task]) -> list[DoneTask]:
    authors = {
        row.task_id: row.author
        for row in db.session.scalars(select(Submission).where(Submission.case_id == case_id))
    }
    return [
        DoneTask(task.name, authors.get(task.id, ""), task.completed_at)
        for task in tasks
        if task.status == "done" and task.completed_at
    ]


def _partners(case_id: UUID, release: LoadedRelease, actor: Actor) -> list[PartnerState]:
    labels = {
        f"{form.id}.{field.key}": field.label for form in release.forms.values() for field in form.fields
    }
    kinds = release.settings.partner_kinds
    rows = _rows(Orientation, case_id, Orientation.created_at)
    return [
        PartnerState(
            id=row.id,
            name=row.partner.name,
            kind_label=kinds[row.partner.kind].label if row.partner.kind in kinds else row.partner.kind,
            domain=row.domain,
            reason=row.reason if "social" in actor.rights.read else None,
            status=row.status,
            status_label=STATUS_WORDS[row.status],
            due_on=row.due_on,
            sent_at=row.sent_at,
            closed_at=row.closed_at,
            shared=[labels.get(key, key) for key in row.shared_fields],
        )
        for row in rows
    ]


_ENDED = "processus.termine"
_WORDS = {
    "dossier.ouvert": "Signalement reçu, dossier ouvert",
    "reprise.dossier": "Dossier repris d'un tableur, avec ses dates",
    "tache.prise": "Étape prise en charge : {step}",
    "tache.rendue": "Étape rendue à l'équipe : {step}",
    "tache.confiee": "Étape confiée à une autre personne : {step}",
    "tache.priorite": "Priorité changée à la main : {step}",
    "tache.faite": "{step}",
    "geste.fait": "{step}",
    "tache.rappelee": "Rappel envoyé : {step}",
    "delai.arrete": "Délai arrêté, une pièce est attendue : {step}",
    "delai.repris": "Délai repris où il s'était arrêté : {step}",
    "tache.escaladee": "Retard signalé {to} : {step}",
    "frequence.avertie": "Une fréquence va manquer, l'équipe est prévenue",
    "manquement.constate": "Manquement constaté",
    "manquement.regle": "Manquement réglé",
    "partage.envoye": "Informations transmises : {partner}",
    "partage.lu": "Informations lues par le partenaire : {partner}",
    "orientation.suivie": "Orientation {status} : {partner}",
    "echeance.declenchee": "Échéance arrivée",
    "evenement.recu": "Décision de la revue reçue",
    "revue.ajout": "Situation ajoutée à une séance en cours",
    "processus.demarre": "Un autre parcours commence dans le dossier",
    "dossier.clos": "Dossier clos",
    "incident.ouvert": "Une étape n'a pas pu s'exécuter",
    "incident.regle": "L'étape en incident a été reprise",
    _ENDED: "Parcours terminé",
    "parcours.suspendu": "Parcours suspendu",
    "parcours.repris": "Parcours repris, échéances reportées de la durée de la pause",
    "parcours.annule": "Parcours annulé",
    "parcours.deplace": "Parcours déplacé à la main",
    "parcours.repete": "Retour à une étape, à la main",
    "parcours.passe": "Étape passée sans réponse",
    "parcours.corrige": "Réponse corrigée",
    "parcours.echeance": "Échéance changée",
    "parcours.intervention_annulee": "Intervention annulée",
    "parcours.migre": "Parcours passé de la version {before} à la version {after} du dispositif",
    "parcours.migration_annulee": "Parcours revenu à la version {after} du dispositif",
    "dossier.rouvert": "Dossier rouvert",
    "dossier.confie": "Dossier confié : {structure}",
    "dossier.site": "Dossier rattaché à un site",
    "dossier.retire": "Dossier retiré : {structure}",
    "dossier.archive": "Dossier archivé",
    "dossier.conserve": "Dossier à conserver, quelle que soit la durée",
    "dossier.conservation_levee": "Conservation levée",
    "dossier.remis": "Données remises au ménage",
    "accord.retire": "Accord du ménage retiré",
    "accord.donne": "Accord du ménage donné",
}


def _timeline(
    case_id: UUID,
    tasks: Sequence[Task],
    partners: Sequence[PartnerState],
    entrusted: Sequence[Held],
    acts: frozenset[UUID],
) -> list[TimelineLine]:
    """Return what happened, the newest first; of ``acts`` the answer is told, not that they are over."""
    names = {str(task.id): task.name for task in tasks}
    asked = {str(partner.id): partner.name for partner in partners}
    held = {str(one.partner_id): f"{one.name} ({one.label.lower()})" for one in entrusted}
    lines = db.session.scalars(
        select(JournalLine)
        .where(JournalLine.case_id == case_id, JournalLine.action.in_(sorted(_WORDS)))
        .order_by(JournalLine.number.desc())
        .limit(200)
    )
    return [
        TimelineLine(
            line.at,
            line.actor,
            _WORDS[line.action].format(
                step=names.get(line.subject or "", "étape"),
                partner=asked.get(line.subject or "", "un partenaire"),
                structure=held.get(line.subject or "", "une structure"),
                status=STATUS_WORDS.get(line.details.get("statut", ""), ""),
                to=_told(line.details.get("a")),
                before=line.details.get("de", ""),
                after=line.details.get("vers", ""),
            ),
        )
        for line in lines
        if not (line.action == _ENDED and line.process_id in acts)
    ]


def _told(lane: str | None) -> str:
    """Say who was told of a late step: a lane, else whoever may act in Supervision."""
    return "à la supervision" if lane in (None, reminders.SUPERVISION) else f"au couloir « {lane} »"


def _note_read(case_id: UUID, actor: Actor) -> None:
    """Journal the reading of a case; the classes seen say whether secrets were among them (LAW-8)."""
    with transaction():
        journal.write(
            "dossier.lu",
            actor=actor.name,
            user_id=actor.user_id,
            case_id=case_id,
            details={"classes": sorted(actor.rights.read)},
        )
