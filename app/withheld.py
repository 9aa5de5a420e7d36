"""What is written again from the past sends nothing: every seam by which something leaves asks here first.

A context variable, as the clock's travel is. While something is withheld, messages, notices and documents are
not written at all, and work for later is kept in memory for whoever withholds it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Withheld:
    """What would have left: how many of each kind, and the jobs by name with their ids, in order.

    ``mark`` is added to every line of the journal written meanwhile: it says that it was written afterwards.
    """

    mark: Mapping[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    jobs: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


_withheld: ContextVar[Withheld | None] = ContextVar("relais_withheld", default=None)


@contextmanager
def everything(mark: Mapping[str, str] | None = None) -> Iterator[Withheld]:
    """Send nothing for the time of the block; what would have left is counted."""
    kept = Withheld(mark or {})
    token = _withheld.set(kept)
    try:
        yield kept
    finally:
        _withheld.reset(token)


def note(kind: str) -> bool:
    """Say whether what is about to leave must not; it is then counted."""
    kept = _withheld.get()
    if kept is None:
        return False
    kept.kinds[kind] += 1
    return True


def note_job(name: str, ids: Mapping[str, str]) -> bool:
    """Say whether a job must not be written; it is then kept for whoever withholds."""
    kept = _withheld.get()
    if kept is None:
        return False
    kept.jobs.append((name, ids))
    return True


def mark() -> Mapping[str, str]:
    """Return what the lines of the journal written now say besides."""
    kept = _withheld.get()
    return kept.mark if kept is not None else {}
