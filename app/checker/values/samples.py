"""One value for each way an input can matter: what the tests on it can tell apart, and nothing more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Final

from app.checker.values.domains import Domain

CERTAIN, POSSIBLE, CONCEIVABLE = 2, 1, 0
"""The value does occur; nothing says that it cannot; only a mistake elsewhere would bring it."""

_TRUTH: Final = (True, False)


class _Anything:
    """A value of which nothing is known; no test on it can be decided, save that it is not missing."""


ANYTHING: Final = _Anything()


@dataclass(frozen=True)
class Sample:
    """A value that stands for all those that the tests cannot tell from it.

    ``words`` follow the input's name in a sentence: « = "P1" », « > 14 », « sans réponse ».
    """

    value: object
    words: str
    likely: int = CERTAIN


@dataclass(frozen=True)
class Constants:
    """What an input is compared with; ``closing`` are the numbers and dates met only as interval bounds."""

    values: tuple[object, ...]
    closing: frozenset[object] = frozenset()

    @property
    def typed(self) -> tuple[object, ...]:
        """Those that tell what kind of value the input has."""
        return tuple(value for value in self.values if value is not None)


def is_plain(value: object) -> bool:
    """Whether a constant is of a kind that can be told apart: missing, yes or no, number, text, day."""
    return value is None or isinstance(value, bool | int | Decimal | str) or type(value) is date


def samples(domain: Domain, constants: Constants) -> list[Sample]:
    """Return at least one sample of each class of values of an input."""
    found = [*_texts(domain, constants), *_booleans(domain, constants)]
    found += [*_numbers(domain, constants), *_days(domain, constants)]
    if domain.family in {None, "other"}:
        only = domain.family == "other" or not constants.typed
        found.append(Sample(ANYTHING, "a une réponse" if only else "vaut autre chose", CERTAIN * only))
    if domain.absent is not False:
        named = domain.absent or None in constants.values
        found.append(Sample(None, "reste sans réponse", CERTAIN if named else POSSIBLE))
    return found


def _texts(domain: Domain, constants: Constants) -> Iterator[Sample]:
    named = list(dict.fromkeys(value for value in constants.values if isinstance(value, str)))
    if domain.family == "text" and domain.options is not None:
        yield from (Sample(option, f'= "{option}"') for option in domain.options)
        return
    if domain.family != "text" and (domain.family is not None or not named):
        return
    yield from (Sample(text, f'= "{text}"') for text in named)
    other = "autre"
    while other in named:
        other += "_"
    words = (
        "vaut autre chose que " + ", ".join(f'"{text}"' for text in named[:4]) if named else "a une réponse"
    )
    yield Sample(other, words, CERTAIN if domain.open or not named else POSSIBLE)


def _booleans(domain: Domain, constants: Constants) -> Iterator[Sample]:
    if domain.family == "boolean" or (
        domain.family is None and any(isinstance(value, bool) for value in constants.values)
    ):
        yield from (Sample(value, "= oui" if value else "= non") for value in _TRUTH)


def _numbers(domain: Domain, constants: Constants) -> Iterator[Sample]:
    values = list(_numeric(constants.values))
    if domain.family != "number" and (domain.family is not None or not values):
        return
    low, high = domain.low, domain.high
    cuts = sorted({Decimal(value) for value in (*values, low, high) if value is not None})
    closing = frozenset(Decimal(value) for value in _numeric(constants.closing))
    for sample, value in _line(cuts, domain, closing):
        if (low is None or value >= low) and (high is None or value <= high):
            yield sample


def _numeric(values: Iterable[object]) -> Iterator[int | Decimal]:
    return (value for value in values if isinstance(value, int | Decimal) and not isinstance(value, bool))


def _line(
    cuts: list[Decimal], domain: Domain, closing: frozenset[Decimal]
) -> Iterator[tuple[Sample, Decimal]]:
    """Points, and places between points, along the line of numbers; each with its value."""
    known, step = domain.family == "number", Decimal(domain.step or 1)
    if not cuts:
        yield Sample(Decimal(0), "a une réponse"), Decimal(0)
        return
    below, above = -_beyond(-cuts[0], step), _beyond(cuts[-1], step)
    sure = known or (below >= 0 and cuts[0] not in closing)
    yield Sample(below, f"< {written(cuts[0])}", CERTAIN if sure else POSSIBLE), below
    for cut in cuts:
        if domain.step is None or cut % step == 0:
            yield Sample(cut, f"= {written(cut)}"), cut
    for one, other in pairwise(cuts):
        inside, words = _beyond(one, step), f"est entre {written(one)} et {written(other)}"
        if inside < other:
            yield Sample(inside, words), inside
        elif domain.step is None:
            inside = (one + other) / 2
            yield Sample(inside, words, CONCEIVABLE), inside
    sure = known or cuts[-1] not in closing
    yield Sample(above, f"> {written(cuts[-1])}", CERTAIN if sure else POSSIBLE), above


def _beyond(cut: Decimal, step: Decimal) -> Decimal:
    """The first multiple of ``step`` above ``cut``."""
    return ((cut / step).to_integral_value(ROUND_FLOOR) + 1) * step


def _days(domain: Domain, constants: Constants) -> Iterator[Sample]:
    cuts = sorted({value for value in constants.values if isinstance(value, date)})
    if domain.family != "date" and (domain.family is not None or not cuts):
        return
    if not cuts:
        yield Sample(date(2000, 1, 1), "a une réponse")
        return
    if cuts[0] > date.min:
        yield Sample(_day(cuts[0], -1), f"vient avant le {written(cuts[0])}")
    yield from (Sample(cut, f"= {written(cut)}") for cut in cuts)
    for one, other in pairwise(cuts):
        if _day(one, 1) < other:
            yield Sample(_day(one, 1), f"est entre le {written(one)} et le {written(other)}")
    if cuts[-1] < date.max:
        yield Sample(_day(cuts[-1], 1), f"vient après le {written(cuts[-1])}")


def _day(day: date, further: int) -> date:
    return date.fromordinal(day.toordinal() + further)


def written(value: Decimal | date) -> str:
    """A number or a day as people write it."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return f"{value.normalize():f}".replace(".", ",")
