"""What is shared inside a team, answer by answer, with a lane of a case: given, read, stopped (BAT-11)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, NotFound
from app.handlers.lane_effects import ShareElements
from app.models import Case, ProcessInstance, Share, SharedElement, Submission
from app.services import journal, views
from app.services.actors import Actor
from app.services.releases import LoadedRelease

By = tuple[str, UUID | None]
"""Who decided: a name, and an account if there is one."""
Given = Mapping[UUID, Mapping[str, frozenset[str]]]
"""By submission, the fields that are read by a share, each with the lanes it was shared with."""
SEE: Final = "partages.voir"


def share(effect: ShareElements, process: ProcessInstance, release: LoadedRelease, *, by: By) -> None:
    """Let a lane read answers as they stand now, in the transaction under way: a row for each (LAW-3).

    An answer shared before with the same lane is shared anew: the lane reads the later one.

    Raises:
        Conflict: the process carries no case, or its household has just withdrawn its agreement.
    """
    held = select(Case).where(Case.id == process.case_id).with_for_update(of=Case)
    case = db.session.scalar(held) if process.case_id is not None else None
    if case is None or case.agreement_withdrawn_on is not None:
        raise Conflict
    found = _latest(effect, process, release)
    if not found:
        return
    lane = release.settings.lanes[effect.lane]
    now = clock.now()
    row = Share(
        case_id=case.id, orientation_id=None, recipient=lane.label, fields=sorted(found), basis=effect.basis,
        by=by[0], at=now, lane=effect.lane, reason=effect.reason,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for earlier in _current(case.id, effect.lane):
        if f"{earlier.form}.{earlier.field}" in found:
            earlier.until, earlier.ended_by = now, by[0]
    for name, submission_id in found.items():
        form, _, field = name.partition(".")
        db.session.add(
            SharedElement(
                share_id=row.id, case_id=case.id, lane=effect.lane, form=form, field=field,
                submission_id=submission_id, at=now,
            )
        )  # fmt: skip
    journal.write(
        "partage.equipe", actor=by[0], user_id=by[1], case_id=case.id, process_id=process.id,
        subject=effect.lane, details={"champs": sorted(found), "base": effect.basis},
    )  # fmt: skip


def _latest(effect: ShareElements, process: ProcessInstance, release: LoadedRelease) -> dict[str, UUID]:
    """Return the answers to share that were given, each with the submission that holds it."""
    found: dict[str, UUID] = {}
    wanted = set(effect.elements)
    rows = [row for row in views.latest_of(process) if row.scope in (None, effect.scope)]
    for row in sorted(rows, key=lambda one: one.scope is not None):  # a branch's answers over the case's
        form = release.forms.get(row.form)
        answers = views.all_answers(row)
        for field in form.fields if form is not None else ():
            name = f"{row.form}.{field.key}"
            if name in wanted and field.classe in row.classes:
                found.pop(name, None)  # this author could collect it: what they left blank is blank
                if answers.get(field.key) not in (None, "", []):
                    found[name] = row.id
    return found


def _current(case_id: UUID, lane: str | None = None) -> Sequence[SharedElement]:
    query = select(SharedElement).where(SharedElement.case_id == case_id, SharedElement.until.is_(None))
    if lane is not None:
        query = query.where(SharedElement.lane == lane)
    return db.session.scalars(query.order_by(SharedElement.at, SharedElement.id)).all()


def told(case_id: UUID) -> dict[str, frozenset[str]]:
    """Return what each lane reads by a share now, as ``form.field``."""
    found: dict[str, frozenset[str]] = {}
    for row in _current(case_id):
        found[row.lane] = found.get(row.lane, frozenset()) | {f"{row.form}.{row.field}"}
    return found


def stop(case_id: UUID, *, by: By, lanes: Iterable[str] | None = None) -> int:
    """Stop what is shared inside the team, in the transaction under way; return how many answers it was.

    Args:
        lanes: those that read no more; None: all of them.
    """
    kept = None if lanes is None else frozenset(lanes)
    ending = [row for row in _current(case_id) if kept is None or row.lane in kept]
    _end(ending, by)
    return len(ending)


def _end(rows: Sequence[SharedElement], by: By) -> None:
    now = clock.now()
    for row in rows:
        row.until, row.ended_by = now, by[0]
    for lane in sorted({row.lane for row in rows}):
        ended = [row for row in rows if row.lane == lane]
        journal.write(
            "partage.arrete", actor=by[0], user_id=by[1], case_id=ended[0].case_id, subject=lane,
            details={"champs": sorted(f"{row.form}.{row.field}" for row in ended)},
        )  # fmt: skip


def shown_to(lanes: frozenset[str], case: Case | None) -> Given:
    """Return what holders of ``lanes`` read of a case by a share: by submission, the fields and who they are.

    Nothing once the household has withdrawn its agreement.
    """
    if case is None or not lanes or case.agreement_withdrawn_on is not None:
        return {}
    rows = db.session.execute(
        select(SharedElement.submission_id, SharedElement.field, SharedElement.lane).where(
            SharedElement.case_id == case.id,
            SharedElement.lane.in_(sorted(lanes)),
            SharedElement.until.is_(None),
        )
    )
    found: dict[UUID, dict[str, frozenset[str]]] = {}
    for row in rows:
        fields = found.setdefault(row.submission_id, {})
        fields[row.field] = fields.get(row.field, frozenset()) | {row.lane}
    return found


def opens(file_id: UUID, actor: Actor, case_id: UUID | None) -> bool:
    """Whether a share gives somebody a file that was attached to an answer."""
    case = db.session.get(Case, case_id) if case_id is not None else None
    given = shown_to(actor.lanes, case)
    rows = db.session.scalars(select(Submission).where(Submission.id.in_(list(given)))) if given else ()
    return any(_holds(row, file_id, given[row.id]) for row in rows)


def finds(file_id: UUID, actor: Actor, case_id: UUID | None) -> bool:
    """Whether a file is an answer to a form of which somebody reads the technical answers besides (LAW-7)."""
    if case_id is None or not actor.rights.read_forms:
        return False
    rows = db.session.scalars(
        select(Submission).where(
            Submission.case_id == case_id, Submission.form.in_(sorted(actor.rights.read_forms))
        )
    )
    return any(_holds(row, file_id, row.answers) for row in rows)


def _holds(row: Submission, file_id: UUID, fields: Iterable[str]) -> bool:
    answers = views.all_answers(row)
    return any(str(item.get("id")) == str(file_id) for field in fields for item in _items(answers.get(field)))


def _items(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


@dataclass(frozen=True)
class Shared:
    """A share as a page shows it: with whom, which answers in words, on what ground, until when."""

    id: UUID
    recipient: str
    inside: bool
    fields: Sequence[str]
    basis: str
    by: str
    at: datetime
    reason: str
    ended_at: datetime | None


def of_case(case_id: UUID, release: LoadedRelease, actor: Actor) -> list[Shared]:
    """Return every share of a case, the newest first (LAW-3); why, to those who read the class ``social``."""
    labels = {
        f"{form.id}.{field.key}": field.label for form in release.forms.values() for field in form.fields
    }
    rows = db.session.scalars(
        select(Share).where(Share.case_id == case_id).order_by(Share.at.desc(), Share.id)
    ).all()
    elements = _by_share(case_id) if any(row.lane for row in rows) else {}
    return [
        Shared(
            id=row.id,
            recipient=row.recipient,
            inside=row.lane is not None,
            fields=[labels.get(name, name) for name in row.fields],
            basis=row.basis,
            by=row.by,
            at=row.at,
            reason=row.reason if "social" in actor.rights.read else "",
            ended_at=_ended(elements.get(row.id, ())),
        )
        for row in rows
    ]


def end(share_id: UUID, reference: str, *, by: Actor) -> None:
    """Stop one share inside the team, by hand; what the lane has read it has read.

    Raises:
        Forbidden: the role does not see the shares.
        NotFound: no such share of that case here, or one that left for a partner.
    """
    if not by.rights.may(SEE):
        raise Forbidden
    with transaction():
        held = select(Case).where(Case.reference == reference).with_for_update(of=Case)
        case = db.session.scalar(held)
        row = db.session.get(Share, share_id)
        if case is None or row is None or row.case_id != case.id or row.lane is None:
            raise NotFound
        _end([one for one in _current(case.id, row.lane) if one.share_id == row.id], (by.name, by.user_id))


def _by_share(case_id: UUID) -> dict[UUID, list[SharedElement]]:
    found: dict[UUID, list[SharedElement]] = {}
    for row in db.session.scalars(select(SharedElement).where(SharedElement.case_id == case_id)):
        found.setdefault(row.share_id, []).append(row)
    return found


def _ended(elements: Sequence[SharedElement]) -> datetime | None:
    """Return when the last of a share's answers stopped being read, None while one is."""
    ends = [row.until for row in elements]
    return max((end for end in ends if end is not None), default=None) if all(ends) else None
