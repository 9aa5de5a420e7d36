"""What becomes of each stored thing when a household is forgotten (LAW-5, LAW-6), inside one transaction.

``TREATED`` says it for every table that can hold something of a household; a test refuses a new table that is
not in it. Rows that only hold ids, dates and words of the programme stay: figures are counted on them.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update

from app.database import Base, db
from app.models import (
    Appointment,
    Breach,
    Case,
    CaseWord,
    DecisionRecord,
    Document,
    Draft,
    Event,
    Incident,
    Mend,
    Message,
    Notice,
    Orientation,
    ProcessInstance,
    StoredFile,
    Submission,
    Task,
    Timer,
)
from app.services import erasing_meetings, files

FORGOTTEN: Final = "effacé"
"""What a text of the household becomes where a text is needed."""

Eraser = Callable[[Case], None]


def forget(case: Case) -> None:
    """Erase all that is kept of the household of a case; its row stays, empty, for the journal's sake.

    The engine state of its processes goes with it: the caller has ended them.
    """
    erasing_meetings.forget(case)
    for erase in _ERASERS:
        erase(case)
    _identity(case)


def _identity(case: Case) -> None:
    household, dwelling = case.household, case.dwelling
    household.title = household.phone = household.email = household.reach = household.language = None
    household.last_name, household.first_name, household.match_name = FORGOTTEN, "", ""
    household.birth_year = None
    dwelling.address, dwelling.match_address = "", ""
    dwelling.complement = dwelling.landlord = None
    case.alert_giver, case.agreement, case.duplicates, case.follow_up = {}, {}, [], None
    case.hold_until = case.hold_reason = None


def _drop(entity: type[Base], *conditions: Any) -> None:
    db.session.execute(delete(entity).where(*conditions).execution_options(synchronize_session=False))


def _empty(entity: type[Base], condition: Any, **values: Any) -> None:
    changed = update(entity).where(condition).values(**values)
    db.session.execute(changed.execution_options(synchronize_session=False))


def _answers(case: Case) -> None:
    _drop(Submission, Submission.case_id == case.id)
    tasks = select(Task.id).where(Task.case_id == case.id)
    processes = select(ProcessInstance.id).where(ProcessInstance.case_id == case.id)
    _drop(Draft, Draft.task_id.in_(tasks))
    _drop(Draft, Draft.task_id.in_(processes))  # what a process that could not begin was given


def _papers(case: Case) -> None:
    _drop(Document, Document.case_id == case.id)
    for row in db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id)).all():
        files.forget(row)


def _words(case: Case) -> None:
    _drop(Message, Message.case_id == case.id)
    _drop(Notice, Notice.case_id == case.id)
    _drop(CaseWord, CaseWord.case_id == case.id)
    _drop(Appointment, Appointment.case_id == case.id)


def _partners(case: Case) -> None:
    told: dict[str, Any] = {"reason": FORGOTTEN, "status_note": None, "shared_fields": [], "link": None}
    _empty(Orientation, Orientation.case_id == case.id, **told)


def _route(case: Case) -> None:
    _empty(ProcessInstance, ProcessInstance.case_id == case.id, state=b"", waits=[])
    _empty(DecisionRecord, DecisionRecord.case_id == case.id, outputs={})
    _empty(Event, Event.case_id == case.id, payload={})
    _empty(Incident, Incident.case_id == case.id, cause=FORGOTTEN)
    _empty(Mend, Mend.case_id == case.id, reason=FORGOTTEN, before=None)
    _empty(Task, Task.case_id == case.id, note=None)
    _empty(Breach, Breach.case_id == case.id, rule={})
    processes = select(ProcessInstance.id).where(ProcessInstance.case_id == case.id)
    _drop(Timer, Timer.process_id.in_(processes))


_ERASERS: Final[tuple[Eraser, ...]] = (_answers, _papers, _words, _partners, _route)

TREATED: Final[dict[str, str]] = {
    "household": "vidé",
    "dwelling": "vidé : la commune, le statut et la classe d'énergie restent, pour les chiffres",
    "case_file": "vidé : la référence, les dates et la priorité restent",
    "submission": "effacé",
    "draft": "effacé",
    "document": "effacé",
    "stored_file": "effacé, et ses octets après",
    "message": "effacé",
    "notice": "effacé",
    "case_word": "effacé",
    "appointment": "effacé",
    "orientation": "vidé : le partenaire, les dates et l'état restent",
    "process_instance": "vidé : l'état du moteur part, les dates et les passages restent",
    "decision_record": "vidé : la règle et sa version restent",
    "event": "vidé",
    "incident": "vidé",
    "mend": "vidé : le genre et la date restent",
    "task": "vidé : l'étape et ses dates restent",
    "breach": "vidé : les dates et les nombres restent",
    "timer": "effacé",
    "review_item": "vidé : la décision et sa date restent",
    "share": "gardé : des noms de champs, un partenaire, une date ; aucune valeur (LAW-3)",
    "journal_line": "gardé : des identifiants seulement, et la chaîne se vérifie encore",
    "duty": "gardé : une règle du diagramme et des dates",
    "event_receipt": "gardé : des identifiants",
    "task_visit": "gardé : qui a ouvert une tâche, et quand",
    "meeting": "gardé : les personnes de la séance, pas les ménages",
    "job": "gardé : des identifiants, ôtés après quatorze jours",
    "delegation": "gardé : les absences de l'équipe",
    "saved_filter": "gardé : une liste de l'équipe ; le mot cherché en fait partie",
    "calendar_feed": "gardé : une adresse privée de l'équipe",
    "notice_preference": "gardé : un réglage de l'équipe",
    "notice_settings": "gardé : un réglage de l'équipe",
    "partner": "gardé : l'annuaire",
    "programme_draft": "gardé : le dispositif",
    "release": "gardé : le dispositif",
    "tally": "gardé : des nombres",
}
"""What is done with each table of a territory, in the words of the register of processing."""


def treated(tables: Iterable[str]) -> dict[str, str]:
    """Return what is done with each of ``tables``.

    Raises:
        KeyError: one of them is not said.
    """
    return {name: TREATED[name] for name in tables}


def of_case(case_id: UUID) -> Case:
    """Return the case, locked until the end of the transaction."""
    return db.session.scalars(select(Case).where(Case.id == case_id).with_for_update(of=Case)).one()
