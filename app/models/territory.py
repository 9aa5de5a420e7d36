"""Territories and the versions of their programme."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped


class Territory(Base):
    """A tenant: its data never cross to another.

    ``live`` holds what changes without a new release: Anah year and zone, closing days
    (``{"annee_anah": 2026, "zone_anah": "HORS_IDF", "jours_fermes": ["2026-12-24"], …}``).
    """

    __tablename__ = "territory"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    live: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    case_counter: Mapped[int] = mapped_column(default=0)


class Release(Base, Scoped):
    """An immutable bundle of diagrams, rules, forms and templates; a process is pinned to one.

    ``files`` maps normalised names (``bpmn/visite.bpmn``) to their text.
    """

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("territory_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(index=True)
    files: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
