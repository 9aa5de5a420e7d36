"""Sheets of the directory, links that structures answer by, the charter, what they count (ANG-5, ANG-6)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.orientation import Partner


class DirectorySheet(Base, Scoped):
    """What a structure does, for whom, where and on what terms (F11); one row a partner.

    ``competences``, ``publics``, ``tenures``, ``incomes`` and ``needs`` are words of ``[annuaire]``; an empty
    list says nothing, it does not say « all ». ``intake`` is ``oui`` or ``non`` when the structure takes new
    requests now, empty when nobody said. ``delay_days`` orders, ``delay`` is what people read.
    ``verified_on`` and ``verified_by``: the last time somebody said that all of it holds. ``named``: the
    structure agreed to stand on the public page. ``contact`` may name a professional: it goes when it is
    written over, or with the sheet; no household stands here (LAW-5).
    """

    __tablename__ = "directory_sheet"
    __table_args__ = (UniqueConstraint("territory_id", "partner_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"), index=True)
    missions: Mapped[str] = mapped_column(default="", server_default="")
    competences: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    publics: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    schemes: Mapped[str] = mapped_column(default="", server_default="")
    tenures: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    incomes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    needs: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    conditions: Mapped[str] = mapped_column(default="", server_default="")
    contact: Mapped[str] = mapped_column(default="", server_default="")
    website: Mapped[str] = mapped_column(default="", server_default="")
    delay: Mapped[str] = mapped_column(default="", server_default="")
    delay_days: Mapped[int | None]
    capacity: Mapped[str] = mapped_column(default="", server_default="")
    intake: Mapped[str] = mapped_column(default="", server_default="")
    named: Mapped[bool] = mapped_column(default=False)
    verified_on: Mapped[date | None]
    verified_by: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    partner: Mapped[Partner] = relationship(lazy="joined")


class SheetChange(Base, Scoped):
    """One change of a sheet: who, when, and ``[[field, before, after], …]`` as people read it.

    About structures, not households; kept as long as the sheet (LAW-5).
    """

    __tablename__ = "sheet_change"
    __table_args__ = (Index("ix_sheet_change_partner", "partner_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    at: Mapped[datetime]
    by: Mapped[str]
    user_id: Mapped[UUID | None]
    changes: Mapped[list[Any]]


class StructureLink(Base, Scoped):
    """A personal link by which a structure answers without an account.

    ``purpose``: ``fiche`` (its sheet), ``charte`` (to sign), ``chiffres`` (its figures of ``quarter``, the
    first day of one). ``link`` is the sealed digest of the secret part; it dies at ``expires_at``, or when a
    newer one of the same purpose is given. No household (LAW-5).
    """

    __tablename__ = "structure_link"
    __table_args__ = (Index("ix_structure_link_partner", "partner_id", "purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    purpose: Mapped[str]
    quarter: Mapped[date | None]
    link: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class CharterText(Base, Scoped):
    """One version of the charter; a published one never changes. No personal data."""

    __tablename__ = "charter_text"
    __table_args__ = (UniqueConstraint("territory_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[str]


class CharterSignature(Base, Scoped):
    """A structure's signature of one version of the charter.

    ``capacity`` is a word of ``[charte] signataires`` (``responsable``, ``elu``), ``means`` one of ``lien``,
    ``sur_place`` or ``papier``; ``file_id`` holds the drawn signature or the scanned page. ``ended_on``: the
    structure withdrew. A professional's name in their function: kept as the act it is, their drawing is
    forgotten when the structure withdraws (LAW-5).
    """

    __tablename__ = "charter_signature"
    __table_args__ = (Index("ix_charter_signature_partner", "partner_id", "ended_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    charter_id: Mapped[UUID] = mapped_column(ForeignKey("charter_text.id"), index=True)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"))
    name: Mapped[str]
    function: Mapped[str]
    capacity: Mapped[str]
    signed_on: Mapped[date]
    means: Mapped[str]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    at: Mapped[datetime]
    by: Mapped[str]
    ended_on: Mapped[date | None]
    ended_by: Mapped[str | None]


class WatchFigure(Base, Scoped):
    """A number that a structure gave for a quarter (first day), under a key of ``[veille.chiffres]``.

    Totals of a structure; nothing of a household (LAW-9).
    """

    __tablename__ = "watch_figure"
    __table_args__ = (UniqueConstraint("territory_id", "partner_id", "quarter", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partner.id"), index=True)
    quarter: Mapped[date]
    key: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[str]
