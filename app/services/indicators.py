"""What a programme gave: its indicators over a period, and the cases behind each (AST-12).

``compute`` shows figures to a person, ``behind`` the cases a figure counts, ``figures`` gives bare figures to
a report, ``freeze`` keeps what a case counts when it is erased. Definitions are those of the newest release.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app import clock, perimeter, tenancy
from app.catalog.indicators import Dimension, Indicator
from app.database import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.expressions import designer_functions
from app.ids import new_id
from app.models import IndicatorFact, Territory
from app.services import indicators_aside, indicators_subjects, indicators_view, journal, releases
from app.services.actors import Actor
from app.services.indicators_figures import Figure, drawn_by, figure
from app.services.indicators_periods import Period
from app.services.indicators_rows import Contribution, Counter
from app.services.indicators_sums import (
    TOTAL,
    Counted,
    Sums,
    kept,
    stands_in,
)
from app.services.releases import LoadedRelease

SEE: Final = "indicateurs.voir"
MOST_BEHIND: Final = 2_000
"""Cases listed behind a figure."""
Filters = Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """What a person sees: ``at`` says when it was counted aside (None: now); ``pending``: not counted yet.

    ``withheld`` is how many indicators draw on classes that this person does not read.
    """

    period: Period
    figures: tuple[Figure, ...]
    at: datetime | None
    pending: bool
    withheld: int


@dataclass(frozen=True)
class Behind:
    """A case that a figure counts: how often, and whether it meets the condition of a rate."""

    case_id: UUID
    reference: str
    commune: str | None
    opened_at: datetime
    status: str
    times: int
    holds: bool


def compute(actor: Actor, period: Period, filters: Filters | None = None) -> Shown:
    """Return the indicators that ``actor`` may see over a period, each with the period before.

    Those of a person limited to a structure count its cases alone. A large territory is counted aside:
    ``pending`` until it has been, then ``at`` says when. A figure of the class ``secret`` is journalled.

    Args:
        filters: the value wanted of each dimension offered as a filter.

    Raises:
        Forbidden: the role has no right to indicators, or does not read what a filter draws on.
        Invalid: a filter that the programme does not offer.
    """
    if not actor.rights.may(SEE):
        raise Forbidden
    release = releases.current()
    chosen = checked(filters or {}, release)
    if chosen.keys() - {one.id for one in visible_filters(actor)}:
        raise Forbidden
    seen = [one for one in release.bundle.indicators.all if visible(one, release, actor)]
    withheld = len(release.bundle.indicators.all) - len(seen)
    found = indicators_aside.counted(period, chosen, limited=perimeter.narrowed())
    if found is None:
        return Shown(period, (), None, pending=True, withheld=withheld)
    words = indicators_view.words(release)
    figures = tuple(figure(one, actor, found, period, words) for one in seen)
    _note_secrets(figures, release, actor)
    return Shown(period, figures, found.at, pending=False, withheld=withheld)


def checked(filters: Filters, release: LoadedRelease) -> dict[str, str]:
    """Return the filters that were chosen, refused when the programme does not offer one."""
    offered = {one.id for one in release.bundle.indicators.filters}
    unknown = sorted(set(filters) - offered)
    if unknown:
        raise Invalid({unknown[0]: ["Ce filtre n'existe plus. Choisissez-en un de la liste."]})
    return dict(filters)


def visible(one: Indicator, release: LoadedRelease, actor: Actor) -> bool:
    """Whether a person reads the classes that a figure draws on."""
    return indicators_view.may_see(indicators_view.of_indicator(one, release), actor.rights.read)


def visible_filters(actor: Actor) -> tuple[Dimension, ...]:
    """Return the filters that this person may use."""
    release = releases.current()
    return tuple(
        one
        for one in release.bundle.indicators.filters
        if indicators_view.may_see(indicators_view.of_dimension(one, release), actor.rights.read)
    )


def _note_secrets(figures: tuple[Figure, ...], release: LoadedRelease, actor: Actor) -> None:
    """Write in the journal that figures drawn from secret answers were shown (LAW-8)."""
    secret = [one.indicator.id for one in figures if "secret" in drawn_by(one, release)]
    if secret:
        with transaction():
            journal.write(
                "indicateurs.lus",
                actor=actor.name,
                user_id=actor.user_id,
                details={"indicateurs": secret, "classes": ["secret"]},
            )


def behind(
    actor: Actor, ident: str, period: Period, filters: Filters | None = None, *, cell: tuple[str, str] = TOTAL
) -> list[Behind]:
    """Return the cases that a figure counts, the newest first, for somebody who may see cases.

    Args:
        cell: a dimension and one of its values; without it, the whole figure.

    Raises:
        NotFound: no such indicator or breakdown, a quotient, which counts no case, or a figure whose cases
            this person may not see: the role sees no cases, or not the classes that the figure draws on.
    """
    release = releases.current()
    one = release.bundle.indicators.get(ident)
    if one is None or one.derived or (cell != TOTAL and cell[0] not in one.by):
        raise NotFound
    drawn = set(indicators_view.of_indicator(one, release))
    for name in {*checked(filters or {}, release), cell[0]} - {""}:
        drawn |= indicators_view.of_dimension(release.bundle.indicators.dimensions[name], release)
    allowed = actor.rights.may(SEE) and actor.rights.may("dossiers.voir")
    if not allowed or not drawn <= actor.rights.read:
        raise NotFound
    wanted = {**(filters or {}), **({cell[0]: cell[1]} if cell != TOTAL else {})}
    archives = actor.rights.may("archives.voir")
    found = list(_behind(one, period, wanted, release, archives=archives))
    _note_drawn(actor, ident, sorted(drawn), len(found))
    found.sort(key=lambda item: (item.opened_at, item.reference), reverse=True)
    return found[:MOST_BEHIND]


def _behind(
    one: Indicator, period: Period, wanted: Filters, release: LoadedRelease, *, archives: bool
) -> Iterator[Behind]:
    counter = counter_of(release, only=one.id)
    for subject in indicators_subjects.everything(counter.facts):
        case = subject.case
        if case is None or case.erased_at is not None or (case.archived_at is not None and not archives):
            continue
        facts = [
            fact
            for _, fact in counter.of(subject)
            if stands_in(one.when, fact, period) and kept(fact.keys, wanted)
        ]
        if facts:
            yield Behind(
                case.id, case.reference, case.dwelling.commune, case.opened_at, case.status, len(facts),
                any(fact.holds for fact in facts),
            )  # fmt: skip


def _note_drawn(actor: Actor, ident: str, classes: list[str], count: int) -> None:
    with transaction():
        journal.write(
            "indicateurs.dossiers",
            actor=actor.name,
            user_id=actor.user_id,
            subject=ident,
            details={"classes": classes, "dossiers": count},
        )


def counter_of(release: LoadedRelease, *, only: str | None = None) -> Counter:
    """Return what counts by the indicators of a release, or by one of them."""
    territory = db.session.get_one(Territory, tenancy.current_id())
    functions = designer_functions(clock.now(), releases.closing_days(territory))
    return indicators_aside.narrowed(release, functions, only)


def figures(period: Period, filters: Filters | None = None) -> Counted:
    """Return every figure of a period counted now, of every class: for a report, never for a page."""
    found = indicators_aside.take([Sums(releases.current().bundle.indicators, period, filters or {})])
    return found[0]


def freeze(case_id: UUID) -> int:
    """Keep what a case counts before it is erased, without identity; return how many facts were kept (LAW-5).

    Called by ``erasing.forget``, in the same transaction and before the case's rows go. From then on every
    indicator, of any past period, counts these facts as it counted the case, whose row (``erased_at``) is no
    longer counted. What stays after the erasure by itself (money engaged) is not kept twice; a case that has
    been erased already keeps nothing more.
    """
    counter = counter_of(releases.current())
    count = 0
    for subject in indicators_subjects.of_cases([case_id], counter.facts):
        units: dict[str, str] = {}
        for one, fact in counter.of(subject):
            if not one.fact.outlives:
                unit = units.setdefault(one.id, str(new_id())) if fact.unit else ""
                db.session.add(_kept(one, fact, unit))
                count += 1
    db.session.flush()
    return count


def _kept(one: Indicator, fact: Contribution, unit: str) -> IndicatorFact:
    return IndicatorFact(
        id=new_id(),
        indicator=one.id,
        month=fact.month,
        until=fact.until,
        unit=unit,
        holds=fact.holds,
        amount=str(fact.amount) if fact.amount is not None else None,
        keys={name: list(values) for name, values in fact.keys.items()},
        distinct_key=fact.distinct,
    )
