"""Sites of a programme: where, whose, how they are classed, who answers for them (BAT-1, BAT-2).

No household is named here. Referents are people at work in a landlord's agency. An ambassador may be a
resident: ending the mandate empties the name and the contact at once (LAW-5), the training stays counted.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base, Scoped
from app.ids import new_id
from app.models.money import Exact
from app.models.orientation import Partner


class Site(Base, Scoped):
    """A group of dwellings of one landlord, in a commune.

    ``key`` is that of ``[[vivant.sites]]``, empty for one entered on the page. ``landlord`` is the landlord's
    name as it was said, kept while the directory does not hold it; ``landlord_id`` its sheet. ``dwellings``
    and ``phase`` are None where nobody said them. ``version`` fences two editors.
    """

    __tablename__ = "site"
    __table_args__ = (Index("ix_site_landlord", "territory_id", "landlord_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str]
    commune: Mapped[str | None]
    landlord_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    landlord: Mapped[str] = mapped_column(default="", server_default="")
    dwellings: Mapped[int | None]
    phase: Mapped[str | None]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    partner: Mapped[Partner | None] = relationship(lazy="joined")


class SiteZoning(Base, Scoped):
    """How a site is classed from a day on; the latest that has begun is in force. Earlier ones stay."""

    __tablename__ = "site_zoning"
    __table_args__ = (Index("ix_site_zoning_site", "site_id", "since"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"))
    zoning: Mapped[str]
    since: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    by: Mapped[str]
    at: Mapped[datetime]


class SiteReferent(Base, Scoped):
    """Who answers for a site at its landlord's, or for all the sites of a landlord (``site_id`` is None).

    ``kind`` is a word of ``[sites.referents]``. ``until`` is None as long as it lasts.
    """

    __tablename__ = "site_referent"
    __table_args__ = (Index("ix_site_referent_site", "territory_id", "site_id", "until"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("site.id"))
    landlord_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="", server_default="")
    phone: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str] = mapped_column(default="", server_default="")
    since: Mapped[date]
    until: Mapped[date | None]
    by: Mapped[str]


class SiteProcess(Base, Scoped):
    """A process of the territory that belongs to a site: its opening, a session, a challenge."""

    __tablename__ = "site_process"
    __table_args__ = (UniqueConstraint("process_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))


class Ambassador(Base, Scoped):
    """A caretaker or a resident trained to bring neighbours along (BAT-16).

    ``name`` and ``contact`` are emptied on the day the mandate ends (``ended_on``).
    """

    __tablename__ = "site_ambassador"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    contact: Mapped[str] = mapped_column(default="", server_default="")
    trained_on: Mapped[date]
    trained_by: Mapped[str] = mapped_column(default="", server_default="")
    active_until: Mapped[date | None]
    ended_on: Mapped[date | None]
    by: Mapped[str]
    created_at: Mapped[datetime]


class Challenge(Base, Scoped):
    """A contest between the buildings of a site over a period (BAT-16), carried by a process.

    ``judged_on``: the day on which the readings were ranked, None before.
    """

    __tablename__ = "site_challenge"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"), index=True)
    title: Mapped[str]
    unit: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    judged_on: Mapped[date | None]
    prize: Mapped[str] = mapped_column(default="", server_default="")


class ChallengeBuilding(Base, Scoped):
    """A building of a challenge: what all its dwellings used together before and during it.

    ``before`` is the same period a year earlier, ``after`` the period of the challenge, in the challenge's
    unit; None until read.
    """

    __tablename__ = "challenge_building"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    challenge_id: Mapped[UUID] = mapped_column(ForeignKey("site_challenge.id"), index=True)
    place: Mapped[int]
    name: Mapped[str]
    dwellings: Mapped[int]
    before: Mapped[Decimal | None] = mapped_column(Exact)
    after: Mapped[Decimal | None] = mapped_column(Exact)
