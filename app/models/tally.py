"""Figures of a territory counted aside, when counting them at each look would take too long."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Scoped
from app.ids import new_id


class Tally(Base, Scoped):
    """Figures by ``kind`` and the moment they were counted: the page says « compté à 10 h 42 »."""

    __tablename__ = "tally"
    __table_args__ = (UniqueConstraint("territory_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]
