"""What is reported: indicators kept without identity, yearly reports, outlines of communes (AST-11)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class IndicatorFact(Base, Scoped):
    """One fact as an indicator counted it, kept when its case is erased (LAW-5: indicators survive).

    It names no case and no household. ``month`` and ``until`` are first days of months. ``unit`` is drawn
    anew for each case and indicator, so that a household's rows cannot be brought together across indicators;
    it only says how many households there were. ``amount`` is a decimal as text (« 12.50 »). ``keys`` holds
    the values of the indicator's dimensions. Nothing erases these rows: nothing in them is personal.
    """

    __tablename__ = "indicator_fact"
    __table_args__ = (Index("ix_indicator_fact_month", "territory_id", "indicator", "month"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    indicator: Mapped[str]
    month: Mapped[date]
    until: Mapped[date | None]
    unit: Mapped[str]
    holds: Mapped[bool]
    amount: Mapped[str | None]
    keys: Mapped[dict[str, Any]] = mapped_column(default=dict)
    distinct_key: Mapped[str | None]


class YearlyReport(Base, Scoped):
    """A report on a year: written as a draft, then issued once, numbered and frozen.

    ``first`` and ``last`` bound the year. ``status``: ``draft``, ``issued`` or ``dropped``. ``figures`` holds
    what was counted at the issue, with the definitions then in force, ``public`` what of it may be published
    (LAW-9). ``version`` fences the issue. ``file_id`` and ``public_file_id`` are the two PDF once laid
    out. ``classes`` are those that the internal version draws on. No household is named; what people write
    in its parts must name nobody, and is kept.
    """

    __tablename__ = "yearly_report"
    __table_args__ = (UniqueConstraint("territory_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    status: Mapped[str] = mapped_column(default="draft")
    number: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[str | None]
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("release.id"))
    classes: Mapped[list[Any]] = mapped_column(default=list)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    public: Mapped[dict[str, Any]] = mapped_column(default=dict)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    public_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    error: Mapped[str | None]


class ReportText(Base, Scoped):
    """A part of a report that people write; ``version`` fences two writers of the same part."""

    __tablename__ = "report_text"
    __table_args__ = (UniqueConstraint("report_id", "part"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("yearly_report.id"))
    part: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class Outline(Base, Scoped):
    """The outline of a commune on the map, imported from a GeoJSON and simplified to what a page shows.

    ``rings`` lists closed rings of [longitude, latitude]. No personal data.
    """

    __tablename__ = "outline"
    __table_args__ = (UniqueConstraint("territory_id", "insee"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    insee: Mapped[str]
    name: Mapped[str]
    rings: Mapped[list[Any]]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
