"""What an envelope will have served, month by month, if what runs goes on: to its end and beyond (AST-11).

A measure that begins late outlives the agreement: its months after the end are carried over to the next one.
Each month is the difference of two cumulated amounts: the months always add up to the whole, to the cent.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from app.catalog.service_done import engaged_amount, last_day, served_amount
from app.models import Commitment, Envelope
from app.services import envelopes

_NOTHING = Decimal("0.00")
_LONGEST = 120
"""Months that a table shows at most: ten years."""


@dataclass(frozen=True)
class Month:
    """One calendar month: what was engaged and what is served in it, and in all since the beginning.

    ``to_come``: its last day is after the day of the forecast; ``beyond``: it begins after the end.
    """

    first: date
    engaged: Decimal
    served: Decimal
    served_so_far: Decimal
    to_come: bool
    beyond: bool


@dataclass(frozen=True)
class Carried:
    """A commitment that outlives its envelope, and what of it is served after the end."""

    commitment_id: UUID
    case_id: UUID | None
    last_on: date
    amount: Decimal


@dataclass(frozen=True)
class Forecast:
    """The months of an envelope as foreseen on a day.

    ``served_by_end`` is what will be served at its last day, ``carried`` what after it, ``unscheduled`` what
    is engaged and served only when somebody notes it.
    """

    on: date
    ends_on: date | None
    months: Sequence[Month]
    served_by_end: Decimal
    carried: Sequence[Carried]
    unscheduled: Decimal

    @property
    def carried_over(self) -> Decimal:
        """What is carried over to the next agreement."""
        return sum((one.amount for one in self.carried), _NOTHING)


def of_envelope(envelope: Envelope, on: date) -> Forecast:
    """Return the forecast of one envelope as it is known on a day."""
    rows = envelopes.commitments(envelope.id, on)
    last = max((last_day(row) or row.engaged_on for row in rows), default=on)
    end = envelope.ends_on
    months = tuple(_months(rows, envelope, on, max(last, end or on)))
    carried = [_carried(row, end) for row in rows] if end is not None else []
    return Forecast(
        on=on,
        ends_on=end,
        months=months,
        served_by_end=sum((served_amount(row, end or date.max) for row in rows), _NOTHING)
        if end is not None
        else sum((_at_last(row) for row in rows), _NOTHING),
        carried=[one for one in carried if one is not None],
        unscheduled=sum(
            (engaged_amount(row, on) - served_amount(row, on) for row in rows if _unscheduled(row)), _NOTHING
        ),
    )


def _months(rows: Sequence[Commitment], envelope: Envelope, on: date, last: date) -> Iterator[Month]:
    first, before, number = envelope.starts_on.replace(day=1), _NOTHING, 0
    while first <= last and number < _LONGEST:
        end = first.replace(day=monthrange(first.year, first.month)[1])
        so_far = sum((served_amount(row, end) for row in rows), _NOTHING)
        yield Month(
            first=first,
            engaged=sum((row.amount for row in rows if first <= row.engaged_on <= end), _NOTHING)
            - sum((row.released for row in rows if row.ended_on and first <= row.ended_on <= end), _NOTHING),
            served=so_far - before,
            served_so_far=so_far,
            to_come=end > on,
            beyond=envelope.ends_on is not None and first > envelope.ends_on,
        )
        first, before, number = end + timedelta(days=1), so_far, number + 1


def _carried(row: Commitment, end: date) -> Carried | None:
    whole = _at_last(row)
    amount = whole - served_amount(row, end)
    last = row.ended_on or last_day(row)
    if last is None or last <= end or not amount:
        return None
    return Carried(row.id, row.case_id, last, amount)


def _at_last(row: Commitment) -> Decimal:
    last = row.ended_on or last_day(row)
    return served_amount(row, last) if last is not None else served_amount(row, row.engaged_on.max)


def _unscheduled(row: Commitment) -> bool:
    return row.ended_on is None and last_day(row) is None
