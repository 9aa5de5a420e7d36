"""A gathering and those who register for it: opened by its process, forgotten on its day (ANG-4, LAW-5)."""

import secrets
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update

from app import clock, jobs
from app.database import db, seal_text, transaction
from app.handlers.gathering_effects import OpenGathering, WriteRegistered
from app.handlers.gatherings import HELD
from app.jobs import job
from app.models import Gathering, Message, ProcessInstance, Registration
from app.services import journal, mail, message_facts, network_words
from app.services.releases import LoadedRelease

_FORGET: Final = "forget_registrations"
_BYTES: Final = 9
"""Of chance in the end of a public address: it is printed on flyers and cannot be guessed from another."""
KEY: Final = "inscription"
"""What begins the key of every message to somebody who registered: they leave with the names."""


def of_process(process_id: UUID) -> Gathering | None:
    """Return what people register for in this process, held for the transaction under way."""
    return db.session.scalar(select(Gathering).where(Gathering.process_id == process_id).with_for_update())


def open_one(effect: OpenGathering, process: ProcessInstance) -> None:
    """Open the registrations of a process; a second time changes what they say and opens them again."""
    row = of_process(process.id)
    if row is None:
        row = Gathering(
            process_id=process.id, token=secrets.token_urlsafe(_BYTES), opened_at=clock.now(), title="",
            day=effect.day, closes_on=effect.closes_on, forget_at=clock.now(),
        )  # fmt: skip
        db.session.add(row)
    row.title, row.day, row.hour = effect.title, effect.day, effect.hour
    row.place, row.text, row.closes_on, row.places = (
        effect.place,
        effect.text,
        effect.closes_on,
        effect.places,
    )
    row.groups = [dict(group) for group in effect.groups]
    row.status = "ouverte"
    last = datetime.combine(effect.day + timedelta(days=effect.forget_days + 1), time(), clock.PARIS)
    row.forget_at = last.astimezone(clock.now().tzinfo)
    db.session.flush()
    jobs.enqueue(_FORGET, run_at=row.forget_at, gathering_id=row.id)
    journal.write("inscriptions.ouvertes", process_id=process.id, subject=str(row.id))


def write_registered(effect: WriteRegistered, process: ProcessInstance, release: LoadedRelease) -> None:
    """Write to the people who have a place, or to those who came."""
    row = of_process(process.id)
    if row is None:
        return
    query = select(Registration).where(
        Registration.gathering_id == row.id, Registration.status == HELD, Registration.person.is_not(None)
    )
    query = query.where(Registration.came.is_(True)) if effect.came else query
    facts = words(row, process, release)
    for one in db.session.scalars(query.order_by(Registration.at, Registration.id)).all():
        tell(one, effect.message, facts, release, occasion=str(process.version or 0))


def words(row: Gathering, process: ProcessInstance, release: LoadedRelease) -> dict[str, Any]:
    """Return what a message to somebody who registered for ``row`` says beside what is theirs."""
    del row
    return message_facts.common(None, None, release) | network_words.facts_of(process, release)


def tell(
    one: Registration,
    message: str,
    facts: dict[str, Any],
    release: LoadedRelease,
    *,
    occasion: str,
    link: str | None = None,
) -> None:
    """Write to one person who registered and left an address; ``link`` ends the address of their own page."""
    person = one.person or {}
    if not person.get("courriel"):
        return
    groups = {group["cle"]: group["libelle"] for group in _gathering(one).groups}
    own = {"groupe": groups.get(one.group_key, "")}
    if link is not None:
        own["lien"] = message_facts.address(f"/i/{link}")
    mail.write_outside(
        message, (person["courriel"], mail.greeted(person.get("nom", ""))), occasion,
        facts={**facts, "inscription": {**facts["inscription"], **own}}, release=release, case_id=None,
        key=f"{KEY}:{one.gathering_id}:{one.id}:{message}:{occasion}",
    )  # fmt: skip


def new_link(one: Registration) -> str:
    """Give somebody who registered a link of their own, kept as a digest; the former one dies."""
    token = secrets.token_urlsafe(12)
    one.link = seal_text(token)
    return token


def _gathering(one: Registration) -> Gathering:
    return db.session.get_one(Gathering, one.gathering_id)


@job(_FORGET)
def forget_registrations(gathering_id: str) -> None:
    """Empty the names, addresses and needs of a gathering that is over; types and counts stay (LAW-5).

    The mails that were written to these people leave too. A day put off puts this off as well.
    """
    with transaction() as session:
        row = session.scalar(select(Gathering).where(Gathering.id == UUID(gathering_id)).with_for_update())
        if row is None or row.forgotten_at is not None or clock.now() < row.forget_at:
            return
        row.status = "close"
        gone = {"person": None, "email_key": None, "link": None, "forgotten_at": clock.now()}
        session.execute(update(Registration).where(Registration.gathering_id == row.id).values(**gone))
        letters = delete(Message).where(Message.key.startswith(f"{KEY}:{row.id}:"))
        session.execute(letters.execution_options(synchronize_session=False))
        row.forgotten_at = clock.now()
        journal.write("inscriptions.oubliees", process_id=row.process_id, subject=str(row.id))
