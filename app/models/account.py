"""People who log in, and the roles they hold in each territory."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.ids import new_id
from app.models.territory import Territory


class User(Base):
    """A professional's account. ``session_version`` ends every open session when it grows."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    session_version: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    memberships: Mapped[list["Membership"]] = relationship(lazy="selectin", back_populates="user")


class Membership(Base):
    """The roles a person holds in one territory (words of the territory's settings).

    ``partner_id`` is the structure of that territory's directory for which the person works, None for its own
    staff. Without a role, the person has no access there any more.
    """

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "territory_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True)
    roles: Mapped[list[Any]] = mapped_column(default=list)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    user: Mapped[User] = relationship(back_populates="memberships")
    territory: Mapped[Territory] = relationship()


class Invitation(Base):
    """A link by which a person chooses a password, once and before ``expires_at`` (LAW-8).

    ``link`` is its sealed digest; ``territory_id`` is where the account was opened. Of no territory, as
    accounts are: whoever opens the link is not known yet. Spent ones are dropped with the next.
    """

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    link: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """A failed attempt, kept to slow the next ones (LAW-8). ``key`` is an e-mail or an address, sealed."""

    __tablename__ = "login_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
