"""The personal link of a structure: its sheet, the charter, its figures; no account (ANG-5, ANG-6)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select

from app import clock, tenancy
from app.catalog.network_rooms import Charter
from app.config import Settings
from app.database import db, end_read, seal_text, transaction
from app.errors import Forbidden, Gone, NotFound
from app.handlers.directory import PURPOSES
from app.handlers.directory_effects import WriteToStructure
from app.models import Partner, ProcessInstance, StructureLink, Territory
from app.notifications import compose, outbox
from app.services import journal, message_facts, releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease

EDIT: Final = "annuaire.agir"


class LinkDead(Gone):
    """The link was replaced, is too old, or never was."""

    sentence_template = (
        "Ce lien ne sert plus : il est trop ancien, ou un autre l'a remplacé. "
        "Demandez-en un nouveau à la personne qui anime le réseau."
    )


@dataclass(frozen=True)
class Held:
    """What a link opens: one structure of one territory, for one purpose."""

    id: UUID
    partner_id: UUID
    name: str
    purpose: str
    quarter: date | None
    expires_on: date
    territory: Territory
    release: LoadedRelease
    actor: Actor


def address(token: str) -> str:
    """Return the whole address of a link."""
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    return f"{settings.base_url}/s/{token}"


def give(partner_id: UUID, purpose: str, *, by: Actor) -> str:
    """Return the address of a new link, to hand over; the former one of that purpose dies.

    Raises:
        Forbidden: the role does not keep the directory, nor the charter.
        NotFound: no such structure here, or no such purpose.
    """
    if not any(by.rights.may(right) for right in (EDIT, "charte.agir", "territoire.administrer")):
        raise Forbidden
    token = secrets.token_urlsafe(16)
    with transaction() as session:
        known = session.scalar(select(Partner.id).where(Partner.id == partner_id, Partner.active))
        if known is None or purpose not in PURPOSES:
            raise NotFound
        _open(partner_id, purpose, token, None)
        journal.write(
            "structure.lien", actor=by.name, user_id=by.user_id, subject=str(partner_id),
            details={"objet": purpose},
        )  # fmt: skip
    return address(token)


def write(effect: WriteToStructure, process: ProcessInstance, release: LoadedRelease) -> None:
    """Open the link that a step asks for and queue the message that carries it."""
    partner = db.session.get_one(Partner, effect.partner_id)
    _open(partner.id, effect.purpose, effect.link, effect.quarter)
    facts = message_facts.common(None, None, release)
    facts |= {
        "lien": address(effect.link),
        "partenaire": {"nom": partner.name},
        "destinataire": {"nom": partner.name},
    }
    subject, body = compose(release.bundle.files[f"messages/{effect.message}.txt"].decode(), facts)
    outbox.queue(
        effect.message,
        recipient=partner.email,
        recipient_name=partner.name,
        subject=subject,
        body=body,
        key=f"{effect.message}:{process.id}:{process.version or 0}:{partner.id}",
    )
    journal.write(
        "structure.lien", process_id=process.id, subject=str(partner.id), details={"objet": effect.purpose}
    )


def _open(partner_id: UUID, purpose: str, token: str, quarter: date | None) -> None:
    gone = delete(StructureLink).where(
        StructureLink.partner_id == partner_id, StructureLink.purpose == purpose
    )
    db.session.execute(gone.execution_options(synchronize_session=False))
    now, charter = clock.now(), releases.current().settings.rooms.charter or Charter()
    db.session.add(
        StructureLink(
            partner_id=partner_id, purpose=purpose, quarter=quarter, link=seal_text(token), at=now,
            expires_at=now + timedelta(days=charter.link_days), answered_at=None,
        )
    )  # fmt: skip


@contextmanager
def holding(token: str) -> Iterator[Held]:
    """Serve the territory of a link for the time of the block.

    Raises:
        LinkDead: nothing is behind this link any more, or never was.
    """
    with tenancy.unscoped("token"):
        found = db.session.execute(
            select(StructureLink.id, StructureLink.territory_id, StructureLink.expires_at).where(
                StructureLink.link == seal_text(token)
            )
        ).first()
    end_read()
    if found is None or found.expires_at <= clock.now():
        raise LinkDead
    with tenancy.serving(found.territory_id):
        yield _held(found.id)


def _held(link_id: UUID) -> Held:
    row = db.session.get_one(StructureLink, link_id)
    partner = db.session.get(Partner, row.partner_id)
    if partner is None or not partner.active:
        raise LinkDead
    actor = Actor(kind="link", name=partner.name, person=f"structure:{partner.id}", partner_id=partner.id)
    return Held(
        id=row.id,
        partner_id=partner.id,
        name=partner.name,
        purpose=row.purpose,
        quarter=row.quarter,
        expires_on=row.expires_at.astimezone(clock.PARIS).date(),
        territory=db.session.get_one(Territory, row.territory_id),
        release=releases.current(),
        actor=actor,
    )
