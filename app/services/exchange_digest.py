"""The summary of the exchange space by mail: each reader's own rhythm, titles and links alone (ANG-6)."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app import clock, tenancy
from app.config import Settings
from app.database import db, end_read, transaction
from app.errors import Forbidden, Invalid
from app.ids import new_id
from app.models import ExchangeReader, Post, Territory, Thread, User
from app.notifications import outbox, wording
from app.notifications.once import add_once
from app.notifications.quiet import DIGEST_AT, on_the_clock
from app.services import actors, exchanges
from app.services.actors import Actor

KIND: Final = "resume_echanges"
DAILY: Final = "jour"
WEEKLY: Final = "semaine"
NEVER: Final = "jamais"
RHYTHMS: Final = {DAILY: "Chaque jour", WEEKLY: "Chaque lundi", NEVER: "Jamais"}
MOST: Final = 30
"""Threads of a summary; beyond, it says how many more there are."""


def rhythm_of(by: Actor) -> str:
    """Return how often somebody gets the summary; each Monday unless they said."""
    found = db.session.scalar(select(ExchangeReader.rhythm).where(ExchangeReader.user_id == by.user_id))
    return found or WEEKLY


def follow(by: Actor, rhythm: str | None = None) -> None:
    """Have the summary sent to somebody at a rhythm; at the usual one, unless they chose, when they come in.

    Raises:
        Forbidden: the role does not read the exchange space.
        Invalid: no such rhythm.
    """
    if by.user_id is None or not by.rights.may(exchanges.READ):
        raise Forbidden
    if rhythm is not None and rhythm not in RHYTHMS:
        raise Invalid({"rythme": ["Choisissez un rythme de la liste."]})
    with transaction() as session:
        now, wanted = clock.now(), rhythm or WEEKLY
        facts = {
            "id": new_id(), "territory_id": tenancy.current_id(), "user_id": by.user_id, "rhythm": wanted,
            "since": now, "next_at": _next(wanted, now),
        }  # fmt: skip
        if not add_once(ExchangeReader, facts, "user_id", "territory_id") and rhythm is not None:
            row = session.scalars(select(ExchangeReader).where(ExchangeReader.user_id == by.user_id)).one()
            row.rhythm, row.next_at = wanted, _next(wanted, now)


def digest_due(limit: int = 100) -> int:
    """Write the summaries whose hour has come, at most ``limit``; return how many readers were looked at."""
    with tenancy.unscoped("due_work"):
        rows = db.session.execute(
            select(ExchangeReader.territory_id, ExchangeReader.id)
            .where(ExchangeReader.next_at <= clock.now())
            .order_by(ExchangeReader.next_at, ExchangeReader.id)
            .limit(limit)
        ).all()
    end_read()
    for row in rows:
        with tenancy.serving(row.territory_id):
            _tell(row.id)
    end_read()
    return len(rows)


def _tell(reader_id: UUID) -> None:
    """Write one summary, unless there is nothing new or the reader may no longer read; then wait again."""
    now = clock.now()
    with transaction() as session:
        row = session.scalar(
            select(ExchangeReader).where(ExchangeReader.id == reader_id).with_for_update(of=ExchangeReader)
        )
        if row is None or row.next_at is None or row.next_at > now:
            return
        user = session.get(User, row.user_id)
        since, row.since, row.next_at = row.since, now, _next(row.rhythm, now)
        if user is None or not user.active or not _may_read(user):
            row.next_at = None
            return
        lines = _lines(since, now, user.id)
        if lines:
            _write(user, now, lines)


def _may_read(user: User) -> bool:
    try:
        return actors.actor_for(user).rights.may(exchanges.READ)
    except Forbidden:
        return False


def _lines(since: datetime, until: datetime, reader: UUID) -> list[tuple[str, str]]:
    """Return (title and how many messages, path) of the threads in which others wrote."""
    rows = db.session.execute(
        select(Thread.id, Thread.title)
        .join(Post, Post.thread_id == Thread.id)
        .where(
            Post.at > since, Post.at <= until, Post.gone.is_(None),
            (Post.user_id != reader) | Post.user_id.is_(None),
        )
        .order_by(Thread.last_at.desc())
    ).all()  # fmt: skip
    counted, titles = Counter(row.id for row in rows), {row.id: row.title for row in rows}
    return [
        (f"{titles[one]} ({number} message{'s' if number > 1 else ''})", f"echanges/{one}")
        for one, number in counted.items()
    ]


def _write(user: User, now: datetime, lines: list[tuple[str, str]]) -> None:
    territory = db.session.get_one(Territory, tenancy.current_id())
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    base, day = f"{settings.base_url}/t/{territory.code}", now.astimezone(clock.PARIS).date()
    count = len(lines)
    more = f"\n- et {count - MOST} autres" if count > MOST else ""
    facts = {
        "destinataire": {"nom": user.name},
        "territoire": {"nom": territory.name},
        "avis": {
            "titre": f"Espace d'échanges : {count} {'fils' if count > 1 else 'fil'} à lire",
            "liste": wording.listed([(title, f"{base}/{path}") for title, path in lines[:MOST]]) + more,
            "lien": f"{base}/echanges",
        },
    }
    subject, body = wording.written(KIND, {}, facts)
    outbox.queue(
        KIND, recipient=user.email, recipient_name=user.name, subject=subject, body=body, user_id=user.id,
        key=f"{KIND}:{day.isoformat()}:{user.id}",
    )  # fmt: skip


def _next(rhythm: str, now: datetime) -> datetime | None:
    """Return the next hour of a summary after now: tomorrow morning, or next Monday's."""
    if rhythm == NEVER:
        return None
    today = now.astimezone(clock.PARIS).date()
    ahead = 1 if rhythm == DAILY else 7 - today.weekday()
    return on_the_clock(_later(today, ahead), DIGEST_AT)


def _later(day: date, ahead: int) -> date:
    return day + timedelta(days=ahead)
