"""What is decided together: rounds of voices, one a structure, and their result (ANG-1)."""

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, seal_text
from app.errors import Conflict
from app.handlers.consultations import end_of_round
from app.handlers.gathering_effects import Decide, OpenRound
from app.ids import new_id
from app.models import Consultation, Partner, ProcessInstance, Submission, Voice
from app.services import journal, mail, message_facts, network_words
from app.services.releases import LoadedRelease


def of_process(process_id: UUID) -> Consultation | None:
    """Return what this process puts to the structures, held for the transaction under way."""
    query = select(Consultation).where(Consultation.process_id == process_id)
    return db.session.scalar(query.with_for_update())


def open_round(
    effect: OpenRound, process: ProcessInstance, release: LoadedRelease, asked: Sequence[Partner]
) -> None:
    """Put a text to structures, each by a link of its own; an amended text begins a new round."""
    row = of_process(process.id)
    ends = end_of_round(clock.now(), effect.closes_in)
    if row is None:
        row = Consultation(
            id=new_id(), process_id=process.id, opened_at=clock.now(), by=_proposer(process), title="",
            text="", closes_at=ends, round_number=1,
        )  # fmt: skip
        db.session.add(row)
    else:
        row.round_number += 1
    row.title, row.kind, row.text, row.reason = effect.title, effect.kind, effect.text, effect.reason
    row.closes_at = ends
    row.status = "ouverte"
    db.session.flush()
    facts: dict[str, Any] = message_facts.common(None, None, release) | network_words.facts_of(
        process, release
    )
    for partner in asked:
        token = secrets.token_urlsafe(12)
        db.session.add(
            Voice(
                consultation_id=row.id, round_number=row.round_number, partner_id=partner.id,
                link=seal_text(token),
            )
        )  # fmt: skip
        said = {**facts["decision"], "lien": message_facts.address(f"/v/{token}")}
        mail.write_outside(
            effect.message, (partner.email, partner.name), f"{row.id}:{row.round_number}",
            facts={**facts, "partenaire": {"nom": partner.name}, "decision": said},
            release=release, case_id=None,
        )  # fmt: skip
    journal.write(
        "decision.soumise", process_id=process.id, subject=str(row.id), details={"tour": row.round_number}
    )


def close_round(process: ProcessInstance) -> None:
    """Take no more voices; the links of the round open nothing any more.

    Raises:
        Conflict: this process put nothing to anybody.
    """
    row = of_process(process.id)
    if row is None:
        raise Conflict
    row.status = "close"
    journal.write("decision.voix_closes", process_id=process.id, subject=str(row.id))


def decide(effect: Decide, process: ProcessInstance) -> None:
    """Keep what became of a proposal.

    Raises:
        Conflict: this process put nothing to anybody.
    """
    row = of_process(process.id)
    if row is None:
        raise Conflict
    row.status, row.result, row.decided_at = effect.status, effect.result, clock.now()
    journal.write(
        "decision.prise", process_id=process.id, subject=str(row.id), details={"statut": effect.status}
    )


def _proposer(process: ProcessInstance) -> str:
    first = select(Submission.author).where(Submission.process_id == process.id)
    return db.session.scalar(first.order_by(Submission.at, Submission.id).limit(1)) or journal.SYSTEM
