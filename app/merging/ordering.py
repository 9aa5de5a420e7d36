"""The order of things that have a name: ours, with what the other side adds put where it puts it."""

from collections.abc import Collection, Sequence


def merged(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], *, kept: Collection[str]
) -> list[str]:
    """Return ``kept`` in order: theirs when only they moved things, else ours.

    What one side adds stands after its neighbour.
    """
    wanted = set(kept)
    first, second = (theirs, ours) if moved(base, theirs) and not moved(base, ours) else (ours, theirs)
    found = [key for key in first if key in wanted]
    for position, key in enumerate(second):
        if key not in wanted or key in found:
            continue
        before = next((other for other in reversed(second[:position]) if other in found), None)
        place = 0 if before is None else found.index(before) + 1
        # what our side put there comes first
        while place < len(found) and found[place] not in base and found[place] not in second and before:
            place += 1
        found.insert(place, key)
    return [*found, *(key for key in base if key in wanted and key not in found)]


def moved(base: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the things that both have stand in another order."""
    both = set(base) & set(other)
    return [key for key in base if key in both] != [key for key in other if key in both]


def clash(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether both sides moved things, and not to the same order."""
    return moved(base, ours) and moved(base, theirs) and moved(ours, theirs)
