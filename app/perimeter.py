"""The perimeter being served: the structure whose cases alone are seen, and what each entity then shows.

A context variable, as the territory's is. Nobody is limited unless a perimeter is entered; whoever is limited
sees, of every entity, what its rule says: an entity without a rule shows nothing (docs/adr/0019).

Beside it, the lanes by which the person served may be kept apart from a case: of such a case they see
nothing, of the others all (docs/adr/0032).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, Uuid, bindparam, false, inspect, select, true
from sqlalchemy.orm import LoaderCriteriaOption, Session, with_loader_criteria

Kind = Literal["case", "through", "shared", "hidden"]
Condition = Callable[[Any], ColumnElement[bool]]

NOWHERE: Final = UUID(int=0)
"""The structure of a limited person who has none: no case is entrusted to it."""

LIFTED_REASONS: Final = frozenset({"step", "journal", "notices", "budget"})
"""Why everybody's cases may be read inside a limited person's request; each is tested."""

_within: ContextVar[UUID | None] = ContextVar("relais_perimeter", default=None)


@dataclass(frozen=True)
class Apart:
    """The lanes by which somebody holds what they hold: when ``needed`` of them are kept apart, they are.

    ``needed`` is at least 1; most people hold one lane, kept apart when that one is.
    """

    lanes: frozenset[str]
    needed: int

    def hides(self, kept_apart: frozenset[str]) -> bool:
        """Whether a case from which these lanes are kept apart is hidden from this person."""
        return len(self.lanes & kept_apart) >= self.needed


_apart: ContextVar[Apart | None] = ContextVar("relais_apart", default=None)


@dataclass(frozen=True)
class Rule:
    """What a limited person sees of an entity.

    ``case``: the rows of cases entrusted to their structure; ``through``: those that hang on such a row;
    ``shared``: all of the territory (no row of it speaks of a case); ``hidden``: none. ``apart`` is what
    whoever is kept apart from some cases sees of it; None: what its foreign keys say
    (``app.models.apart_sight``).
    """

    kind: Kind
    condition: Condition
    apart: Condition | None = None


SHARED: Final = Rule("shared", lambda _entity: true())
HIDDEN: Final = Rule("hidden", lambda _entity: false())

_rules: dict[type, Rule] = {}


def classify(rule: Rule, *entities: type) -> None:
    """Say once what a limited person sees of these entities."""
    _rules.update(dict.fromkeys(entities, rule))


def rule_of(entity: type) -> Rule | None:
    """Return the rule of an entity, None when nobody gave it one."""
    return _rules.get(entity)


def seen(entity: Any) -> ColumnElement[bool]:
    """Return what a statement adds for an entity, or for an alias of it; nothing is seen without a rule."""
    found: Any = inspect(entity, raiseerr=False)
    mapped = found.mapper.class_ if found is not None else None
    return _rules[mapped].condition(entity) if mapped in _rules else false()


def apart_from(rules: Callable[[type], Condition]) -> None:
    """Say once how the rule of an entity is found for whoever is kept apart from some cases."""
    _kept["rule"] = rules


_kept: dict[str, Callable[[type], Condition]] = {}


def left(entity: Any) -> ColumnElement[bool]:
    """Return what a statement adds for an entity when the person served may be kept apart from cases."""
    found: Any = inspect(entity, raiseerr=False)
    return _kept["rule"](found.mapper.class_)(entity) if found is not None else false()


def keep_apart(root: type) -> LoaderCriteriaOption:
    """Return the option that leaves the cases out from which the person served is kept apart."""
    return with_loader_criteria(
        root,
        lambda entity: left(entity),  # noqa: PLW0108  # as in ``limit``
        include_aliases=True,
        propagate_to_loaders=False,
    )


def limit(root: type) -> LoaderCriteriaOption:
    """Return the option that limits a statement's entities derived from ``root``, each by its rule.

    It is not carried on to what its rows load later: that has its own moment, and its own perimeter.
    """
    return with_loader_criteria(
        root,
        lambda entity: seen(entity),  # noqa: PLW0108  # SQLAlchemy resolves a lambda anew for each entity
        include_aliases=True,
        propagate_to_loaders=False,
    )


def narrowing(root: type) -> Callable[[], list[LoaderCriteriaOption]]:
    """Return what gives a statement the options that the person served needs: none, for most."""
    within_one, kept = limit(root), keep_apart(root)

    def options() -> list[LoaderCriteriaOption]:
        found = [within_one] if _within.get() is not None else []
        return [*found, kept] if _apart.get() is not None else found

    return options


def shows(session: Session, row: Any) -> bool:
    """Whether the perimeter served shows this row, which may come from the session's memory."""
    if not narrowed() or _rules.get(type(row)) is SHARED:
        return True
    mapper = row.__mapper__
    keys = zip(mapper.primary_key, mapper.primary_key_from_instance(row), strict=True)
    own = (column == value for column, value in keys)
    return session.scalar(select(true()).select_from(mapper.class_).where(*own)) is not None


def structure() -> Any:
    """Return the structure being served as a parameter that is read when the statement runs.

    Compiled statements are thus shared by everybody; one that runs outside any perimeter finds nothing.
    """
    return bindparam("relais_perimeter", type_=Uuid(), callable_=lambda: _within.get() or NOWHERE)


def lanes() -> Any:
    """Return the lanes by which the person served may be kept apart, read when the statement runs."""
    return bindparam(
        "relais_apart_lanes",
        type_=String(),
        expanding=True,
        callable_=lambda: sorted(found.lanes) if (found := _apart.get()) is not None else [],
    )


def needed() -> Any:
    """Return how many of ``lanes`` must be kept apart for a case to be hidden."""
    return bindparam(
        "relais_apart_needed",
        type_=Integer(),
        callable_=lambda: found.needed if (found := _apart.get()) is not None else 1,
    )


def current() -> UUID | None:
    """Return the structure whose cases alone are seen, None when nothing is limited."""
    return _within.get()


def apart() -> Apart | None:
    """Return by what the person served may be kept apart from cases, None when nothing can."""
    return _apart.get()


def narrowed() -> bool:
    """Whether the person served may see less than every case: what is counted for all is not for them."""
    return _within.get() is not None or _apart.get() is not None


@contextmanager
def within(partner_id: UUID | None) -> Iterator[None]:
    """Show the cases entrusted to this structure alone for the time of the block; None: all of them."""
    token = _within.set(partner_id)
    try:
        yield
    finally:
        _within.reset(token)


@contextmanager
def kept_apart(by: Apart | None) -> Iterator[None]:
    """Leave out the cases from which these lanes are kept apart for the time of the block; None: none."""
    token = _apart.set(by)
    try:
        yield
    finally:
        _apart.reset(token)


@contextmanager
def lifted(reason: str) -> Iterator[None]:
    """Read everybody's cases inside a limited person's request, for one of ``LIFTED_REASONS``.

    Raises:
        ValueError: the reason is not on the list.
    """
    if reason not in LIFTED_REASONS:
        raise ValueError(f"{reason} is no known reason to lift a perimeter")
    with within(None), kept_apart(None):
        yield
