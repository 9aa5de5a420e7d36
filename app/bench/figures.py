"""Percentiles of what was timed, and what a statement counter saw."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

Percentiles = dict[str, float]
"""``{"p50": …, "p95": …}``, in milliseconds."""


def percentiles(milliseconds: Sequence[float]) -> Percentiles:
    """Return the median and the 95th percentile of at least two times."""
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2)}


def ratio(ours: Percentiles, floor: Percentiles) -> Percentiles:
    """Return how many times the floor ours takes, percentile by percentile."""
    return {name: round(ours[name] / floor[name], 2) for name in ours}


@dataclass
class Counter:
    """Statements of the reads and of the write transactions, transactions opened, commits."""

    read: int = 0
    write: int = 0
    reading: int = 0
    writing: int = 0
    commits: int = 0
    texts: list[str] = field(default_factory=list)

    def per(self, operations: int) -> dict[str, float]:
        """Return the means for one operation."""
        counts = {
            "instructions_lecture": self.read,
            "instructions_ecriture": self.write,
            "transactions_lecture": self.reading,
            "transactions_ecriture": self.writing,
            "validations": self.commits,
        }
        return {name: round(count / operations, 1) for name, count in counts.items()}


@contextmanager
def counting(engine: Engine, counter: Counter | None = None) -> Iterator[Counter]:
    """Count what goes to the database during the block, on top of ``counter``; ``BEGIN`` is no statement."""
    counter = counter or Counter()

    def began(connection: Connection) -> None:
        writes = bool(connection.get_execution_options().get("write"))
        connection.info["bench_writes"] = writes
        counter.writing += writes
        counter.reading += not writes

    def executed(connection: Connection, _cursor: Any, text: str, *_rest: object) -> None:
        if text.startswith("BEGIN"):
            return
        counter.texts.append(text)
        if connection.info.get("bench_writes"):
            counter.write += 1
        else:
            counter.read += 1

    def committed(_connection: Connection) -> None:
        counter.commits += 1

    listeners = (("begin", began), ("before_cursor_execute", executed), ("commit", committed))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield counter
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
