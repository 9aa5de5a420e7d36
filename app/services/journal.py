"""The journal (LAW-3, LAW-8): lines written with the facts they tell, chained when they commit.

A line refers to rows by id. It never holds an answer, a name or an address: erasure leaves it whole.
"""

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app import clock, perimeter, tenancy, withheld
from app.database import db
from app.models import JournalLine, Territory

SYSTEM = "système"
_PENDING = "journal_pending"
_LAST = select(JournalLine.number, JournalLine.seal).order_by(JournalLine.number.desc()).limit(1)


def write(
    action: str,
    *,
    actor: str = SYSTEM,
    user_id: UUID | None = None,
    case_id: UUID | None = None,
    process_id: UUID | None = None,
    subject: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the transaction that is open; it takes its number and seal at the commit.

    Args:
        action: a stable word, such as ``tache.faite`` or ``partage.envoye``.
        subject: what it is about, by its id or its element.
        details: ids and names of fields only; never values.
    """
    line = JournalLine(
        territory_id=tenancy.current_id(),
        at=clock.now(),
        actor=actor,
        user_id=user_id,
        action=action,
        case_id=case_id,
        process_id=process_id,
        subject=subject,
        details={**(details or {}), **withheld.mark()},
    )
    db.session.info.setdefault(_PENDING, []).append(line)


def verify(newest: int | None = None) -> int | None:
    """Check the chain of the territory being served; return the number of the first broken line.

    ``newest`` checks that many lines from the end only: a long journal takes a minute a million lines.
    """
    previous, first = "", 1
    last = db.session.execute(_LAST).first()
    if newest is not None and last is not None and last.number > newest:
        first = last.number - newest + 1
        seal = select(JournalLine.seal).where(JournalLine.number == first - 1)
        previous = db.session.scalar(seal) or ""
    for expected, line in enumerate(_lines(first), first):
        if line.number != expected or line.seal != _seal(line, previous):
            return expected
        previous = line.seal
    return None


def _lines(first: int) -> Iterator[JournalLine]:
    """Return the lines from a number on, a thousand in memory at a time."""
    lines = select(JournalLine).order_by(JournalLine.number).limit(1000)
    while some := db.session.scalars(lines.where(JournalLine.number >= first)).all():
        yield from some
        first = some[-1].number + 1


def newest_fits() -> bool | None:
    """Whether the newest line of the territory being served was sealed with this key; None without a line."""
    newest = db.session.scalars(select(JournalLine).order_by(JournalLine.number.desc()).limit(2)).all()
    if not newest:
        return None
    return newest[0].seal == _seal(newest[0], newest[1].seal if len(newest) > 1 else "")


def _chain(session: Session) -> None:
    pending: list[JournalLine] = session.info.pop(_PENDING, [])
    owners = {line.territory_id for line in pending}
    for territory_id in sorted(owners, key=str):  # several when a territory opens, each with its chain
        _chain_one(session, territory_id, [line for line in pending if line.territory_id == territory_id])


def _chain_one(session: Session, territory_id: UUID, pending: list[JournalLine]) -> None:
    with tenancy.serving(territory_id), perimeter.lifted("journal"), session.no_autoflush:
        if session.connection().dialect.name != "sqlite":  # there, whoever writes is alone already
            # FOR NO KEY UPDATE: rows of this transaction refer to the territory already, and two writers
            # that asked for FOR UPDATE would wait for each other.
            session.execute(
                select(Territory.id).where(Territory.id == territory_id).with_for_update(key_share=True)
            )
        last = session.execute(_LAST).first()
        number, previous = (last.number, last.seal) if last else (0, "")
        for line in pending:
            number += 1
            line.number = number
            line.seal = previous = _seal(line, previous)
            session.add(line)
        session.flush()


def _seal(line: JournalLine, previous: str) -> str:
    facts = [
        previous,
        str(line.territory_id),
        line.number,
        line.at.isoformat(),
        line.actor,
        str(line.user_id),
        line.action,
        str(line.case_id),
        str(line.process_id),
        line.subject,
        line.details,
    ]
    key = str(current_app.config["RELAIS_DATA_KEY"]).encode()
    return hmac.digest(key, json.dumps(facts, sort_keys=True).encode(), "sha256").hex()


def _forget(session: Session, *_: object) -> None:
    session.info.pop(_PENDING, None)


event.listen(Session, "before_commit", _chain)
event.listen(Session, "after_rollback", _forget)
