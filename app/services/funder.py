"""The account given to those who pay: one line a household, without anything that says who (MTP-6).

Lines are numbered anew for each account and stand in an order that tells nothing; the days are months. What
is erased is no longer listed, and the account says how many.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from app import clock, tenancy
from app.catalog.funder import CENT, Column, Funder, Payer, shared_out
from app.catalog.indicator_facts import COSTS
from app.database import db, seal_text, transaction
from app.errors import Forbidden, NotFound
from app.expressions import designer_functions
from app.models import Case, Territory
from app.services import indicators_subjects, indicators_view, journal, releases
from app.services.actors import Actor
from app.services.indicators_facts import Fact
from app.services.indicators_periods import Period
from app.services.indicators_rows import Functions, Names, Told, day_of, keys_of, number_of, value_of
from app.services.indicators_subjects import Subject
from app.services.indicators_view import Words
from app.services.releases import LoadedRelease

SEE: Final = "rapports.agir"
SHOWN: Final = 20
"""Lines shown on the page."""
_READ: Final = frozenset({"remises", "engagements"})
Value = str | Decimal | date | None


@dataclass(frozen=True)
class Line:
    """A household: the month that places it, the value of each column, what it cost in euros."""

    month: date
    values: tuple[Value, ...]
    cost: Decimal


@dataclass(frozen=True)
class Account:
    """The account over a period. ``withheld``: labels of the columns that the person may not read.

    ``shares`` are what each payer owes of ``total``; ``erased`` how many cases of the period are gone.
    """

    funder: Funder
    columns: tuple[Column, ...]
    lines: Sequence[Line]
    total: Decimal
    shares: Sequence[tuple[Payer, Decimal]]
    withheld: Sequence[str]
    erased: int

    @property
    def mean(self) -> Decimal | None:
        """What a household cost on the average, None when there is none."""
        return (self.total / len(self.lines)).quantize(CENT) if self.lines else None

    def sums(self) -> list[Decimal | None]:
        """Return what each column adds up to, None for one that holds no numbers."""
        return [
            _added(line.values[place] for line in self.lines) if column.numeric else None
            for place, column in enumerate(self.columns)
        ]


def _added(values: Iterable[Value]) -> Decimal:
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))


def offered() -> bool:
    """Whether the programme defines such an account."""
    return releases.current().bundle.indicators.funder is not None


def account(actor: Actor, period: Period) -> Account:
    """Return the account over a period of whole months.

    Raises:
        Forbidden: the role writes no reports, is limited to a structure, or does not read what the account is
            drawn from.
        NotFound: the programme defines none.
    """
    if actor.within is not None or not actor.rights.may(SEE):
        raise Forbidden
    release = releases.current()
    funder = release.bundle.indicators.funder
    if funder is None:
        raise NotFound
    core = [text for text in (funder.condition, funder.date, funder.cost) if text]
    if not all(_reads(actor, text, release) for text in core):
        raise Forbidden
    columns = tuple(one for one in funder.columns if _reads(actor, one.dimension.value, release))
    lines = _lines(funder, columns, release, period)
    total = sum((line.cost for line in lines), Decimal(0))
    return Account(
        funder=funder,
        columns=columns,
        lines=lines,
        total=total,
        shares=list(zip(funder.payers, shared_out(total, funder.payers), strict=True)),
        withheld=[one.dimension.label for one in funder.columns if one not in columns],
        erased=_erased(period),
    )


def export(actor: Actor, period: Period, *, kind: str) -> Account:
    """Return the account and write in the journal that it leaves; ``kind`` is ``xlsx`` or ``csv`` (LAW-8)."""
    found = account(actor, period)
    with transaction():
        journal.write(
            "export.financeur",
            actor=actor.name,
            user_id=actor.user_id,
            details={
                "genre": kind,
                "lignes": len(found.lines),
                "du": period.first.isoformat(),
                "au": period.last.isoformat(),
            },
        )
    return found


def _reads(actor: Actor, text: str, release: LoadedRelease) -> bool:
    return indicators_view.may_see(indicators_view.classes_of(text, release), actor.rights.read)


def _lines(funder: Funder, columns: Sequence[Column], release: LoadedRelease, period: Period) -> list[Line]:
    territory = db.session.get_one(Territory, tenancy.current_id())
    functions = designer_functions(clock.now(), releases.closing_days(territory))
    words = indicators_view.words(release)
    found = []
    for subject in indicators_subjects.everything(_READ, keep_reading=True):
        if subject.case is None or subject.case.erased_at is not None:
            continue
        names = _names(subject, release)
        day = day_of(value_of(funder.date, names, functions) if funder.date else subject.case.opened_at)
        if day is None or not period.first <= day <= period.last:
            continue
        if funder.condition is not None and value_of(funder.condition, names, functions) is not True:
            continue
        cost = number_of(value_of(funder.cost, names, functions)) or Decimal(0)
        values = tuple(_value(one, names, functions, words) for one in columns)
        line = Line(day.replace(day=1), values, cost.quantize(CENT))
        found.append((line.month, seal_text(f"financeur:{subject.case.id}"), line))
    return [line for _, _, line in sorted(found, key=lambda row: row[:2])]


def _names(subject: Subject, release: LoadedRelease) -> Names:
    spent = sum((row.amount - (row.released or 0) for row in subject.commitments), Decimal(0))
    costs = {"materiel": -sum((row.cost for row in subject.handed), Decimal(0)), "engagements": spent}
    return Names(Told(subject, release), Fact(None, names={COSTS: costs}))


def _value(column: Column, names: Names, functions: Functions, words: Words) -> Value:
    value = value_of(column.dimension.value, names, functions)
    if column.numeric:
        return number_of(value)
    if column.kind == "mois":
        day = day_of(value)
        return day.replace(day=1) if day is not None else None
    said = [words.of(column.dimension, key) for key in keys_of(column.dimension, value)]
    return ", ".join(said)


def _erased(period: Period) -> int:
    first, after = _midnight(period.first), _midnight(period.last + timedelta(days=1))
    query = select(func.count(Case.id)).where(
        Case.erased_at.is_not(None), Case.opened_at >= first, Case.opened_at < after
    )
    return db.session.scalar(query) or 0


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.PARIS)


def headers(found: Account) -> list[str]:
    """Return the names of the columns of the file."""
    cost = ["Coût (€)"] if found.funder.cost else []
    return ["N°", "Mois", *(one.dimension.label for one in found.columns), *cost]


def rows(found: Account) -> Iterator[list[Any]]:
    """Yield the lines of the file, as long as ``headers``."""
    for number, line in enumerate(found.lines, 1):
        cost = [line.cost] if found.funder.cost else []
        yield [number, line.month, *line.values, *cost]
