"""Carries out what the network's verbs asked for, inside the step's transaction (ANG-1, ANG-4)."""

from functools import singledispatch
from typing import Any

from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import Conflict
from app.handlers import gathering_effects as wanted
from app.ids import new_id
from app.models import Partner, ProcessInstance, PublicPaper
from app.services import consultation_rows, gathering_rows, journal, mail, message_facts, network_words
from app.services.releases import LoadedRelease


@singledispatch
def apply(effect: object, process: ProcessInstance, release: LoadedRelease) -> None:
    """Carry one of them out.

    Raises:
        Conflict: the process carries nothing of the kind.
    """
    raise TypeError(f"no way to apply {type(effect).__name__} to {process.process} of {release.number}")


@apply.register
def _(effect: wanted.OpenGathering, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    gathering_rows.open_one(effect, process)


@apply.register
def _(effect: wanted.CloseGathering, process: ProcessInstance, release: LoadedRelease) -> None:
    del effect, release
    row = gathering_rows.of_process(process.id)
    if row is None:
        raise Conflict
    row.status = "close"
    journal.write("inscriptions.closes", process_id=process.id, subject=str(row.id))


@apply.register
def _(effect: wanted.WriteStructures, process: ProcessInstance, release: LoadedRelease) -> None:
    facts = message_facts.common(None, None, release) | network_words.facts_of(process, release)
    for partner in addressed(effect.kinds):
        named: dict[str, Any] = {**facts, "partenaire": {"nom": partner.name}}
        mail.write_outside(
            effect.message, (partner.email, partner.name), f"{process.id}:{process.version or 0}",
            facts=named, release=release, case_id=None,
        )  # fmt: skip
    journal.write("structures.prevenues", process_id=process.id, subject=effect.message)


@apply.register
def _(effect: wanted.WriteRegistered, process: ProcessInstance, release: LoadedRelease) -> None:
    gathering_rows.write_registered(effect, process, release)


@apply.register
def _(effect: wanted.PublishPaper, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    row = db.session.scalar(select(PublicPaper).where(PublicPaper.process_id == process.id))
    if row is None:
        row = PublicPaper(id=new_id(), process_id=process.id, published_at=clock.now())
        db.session.add(row)
    row.title, row.kind, row.about = effect.title, effect.kind, effect.about
    row.parts = [dict(part) for part in effect.parts]
    row.files = [dict(file) for file in effect.files]
    row.approvals = [dict(one) for one in effect.approvals]
    row.published_at, row.withdrawn_at = clock.now(), None
    db.session.flush()
    journal.write("publication.faite", process_id=process.id, subject=str(row.id))


@apply.register
def _(effect: wanted.OpenRound, process: ProcessInstance, release: LoadedRelease) -> None:
    consultation_rows.open_round(effect, process, release, addressed(effect.kinds))


@apply.register
def _(effect: wanted.CloseRound, process: ProcessInstance, release: LoadedRelease) -> None:
    del effect, release
    consultation_rows.close_round(process)


@apply.register
def _(effect: wanted.Decide, process: ProcessInstance, release: LoadedRelease) -> None:
    del release
    consultation_rows.decide(effect, process)


def addressed(kinds: tuple[str, ...]) -> list[Partner]:
    """Return the active structures of these kinds, by name; of every kind when there is none."""
    query = select(Partner).where(Partner.active)
    query = query.where(Partner.kind.in_(kinds)) if kinds else query
    return list(db.session.scalars(query.order_by(Partner.name, Partner.id)))
