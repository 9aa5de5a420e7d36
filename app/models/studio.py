"""The studio: what changed in a draft file by file, who is at work, what is brought in, what is published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class DraftChange(Base, Scoped):
    """A file of the draft changed, by one person in one sitting: saves that follow each other count as one.

    ``before`` is its text before the sitting, None for a file that did not exist; ``after`` the SHA-256 of
    its text now, None once removed. ``version`` is that of the draft after the last of these saves. Only so
    many are kept a file (``services.studio.drafting``), the oldest go. Of a person it keeps the name and the
    account, as the journal does; of a household nothing (LAW-5).
    """

    __tablename__ = "draft_change"
    __table_args__ = (Index("ix_draft_change_name", "territory_id", "name", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    version: Mapped[int]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    began_at: Mapped[datetime]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")


class DraftPresence(Base, Scoped):
    """Somebody has a file of the draft open: since when, and when last heard of.

    A row a person and file, removed when it is an hour old; of a household it says nothing (LAW-5).
    """

    __tablename__ = "draft_presence"
    __table_args__ = (UniqueConstraint("territory_id", "user_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    who: Mapped[str]
    name: Mapped[str]
    since: Mapped[datetime]
    seen_at: Mapped[datetime]


class DraftProposal(Base, Scoped):
    """A whole draft that somebody brought (an archive, an earlier release) and has not taken yet.

    ``files`` maps normalised names to text; ``origin`` is a sentence that says where they come from;
    ``version`` that of the draft when they were brought. Removed once taken, or when a day old.
    """

    __tablename__ = "draft_proposal"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    files: Mapped[dict[str, Any]]
    origin: Mapped[str]
    version: Mapped[int]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]


class Publication(Base, Scoped):
    """A draft on its way to a release: judged, simulated, frozen, or refused with the reason.

    ``id`` comes from the page that asked, so that the same click sent twice asks once. ``draft_version`` and
    ``fingerprint`` name what is published: a draft that moved meanwhile is not. ``status``: ``waiting``,
    ``running``, ``published``, ``refused`` or ``stopped``; ``stage`` and ``done``/``total`` tell how far it
    is, ``report`` what was found (``{"erreurs": 0, "scenarios": […], "simulation": {…}}``).
    """

    __tablename__ = "publication"
    __table_args__ = (Index("ix_publication_created", "territory_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draft_version: Mapped[int]
    fingerprint: Mapped[str]
    note: Mapped[str]
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[str] = mapped_column(default="waiting")
    stage: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))
    created_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
