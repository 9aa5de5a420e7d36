"""A sheet brought in, and the same households lived here: what falls due must be the same."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, jobs
from app.database import db, end_read
from app.models import Appointment, Duty, ProcessInstance, Timer
from app.services import tasks, timers
from app.services.actors import Actor
from app.services.takeover import batches, placing
from app.services.takeover import matching as matchings
from app.services.takeover.matching import Matching
from tests import build, takeover_sheets
from tests.rows import open_tasks

EVENING: Final = datetime(2026, 11, 20, 18, 0, tzinfo=clock.PARIS)
CARRIES: Final = frozenset({"place_takeover", "undo_takeover", "deliver_event"})
STEPS: Final[Mapping[str, str]] = {
    "a analyser": "tri/analyser_signalement",
    "rdv a prendre": "visite/prendre_rendez_vous",
    "visite prevue": "visite/realiser_visite",
    "diagnostic a rediger": "validation/etablir_diagnostic",
    "a valider ts": "validation/valider_diagnostic",
    "chez le partenaire": "orientation/repondre_demande",
}
UNSAID: Final[Mapping[str, Mapping[str, Any]]] = {
    "prendre_rendez_vous": {"heure": None},
    "decider_orientations": {"rappel": None},
}
"""What no column of the sheet says: the hour of an appointment, the day of a call that is to come."""
DEFAULTS: Final[Mapping[str, str]] = {"signalement.accord": "obtenu", "orientations.lignes.accord": "oui"}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "champ:signalement.statut": {"po": "proprietaire_occupant", "proprio": "proprietaire_occupant"}
}


def nine(day: date) -> datetime:
    """The hour at which what a sheet knows by its day happened."""
    return datetime.combine(day, time(9), clock.PARIS)


def sent(content: bytes, by: Actor, *, name: str = "suivi.xlsx", **given: Any) -> UUID:
    """Send a sheet and match it as the coordinator of the pôle would; return the lot."""
    batch_id = batches.receive(content, name, by=by)
    before = batches.find(batch_id, by).matching
    matched = matchings.renewed(before, steps=STEPS, defaults=DEFAULTS, words=WORDS, **given)
    batches.match(batch_id, matched, by=by)
    return batch_id


def matched(batch_id: UUID, by: Actor) -> Matching:
    """Return what the columns of a lot mean."""
    return batches.find(batch_id, by).matching


def confirmed(batch_id: UUID, by: Actor) -> int:
    """Confirm a lot as its preview showed it; return how many lines are to come."""
    return placing.confirm(batch_id, matched(batch_id, by).digest, by=by)


def work() -> None:
    """Let the jobs of the take-over run, and nothing else."""
    while jobs.run_due(only=CARRIES):
        pass


def what_falls_due(case_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """Return every deadline of a case: of its steps, its dates, its frequencies, its appointments."""
    end_read()
    of_case = select(ProcessInstance.id).where(ProcessInstance.case_id == case_id)
    return {
        "étapes": sorted(
            (task.element, task.entered_at, task.due_at, task.remind_at, task.escalate_at, task.breach_at)
            for task in open_tasks(case_id)
        ),
        "dates": sorted(
            (row.element, row.due_at)
            for row in db.session.scalars(select(Timer).where(Timer.process_id.in_(of_case)))
        ),
        "fréquences": sorted(
            (row.element, row.since, row.window_from, row.window_to, row.warn_at)
            for row in db.session.scalars(select(Duty).where(Duty.case_id == case_id))
            if row.status == "watching"
        ),
        "rendez-vous": sorted(
            (row.form, row.starts_at, row.status)
            for row in db.session.scalars(select(Appointment).where(Appointment.case_id == case_id))
        ),
    }  # fmt: skip


class Life:
    """A household lived here, day by day: the real people answer, the clock fires what is due in between."""

    def __init__(self, opened: date, **alert: Any) -> None:
        with clock.at(nine(opened)):
            self.case = build.an_alert(**alert)

    def answer(self, element: str, day: date, **wanted: Any) -> None:
        """Answer every open step of that element on a day, as the page would have it answered."""
        self.wait(nine(day))
        for task in [one for one in open_tasks(self.case.case_id) if one.element == element]:
            with clock.at(nine(day)):
                by = build.the_hand(task)
                answers = {**build.answers_for(task.id, by, **wanted), **UNSAID.get(element, {})}
                tasks.complete(task.id, answers, by=by)

    def wait(self, until: datetime) -> None:
        """Let every date due until then come, at its own instant."""
        while (due := self._next(until)) is not None:
            with clock.at(due):
                timers.wake_due()

    def _next(self, until: datetime) -> datetime | None:
        end_read()
        mine = select(ProcessInstance.id).where(ProcessInstance.case_id == self.case.case_id)
        waiting = select(Timer.due_at).where(Timer.process_id.in_(mine), Timer.due_at <= until)
        return db.session.scalar(waiting.order_by(Timer.due_at).limit(1))


def lived(one: Mapping[str, Any]) -> UUID:
    """Live a situation of the made-up sheet here; return its case.

    What the sheet does not date happened as early as it could, which is how the take-over reads it.
    """
    since, place = one.get("depuis"), list(takeover_sheets.STEPS).index(one["etape"])
    opened = one["signale"]
    tenure = {"PO": "proprietaire_occupant", "proprio": "proprietaire_occupant", "": "autre"}
    life = Life(
        opened, nom="Jumeau", prenom=one["numero"], indices=["autre"], accord="obtenu",
        statut=tenure.get(one["statut"], "locataire_prive"),
        adresse={"voie": one["rue"], "cp": "44600", "insee": build.SAINT_NAZAIRE},
    )  # fmt: skip
    if place >= 1:
        analysed = since if place == 1 else opened
        life.answer("analyser_signalement", analysed, priorite=one["priorite"])
    if place >= 2:
        booked = since if place == 2 else opened
        life.answer("prendre_rendez_vous", booked, issue="fixe", date=one["rdv"])
    if place >= 3:
        life.answer("realiser_visite", one["visite"], issue="realisee", date=one["visite"])
    if place >= 4:
        life.answer("etablir_diagnostic", since if place == 4 else one["visite"])
    if place >= 5:
        life.answer("valider_diagnostic", one["visite"], complet=True)
        kinds = one["partenaires"].lower().replace(",", ";").split(";")
        rows = [{"genre": kind.strip(), "champs_partages": []} for kind in kinds]
        life.answer("decider_orientations", since, lignes=rows)
    life.wait(EVENING)
    return life.case.case_id
