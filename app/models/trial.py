"""Trials of a programme: simulations asked from a page, cases lived by hand, scenarios kept as tests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Trial(Base, Scoped):
    """A simulation asked from a page, run by a process of low priority; the row is the truth.

    ``status``: ``waiting`` its turn, ``running``, ``done``, ``stopped`` by a person, ``failed`` (``sentence``
    says why) or ``interrupted`` when the server that ran it went away. ``plan`` holds what was asked
    (``publishing.trial_plans``), ``files`` the text of what is simulated, as it stood when it was asked;
    ``reference_id`` the release beside it, if any. ``percent``, ``stage`` and ``told`` are the
    progress, ``seen_at`` when its runner last gave a sign. ``result`` and ``reference`` are
    ``simulator.Result`` as JSON. Invented households only; removed when it is old (LAW-5 has nothing to do).
    """

    __tablename__ = "trial"
    __table_args__ = (Index("ix_trial_status", "status", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    label: Mapped[str]
    plan: Mapped[dict[str, Any]]
    files: Mapped[dict[str, Any]]
    reference_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))
    status: Mapped[str] = mapped_column(default="waiting")
    stop_wanted: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[str] = mapped_column(default="")
    told: Mapped[str] = mapped_column(default="")
    percent: Mapped[int] = mapped_column(default=0)
    sentence: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reference: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Walk(Base, Scoped):
    """One invented case lived by hand in the draft: the recorded actions, and where they have led.

    ``actions`` is replayed from the start each time (``simulator.byhand``), ``view`` is what the last replay
    showed. ``version`` grows with each action: a stale page is refused. ``begins_on`` is the day it starts
    (ISO), ``seed`` draws the proposed answers. The household is invented; people are asked not to type a
    real one, and the row is removed when it is old.
    """

    __tablename__ = "walk"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    begins_on: Mapped[str]
    seed: Mapped[int]
    actions: Mapped[list[Any]] = mapped_column(default=list)
    view: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]


class Scenario(Base, Scoped):
    """A walk kept as a test of the programme: its actions, and what must be true after some of them.

    ``expected`` lists ``{"after": 3, "kind": "open", "what": "visite/rediger", "value": …, "name": …}``
    (``publishing.scenarios``). The last verdict stays with it: ``ok`` None before the first replay,
    ``sentence`` what it said, ``judged`` the fingerprint of the programme it judged. Nobody real is in it;
    it stays until somebody removes it.
    """

    __tablename__ = "scenario"
    __table_args__ = (UniqueConstraint("territory_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    begins_on: Mapped[str]
    seed: Mapped[int]
    actions: Mapped[list[Any]]
    expected: Mapped[list[Any]]
    ok: Mapped[bool | None]
    sentence: Mapped[str] = mapped_column(default="")
    judged: Mapped[str] = mapped_column(default="")
    judged_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
