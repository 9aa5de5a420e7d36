"""Pages of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

SIZE: Final = 30
"""Rows on a page."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows; ``number`` counts from 1."""

    rows: Sequence[T]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // SIZE))
