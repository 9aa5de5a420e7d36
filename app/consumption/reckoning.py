"""What a fluid saved: what was used against what would have been, on the same days and at the same prices.

What would have been used is that of the baseline: its part that follows the weather by degree days, the rest
by days. Nothing is said of a day on which one of the figures is missing (BAT-7, BAT-8).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from app.consumption.figures import Figures, days, month_days, months, spans
from app.consumption.readings import Stretch
from app.consumption.reference import Reference, reference_of
from app.consumption.sheets import (
    DOUBTED,
    ESTIMATED,
    HOLE,
    NO_BASELINE,
    NO_COEFFICIENT,
    NO_PRICE,
    NO_READING,
    NO_WEATHER,
    SHORT_BASELINE,
    Compared,
    Part,
    Reason,
    Sheet,
    Use,
)

_FIRST_OF_ALL: Final = date.min


def compare(sheet: Sheet, first: date, until: date) -> Compared:
    """Return what a fluid used and would have used between two days."""
    if not any(use.stretches or use.bills for use in sheet.uses):
        return Compared(sheet.fluid, sheet.measure)
    base = _base(sheet)
    reasons = list(_doubts(sheet, first, until))
    fault = _base_fault(sheet, base)
    if fault is not None:
        return Compared(sheet.fluid, sheet.measure, (), (Reason(fault, sheet.fluid), *reasons))
    parts: list[Part] = []
    for start, end in spans(first, until, set(_cuts(sheet, base, first, until))):
        found = _part(sheet, base, start, end)
        if isinstance(found, Part):
            parts.append(found)
        elif found is not None:
            reasons.append(found)
    if not parts and not reasons:
        reasons.append(Reason(NO_READING, sheet.fluid))
    if any(part.estimated for part in parts):
        reasons.append(Reason(ESTIMATED, sheet.fluid))
    return Compared(sheet.fluid, sheet.measure, tuple(parts), tuple(_joined(reasons)))


def _base(sheet: Sheet) -> dict[str, Reference]:
    """Return the baseline of each dial that has one, by dial; bills of one option only, the last."""
    billed = [use for use in sheet.uses if use.bills]
    last = max(billed, key=lambda use: max(bill.last for bill in use.bills), default=None)
    found = {
        use.dial: reference_of(use.bills, sheet.degree_days, use.coefficient)
        for use in billed
        if last is not None and use.option == last.option
    }
    return {dial: reference for dial, reference in found.items() if reference is not None}


def _base_fault(sheet: Sheet, base: dict[str, Reference]) -> str | None:
    if not base:
        return NO_BASELINE
    options = {use.option for use in sheet.uses if use.dial in base}
    lacking = [use for use in sheet.uses if use.option in options and use.stretches and use.dial not in base]
    if lacking:
        return NO_BASELINE
    if any(one.heating and one.days < sheet.shortest for one in base.values()):
        return SHORT_BASELINE
    if any(one.heating and not one.degrees for one in base.values()):
        return NO_WEATHER
    return None


def _doubts(sheet: Sheet, first: date, until: date) -> Iterator[Reason]:
    for use in sheet.uses:
        for doubt in use.read.doubts:
            if first <= doubt.reading.on <= until:
                yield Reason(DOUBTED, sheet.fluid, use.dial, doubt.reading.on, doubt.reading.on)


def _cuts(sheet: Sheet, base: dict[str, Reference], first: date, until: date) -> Iterator[date]:
    """Yield the days on which something changes: a reading, a month, a price, a coefficient."""
    yield from months(first, until)
    for use in sheet.uses:
        for stretch in use.stretches:
            yield from (stretch.first, stretch.until)
        for figures in (use.price, use.standing, use.coefficient):
            if figures is not None:
                yield from figures.changes(first, until)
    if sheet.degree_days is not None and any(one.heating for one in base.values()):
        yield from _where_known(sheet.degree_days, first, until)


def _where_known(figures: Figures, first: date, until: date) -> Iterator[date]:
    """Yield the days on which degree days begin or cease to be known."""
    known: bool | None = None
    for day in days(first, until):
        now = figures.at(day) is not None
        if known is not None and now != known:
            yield day
        known = now


def _part(sheet: Sheet, base: dict[str, Reference], first: date, until: date) -> Part | Reason | None:
    """Return what is known of days alike; None outside the readings, a reason in a hole."""
    read = _read_on(sheet, first)
    if read is None:
        return _hole(sheet, first, until)
    profile = _profile(sheet, base)
    expected = expected_cost = used = cost = Fraction(0)
    for use in sheet.uses:
        if use.dial in base:
            share = base[use.dial].share(first, until, sheet.degree_days)
            if share is None:
                return Reason(NO_WEATHER, sheet.fluid, "", first, until)
            amount = _valued(use, base[use.dial].quantity * share, first, until, base[use.dial].converted)
            if isinstance(amount, str):
                return Reason(amount, sheet.fluid, use.dial, first, until)
            expected, expected_cost = expected + amount[0], expected_cost + amount[1]
    for use, stretch in read:
        quantity = shared(stretch, first, until, profile, sheet.degree_days)
        if quantity is None:
            return Reason(NO_WEATHER, sheet.fluid, "", first, until)
        amount = _valued(use, quantity, first, until, converted=False)
        if isinstance(amount, str):
            return Reason(amount, sheet.fluid, use.dial, first, until)
        used, cost = used + amount[0], cost + amount[1]
    estimated = any(stretch.estimated for _, stretch in read)
    return Part(first, until, used, expected, cost, expected_cost, estimated)


def _profile(sheet: Sheet, base: dict[str, Reference]) -> Reference | None:
    """Return the baseline whose course of a year shares a quantity out between its days."""
    return next((base[use.dial] for use in sheet.uses if use.dial in base), None)


def _read_on(sheet: Sheet, day: date) -> list[tuple[Use, Stretch]] | None:
    """Return the stretches that cover a day, one a dial of the option then in use; None when one lacks."""
    options: dict[str, list[Use]] = {}
    for use in sheet.uses:
        if use.stretches or use.bills:
            options.setdefault(use.option, []).append(use)
    began = sorted(options.values(), key=_began, reverse=True)
    for uses in began:
        found = [(use, _covering(use.stretches, day)) for use in uses]
        complete = [(use, one) for use, one in found if one is not None and one.quantity is not None]
        if len(complete) == len(uses):
            return complete
    return None


def _began(uses: Sequence[Use]) -> date:
    return max((use.stretches[0].first for use in uses if use.stretches), default=_FIRST_OF_ALL)


def _covering(stretches: Iterable[Stretch], day: date) -> Stretch | None:
    return next((one for one in stretches if one.first <= day < one.until), None)


def _hole(sheet: Sheet, first: date, until: date) -> Reason | None:
    """Return the hole in which a day stands, None before the first reading and after the last."""
    read = [one for use in sheet.uses for one in use.stretches]
    if not read or not min(one.first for one in read) <= first < max(one.until for one in read):
        return None
    return Reason(HOLE, sheet.fluid, "", first, until)


def shared(
    stretch: Stretch, first: date, until: date, profile: Reference | None, weather: Figures | None
) -> Fraction | None:
    """Return the part of a stretch used between two of its days: by its course of a year, else by days."""
    if stretch.quantity is None:
        return None
    if profile is None:
        return stretch.quantity * (until - first).days / (stretch.until - stretch.first).days
    part, whole = (
        profile.share(begin, end, weather) for begin, end in ((first, until), (stretch.first, stretch.until))
    )
    if part is None or whole is None:
        return None
    return stretch.quantity * part / whole if whole else Fraction(0)


def measured(sheet: Sheet, first: date, until: date) -> Fraction | None:
    """Return what was used between two days in the fluid's unit, None where a day lacks."""
    total = Fraction(0)
    for start, end in spans(first, until, set(_cuts(sheet, {}, first, until))):
        read = _read_on(sheet, start)
        if read is None:
            return None
        for use, stretch in read:
            quantity = shared(stretch, start, end, None, None)
            if quantity is None:
                return None
            factor = use.coefficient.at(start) if use.coefficient is not None else 1
            if factor is None:
                return None
            total += quantity * Fraction(factor)
    return total


def _valued(
    use: Use, quantity: Fraction, first: date, until: date, converted: bool
) -> tuple[Fraction, Fraction] | str:
    """Return a quantity in the fluid's unit and its euros; what is missing when it cannot be told."""
    if use.coefficient is not None and not converted:
        coefficient = use.coefficient.at(first)
        if coefficient is None:
            return NO_COEFFICIENT
        quantity *= Fraction(coefficient)
    euros = Fraction(0)
    if use.price is not None:
        price = use.price.at(first)
        if price is None:
            return NO_PRICE
        euros += quantity * Fraction(price)
    if use.standing is not None:
        standing = use.standing.at(first)
        if standing is None:
            return NO_PRICE
        euros += Fraction(standing) * (until - first).days / month_days(first)
    return quantity, euros


def _joined(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """Yield the reasons, those of days that follow each other in one."""
    waiting: Reason | None = None
    for one in reasons:
        same = waiting is not None and (one.kind, one.dial) == (waiting.kind, waiting.dial)
        if waiting is not None and same and one.first is not None and waiting.until == one.first:
            waiting = Reason(one.kind, one.fluid, one.dial, waiting.first, one.until)
            continue
        if waiting is not None:
            yield waiting
        waiting = one
    if waiting is not None:
        yield waiting
