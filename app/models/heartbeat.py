"""Signs of life of the processes that do what falls due."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Heartbeat(Base):
    """One part of one process and the last time it got through its work. Of no territory.

    ``kind``: ``pump`` (deadlines, messages), ``press`` (documents) or ``worker`` (a carrier of jobs).
    ``stopped_at`` is set when the process was told to end; a killed one only falls silent.
    """

    __tablename__ = "heartbeat"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
