"""What messages of the network say: the gathering, where one registers, what is decided, what is public.

``evenement``, ``inscription``, ``decision`` and ``publication``; none of them names anybody.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from app import clock
from app.catalog.words import say
from app.database import db
from app.models import Consultation, Gathering, ProcessInstance, PublicPaper
from app.services import message_facts, network_facts
from app.services.releases import LoadedRelease

_EVENT: Final = ("titre", "date", "heure", "lieu", "commune")
RESULTS: Final = {
    "adoptee": "adoptée",
    "retiree": "retirée par qui la proposait",
    "rejetee": "rejetée",
    "ouverte": "soumise aux structures",
    "close": "objections à l'étude",
}
"""State of a proposal → how it is said."""


def facts_of(process: ProcessInstance, release: LoadedRelease) -> dict[str, Any]:
    """Return what a message sent by a process of the territory may name."""
    found: dict[str, Any] = {"inscription": {}, "decision": {}, "publication": {}}
    event = network_facts.event_facts(process, release)
    found["evenement"] = {name: event[name] for name in _EVENT}
    row = db.session.scalar(select(Gathering).where(Gathering.process_id == process.id))
    if row is not None:
        found["evenement"] |= {
            "titre": row.title, "date": say(row.day), "heure": row.hour, "lieu": row.place,
        }  # fmt: skip
        found["inscription"] = of_gathering(row)
    proposal = db.session.scalar(select(Consultation).where(Consultation.process_id == process.id))
    if proposal is not None:
        found["decision"] = of_proposal(proposal)
    paper = db.session.scalar(select(PublicPaper).where(PublicPaper.process_id == process.id))
    if paper is not None:
        found["publication"] = {
            "titre": paper.title,
            "adresse": message_facts.address(f"publications/{paper.id}"),
        }
    return found


def of_gathering(row: Gathering) -> dict[str, str]:
    """Return where one registers and until when."""
    return {
        "adresse": message_facts.address(f"inscription/{row.token}"),
        "jusqu_au": say(row.closes_on),
        "places": str(row.places or ""),
    }


def of_proposal(row: Consultation) -> dict[str, str]:
    """Return what a message says of a proposal."""
    return {
        "titre": row.title,
        "jusqu_au": say((row.closes_at - timedelta(seconds=1)).astimezone(clock.PARIS).date()),
        "resultat": RESULTS[row.status],
        "suite": row.result,
    }
