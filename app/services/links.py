"""The personal link of a partner: one orientation, no account, until it closes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.database import db, end_read, seal_text, transaction
from app.errors import Gone
from app.handlers.partners import FINAL
from app.models import Case, Orientation, ProcessInstance, Task, Territory
from app.services import actors, answers, journal, perimeter, releases
from app.services.actors import Actor
from app.services.releases import LoadedRelease


@dataclass(frozen=True)
class LinkView:
    """What the holder of a link sees: what was shared, and the step expected of them, if any."""

    orientation: Orientation
    territory: Territory
    release: LoadedRelease
    actor: Actor
    reference: str
    task_id: UUID | None
    shared: Sequence[Sequence[str]]


@contextmanager
def holding(token: str) -> Iterator[LinkView]:
    """Serve the territory of a link for the time of the block.

    Raises:
        Gone: no orientation is waiting behind this link any more, or none ever was.
    """
    with tenancy.unscoped("token"):
        found = db.session.execute(
            select(Orientation.id, Orientation.territory_id).where(Orientation.link == seal_text(token))
        ).first()
    end_read()
    if found is None:
        raise Gone
    with tenancy.serving(found.territory_id):
        yield _view(found.id)


def _view(orientation_id: UUID) -> LinkView:
    row = db.session.scalar(select(Orientation).where(Orientation.id == orientation_id))
    case = db.session.get(Case, row.case_id) if row is not None else None
    if row is None or row.link is None or row.status in FINAL or case is None or case.status == "closed":
        raise Gone
    process = db.session.scalars(select(ProcessInstance).where(ProcessInstance.id == row.process_id)).one()
    release = releases.of(process.release_id)
    kind = release.settings.partner_kinds[row.partner.kind]
    actor = actors.link_holder(row.partner.name, str(row.id), kind.receives, release.settings)
    lanes = actor.lanes - (perimeter.lanes_apart(case.id) if case.keeps_apart else frozenset())
    if actor.lanes and not lanes:
        raise Gone
    task_id = db.session.scalar(
        select(Task.id)
        .where(Task.process_id == process.id, Task.scope == str(row.id), Task.status == "open")
        .where(Task.lane.in_(sorted(lanes)))
        .limit(1)
    )
    return LinkView(
        orientation=row,
        territory=db.session.get_one(Territory, row.territory_id),
        release=release,
        actor=actor,
        reference=case.reference,
        task_id=task_id,
        shared=answers.shared_rows(process, release, row),
    )


def note_read(view: LinkView) -> None:
    """Journal that the partner has read what was shared (LAW-8)."""
    orientation_id, case_id, name = view.orientation.id, view.orientation.case_id, view.actor.name
    with transaction():
        journal.write("partage.lu", actor=name, case_id=case_id, subject=str(orientation_id))
