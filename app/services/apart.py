"""A lane kept apart from a case, and readmitted: in the commit that says so, or not at all (BAT-10).

The filter beneath every read hides the case from then on (``app.models.apart_sight``). What was written
before and has not left yet is dropped here, what was held goes back, what the lane had to do goes to another.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select

from app import clock, perimeter, tenancy
from app.access import CLASSES
from app.database import db
from app.errors import Conflict
from app.handlers.lane_effects import KeepApart, Readmit
from app.models import Case, KeptApart, Membership, Message, ProcessInstance, Task, Territory, User
from app.services import accounts, journal, sharing, structures
from app.services import perimeter as sight
from app.services.actors import Actor
from app.services.releases import LoadedRelease

By = tuple[str, UUID | None]
"""Who decided: a name, and an account if there is one."""
JUST_KEPT: Final = "kept_apart"
"""Set in the session once a lane was kept apart: its reader may be one of those who see the case no more."""


def keep(effect: KeepApart, process: ProcessInstance, *, by: By) -> None:
    """Keep a lane apart from the case of a process, in the transaction under way; once is enough."""
    case = _held(process)
    if _current(case.id, effect.lane) is not None:
        return
    db.session.add(
        KeptApart(
            case_id=case.id, lane=effect.lane, stand_in=effect.stand_in, reason=effect.reason,
            since=clock.now(), by=by[0],
        )
    )  # fmt: skip
    case.keeps_apart = True
    territory = db.session.get_one(Territory, tenancy.current_id())
    if not territory.keeps_apart:
        territory.keeps_apart = True
    db.session.flush()
    db.session.info[JUST_KEPT] = True
    _tell("couloir.ecarte", effect.lane, process, by)
    sharing.stop(case.id, by=by, lanes=[effect.lane])
    structures.give_back_steps(case.id)
    if effect.stand_in is not None:
        _hand_over(case.id, effect.lane, effect.stand_in)
    _drop_letters(case)


def readmit(effect: Readmit, process: ProcessInstance, *, by: By) -> None:
    """End what keeps a lane apart from the case of a process; what was handed over stays where it is."""
    case = _held(process)
    row = _current(case.id, effect.lane)
    if row is None:
        return
    row.until, row.ended_by = clock.now(), by[0]
    db.session.flush()
    _tell("couloir.readmis", effect.lane, process, by)


def stand_ins(case: Case | None) -> dict[str, str]:
    """Return which lane takes over the steps of each lane kept apart from a case; read only where one was."""
    if case is None or not case.keeps_apart:
        return {}
    rows = db.session.execute(
        select(KeptApart.lane, KeptApart.stand_in).where(
            KeptApart.case_id == case.id, KeptApart.until.is_(None), KeptApart.stand_in.is_not(None)
        )
    )
    return {row.lane: row.stand_in for row in rows}


def still_theirs(task_ids: list[UUID], by: Actor) -> list[UUID]:
    """Return those of these steps that somebody still sees and may answer: their own may have taken some.

    Nothing is read for somebody who sees every case, unless a lane has just been kept apart.
    """
    if not task_ids or not (perimeter.narrowed() or db.session.info.pop(JUST_KEPT, False)):
        return task_ids
    seen = db.session.execute(select(Task.id, Task.lane, Task.case_id).where(Task.id.in_(task_ids)))
    kept = {row.id for row in seen if row.lane in by.lanes and _sees(by, row.case_id)}
    return [task_id for task_id in task_ids if task_id in kept]


def _sees(by: Actor, case_id: UUID | None) -> bool:
    return by.user_id is None or case_id is None or bool(sight.who_sees([by.user_id], case_id))


@dataclass(frozen=True)
class Kept:
    """A lane kept apart from a case, as its page shows it; ``reason`` is blank for who does not read all."""

    label: str
    since: datetime
    until: datetime | None
    by: str
    reason: str


def of_case(case: Case, release: LoadedRelease, actor: Actor) -> list[Kept]:
    """Return the lanes kept apart from a case, what lasts first; nothing is read where none ever was.

    Told to those who read the class ``social``, or who see the shares: that a lane is apart says something.
    """
    if not case.keeps_apart or not ({"social"} & actor.rights.read or actor.rights.may(sharing.SEE)):
        return []
    rows = db.session.scalars(
        select(KeptApart)
        .where(KeptApart.case_id == case.id)
        .order_by(KeptApart.until.is_not(None), KeptApart.since.desc(), KeptApart.id)
    )
    lanes, reads_all = release.settings.lanes, actor.rights.read >= set(CLASSES)
    return [
        Kept(
            label=lanes[row.lane].label if row.lane in lanes else row.lane,
            since=row.since,
            until=row.until,
            by=row.by,
            reason=row.reason if reads_all else "",
        )
        for row in rows
    ]


def closed_to(address: str | None, case: Case) -> bool:
    """Whether an address is that of somebody kept apart from the case: whoever alerted, for one (LAW-7)."""
    if not address or not case.keeps_apart:
        return False
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.email == accounts.normal_email(address))
    )
    found = list(db.session.scalars(query))
    return bool(found) and not sight.not_apart(found, case.id)


def _held(process: ProcessInstance) -> Case:
    """Return the case of a process, held: two of its processes may decide at the same time."""
    query = select(Case).where(Case.id == process.case_id).with_for_update(of=Case)
    case = db.session.scalar(query) if process.case_id is not None else None
    if case is None:
        raise Conflict
    return case


def _current(case_id: UUID, lane: str) -> KeptApart | None:
    return db.session.scalar(
        select(KeptApart).where(
            KeptApart.case_id == case_id, KeptApart.lane == lane, KeptApart.until.is_(None)
        )
    )


def _tell(action: str, lane: str, process: ProcessInstance, by: By) -> None:
    """Write the line of the journal: the lane, never the reason."""
    journal.write(
        action, actor=by[0], user_id=by[1], case_id=process.case_id, process_id=process.id, subject=lane
    )


def _hand_over(case_id: UUID, lane: str, stand_in: str) -> None:
    """Give what is open in a lane to the one that takes over its steps."""
    waiting = select(Task).where(Task.case_id == case_id, Task.lane == lane, Task.status == "open")
    for task in db.session.scalars(waiting).all():
        task.lane, task.claimed_by = stand_in, None
        journal.write(
            "tache.remise",
            case_id=case_id,
            process_id=task.process_id,
            subject=str(task.id),
            details={"couloir": stand_in},
        )


def _drop_letters(case: Case) -> None:
    """Drop what waits to leave for somebody who sees the case no more: what speaks of it or names it."""
    out = set(sight.kept_out(case.id))
    if not out:
        return
    addresses = set(db.session.scalars(select(User.email).where(User.id.in_(out))))
    waiting = (
        select(Message)
        .where(Message.status == "queued")
        .where(or_(Message.user_id.in_(out), func.lower(Message.recipient).in_(addresses)))
        .order_by(Message.id)
        .with_for_update()
    )
    for row in db.session.scalars(waiting):
        if row.case_id == case.id or _names(row, case.reference):
            row.status = "dropped"


def _names(row: Message, reference: str) -> bool:
    return any(reference in (part or "") for part in (row.subject, row.body, row.html))
