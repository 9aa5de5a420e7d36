"""Counting every indicator in one pass: at once in a small territory, aside by a job in a large one.

The same code counts both, so that a figure does not depend on the size of the territory. What is counted
aside is kept as a tally, named by the release, the period and the filters.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import func, select

from app import clock, jobs, tenancy
from app.catalog.fingerprint import sorted_json
from app.catalog.indicators import Indicators
from app.database import db, transaction
from app.expressions import designer_functions
from app.jobs import job
from app.models import Case, IndicatorFact, Territory
from app.services import indicators_subjects, releases, tallies
from app.services.indicators_periods import Period, between
from app.services.indicators_rows import Contribution, Counter
from app.services.indicators_sums import Counted, Sums, added, as_json, read_json
from app.services.releases import LoadedRelease

LIVE: Final = 1_500
"""Cases up to which a page counts them itself."""
FRESH: Final = timedelta(minutes=30)
"""How old a count aside becomes before it is asked for again."""
JOB: Final = "count_indicators"
_LOT: Final = 5_000


@dataclass(frozen=True)
class Both:
    """A period and the one before it; ``at`` is None when they were counted at this very moment."""

    now: Counted
    before: Counted
    at: datetime | None


def counted(period: Period, filters: Mapping[str, str], *, limited: bool) -> Both | None:
    """Return the figures of a period and of the one before, None when they are being counted aside.

    Args:
        limited: the reader sees the cases of a structure alone: counted at once, never from a tally.
    """
    if limited or not large():
        now, before = take(_sums(period, filters))
        return Both(now, before, None)
    kind = kind_of(period, filters)
    found = tallies.kept(kind)
    if found is None or found[1] <= clock.now() - FRESH:
        _ask(kind, period, filters)
    if found is None:
        return None
    content, at = found
    return Both(read_json(content["now"]), read_json(content["before"]), at)


def large() -> bool:
    """Whether the territory being served has more cases than a page counts."""
    some = select(Case.id).limit(LIVE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) > LIVE


def take(sums: Sequence[Sums]) -> list[Counted]:
    """Count every case, territory process and kept fact into ``sums``, in one pass."""
    release = releases.current()
    territory = db.session.get_one(Territory, tenancy.current_id())
    counter = narrowed(release, designer_functions(clock.now(), releases.closing_days(territory)), None)
    for subject in indicators_subjects.everything(counter.facts, keep_reading=len(sums) > 0 and not large()):
        added(counter.of(subject), *sums)
    _add_kept(counter.wanted, sums)
    return [one.counted() for one in sums]


def _add_kept(wanted: Indicators, sums: Sequence[Sums]) -> None:
    """Count what was kept of cases erased since."""
    known = {one.id: one for one in wanted.all}
    query = select(IndicatorFact).order_by(IndicatorFact.id).limit(_LOT)
    rows = db.session.scalars(query).all()
    while rows:
        for row in rows:
            if row.indicator in known:
                added([(known[row.indicator], _read(row))], *sums)
        rows = db.session.scalars(query.where(IndicatorFact.id > rows[-1].id)).all()


def _read(row: IndicatorFact) -> Contribution:
    return Contribution(
        month=row.month,
        until=row.until,
        unit=row.unit,
        holds=row.holds,
        amount=Decimal(row.amount) if row.amount is not None else None,
        keys={name: tuple(values) for name, values in row.keys.items()},
        distinct=row.distinct_key,
    )


def narrowed(release: LoadedRelease, functions: Mapping[str, Any], only: str | None) -> Counter:
    """Return what counts by a release's indicators, or by one of them."""
    wanted = release.bundle.indicators
    if only is not None:
        wanted = replace(wanted, all=tuple(one for one in wanted.all if one.id == only))
    return Counter(release, wanted, functions)


def _sums(period: Period, filters: Mapping[str, str]) -> list[Sums]:
    wanted = releases.current().bundle.indicators
    return [Sums(wanted, period, filters), Sums(wanted, period.before(), filters)]


def kind_of(period: Period, filters: Mapping[str, str]) -> str:
    """Return the kind of the tally of a period and filters, under the newest release."""
    newest = releases.newest()
    said = [str(newest.id) if newest else "", period.first, period.last, dict(filters)]
    return f"indicateurs:{sha256(sorted_json(said)).hexdigest()[:32]}"


def _ask(kind: str, period: Period, filters: Mapping[str, str]) -> None:
    with transaction():
        jobs.enqueue(
            JOB,
            lock=f"{kind}:{tenancy.current_id()}",
            first=period.first.isoformat()[:7],
            last=period.last.isoformat()[:7],
            filters=json.dumps(dict(filters)),
        )


@job(JOB, queue="documents")
def count(first: str, last: str, filters: str) -> None:
    """Count a period aside and keep it as a tally."""
    period, chosen = between(first, last), json.loads(filters)
    kind = kind_of(period, chosen)
    now, before = take(_sums(period, chosen))
    tallies.keep(kind, {"now": as_json(now), "before": as_json(before)})
