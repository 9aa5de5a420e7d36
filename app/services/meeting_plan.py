"""Preparing a meeting: its date and place, who is expected, and another date when it is put off (CAR-11)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, tenancy
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid
from app.expressions.calendar import midnight
from app.handlers.agenda import STATUS_WORDS
from app.models import Meeting, Membership, Orientation, User
from app.services import documents, journal, meetings, mending, notices, review_rows
from app.services.actors import Actor
from app.services.meetings import ChangedMeanwhile, View
from app.services.review_facts import say_moment

MOST_PEOPLE: Final = 80
LENGTH: Final = 120
"""Characters of a name, a structure or a place."""
REPORT: Final = "report"
"""Property of the step that names the message sent when the meeting is put off."""
_EXPECTED: Final = frozenset(STATUS_WORDS) - {"refusee", "abandonnee", "expiree", "realisee"}


def plan(process_id: UUID, moment: datetime, place: str, *, version: int, by: Actor) -> None:
    """Fix when and where a meeting takes place; its day, once fixed, only changes by ``move``.

    Raises:
        Invalid: the past, before its agenda is made, another day than the one fixed, or a place too long.
        ChangedMeanwhile: somebody else changed it since ``version``.
        Forbidden, NotFound, Conflict: not theirs, no such meeting, or it is over.
    """
    view = _to_prepare(process_id, by)
    _check_day(view, moment)
    where = place.strip()
    if len(where) > LENGTH:
        raise Invalid({"lieu": [f"Écrivez un lieu de {LENGTH} caractères au plus."]})
    with transaction():
        row = _fenced(process_id, version)
        row.meets_at, row.place = moment, where
        journal.write(
            "seance.prevue", actor=by.name, user_id=by.user_id, process_id=process_id,
            details={"le": moment.isoformat()},
        )  # fmt: skip


def _check_day(view: View, moment: datetime) -> None:
    fixed = view.meeting.meets_at if view.meeting else None
    if fixed is not None and _day(fixed) != _day(moment):
        raise Invalid(
            {"date": ["La date est déjà fixée : pour en changer, utilisez « Reporter la séance »."]}
        )
    if _day(moment) < clock.today():
        raise Invalid({"date": ["Choisissez aujourd'hui ou un jour à venir."]})
    if view.timer is not None and _day(moment) < _day(view.timer.due_at):
        told = (
            f"L'ordre du jour se prépare le {say_moment(view.timer.due_at)} : choisissez ce jour ou un jour "
            "suivant, ou utilisez « Reporter la séance »."
        )
        raise Invalid({"date": [told]})


def _day(moment: datetime) -> Any:
    return moment.astimezone(clock.PARIS).date()


def move(process_id: UUID, moment: datetime, reason: str, *, by: Actor) -> None:
    """Put a meeting off (or bring it forward), and tell those who are expected.

    The armed timer, or the open step, moves with it; the next meeting of the series keeps its date. An agenda
    that was to be made some days before keeps that distance.

    Raises:
        Invalid: the past, further than twenty years, the day it has already, or no reason.
        Forbidden: the role does not allow it.
        NotFound: no such meeting in the territory.
        Conflict: it is over, or moves at this very moment.
    """
    view = _to_prepare(process_id, by)
    if not view.may_move:
        raise Forbidden
    before, today = view.planned or (view.task.due_at if view.task else None), clock.today()
    if _day(moment) < today:
        raise Invalid({"date": ["Choisissez aujourd'hui ou un jour à venir."]})
    if before is not None and before == moment:
        raise Invalid({"date": ["La séance est déjà à cette date : choisissez-en une autre."]})
    _move_engine(view, moment, reason, by)
    with transaction():
        row = review_rows.meeting_of(process_id)
        told = {
            "de": before.isoformat() if before else None,
            "vers": moment.isoformat(),
            "motif": reason.strip(),
            "par": by.name,
            "le": clock.now().isoformat(),
        }
        row.meets_at, row.version, row.moves = moment, row.version + 1, [*row.moves, told]
        journal.write(
            "seance.reportee", actor=by.name, user_id=by.user_id, process_id=process_id,
            details={"de": told["de"], "vers": told["vers"]},
        )  # fmt: skip
        _tell(view, moment, row.place, reason, len(row.moves))


def _move_engine(view: View, moment: datetime, reason: str, by: Actor) -> None:
    """Move what the diagram waits for, which says whether it may be moved at all."""
    if view.task is not None:
        mending.change_due(view.task.id, midnight(_day(moment) + timedelta(days=1)), reason=reason, by=by)
    elif view.timer is not None:
        start, fixed = view.timer.due_at, view.meeting.meets_at if view.meeting else None
        lead = _day(fixed) - _day(start) if fixed is not None else timedelta()
        agenda = midnight(_day(moment) - max(lead, timedelta()))
        soon = clock.now() + timedelta(minutes=1)
        mending.change_due(view.timer.id, max(agenda, soon), reason=reason, by=by)
    else:
        raise Conflict


def _tell(view: View, moment: datetime, place: str, reason: str, number: int) -> None:
    when = say_moment(moment)
    template = view.step.properties.get(REPORT)
    notices.tell(
        _invited(view),
        "seance_reportee",
        f"{view.process.id}:{number}",
        f"{view.name} : la séance change de date, {when}",
        f"revues/{view.process.id}",
        template=template if f"messages/{template}.txt" in view.release.bundle.files else None,
        facts={
            "seance": {"nom": view.name, "le": when, "lieu": place or "à préciser", "motif": reason.strip()}
        },
        release=view.release,
    )


def _invited(view: View) -> set[UUID]:
    """Return the people of the lanes drawn in the process, ours alone: they prepare it or take part."""
    return {user.id for user, _ in _people(view)}


def _people(view: View) -> list[tuple[User, str]]:
    settings = view.release.settings
    drawn = {step.lane for step in view.release.programme.described[view.process.process]}
    lanes = [lane for lane in settings.lanes.values() if lane.id in drawn and not lane.external]
    rows = db.session.execute(
        select(User, Membership.roles)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
        .order_by(User.name)
    ).all()
    return [
        (user, lane.label)
        for user, roles in rows
        for lane in [next((lane for lane in lanes if set(lane.roles) & set(roles)), None)]
        if lane is not None
    ]


def expected(view: View) -> list[dict[str, Any]]:
    """Return who may be expected: our people, then the partners that these situations wait for."""
    ours = [{"nom": user.name, "structure": label, "present": False} for user, label in _people(view)]
    asked = db.session.scalars(
        select(Orientation).where(
            Orientation.case_id.in_([row.case_id for row in view.items]),
            Orientation.status.in_(sorted(_EXPECTED)),
        )
    )
    partners = sorted({orientation.partner.name for orientation in asked})
    return [*ours, *({"nom": "", "structure": name, "present": False} for name in partners)][:MOST_PEOPLE]


def attend(process_id: UUID, people: Sequence[Mapping[str, Any]], *, version: int, by: Actor) -> None:
    """Keep who is expected and who came; blank lines are left out.

    Raises:
        Invalid: too many people, or a name that is too long.
        ChangedMeanwhile: somebody else changed it since ``version``.
        Forbidden, NotFound, Conflict: not theirs, no such meeting, or it is over.
    """
    _to_prepare(process_id, by)
    kept = [person for person in map(_person, people) if person["nom"] or person["structure"]]
    if len(kept) > MOST_PEOPLE:
        raise Invalid({"presents": [f"Notez au plus {MOST_PEOPLE} personnes."]})
    if any(len(person["nom"]) > LENGTH or len(person["structure"]) > LENGTH for person in kept):
        raise Invalid({"presents": [f"Écrivez des noms de {LENGTH} caractères au plus."]})
    with transaction():
        _fenced(process_id, version).attendance = kept


def _person(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nom": " ".join(str(given.get("nom") or "").split()),
        "structure": " ".join(str(given.get("structure") or "").split()),
        "present": bool(given.get("present")),
    }


def print_again(process_id: UUID, *, by: Actor) -> None:
    """Have the papers of a meeting made again, with what was added or planned since; the earlier ones stay.

    Raises:
        Forbidden, NotFound, Conflict: not theirs, no such meeting, or nothing was printed for it yet.
    """
    view = _to_prepare(process_id, by)
    if view.task is None or not view.documents:
        raise Conflict
    templates, process = list(dict.fromkeys(row.template for row in view.documents)), view.process
    with transaction():
        for template in templates:
            documents.order(template, process, view.release, orientation_id=None)


def _to_prepare(process_id: UUID, by: Actor) -> View:
    view = meetings.look(process_id, by)
    if view.step.lane not in by.lanes and not view.may_move:
        raise Forbidden
    if not view.may_prepare:
        raise Conflict
    return view


def _fenced(process_id: UUID, version: int) -> Meeting:
    row = review_rows.meeting_of(process_id)
    if row.version != version:
        raise ChangedMeanwhile(who="Quelqu'un")
    row.version = version + 1
    return row
