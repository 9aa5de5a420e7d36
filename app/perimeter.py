"""The perimeter being served: the structure whose cases alone are seen, and what each entity then shows.

A context variable, as the territory's is. Nobody is limited unless a perimeter is entered; whoever is limited
sees, of every entity, what its rule says: an entity without a rule shows nothing (docs/adr/0019).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, false, inspect, select, true
from sqlalchemy.orm import LoaderCriteriaOption, Session, with_loader_criteria

Kind = Literal["case", "through", "shared", "hidden"]
Condition = Callable[[Any], ColumnElement[bool]]

NOWHERE: Final = UUID(int=0)
"""The structure of a limited person who has none: no case is entrusted to it."""

LIFTED_REASONS: Final = frozenset({"step", "journal", "notices", "budget"})
"""Why everybody's cases may be read inside a limited person's request; each is tested."""

_within: ContextVar[UUID | None] = ContextVar("relais_perimeter", default=None)


@dataclass(frozen=True)
class Rule:
    """What a limited person sees of an entity.

    ``case``: the rows of cases entrusted to their structure; ``through``: those that hang on such a row;
    ``shared``: all of the territory (no row of it speaks of a case); ``hidden``: none.
    """

    kind: Kind
    condition: Condition


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


def shows(session: Session, row: Any) -> bool:
    """Whether the perimeter served shows this row, which may come from the session's memory."""
    if _within.get() is None or _rules.get(type(row)) is SHARED:
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


def current() -> UUID | None:
    """Return the structure whose cases alone are seen, None when nothing is limited."""
    return _within.get()


@contextmanager
def within(partner_id: UUID | None) -> Iterator[None]:
    """Show the cases entrusted to this structure alone for the time of the block; None: all of them."""
    token = _within.set(partner_id)
    try:
        yield
    finally:
        _within.reset(token)


@contextmanager
def lifted(reason: str) -> Iterator[None]:
    """Read everybody's cases inside a limited person's request, for one of ``LIFTED_REASONS``.

    Raises:
        ValueError: the reason is not on the list.
    """
    if reason not in LIFTED_REASONS:
        raise ValueError(f"{reason} is no known reason to lift a perimeter")
    with within(None):
        yield
