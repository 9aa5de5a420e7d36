"""Who came to the events, by commune, type of structure and period; what leaves is journalled (LAW-8)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.database import transaction
from app.documents.spreadsheet import Cell
from app.services import journal, network, network_report
from app.services.actors import Actor
from app.services.network import Followed
from app.services.network_facts import share

HEADERS: Final = (
    "Date", "Événement", "Titre", "Commune", "Lieu", "Type de structure", "Personnes", "Part",
)  # fmt: skip
TOTAL: Final = "Total"


@dataclass(frozen=True)
class Attendance:
    """Events that took place and how many people came: by commune, and by type of structure with its share.

    ``communes``: name, events, people. ``kinds``: label, people, share. ``interested``: households to alert.
    """

    events: int
    people: int
    interested: int
    communes: Sequence[tuple[str, int, int]]
    kinds: Sequence[tuple[str, int, str]]


def attendance(
    actor: Actor, *, commune: str = "", first: date | None = None, last: date | None = None
) -> Attendance:
    """Return who came, of the events of a commune and a period that were held.

    Raises:
        Forbidden: the role does not see the network.
    """
    held = _held(actor, commune, first, last)
    kinds: Counter[str] = Counter()
    places: dict[str, list[int]] = {}
    for row in held:
        kinds.update(dict(row.known.people))
        counts = places.setdefault(row.known.text("commune"), [0, 0])
        counts[0] += 1
        counts[1] += row.total
    total = sum(kinds.values())
    return Attendance(
        events=len(held),
        people=total,
        interested=sum(int(row.known.values.get("interesses") or 0) for row in held),
        communes=[(name, counts[0], counts[1]) for name, counts in sorted(places.items())],
        kinds=[(label, number, share(number, total)) for label, number in kinds.most_common()],
    )


def rows(
    actor: Actor, *, kind: str, commune: str = "", first: date | None = None, last: date | None = None
) -> list[list[Cell]]:
    """Return one row for each type of structure of each event held, and journal that they leave.

    Args:
        kind: ``xlsx`` or ``csv``.

    Raises:
        Forbidden: the role does not see the network.
    """
    found: list[list[Cell]] = []
    for event in _held(actor, commune, first, last):
        known = event.known
        for label, number in known.people:
            found.append(
                [
                    event.day, event.process_name, known.text("titre"), known.text("commune"),
                    known.text("lieu"), label, number, share(number, event.total),
                ]
            )  # fmt: skip
    _leaves(actor, "export.presences", kind, len(found))
    return found


def situations(actor: Actor, *, kind: str) -> list[list[Cell]]:
    """Return every open situation as a row of ``network_report.HEADERS``, and journal that they leave.

    Raises:
        Forbidden: the role does not see the network.
    """
    found: list[list[Cell]] = [
        [
            row.reference, row.commune, row.priority, row.opened_on, row.step, row.partners, row.late_partner,
            row.last_step, row.last_on, row.next_on, row.late,
        ]
        for row in network_report.situations(actor)
    ]  # fmt: skip
    _leaves(actor, "export.situations", kind, len(found))
    return found


def _held(actor: Actor, commune: str, first: date | None, last: date | None) -> list[Followed]:
    found = network.events(actor, commune=commune, first=first, last=last)
    return [row for row in found if row.known.people]


def _leaves(actor: Actor, action: str, kind: str, count: int) -> None:
    with transaction():
        journal.write(
            action, actor=actor.name, user_id=actor.user_id, details={"genre": kind, "lignes": count}
        )
