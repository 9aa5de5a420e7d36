"""Where ids come from: random, unless a run asks for its own source (a seeded run draws the same ones)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4

_source: ContextVar[Callable[[], UUID]] = ContextVar("relais_ids", default=uuid4)


def new_id() -> UUID:
    """Return the id of something being created."""
    return _source.get()()


@contextmanager
def drawn_from(source: Callable[[], UUID]) -> Iterator[None]:
    """Take every id from ``source`` for the time of the block."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


@contextmanager
def first_is(first: UUID | None) -> Iterator[None]:
    """Give ``first`` to the first thing created inside the block, then go on as before."""
    if first is None:
        yield
        return
    pending, usual = [first], _source.get()
    with drawn_from(lambda: pending.pop() if pending else usual()):
        yield
