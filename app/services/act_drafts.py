"""What somebody has begun to write of an act: one draft for each act, case and person, sealed.

No task exists yet: its id stands for none. A draft goes when the act is done, or with its case (LAW-5).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select

from app import clock, tenancy
from app.catalog.answers import encode
from app.database import db, transaction
from app.models import Draft, ProcessInstance
from app.services import releases
from app.services.actors import Actor


def key(act_id: str, case_id: UUID | None) -> UUID:
    """Return under which id the drafts of an act are kept, for a case or for the territory."""
    return uuid5(NAMESPACE_OID, f"geste/{tenancy.current_id()}/{case_id or ''}/{act_id}")


def keys(case_id: UUID) -> list[UUID]:
    """Return the ids of every draft that an act of a case may have, in any version that the case has run."""
    ran = select(ProcessInstance.release_id).where(ProcessInstance.case_id == case_id).distinct()
    versions = [releases.of(release_id) for release_id in db.session.scalars(ran).all()]
    named = {act for version in versions for act in version.settings.acts}
    return [key(act_id, case_id) for act_id in sorted(named)]


def save(act_id: str, case_id: UUID | None, typed: Mapping[str, list[str]], actor: Actor) -> datetime:
    """Keep what a person has typed so far, as typed; return when it was kept."""
    at = clock.now()
    with transaction():
        row = _row(act_id, case_id, actor)
        row.raw, row.at = {"typed": {name: list(texts) for name, texts in typed.items()}, "files": {}}, at
    return at


def keep(act_id: str, case_id: UUID | None, answers: Mapping[str, Any], actor: Actor) -> None:
    """Keep validated answers of an act that could not begin; inside the caller's transaction."""
    row = _row(act_id, case_id, actor)
    row.raw = {"answers": encode({name: value for name, value in answers.items() if _plain(value)})}
    row.at = clock.now()


def _plain(value: object) -> bool:
    """Whether an answer can be kept as it is: files just sent cannot, they are chosen again."""
    return not isinstance(value, list) or all(isinstance(item, str | int | dict) for item in value)


def _row(act_id: str, case_id: UUID | None, actor: Actor) -> Draft:
    wanted = key(act_id, case_id)
    row = db.session.scalar(select(Draft).where(Draft.task_id == wanted, Draft.person == actor.person))
    if row is None:
        row = Draft(task_id=wanted, person=actor.person, raw={}, at=clock.now())
        db.session.add(row)
    return row
