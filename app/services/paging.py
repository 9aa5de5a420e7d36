"""Pages of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

SIZE: Final = 30
"""Rows on a page."""
COUNTED: Final = 1_000
"""A long list is counted up to here: « 999+ » says as much as 12 438, and costs the same every day."""


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
