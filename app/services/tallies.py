"""Counts of a big territory, taken aside every few minutes; a small one is counted at each look."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from app import clock, perimeter
from app.database import db, transaction
from app.ids import new_id
from app.models import Tally
from app.services import census, supervised
from app.services.actors import SYSTEM, Actor
from app.services.census import Census, Facts
from app.services.supervised import Filters

LIVE: Final = 1000
"""Open tasks up to which a page counts them itself; beyond, it reads what was counted aside."""
CUBED: Final = ("role", "etape", "parcours", "priorite")
"""Dimensions whose every value has a count of its own, so that one may be chosen and the others counted."""
OPEN: Final = "ouvertes"


@dataclass(frozen=True)
class Counted:
    """A count and when it was taken: None when it is of this very moment."""

    census: Census
    at: datetime | None


def counted(filters: Filters, actor: Actor) -> Counted | None:
    """Return the count of the tasks that ``filters`` keep, None when they are too many to be counted now.

    One taken aside is of every state: the reader sums the state it wants. It is of everybody's cases: for
    somebody limited to their structure the tasks are always counted now.
    """
    query = supervised.matching(filters, actor)
    if perimeter.narrowed() or supervised.count(query, LIVE) <= LIVE:
        return Counted(census.taken(supervised.facts(query), clock.now()), None)
    asked = {name: value for name, value in filters.values().items() if value is not None}
    if not filters.plain or len(asked) > 1 or not asked.keys() <= set(CUBED):
        return None
    name, value = next(iter(asked.items()), ("", ""))
    return stored(kind_of(name, value))


def big() -> bool:
    """Whether the territory being served has more open tasks than a page counts; no perimeter has."""
    if perimeter.narrowed():
        return False
    return supervised.count(supervised.matching(Filters(), SYSTEM), LIVE) > LIVE


def everything() -> Counted | None:
    """Return the count of every open task; None in a big territory that has not been counted yet."""
    return counted(Filters(), SYSTEM)


def stored(kind: str) -> Counted | None:
    """Return a count taken aside, None before the first."""
    found = kept(kind)
    return Counted(census.read(found[0]), found[1]) if found is not None else None


def kept(kind: str) -> tuple[Mapping[str, Any], datetime] | None:
    """Return the content of a tally and when it was counted."""
    row = db.session.execute(select(Tally.content, Tally.at).where(Tally.kind == kind)).first()
    return (row.content, row.at) if row is not None else None


def keep(kind: str, content: Mapping[str, Any], *, also: Callable[[], None] | None = None) -> None:
    """Store a tally, in a short transaction of its own: nobody waits for a long one.

    Args:
        also: writes something else in the same transaction.
    """
    with transaction() as session:
        row = session.scalar(select(Tally).where(Tally.kind == kind))
        if row is None:
            row = Tally(id=new_id(), kind=kind)
            session.add(row)
        row.content, row.at = dict(content), clock.now()
        if also is not None:
            also()


def kind_of(name: str = "", value: str = "") -> str:
    """Return the kind of the tally of all open tasks, or of those with a value of a dimension."""
    return f"{OPEN}:{name}:{value}" if name else OPEN


def kinds_of(task: Facts) -> Iterator[str]:
    """Yield the tallies in which a task counts."""
    yield OPEN
    values = task.values()
    for name in CUBED:
        if (value := values[name]) is not None:
            yield kind_of(name, value)
