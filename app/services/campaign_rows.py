"""What the process of a campaign does to it: opened, in the field, closed, its doors forgotten (LAW-5)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app import clock, jobs
from app.database import db, transaction
from app.errors import Conflict
from app.handlers.effects import MoveCampaign, OpenCampaign
from app.jobs import job
from app.models import Campaign, DoorAnswer, ProcessInstance, Round, SheetPreview, Target
from app.services import journal
from app.services.releases import LoadedRelease

_FORGET = "forget_targets"


def open_one(effect: OpenCampaign, process: ProcessInstance) -> None:
    """Open the campaign of a process; a second time changes what it says again, its last day for instance."""
    row = _of(process.id) or Campaign(process_id=process.id, opened_at=clock.now())
    row.name, row.criteria, row.communes = effect.name, effect.criteria, list(effect.communes)
    row.starts_on, row.ends_on = effect.starts_on or row.starts_on, effect.ends_on or row.ends_on
    db.session.add(row)
    db.session.flush()
    journal.write("campagne.ouverte", process_id=process.id, subject=str(row.id))


def move(effect: MoveCampaign, process: ProcessInstance, release: LoadedRelease) -> None:
    """Send a campaign to the field or close it.

    Raises:
        Conflict: this process opened none.
    """
    row = _of(process.id)
    if row is None:
        raise Conflict
    row.status = effect.status
    if effect.status == "terrain":
        row.field_at = row.field_at or clock.now()
    else:
        _close(row, release)
    journal.write(
        "campagne.avance", process_id=process.id, subject=str(row.id), details={"statut": effect.status}
    )


def _of(process_id: UUID) -> Campaign | None:
    return db.session.scalar(select(Campaign).where(Campaign.process_id == process_id).with_for_update())


def _close(row: Campaign, release: LoadedRelease) -> None:
    rules = release.settings.campaigns
    days = rules.forget_days if rules is not None else 0
    row.closed_at = clock.now()
    row.forget_at = row.closed_at + timedelta(days=days)
    for walk in db.session.scalars(select(Round).where(Round.campaign_id == row.id, Round.status != "close")):
        walk.status, walk.closed_at, walk.link, walk.device = "close", row.closed_at, None, None
    jobs.enqueue(_FORGET, run_at=row.forget_at, campaign_id=row.id)


def abandoned(process: ProcessInstance, release: LoadedRelease) -> None:
    """Foresee that the targets of a process that is given up lose their addresses, as those of a closed one.

    The campaign itself is left as it stands: giving up may be undone until then.
    """
    row = _of(process.id)
    rules = release.settings.campaigns
    if row is not None and rules is not None:
        forget_at = clock.now() + timedelta(days=rules.forget_days)
        jobs.enqueue(_FORGET, run_at=forget_at, campaign_id=row.id)


def is_given_up(process_id: UUID) -> bool:
    """Whether the process of a campaign was given up: nothing of it moves any more."""
    query = select(ProcessInstance.status).where(ProcessInstance.id == process_id)
    return db.session.scalar(query) == "cancelled"


@job(_FORGET)
def forget_targets(campaign_id: str) -> None:
    """Take the addresses out of the targets of a campaign that is over; counts by commune and reason stay."""
    with transaction() as session:
        row = session.scalar(select(Campaign).where(Campaign.id == UUID(campaign_id)).with_for_update())
        if row is None or row.forgotten_at is not None:
            return
        if row.status != "close" and not is_given_up(row.process_id):
            return
        blank = {"address": "", "complement": "", "postcode": "", "match_address": ""}
        session.execute(update(Target).where(Target.campaign_id == row.id).values(**blank))
        session.execute(
            update(DoorAnswer).where(DoorAnswer.campaign_id == row.id).values(answers=None, by="")
        )
        for preview in session.scalars(select(SheetPreview).where(SheetPreview.campaign_id == row.id)):
            session.delete(preview)
        row.forgotten_at = clock.now()
        journal.write("campagne.oubliee", process_id=row.process_id, subject=str(row.id))
