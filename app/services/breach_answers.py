"""A breach is enforced: it starts the process that the territory names, in which somebody answers it."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import transaction
from app.ids import new_id
from app.jobs import job
from app.models import Breach, ProcessInstance
from app.services import breach_words, journal, releases, starting

FINDING: Final = "constat"
"""What the process begins with: its form is named after the breach, and would hide a datum of that name."""


@job("answer_breach")
def start(breach_id: str) -> None:
    """Start the process that answers a breach, in its case or in the territory; once.

    The process is named by ``[manquements]`` of the newest release; where none is, the row says it all.
    """
    release = releases.current()
    named = release.settings.breaches.process
    with transaction() as session:
        breach = session.scalar(select(Breach).where(Breach.id == UUID(breach_id)).with_for_update())
        if breach is None or breach.answer_process_id is not None or named is None:
            return
        process = ProcessInstance(
            id=new_id(),
            case_id=breach.case_id,
            release_id=release.id,
            process=named,
            state=b"",
            started_at=clock.now(),
        )
        session.add(process)
        session.flush()
        breach.answer_process_id = process.id
        journal.write(
            "manquement.confie",
            case_id=breach.case_id,
            process_id=process.id,
            subject=str(breach.id),
        )
        starting.begin(process, release, {FINDING: breach_words.facts(breach)})
