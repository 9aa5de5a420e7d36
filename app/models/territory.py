"""Territories and the versions of their programme."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Territory(Base):
    """A tenant: its data never cross to another.

    ``live`` holds what changes without a new release: Anah year and zone, closing days
    (``{"annee_anah": 2026, "zone_anah": "HORS_IDF", "jours_fermes": ["2026-12-24"], …}``). ``lineage`` lists
    the releases its programme comes from, the nearest first
    (``{"territoire": "<code>", "version": 3, "empreinte": "9f…", "le": "2026-11-22"}``). ``keeps_apart``: a
    lane was kept apart from a case here once; elsewhere no statement is narrowed for it.
    """

    __tablename__ = "territory"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    live: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    case_counter: Mapped[int] = mapped_column(default=0)
    lineage: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    keeps_apart: Mapped[bool] = mapped_column(default=False, server_default=false())


class Release(Base, Scoped):
    """An immutable bundle of diagrams, rules, forms and templates; a process is pinned to one.

    ``files`` maps normalised names (``bpmn/visite.bpmn``) to their text. ``proof`` keeps the check and the
    simulation it passed before it was frozen (``{"verification": {…}, "simulation": {…}}``), empty for a
    release published before proofs were kept.
    """

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("territory_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(index=True)
    files: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    proof: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class ProgrammeDraft(Base, Scoped):
    """The editable working copy of a territory's programme, one a territory.

    ``files`` maps normalised names to their text, as in a release; ``based_on`` is the release it was
    begun from. ``version`` grows with each save, so that two designers cannot overwrite each other unseen.
    """

    __tablename__ = "programme_draft"
    __table_args__ = (UniqueConstraint("territory_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    files: Mapped[dict[str, Any]]
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
