"""From what happened to a case to what each indicator counts of it: dated by month, without identity.

An indicator's expressions are read over the fact counted (its own answers, ``orientation``, ``etape``…) and
over the case as it stands: its facts, the latest answers of its forms. A value that cannot be read is absent:
the fact then counts under « non renseigné », and a condition that cannot be judged does not hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from app import clock
from app.catalog.indicator_facts import CASE, SETTINGS
from app.catalog.indicators import Dimension, Indicator, Indicators
from app.database import seal_text
from app.expressions import ExpressionError, evaluate
from app.models import Submission
from app.services import indicators_facts, views
from app.services.indicators_facts import Fact
from app.services.indicators_subjects import Subject
from app.services.releases import LoadedRelease

UNKNOWN: Final = ""
"""The value of a dimension that a fact does not say."""
Functions = Mapping[str, Any]


@dataclass(frozen=True)
class Contribution:
    """One fact as an indicator counts it.

    ``month`` and ``until`` are first days of months: where it begins and, for what lasts, where it ended
    (None: still going on). ``unit`` tells one household from another within the indicator, empty where there
    is none; ``amount`` is what is added up, ``holds`` whether the condition of a rate is met, ``keys`` the
    values of each dimension, ``distinct`` a sealed digest of what is counted once.
    """

    month: date
    until: date | None
    unit: str
    holds: bool
    amount: Decimal | None
    keys: Mapping[str, tuple[str, ...]]
    distinct: str | None


class Names(Mapping[str, Any]):
    """What the expressions of one fact read; read when asked for."""

    def __init__(self, told: "Told", fact: Fact) -> None:
        self._told = told
        self._fact = fact

    def __getitem__(self, key: str) -> Any:
        if key in self._fact.names:
            return self._fact.names[key]
        if key == CASE:
            return self._told.case
        if key == SETTINGS:
            return dict(self._told.release.settings.rules)
        return self._told.answers(self._fact.scope)[key]

    def __contains__(self, key: object) -> bool:
        return key in self._fact.names or key in (CASE, SETTINGS) or key in self._told.release.forms

    def __iter__(self) -> Iterator[str]:
        return iter({*self._fact.names, CASE, SETTINGS, *self._told.release.forms})

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Told:
    """One subject as expressions read it; answers are laid one over the other once a branch."""

    def __init__(self, subject: Subject, release: LoadedRelease) -> None:
        self.subject = subject
        self.release = release
        self._answers: dict[str | None, dict[str, dict[str, Any]]] = {}

    @cached_property
    def case(self) -> dict[str, Any]:
        """Facts of the case; nothing for what belongs to no case."""
        return indicators_facts.case_facts(self.subject)

    def answers(self, scope: str | None) -> dict[str, dict[str, Any]]:
        """Return the answers that hold, of the case and over them of a branch."""
        if scope not in self._answers:
            latest: list[Submission] = self.subject.submissions
            self._answers[scope] = views.current_answers(latest, self.release, scope)
        return self._answers[scope]


class Counter:
    """Counts subjects by the indicators of a release."""

    def __init__(self, release: LoadedRelease, wanted: Indicators, functions: Functions) -> None:
        self.release = release
        self.wanted = wanted
        self.functions = functions

    @cached_property
    def facts(self) -> frozenset[str]:
        """The kinds of fact that must be read."""
        asked = {one.fact.id for one in self.wanted.all if not one.derived}
        timed = any(one.measure == "duree" for one in self.wanted.all)
        return frozenset(asked | ({"durees"} if timed else set()))

    def of(self, subject: Subject) -> Iterator[tuple[Indicator, Contribution]]:
        """Yield what each indicator counts of a subject; of an erased case, only what outlives it.

        The rest was kept when it was erased (``indicators.freeze``) and is counted from there.
        """
        told = Told(subject, self.release)
        erased = subject.case is not None and subject.case.erased_at is not None
        for one in self.wanted.all:
            if not one.derived and (not erased or one.fact.outlives):
                yield from ((one, counted) for counted in self._counted(one, told))

    def _counted(self, one: Indicator, told: Told) -> Iterator[Contribution]:
        for fact in indicators_facts.facts_of(one, told.subject, self.release):
            found = self._contribution(one, Names(told, fact), fact, told.subject)
            if found is not None:
                yield found

    def _contribution(
        self, one: Indicator, names: Names, fact: Fact, subject: Subject
    ) -> Contribution | None:
        limit = one.among if one.measure == "taux" else one.condition
        if limit is not None and not self._holds(limit, names):
            return None
        begun = fact.at if one.date is None else day_of(self._value(one.date, names))
        if begun is None:
            return None
        amount = fact.amount if one.measure == "duree" else number_of(self._value(one.value, names))
        if amount is None and one.measure in ("somme", "moyenne", "mediane", "duree"):
            return None
        distinct = _texts(self._value(one.distinct, names)) if one.distinct else ()
        if one.distinct and not distinct:
            return None
        return Contribution(
            month=begun.replace(day=1),
            until=fact.until.replace(day=1) if fact.until and one.when != "debut" else None,
            unit=str(subject.case.id) if subject.case is not None else fact.unit,
            holds=one.condition is None or one.measure != "taux" or self._holds(one.condition, names),
            amount=amount,
            keys={key: self._keys(self.wanted.dimensions[key], names) for key in self._dimensions(one)},
            distinct=seal_text(f"{one.id}:{distinct[0]}") if distinct else None,
        )

    def _dimensions(self, one: Indicator) -> list[str]:
        return list(dict.fromkeys((*one.by, *(item.id for item in self.wanted.filters))))

    def _keys(self, dimension: Dimension, names: Names) -> tuple[str, ...]:
        return keys_of(dimension, self._value(dimension.value, names))

    def _value(self, text: str | None, names: Names) -> Any:
        return value_of(text, names, self.functions)

    def _holds(self, text: str, names: Names) -> bool:
        return self._value(text, names) is True


def value_of(text: str | None, names: Names, functions: Functions) -> Any:
    """Return what an expression says of a fact, None when it cannot be read."""
    if text is None:
        return None
    try:
        return evaluate(text, names, functions, lenient=True)
    except ExpressionError:
        return None


def keys_of(dimension: Dimension, value: object) -> tuple[str, ...]:
    """Return the values of a dimension that an answer counts under, ``UNKNOWN`` when it says none."""
    if dimension.bands:
        number = number_of(value)
        return (band(number, dimension),) if number is not None else (UNKNOWN,)
    return tuple(dict.fromkeys(_texts(value))) or (UNKNOWN,)


def band(number: Decimal, dimension: Dimension) -> str:
    """Return the bracket of a number, as the place of its lower bound: « 0 » is under the first."""
    return str(sum(1 for bound in dimension.bands if number >= bound))


def _texts(value: object) -> tuple[str, ...]:
    if value is None or value == "" or isinstance(value, Mapping):
        return ()
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(text for item in value for text in _texts(item))
    if isinstance(value, bool):
        return ("oui" if value else "non",)
    if isinstance(value, datetime):
        return (value.astimezone(clock.PARIS).date().isoformat(),)
    return (value.strip(),) if isinstance(value, str) and value.strip() else _written(value)


def _written(value: object) -> tuple[str, ...]:
    if isinstance(value, Decimal):
        return (f"{value.normalize():f}",)
    return (str(value),) if not isinstance(value, str) else ()


def number_of(value: object) -> Decimal | None:
    """Return a number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def day_of(value: object) -> date | None:
    """Return the day in Paris of a date or an instant, None for anything else."""
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).date()
    return value if isinstance(value, date) else None
