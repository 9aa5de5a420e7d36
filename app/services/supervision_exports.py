"""Lists that leave the program: what was filtered, in its order, with a line in the journal (LAW-8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.database import db, end_read, transaction
from app.services import journal, supervised, supervision_view
from app.services.actors import Actor
from app.services.supervised import Filters
from app.services.supervision_view import Sort, Supervised

MOST: Final = 200_000
"""Rows of one export: what a spreadsheet and a server hold without pain."""
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Export:
    """The ids of the rows, in order, and whether there were more than one export holds."""

    ids: Sequence[UUID]
    cut: bool
    names: bool

    def rows(self, actor: Actor) -> Iterator[Supervised]:
        """Yield the rows, read a few hundred at a time: the memory it takes does not grow with them."""
        for start in range(0, len(self.ids), _AT_ONCE):
            yield from supervision_view.rows(self.ids[start : start + _AT_ONCE], actor)
            end_read()  # what has been written is forgotten


def prepare(actor: Actor, filters: Filters, *, sort: Sort, kind: str) -> Export:
    """Return what a list holds, all pages, and write in the journal that it leaves.

    Args:
        kind: ``xlsx`` or ``csv``.

    Raises:
        Forbidden: the role does not supervise.
    """
    supervision_view.require(actor)
    query = supervision_view.ordered(supervised.matching(filters, actor), sort)
    ids = list(db.session.scalars(query.limit(MOST + 1)))
    asked = [name for name, value in filters.values().items() if value is not None]
    more = {"etat": filters.state, "age": filters.age, "du": filters.due_from, "au": filters.due_to}
    asked += [name for name, value in more.items() if value is not None]
    asked += ["q"] if filters.search else []
    with transaction():
        journal.write(
            "export.taches",
            actor=actor.name,
            user_id=actor.user_id,
            details={"genre": kind, "lignes": min(len(ids), MOST), "filtres": sorted(asked)},
        )
    return Export(ids[:MOST], len(ids) > MOST, actor.rights.may("dossiers.voir") or bool(actor.lanes))
