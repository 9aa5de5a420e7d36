"""The list of who comes to a gathering: places, groups, who came; for those who organise it (ANG-4)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.handlers.gatherings import HELD
from app.ids import new_id
from app.models import Gathering, Registration
from app.services import journal
from app.services.actors import Actor
from app.services.network_facts import share
from app.services.registration_rows import CANCELLED, Shown, cancel, kinds, promote, release_of, shown

ORGANISES: Final = "inscriptions.agir"
ANONYMOUS: Final = "Nom effacé"


class Forgotten(Conflict):
    """The names have been erased: the list changes no more."""

    sentence_template = (
        "Les noms de cette rencontre ont été effacés au jour prévu : la liste ne change plus. "
        "Les comptes restent."
    )


@dataclass(frozen=True)
class Line:
    """One person of the list; ``came`` is None until somebody says."""

    id: UUID
    name: str
    structure: str
    email: str
    needs: str
    kind: str
    group_key: str
    group: str
    status: str
    came: bool | None
    on_the_day: bool
    at: datetime


@dataclass(frozen=True)
class Board:
    """A gathering, its people by name, and how many came by type of structure with the share of each."""

    shown: Shown
    lines: Sequence[Line]
    waiting: Sequence[Line]
    cancelled: int
    counts: Sequence[tuple[str, int, str]]
    came: Sequence[tuple[str, int, str]]
    by_group: Sequence[tuple[str, int]]

    @property
    def gathering(self) -> Gathering:
        """The gathering itself."""
        return self.shown.row

    @property
    def present(self) -> int:
        """How many people came."""
        return sum(row[1] for row in self.came)


def of_process(process_id: UUID) -> Gathering | None:
    """Return what people register for in a process, None when it is nothing."""
    return db.session.scalar(select(Gathering).where(Gathering.process_id == process_id))


def board(process_id: UUID, actor: Actor) -> Board:
    """Return the list of a gathering.

    Raises:
        Forbidden: the role organises no gathering.
        NotFound: nobody registers for anything in that process, or it is another territory's.
    """
    _require(actor)
    row = of_process(process_id)
    if row is None:
        raise NotFound
    now = shown(row)
    people = db.session.scalars(
        select(Registration).where(Registration.gathering_id == row.id).order_by(Registration.queued_at)
    ).all()
    groups = {group.key: group.label for group in now.groups}
    lines = [_line(one, now.kinds, groups) for one in people if one.status != CANCELLED]
    held = sorted((line for line in lines if line.status == HELD), key=lambda line: line.name.casefold())
    return Board(
        shown=now,
        lines=held,
        waiting=[line for line in lines if line.status != HELD],
        cancelled=sum(one.status == CANCELLED for one in people),
        counts=_counted(line.kind for line in held),
        came=_counted(line.kind for line in held if line.came),
        by_group=[(label, sum(line.group_key == key for line in held)) for key, label in groups.items()],
    )


def mark(process_id: UUID, seen: Iterable[UUID], present: Iterable[UUID], *, by: Actor) -> int:
    """Say who came among those the page showed; return how many did.

    Args:
        process_id: the process of the gathering.
        seen: everybody the page showed: whoever registered meanwhile is left as they are.
        present: those of them who came.
        by: who says so.

    Raises:
        Forbidden, NotFound: as ``board``.
        Forgotten: the names have left.
    """
    shown_ids, here = set(seen), set(present)
    with transaction() as session:
        row = _writable(process_id, by)
        people = session.scalars(
            select(Registration).where(
                Registration.gathering_id == row.id,
                Registration.id.in_(shown_ids),
                Registration.status == HELD,
            )
        ).all()
        for one in people:
            one.came = one.id in here
        _tell(row, by, "inscriptions.presences", {"lignes": len(people)})
        return sum(one.id in here for one in people)


def add(process_id: UUID, typed: Mapping[str, str], *, by: Actor) -> None:
    """Write down somebody who came without having registered; no address is asked.

    Raises:
        Forbidden, NotFound, Forgotten: as ``mark``.
        Invalid: no name, no type of structure, or an unknown group.
    """
    said = {key: " ".join(value.split()) for key, value in typed.items()}
    with transaction() as session:
        row = _writable(process_id, by)
        known, groups = kinds(release_of(row)), {group["cle"] for group in row.groups}
        problems: dict[str, list[str]] = {}
        if not 0 < len(said.get("nom", "")) <= 120:
            problems["nom"] = ["Indiquez un nom, de 120 caractères au plus."]
        if said.get("type", "") not in known:
            problems["type"] = ["Choisissez le type de structure."]
        if len(said.get("structure", "")) > 160:
            problems["structure"] = ["Écrivez au plus 160 caractères."]
        if said.get("groupe", "") not in {"", *groups}:
            problems["groupe"] = ["Choisissez un groupe de la liste."]
        if problems:
            raise Invalid(problems)
        person = {"nom": said["nom"], "structure": said.get("structure", ""), "courriel": "", "besoins": ""}
        one = Registration(
            id=new_id(), gathering_id=row.id, kind=said["type"], group_key=said.get("groupe", ""),
            status=HELD, person=person, came=True, on_the_day=True, queued_at=clock.now(), at=clock.now(),
        )  # fmt: skip
        session.add(one)
        session.flush()
        _tell(row, by, "inscriptions.ajout", {"inscription": str(one.id)})


def move(process_id: UUID, registration_id: UUID, group: str, *, by: Actor) -> None:
    """Put somebody in another group, full or not: who organises may squeeze a chair in.

    Raises:
        Forbidden, NotFound, Forgotten: as ``mark``.
        Invalid: no such group.
    """
    with transaction():
        row = _writable(process_id, by)
        one = _one(row, registration_id)
        if group not in {"", *(found["cle"] for found in row.groups)}:
            raise Invalid({"groupe": ["Choisissez un groupe de la liste."]})
        one.group_key = group
        _tell(row, by, "inscriptions.groupe", {"inscription": str(one.id)})


def withdraw(process_id: UUID, registration_id: UUID, *, by: Actor) -> None:
    """Cancel a registration for somebody who rang up: they are told, and whoever waits takes the place.

    Raises:
        Forbidden, NotFound, Forgotten: as ``mark``.
    """
    with transaction():
        row = _writable(process_id, by)
        cancel(_one(row, registration_id), row)


def more_places(process_id: UUID, places: int | None, *, by: Actor) -> None:
    """Change how many people may come; whoever waits is told when there is room for them.

    Raises:
        Forbidden, NotFound, Forgotten: as ``mark``.
        Invalid: no number from 1 to 5 000.
    """
    if places is not None and not 1 <= places <= 5_000:
        raise Invalid({"places": ["Indiquez un nombre de 1 à 5 000, ou rien."]})
    with transaction():
        row = _writable(process_id, by)
        row.places = places
        db.session.flush()
        promote(row)
        _tell(row, by, "inscriptions.places", {"places": places})


def _require(actor: Actor) -> None:
    if not actor.rights.may(ORGANISES):
        raise Forbidden


def _writable(process_id: UUID, by: Actor) -> Gathering:
    _require(by)
    row = db.session.scalar(select(Gathering).where(Gathering.process_id == process_id).with_for_update())
    if row is None:
        raise NotFound
    if row.forgotten_at is not None:
        raise Forgotten
    return row


def _one(row: Gathering, registration_id: UUID) -> Registration:
    one = db.session.scalar(
        select(Registration)
        .where(Registration.id == registration_id, Registration.gathering_id == row.id)
        .with_for_update()
    )
    if one is None or one.status == CANCELLED:
        raise NotFound
    return one


def _line(one: Registration, known: Mapping[str, str], groups: Mapping[str, str]) -> Line:
    person = one.person or {}
    return Line(
        id=one.id,
        name=person.get("nom", "") or ANONYMOUS,
        structure=person.get("structure", ""),
        email=person.get("courriel", ""),
        needs=person.get("besoins", ""),
        kind=known.get(one.kind, one.kind),
        group_key=one.group_key,
        group=groups.get(one.group_key, ""),
        status=one.status,
        came=one.came,
        on_the_day=one.on_the_day,
        at=one.at,
    )


def _counted(labels: Iterable[str]) -> list[tuple[str, int, str]]:
    counts = Counter(labels)
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(label, number, share(number, total)) for label, number in ordered]


def _tell(row: Gathering, by: Actor, what: str, details: dict[str, object]) -> None:
    journal.write(
        what,
        actor=by.name,
        user_id=by.user_id,
        process_id=row.process_id,
        subject=str(row.id),
        details=details,
    )
