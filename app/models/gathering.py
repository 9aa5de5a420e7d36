"""Gatherings people register for, decisions taken together, papers made public (ANG-1, ANG-3, ANG-4).

Erasure (LAW-5): none of this is about a household. A registration holds a name, an e-mail address and needs
for one day: they are emptied after the number of days that the programme says (``Gathering.forget_at``); the
type of structure, the group and whether they came stay, which name nobody. A consultation keeps structures
and what they said: that is the network's record.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped, Sealed
from app.ids import new_id
from app.models.orientation import Partner


class Gathering(Base, Scoped):
    """What people may register for, opened by a step of the process that carries it.

    ``token`` is the end of its public address. ``closes_on`` is the last day on which one may register;
    ``places`` counts everybody, None for no limit. ``groups`` are the parallel groups
    (``[{"cle": "g1", "libelle": "…", "places": 20}]``). ``status``: ``ouverte`` or ``close``.
    """

    __tablename__ = "gathering"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), unique=True)
    token: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    day: Mapped[date]
    hour: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    closes_on: Mapped[date]
    places: Mapped[int | None]
    groups: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(default="ouverte", server_default="ouverte")
    opened_at: Mapped[datetime]
    forget_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]


class Registration(Base, Scoped):
    """One person who comes: registered in advance, or written down on the day (``on_the_day``).

    ``kind`` is a type of structure of the settings, ``group_key`` one of the gathering's groups, or nothing.
    ``person``, sealed, is ``{"nom", "courriel", "structure", "besoins"}``; ``email_key`` a digest of it.
    ``status``: ``inscrite``, ``attente`` or ``annulee``; ``queued_at`` gives the turn of those who wait.
    ``link`` is the sealed digest of the personal link. ``came`` is None until somebody says. Emptied of its
    name, its address and its needs once the day is over and the delay has run (``forgotten_at``).
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_gathering", "gathering_id", "status", "queued_at"),
        Index("ix_registration_link", "link"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gathering_id: Mapped[UUID] = mapped_column(ForeignKey("gathering.id"))
    person: Mapped[Any] = mapped_column(Sealed, nullable=True)
    email_key: Mapped[str | None]
    kind: Mapped[str]
    group_key: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str]
    came: Mapped[bool | None]
    on_the_day: Mapped[bool] = mapped_column(default=False, server_default=false())
    link: Mapped[str | None]
    queued_at: Mapped[datetime]
    at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]


class Consultation(Base, Scoped):
    """What is decided together: a proposal, the round of voices under way, its result.

    ``status``: ``ouverte`` (voices are taken until ``closes_at``), ``close`` (objections are being treated),
    ``adoptee``, ``retiree`` or ``rejetee``. ``round_number`` grows with each amended text, and voices are of
    one round. ``by`` is who proposed, with their structure.
    """

    __tablename__ = "consultation"
    __table_args__ = (Index("ix_consultation_status", "territory_id", "status", "opened_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), unique=True)
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    round_number: Mapped[int] = mapped_column(default=1, server_default="1")
    status: Mapped[str] = mapped_column(default="ouverte", server_default="ouverte")
    result: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class Voice(Base, Scoped):
    """What one structure says of a proposal, in one round: ``consentement``, ``objection``, ``abstention``.

    ``link`` is the sealed digest of the personal link of a structure that nobody serves with an account;
    ``choice`` is empty until it has spoken. A structure may change its mind until the round ends.
    """

    __tablename__ = "voice"
    __table_args__ = (
        UniqueConstraint("consultation_id", "round_number", "partner_id"),
        Index("ix_voice_link", "link"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultation.id"))
    round_number: Mapped[int]
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    choice: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str] = mapped_column(default="", server_default="")
    link: Mapped[str | None]
    at: Mapped[datetime | None]
    partner: Mapped[Partner] = relationship(lazy="joined")


class PublicPaper(Base, Scoped):
    """What the network makes public, once those who must have approved it: a synthesis, a guide.

    ``parts`` are headings and texts (``[{"titre": "…", "texte": "…"}]``), ``files`` the stored files handed
    out with it (``[{"id": "…", "nom": "…"}]``), ``approvals`` who approved and when. ``withdrawn_at``: it is
    public no more.
    """

    __tablename__ = "public_paper"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), unique=True)
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(default="")
    parts: Mapped[list[Any]] = mapped_column(default=list)
    files: Mapped[list[Any]] = mapped_column(default=list)
    approvals: Mapped[list[Any]] = mapped_column(default=list)
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
