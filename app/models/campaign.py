"""A campaign that goes to the doors: its targets, its rounds, what was answered (CAR-5).

Erasure (LAW-5): a target is an address, never a name. When its campaign is closed, every target loses its
address after the number of days of the settings (``[campagne] oubli_jours``): the commune, the outcome
and the reason stay, which name nobody. What a household that said yes told is in its case alone and is
erased with it; ``DoorAnswer.case_id`` then points to a row without identity. A preview of an import is
dropped when it is given up, or after a few hours; once loaded, it keeps the refused rows alone until then.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped, Sealed
from app.ids import new_id


class Campaign(Base, Scoped):
    """A campaign, opened by a step of the process that carries it.

    ``status``: ``preparation``, ``terrain`` (rounds may be handed out) or ``close``. ``communes`` are the
    INSEE codes of its perimeter. ``forget_at``: when its targets lose their addresses;
    ``forgotten_at``: they have.
    """

    __tablename__ = "campaign"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), unique=True)
    name: Mapped[str]
    criteria: Mapped[str] = mapped_column(default="", server_default="")
    communes: Mapped[list[Any]] = mapped_column(default=list)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="preparation", server_default="preparation")
    opened_at: Mapped[datetime]
    field_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    forget_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]


class Round(Base, Scoped):
    """A walk from door to door, done by one postman between two days.

    ``status``: ``prete``, ``ouverte`` (it has a code, or postmen with an account see it) or ``close``.
    ``link`` is the sealed digest of a code that serves once; ``device`` that of the phone which used it.
    ``pass_number`` counts from 1: the absent of a round may be seen again by a later one.
    """

    __tablename__ = "campaign_round"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    name: Mapped[str]
    pass_number: Mapped[int] = mapped_column(default=1, server_default="1")
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="prete", server_default="prete")
    link: Mapped[str | None] = mapped_column(index=True)
    device: Mapped[str | None] = mapped_column(index=True)
    linked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    campaign: Mapped[Campaign] = relationship(lazy="joined")


class Target(Base, Scoped):
    """A door to knock at. No name, no telephone: an address, its commune, and what came of it.

    ``status``: ``a_voir``, ``absent``, ``refus``, ``ecarte`` (no dwelling there) or ``accord``.
    ``round_id`` is the round it is in now, ``place`` its order there. ``match_address`` finds duplicates;
    empty once forgotten.
    """

    __tablename__ = "campaign_target"
    __table_args__ = (
        Index("ix_campaign_target_match", "territory_id", "insee", "match_address"),
        Index("ix_campaign_target_round", "round_id", "place"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign_round.id"))
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    address: Mapped[str]
    complement: Mapped[str] = mapped_column(default="", server_default="")
    postcode: Mapped[str] = mapped_column(default="", server_default="")
    insee: Mapped[str]
    commune: Mapped[str]
    match_address: Mapped[str]
    status: Mapped[str] = mapped_column(default="a_voir", server_default="a_voir")
    passes: Mapped[int] = mapped_column(default=0, server_default="0")
    imported_at: Mapped[datetime]


class DoorAnswer(Base, Scoped):
    """What was said at one door on one pass; ``device_id`` is given by the phone and taken once.

    ``answers`` holds the closed answers of a door that said no, sealed, without a field that names somebody;
    nobody reads them one by one. For a yes it is empty: they are in the case. ``by``: who knocked.
    """

    __tablename__ = "door_answer"
    __table_args__ = (
        UniqueConstraint("territory_id", "device_id"),
        Index("ix_door_answer_round", "round_id", "outcome"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    device_id: Mapped[UUID]
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_target.id"), index=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("campaign_round.id"))
    outcome: Mapped[str]
    reason: Mapped[str | None]
    eligible: Mapped[bool] = mapped_column(default=False, server_default=false())
    answers: Mapped[Any] = mapped_column(Sealed, nullable=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    by: Mapped[str]
    said_at: Mapped[datetime]
    at: Mapped[datetime]


class SheetPreview(Base, Scoped):
    """A sheet that somebody sent and has not loaded yet: nothing of it counts until then.

    ``content`` holds columns and rows, sealed; ``shown`` is the digest of what the person last saw of it.
    ``version`` grows at each change of the columns. ``status``: ``a_confirmer`` or ``chargee`` (then only the
    refused rows are left in ``content``). It is dropped at ``forget_at``.
    """

    __tablename__ = "sheet_preview"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    user_id: Mapped[UUID | None]
    name: Mapped[str]
    content: Mapped[Any] = mapped_column(Sealed)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    status: Mapped[str] = mapped_column(default="a_confirmer", server_default="a_confirmer")
    loaded: Mapped[int] = mapped_column(default=0, server_default="0")
    at: Mapped[datetime]
    forget_at: Mapped[datetime]


class SheetProfile(Base, Scoped):
    """How the columns of one kind of sheet were read last: the next file with the same heading is read so."""

    __tablename__ = "sheet_profile"
    __table_args__ = (UniqueConstraint("territory_id", "kind", "heading"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    heading: Mapped[str]
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
