"""A programme going from territory to territory: what is offered, what was pulled, what is being opened."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped, Sealed
from app.ids import new_id


class ReleaseOffer(Base, Scoped):
    """A release that its territory offers to the others, with what it says of it; withdrawn or not.

    Other territories read it without its scope (``services.offers``): its words, its number, its files. Of a
    household it says nothing (LAW-5).
    """

    __tablename__ = "release_offer"
    __table_args__ = (UniqueConstraint("territory_id", "release_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    words: Mapped[str] = mapped_column(default="")
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    offered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Pull(Base, Scoped):
    """What came from an upstream release into the draft: the next merge begins from these files.

    ``source`` and ``number`` name the release, ``fingerprint`` its content, ``files`` are its texts by
    normalised name, settings with our own code, name and live values. ``report`` counts what came in, what
    stayed, and lists how conflicts were decided. Of a household it says nothing (LAW-5).
    """

    __tablename__ = "programme_pull"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    number: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(index=True)
    files: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime]


class Opening(Base, Scoped):
    """A territory that somebody prepares from here, step by step, until it is opened.

    ``state`` holds what was typed, names and addresses of partners and colleagues included: sealed, emptied
    when the territory opens, and removed with the row when nobody touched it for ninety days. ``version``
    grows with each step kept. ``verification`` tells the last check, under way or ended, of which version it
    was and what proof it gave (``publishing.opening_checks``). Of a household it says nothing (LAW-5).
    """

    __tablename__ = "territory_opening"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[Any] = mapped_column(Sealed)
    version: Mapped[int] = mapped_column(default=1)
    code: Mapped[str] = mapped_column(default="")
    verification: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Logo(Base, Scoped):
    """The picture that stands for a territory on its pages and letters: drawn again, no hidden data."""

    __tablename__ = "territory_logo"
    __table_args__ = (UniqueConstraint("territory_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mime: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str]
    at: Mapped[datetime]
