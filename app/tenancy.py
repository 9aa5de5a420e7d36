"""The territory being served: a context variable that every read and write goes through."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID


class NoTerritory(RuntimeError):
    """Scoped data were touched while no territory was being served: a programming error."""


class Unscoped:
    """Marks a block that may read across territories, and says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


UNSCOPED_REASONS: Final = frozenset({"login", "token", "due_work", "feed", "maintenance", "offers"})
"""Why a read may cross territories; each has a test in ``tests/architecture/test_isolation.py``."""

_current: ContextVar[UUID | Unscoped | None] = ContextVar("relais_territory", default=None)


def current() -> UUID | Unscoped:
    """Return the territory served, or the mark of an unscoped block.

    Raises:
        NoTerritory: neither was entered.
    """
    scope = _current.get()
    if scope is None:
        raise NoTerritory("enter tenancy.serving(territory_id) first")
    return scope


def current_id() -> UUID:
    """Return the id of the territory served; an unscoped block is not enough.

    Raises:
        NoTerritory: no territory is being served.
    """
    scope = current()
    if isinstance(scope, Unscoped):
        raise NoTerritory(f"an unscoped block ({scope.reason}) serves no territory")
    return scope


def scope_or_none() -> UUID | Unscoped | None:
    """Return what is being served, None outside any block."""
    return _current.get()


@contextmanager
def serving(territory_id: UUID) -> Iterator[None]:
    """Serve one territory for the time of the block."""
    token = _current.set(territory_id)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Read across territories, for one of ``UNSCOPED_REASONS``.

    Raises:
        ValueError: the reason is not on the list.
    """
    if reason not in UNSCOPED_REASONS:
        raise ValueError(f"{reason} is no known reason to read across territories")
    token = _current.set(Unscoped(reason))
    try:
        yield
    finally:
        _current.reset(token)
