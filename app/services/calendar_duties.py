"""Duties of the territory itself (« one meeting a quarter »), set on the start of a calendar process.

They outlive each meeting: one row a process, begun when its calendar is first armed, whatever the rank. The
rule read is always that of the newest release.
"""

from typing import NamedTuple

from sqlalchemy import select

from app import clock, tenancy
from app.catalog import frequency
from app.catalog.frequency import Frequency
from app.database import db
from app.engine import Described
from app.expressions import designer_functions, evaluate
from app.ids import new_id
from app.models import Duty, Territory
from app.services import journal, releases, windows
from app.services.releases import LoadedRelease


class _Set(NamedTuple):
    """A frequency set on a start event, and its numbers."""

    start: Described
    rule: Frequency
    minimum: int
    within: int


def keep(process: str, release: LoadedRelease) -> None:
    """Begin the duty that the start of a calendar process sets, unless it is kept; in the open transaction.

    The caller holds the territory's row: two servers that arm at once begin one.
    """
    if _of(process, release) is None:
        return
    query = select(Duty.id).where(
        Duty.process_id.is_(None), Duty.called_process == process, Duty.status != "ended"
    )
    if db.session.scalar(query.limit(1)) is None:
        _begin(process, release)


def _begin(process: str, release: LoadedRelease) -> None:
    wanted = _of(process, release)
    if wanted is None:
        return
    row = Duty(
        id=new_id(),
        element=wanted.start.element,
        called_process=process,
        name=release.programme.names[process],
        rule=_facts(wanted),
        since=clock.now(),
    )
    windows.open_window(row, row.since, release)
    db.session.add(row)
    windows.tell_begun(row)


def refresh(duty: Duty) -> bool:
    """Bring a territory's duty up to the newest release; say whether it is still to be kept.

    Duties of a process are always kept: theirs is the release it runs on.
    """
    if duty.process_id is not None:
        return True
    release = releases.current()
    wanted = _of(duty.called_process, release)
    if wanted is None:
        duty.status, duty.ended_at, duty.warn_at = "ended", clock.now(), None
        journal.write("frequence.levee", subject=str(duty.id))
        return False
    facts = _facts(wanted)
    if facts != duty.rule:
        reopened = facts["window"] != duty.rule["window"]
        duty.rule = facts
        if reopened:
            windows.open_window(duty, clock.now(), release)
        elif duty.warned_at is None:
            windows.set_warning(duty, release)
        windows.tell_begun(duty)
    return True


def _facts(wanted: _Set) -> dict[str, object]:
    return windows.rule_facts(wanted.rule, wanted.minimum, wanted.within, lane=wanted.start.lane)


def _of(process: str, release: LoadedRelease) -> _Set | None:
    """Return the frequency of a process that the calendar starts, None when it asks for nothing."""
    if all(item.process != process for item in release.settings.schedule):
        return None
    for item in release.programme.described.get(process, ()):
        rule = frequency.read(item.properties) if item.kind == "startEvent" else None
        if rule is not None:
            minimum = _number(rule.minimum, frequency.MINIMUM, release)
            within = _number(rule.within, frequency.WITHIN, release) if rule.within else 0
            return _Set(item, rule, minimum, within) if minimum or within else None
    return None


def _number(text: str, name: str, release: LoadedRelease) -> int:
    territory = db.session.get_one(Territory, tenancy.current_id())
    functions = designer_functions(clock.now(), releases.closing_days(territory))
    return frequency.number(evaluate(text, {"reglages": dict(release.settings.rules)}, functions), name)
