"""What counts the big territories aside: looked at by the pump, done by a job of its own."""

from datetime import timedelta
from itertools import chain
from typing import Final

from sqlalchemy import and_, or_, select

from app import clock, jobs, perimeter, tenancy
from app.database import db
from app.jobs import job
from app.models import Tally, Territory
from app.services import census, figures, supervised, tallies

FRESH: Final = timedelta(minutes=5)
"""How old a count becomes before it is taken again."""
SLOW: Final = timedelta(hours=1)
"""The same for times and passages, which change little in an hour."""
JOB: Final = "count_tallies"
_LOOKED: Final = "regard"
"""Tally that says when it was last looked whether a territory must be counted."""


def count_due(limit: int = 100) -> int:
    """Have each big territory counted whose count has grown old; return how many were asked for.

    Called at every beat: one read when nothing is old. A small territory costs one bounded count.
    """
    old = clock.now() - FRESH
    with tenancy.unscoped("due_work"):
        due = db.session.scalars(
            select(Territory.id)
            .outerjoin(Tally, and_(Tally.territory_id == Territory.id, Tally.kind == _LOOKED))
            .where(or_(Tally.at.is_(None), Tally.at <= old))
            .limit(limit)
        ).all()
    asked = 0
    for territory_id in due:
        with tenancy.serving(territory_id):
            asked += _look()
    return asked


def _look() -> bool:
    wanted = tallies.big()
    tallies.keep(_LOOKED, {}, also=_enqueue if wanted else None)
    return wanted


def ask() -> bool:
    """Have the territory being served counted now; return whether it is big enough to need it."""
    return not perimeter.narrowed() and _look()


def _enqueue() -> None:
    jobs.enqueue(JOB, lock=f"tallies:{tenancy.current_id()}")


@job(JOB, queue="documents")
def count() -> None:
    """Count the territory being served: its open tasks, and once an hour its times and passages."""
    now = clock.now()
    tasks = chain.from_iterable(supervised.all_facts())
    for kind, found in census.taken_by(tasks, now, tallies.kinds_of).items():
        tallies.keep(kind, found.as_json())
    earlier = tallies.kept(figures.TALLY)
    if earlier is None or earlier[1] <= now - SLOW:
        tallies.keep(figures.TALLY, figures.measured().as_json())
