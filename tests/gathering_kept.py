"""A gathering and what came of it, written as rows: for tests of who sees what, whatever the programme."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, end_read, seal_text, transaction
from app.ids import new_id
from app.models import Consultation, Gathering, Partner, PublicPaper, Registration, Submission, Voice
from app.services import files


def a_kept_gathering(process_id: UUID, named: str) -> dict[str, Any]:
    """Open registrations on an event, with somebody, a paper and its file; return what addresses name."""
    end_read()
    day, token = clock.today() + timedelta(days=30), f"jeton-{new_id()}"
    link = f"place-{new_id()}"
    with transaction() as session:
        kept = files.keep(
            b"programme",
            name=f"{named}.pdf",
            mime="application/pdf",
            classe="technique",
            case_id=None,
            user_id=None,
        )
        row = Gathering(
            id=new_id(), process_id=process_id, token=token, title=f"Atelier {named}", day=day, closes_on=day,
            opened_at=clock.now(), forget_at=clock.now() + timedelta(days=60), groups=[],
        )  # fmt: skip
        session.add(row)
        session.flush()
        person = {
            "nom": named,
            "courriel": f"venir@{named.lower()}.invalid",
            "structure": named,
            "besoins": "",
        }
        one = Registration(
            id=new_id(), gathering_id=row.id, person=person, kind="association", status="inscrite",
            link=seal_text(link), queued_at=clock.now(), at=clock.now(),
        )  # fmt: skip
        held = {"id": str(kept.id), "nom": kept.name, "mime": kept.mime}
        paper = PublicPaper(
            id=new_id(), process_id=process_id, title=f"Synthèses {named}", files=[held],
            parts=[{"titre": "Plénière", "texte": f"Ce que dit {named}."}], published_at=clock.now(),
        )  # fmt: skip
        proposal = Consultation(
            id=new_id(), process_id=process_id, title=f"Proposition {named}", text=f"Ce que veut {named}.",
            by=named, opened_at=clock.now(), closes_at=clock.now() + timedelta(days=15),
        )  # fmt: skip
        session.add_all([one, paper, proposal])
        session.flush()
        asked = session.scalars(select(Partner)).all()[0]
        said = Voice(
            consultation_id=proposal.id, round_number=1, partner_id=asked.id, link=seal_text(f"voix-{link}")
        )
        session.add(said)
        answers = session.scalars(select(Submission).where(Submission.process_id == process_id)).all()[0]
        answers.answers = {**answers.answers, "piece": [held]}
        found = {
            "jeton": token,
            "registration_id": one.id,
            "paper_id": paper.id,
            "joined": kept.id,
            "link": link,
            "voice": f"voix-{link}",
        }
    db.session.expire_all()
    return found
