"""Texts merged line by line, as three versions of one page."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from app.merging.ledger import Ledger
from app.merging.model import Spot

_END: Final = "\n"


def merge(base: str, ours: str, theirs: str, *, file: str, name: str, ledger: Ledger) -> str:
    """Return the merged text; a passage that both changed in their own way is asked about."""
    one, two, three = (_lines(text) for text in (base, ours, theirs))
    parts: list[str] = []
    for start, stop, mine, yours in _regions(one, two, three):
        old = "".join(one[start:stop])
        if mine is None or yours is None:
            parts.append(old)
            continue
        number = start + 1
        spot = Spot(
            file, "", f"ligne {number} {old[:40]}", element_name=name, attribute_name=f"ligne {number}"
        )
        kept = ledger.settle(spot, old, "".join(mine), "".join(yours))
        parts.append(_ended(kept or "", old or "".join(mine) or "".join(yours)))
    return "".join(parts)


def _ended(text: str, like: str) -> str:
    """Return words typed by hand with the end of line that the passage had."""
    text = text.replace("\r\n", _END)
    return text + _END if text and like.endswith(_END) and not text.endswith(_END) else text


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", _END).splitlines(keepends=True)


def _regions(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, Sequence[str] | None, Sequence[str] | None]]:
    """Yield the ranges of ``base``: with None where neither side changed a thing, else with both versions."""
    mine, yours = _matches(base, ours), _matches(base, theirs)
    at = left = right = 0
    while at < len(base) or left < len(ours) or right < len(theirs):
        length = 0
        while (
            at + length < len(base)
            and mine.get(at + length) == left + length
            and yours.get(at + length) == right + length
        ):
            length += 1
        if length:
            yield at, at + length, None, None
            at, left, right = at + length, left + length, right + length
            continue
        stop = next((n for n in range(at, len(base)) if n in mine and n in yours), len(base))
        to_left = mine[stop] if stop < len(base) else len(ours)
        to_right = yours[stop] if stop < len(base) else len(theirs)
        yield at, stop, ours[left:to_left], theirs[right:to_right]
        at, left, right = stop, to_left, to_right


def _matches(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Return, for each line of ``base`` found again, its number on the other side."""
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    return {
        block.a + offset: block.b + offset
        for block in matcher.get_matching_blocks()
        for offset in range(block.size)
    }
