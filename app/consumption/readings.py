"""From what a dial showed to what was used between two readings (BAT-7).

A meter goes past zero, is replaced, is read twice wrong; a reading is estimated, then a real one comes. What
comes out depends on the readings alone, never on the order in which they were typed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

ROLLED, REPLACED = "tour", "remplace"
DROP, TOO_LONG = "baisse", "chiffres"
"""Why a reading is doubted: it is below an earlier one, or the meter has no such figure."""
_ROLLOVER_PART: Final = 10
"""A fall is taken for a passage past zero when that means at most a tenth of what the meter can count."""
_REAL: Final = 10_000
"""How much more a real reading weighs than an estimated one when they contradict each other."""


@dataclass(frozen=True)
class Reading:
    """What a dial showed as a day began; ``change`` is what happened since the reading before.

    When ``REPLACED``: ``old_end`` is where the old meter stopped (None: nobody knows), ``new_start`` where
    the new one began, ``changed_on`` the day. ``ROLLED`` says outright that it went past zero.
    """

    on: date
    index: Decimal
    estimated: bool = False
    change: str = ""
    old_end: Decimal | None = None
    new_start: Decimal | None = None
    changed_on: date | None = None
    key: object = None


@dataclass(frozen=True)
class Stretch:
    """A quantity used from ``first`` until ``until``, in the unit of the dial; None when nobody can tell."""

    first: date
    until: date
    quantity: Fraction | None
    estimated: bool


@dataclass(frozen=True)
class Doubt:
    """A reading that is not counted, and the counted one that it contradicts."""

    reading: Reading
    kind: str
    against: Reading | None


@dataclass(frozen=True)
class Read:
    """What the readings of one dial say; ``kept`` are those that count, by date."""

    stretches: tuple[Stretch, ...]
    doubts: tuple[Doubt, ...]
    kept: tuple[Reading, ...]


@dataclass(frozen=True)
class _Piece:
    """What was used until a day, None when the day of a change is not known."""

    until: date | None
    quantity: Fraction | None


def read(readings: Iterable[Reading], digits: int) -> Read:
    """Return what was used between the readings of one dial, ``digits`` figures before the comma."""
    by_day = sorted(readings, key=_rank)
    by_day = list({one.on: one for one in by_day}.values())  # of one day, the real one, then the higher
    limit = Decimal(10) ** digits
    fitting = [one for one in by_day if all(value < limit for value in _values(one))]
    doubts = [Doubt(one, TOO_LONG, None) for one in by_day if one not in fitting]
    points = _points(fitting)
    changes = [one for one in fitting if one.change == REPLACED]
    kept = _longest(points, changes, limit)
    doubts += [Doubt(one, DROP, _against(one, kept)) for one in points if one not in kept]
    stretches: list[Stretch] = []
    for before, after in pairwise(kept):
        stretches += _between(before, after, changes, limit)
    return Read(tuple(stretches), tuple(sorted(doubts, key=lambda doubt: doubt.reading.on)), kept)


def _rank(one: Reading) -> tuple[date, bool, Decimal, str, str]:
    return one.on, not one.estimated, one.index, one.change, repr((one.old_end, one.new_start))


def _values(one: Reading) -> list[Decimal]:
    return [value for value in (one.index, one.old_end, one.new_start) if value is not None]


def _points(fitting: Sequence[Reading]) -> list[Reading]:
    """Return the readings between which to count: an estimated one gives way to a later real one.

    Before the first real reading the first estimated one is kept, since nothing else says where it began.
    """
    real = [one for one in fitting if not one.estimated]
    if not real:
        return list(fitting)
    early = [one for one in fitting if one.on < real[0].on][:1]
    return early + real + [one for one in fitting if one.on > real[-1].on]


def _longest(points: Sequence[Reading], changes: Sequence[Reading], limit: Decimal) -> tuple[Reading, ...]:
    """Return the longest run of readings that agree with each other; of two as long, the earlier."""
    best: list[tuple[int, int | None]] = []
    for rank, one in enumerate(points):
        weight, source = 0, None
        for earlier in range(rank):
            if best[earlier][0] > weight and _pieces(points[earlier], one, changes, limit) is not None:
                weight, source = best[earlier][0], earlier
        best.append((weight + (1 if one.estimated else _REAL), source))
    if not best:
        return ()
    last: int | None = max(range(len(best)), key=lambda rank: (best[rank][0], -rank))
    found: list[Reading] = []
    while last is not None:
        found.append(points[last])
        last = best[last][1]
    return tuple(reversed(found))


def _against(one: Reading, kept: Sequence[Reading]) -> Reading | None:
    before = [other for other in kept if other.on < one.on]
    return before[-1] if before else (kept[0] if kept else None)


def _pieces(
    before: Reading, after: Reading, changes: Sequence[Reading], limit: Decimal
) -> list[_Piece] | None:
    """Return what was used between two readings, meter by meter; None when they contradict each other."""
    found, value = [], before.index
    for change in (one for one in changes if before.on < one.on <= after.on):
        used = None if change.old_end is None else _advance(value, change.old_end, limit)
        if used is None and change.old_end is not None:
            return None
        found.append(_Piece(change.changed_on, used))
        value = change.new_start or Decimal(0)
    rolled = after.change == ROLLED
    last = _advance(value, after.index, limit, rolled=rolled)
    return None if last is None else [*found, _Piece(after.on, last)]


def _advance(start: Decimal, end: Decimal, limit: Decimal, *, rolled: bool = False) -> Fraction | None:
    """Return what a dial counted from one index to another; None for a fall that nothing explains."""
    if end >= start and not rolled:
        return Fraction(end - start)
    past_zero = end + limit - start
    return Fraction(past_zero) if rolled or past_zero * _ROLLOVER_PART <= limit else None


def _between(before: Reading, after: Reading, changes: Sequence[Reading], limit: Decimal) -> list[Stretch]:
    """Return the stretches between two readings; a change of an unknown day splits nothing."""
    found: list[Stretch] = []
    first, waiting = before.on, list[Fraction | None]()
    estimated = before.estimated or after.estimated
    *changed, last = _pieces(before, after, changes, limit) or [_Piece(after.on, None)]
    for piece in changed:
        waiting.append(piece.quantity)
        if piece.until is not None and first < piece.until < after.on:
            found.append(Stretch(first, piece.until, _sum(waiting), estimated))
            first, waiting = piece.until, []
    return [*found, Stretch(first, after.on, _sum([*waiting, last.quantity]), estimated)]


def _sum(quantities: Sequence[Fraction | None]) -> Fraction | None:
    known = [one for one in quantities if one is not None]
    return sum(known, Fraction(0)) if len(known) == len(quantities) else None
