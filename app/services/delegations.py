"""Absences: from one day to another, somebody else answers a person's tasks.

Whoever replaces gains no right: they answer the absent person's tasks in the lanes that they hold
themselves, and read the classes that they may read anyway (LAW-1). The other lanes stay with the team, and
``Absence.uncovered`` says which. An absence ends by itself: nothing runs, only the days are compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Delegation
from app.services import journal, releases, teams
from app.services.actors import Actor
from app.services.teams import Colleague

LONGEST: Final = timedelta(days=366)
"""An absence lasts a year at most: beyond, the person's roles are changed (proposed)."""
REASON_LENGTH: Final = 120


class OverlappingAbsence(Conflict):
    """The person has another absence on some of these days."""

    sentence_template = (
        "Une absence est déjà notée du {first} au {last}. Arrêtez-la d'abord, ou choisissez d'autres jours."
    )


class Circle(Conflict):
    """The replacement is away too, and counts on the absent person in the end."""

    sentence_template = (
        "{name} s'absente aussi pendant ces jours et son remplacement revient à la personne absente : "
        "personne ne répondrait. Choisissez quelqu'un d'autre."
    )


@dataclass(frozen=True)
class Absence:
    """An absence as a page shows it; ``state``: ``upcoming``, ``current``, ``past`` or ``called_off``.

    ``uncovered``: labels of the lanes that the replacement does not hold; ``may_end`` by its reader.
    """

    id: UUID
    from_user: UUID
    from_name: str
    to_user: UUID
    to_name: str
    starts_on: date
    ends_on: date
    reason: str
    state: str
    uncovered: Sequence[str]
    may_end: bool


class _Edge(NamedTuple):
    """``giver`` is away from ``first`` to ``last`` and ``taker`` answers."""

    giver: UUID
    taker: UUID
    first: date
    last: date


def standing_in_for(user_id: UUID, on: date) -> frozenset[UUID]:
    """Return whose tasks this person answers that day beside their own.

    A replacement who is away too hands the whole on to theirs (A → B → C).
    """
    return frozenset(_replaced(user_id, _edges(on, on)))


def stand_ins(user_ids: Iterable[UUID], on: date) -> dict[UUID, frozenset[UUID]]:
    """Return who answers each person's tasks that day; somebody present has nobody."""
    edges = _edges(on, on)
    away = {edge.giver for edge in edges}
    takers = {edge.taker for edge in edges}
    found: dict[UUID, set[UUID]] = {user_id: set() for user_id in user_ids}
    for taker in takers - away:
        for giver in _replaced(taker, edges) & found.keys():
            found[giver].add(taker)
    return {user_id: frozenset(others) for user_id, others in found.items()}


def stood_in_until(user_id: UUID, on: date) -> dict[UUID, date]:
    """Return whose tasks this person answers that day, with the last day of each absence."""
    edges = _edges(on, on)
    return {edge.giver: edge.last for edge in edges if edge.giver in _replaced(user_id, edges)}


def away(on: date) -> dict[UUID, date]:
    """Return who is away that day, with the last day of each absence."""
    return {edge.giver: edge.last for edge in _edges(on, on)}


def _replaced(user_id: UUID, edges: Sequence[_Edge]) -> set[UUID]:
    found: set[UUID] = set()
    waiting = [user_id]
    while waiting:
        taker = waiting.pop()
        for edge in edges:
            if edge.taker == taker and edge.giver not in found and edge.giver != user_id:
                found.add(edge.giver)
                waiting.append(edge.giver)
    return found


def _edges(first: date, last: date) -> list[_Edge]:
    rows = db.session.execute(
        select(Delegation.from_user, Delegation.to_user, Delegation.starts_on, Delegation.ends_on)
        .where(Delegation.starts_on <= last, Delegation.ends_on >= first, Delegation.ended_at.is_(None))
        .order_by(Delegation.starts_on, Delegation.id)
    )
    return [_Edge(*row) for row in rows]


def declare(
    from_user: UUID, to_user: UUID, starts_on: date, ends_on: date, actor: Actor, *, reason: str = ""
) -> UUID:
    """Note an absence, one's own or, for who may act in Supervision, anybody's.

    Raises:
        Forbidden: somebody else's, and the role does not supervise.
        Invalid: the days or the replacement do not do; ``problems`` says which.
        OverlappingAbsence: another absence of the same person holds on some of these days.
        Circle: the replacement is away then and counts on the absent person.
    """
    if from_user != actor.user_id and not actor.rights.may("supervision.agir"):
        raise Forbidden
    if actor.user_id is None:
        raise Forbidden
    kept = " ".join(reason.split())[:REASON_LENGTH]
    with transaction() as session:
        releases.in_turn()  # two absences declared at once are looked at one after the other
        people = {one.id: one for one in teams.colleagues()}
        problems = _problems(people.get(from_user), people.get(to_user), starts_on, ends_on)
        if problems:
            raise Invalid(problems)
        _refuse_overlap(from_user, starts_on, ends_on)
        _refuse_circle(from_user, people[to_user], starts_on, ends_on)
        row = Delegation(
            from_user=from_user, to_user=to_user, starts_on=starts_on, ends_on=ends_on, reason=kept,
            created_by=actor.user_id, created_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        details = {"de": str(from_user), "a": str(to_user), "du": str(starts_on), "au": str(ends_on)}
        journal.write(
            "absence.declaree", actor=actor.name, user_id=actor.user_id, subject=str(row.id), details=details
        )
        return row.id


def _problems(
    absent: Colleague | None, taker: Colleague | None, first: date, last: date
) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    today = clock.today()
    if last < first:
        problems["au"] = ["Le dernier jour vient avant le premier. Corrigez l'une des deux dates."]
    elif last < today:
        problems["au"] = ["Cette absence est déjà finie. Indiquez un dernier jour à venir."]
    elif last - first > LONGEST:
        problems["au"] = ["Une absence dure un an au plus. Au-delà, faites changer les rôles de la personne."]
    if first > today + 2 * LONGEST:
        problems["du"] = ["Cette absence commence dans plus de deux ans. Vérifiez l'année."]
    if absent is None:
        problems["absent"] = ["Cette personne ne traite pas de tâches dans ce territoire."]
    if taker is None:
        problems["a"] = ["Choisissez une personne qui traite des tâches dans ce territoire."]
    elif absent is not None and taker.id == absent.id:
        problems["a"] = ["Choisissez quelqu'un d'autre que la personne absente."]
    elif absent is not None and taker.within not in (None, absent.within):
        problems["a"] = [f"{taker.name} ne voit pas les dossiers de la structure de {absent.name}."]
    elif absent is not None and not absent.lanes & taker.lanes:
        problems["a"] = [
            f"{taker.name} ne répond à aucune des étapes de {absent.name}. Choisissez un proche collègue."
        ]
    return problems


def _refuse_overlap(from_user: UUID, first: date, last: date) -> None:
    other = next((edge for edge in _edges(first, last) if edge.giver == from_user), None)
    if other is not None:
        raise OverlappingAbsence(first=_said(other.first), last=_said(other.last))


def _refuse_circle(from_user: UUID, taker: Colleague, first: date, last: date) -> None:
    """Follow the replacements' own absences; each link only counts on the days that the others leave."""
    edges = _edges(first, last)
    waiting, seen = [(taker.id, first, last)], set()
    while waiting:
        who, begin, end = waiting.pop()
        if who == from_user:
            raise Circle(name=taker.name)
        if (who, begin, end) in seen:
            continue
        seen.add((who, begin, end))
        waiting += [
            (edge.taker, max(begin, edge.first), min(end, edge.last))
            for edge in edges
            if edge.giver == who and edge.first <= end and edge.last >= begin
        ]


def call_off(delegation_id: UUID, actor: Actor) -> None:
    """End an absence before its last day, or cancel one to come; ending it again changes nothing.

    Raises:
        NotFound: none of that id here.
        Forbidden: neither the absent person, nor who noted it, nor a supervisor.
    """
    with transaction() as session:
        row = session.scalar(select(Delegation).where(Delegation.id == delegation_id).with_for_update())
        if row is None:
            raise NotFound
        if not _may_end(row, actor):
            raise Forbidden
        if row.ended_at is not None:
            return
        row.ended_at = clock.now()
        journal.write("absence.arretee", actor=actor.name, user_id=actor.user_id, subject=str(row.id))


def of_person(user_id: UUID, actor: Actor) -> list[Absence]:
    """Return a person's own absences, the newest first."""
    return _listed(Delegation.from_user == user_id, actor)


def entrusted_to(user_id: UUID, actor: Actor) -> list[Absence]:
    """Return the absences, under way or to come, in which this person replaces somebody."""
    return _listed(Delegation.to_user == user_id, actor, upcoming=True)


def of_the_team(actor: Actor) -> list[Absence]:
    """Return everybody's absences, under way or to come.

    Raises:
        Forbidden: the role does not supervise.
    """
    if not actor.rights.may("supervision.agir"):
        raise Forbidden
    return _listed(true(), actor, upcoming=True)


def _listed(which: ColumnElement[bool], actor: Actor, *, upcoming: bool = False) -> list[Absence]:
    query = select(Delegation).where(which).order_by(Delegation.starts_on.desc(), Delegation.id).limit(100)
    if upcoming:
        query = query.where(Delegation.ends_on >= clock.today(), Delegation.ended_at.is_(None))
    rows = list(db.session.scalars(query))
    named = teams.names({who for row in rows for who in (row.from_user, row.to_user)})
    people = {one.id: one for one in teams.colleagues()}
    labels = {lane.id: lane.label for lane in releases.current().settings.lanes.values()}
    found = []
    for row in rows:
        absent, taker = people.get(row.from_user), people.get(row.to_user)
        if row.from_user != actor.user_id != row.to_user and not teams.sees(actor, row.from_user):
            continue
        left = (absent.lanes if absent else frozenset()) - (taker.lanes if taker else frozenset())
        found.append(
            Absence(
                id=row.id,
                from_user=row.from_user,
                from_name=named[row.from_user],
                to_user=row.to_user,
                to_name=named[row.to_user],
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                reason=row.reason,
                state=_state(row),
                uncovered=sorted(labels[lane] for lane in left),
                may_end=_may_end(row, actor),
            )
        )
    return found


def _state(row: Delegation) -> str:
    if row.ended_at is not None or row.ends_on < clock.today():
        return "past" if row.ended_at is None else "called_off"
    return "upcoming" if row.starts_on > clock.today() else "current"


def _may_end(row: Delegation, actor: Actor) -> bool:
    supervises = actor.rights.may("supervision.agir") and teams.sees(actor, row.from_user)
    return supervises or actor.user_id in (row.from_user, row.created_by)


def _said(day: date) -> str:
    return f"{day.day}/{day.month:02d}/{day.year}"
