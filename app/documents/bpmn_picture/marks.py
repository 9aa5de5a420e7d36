"""What a caller may say on a diagram: how much, how full, how late; and how that looks."""

from dataclasses import dataclass
from typing import Final

_SCALE: Final = ((255, 255, 255), (253, 236, 206), (250, 200, 128), (241, 153, 96))
"""From nothing to much. The letters (#16181d) keep a contrast above 7:1 on the darkest."""


@dataclass(frozen=True)
class ElementMark:
    """What is said of an element.

    Attributes:
        heat: how strongly it is filled, from 0 to 1; None leaves it white.
        count: how many times, shown in a badge at its corner.
        label: a few words inside a task, or below an event's name (« 12 % en retard »).
        told: a sentence for whoever points at it; ``label`` when empty.
        changed: outlined, because it differs from what it is compared with.
    """

    heat: float | None = None
    count: str = ""
    label: str = ""
    told: str = ""
    changed: bool = False


@dataclass(frozen=True)
class FlowMark:
    """What is said of a flow.

    Attributes:
        count: how many times it was taken, as shown; empty shows nothing.
        share: how wide it is, from 0 to 1.
        never: never taken: dashed, with the word beside it.
        told: a sentence for whoever points at it.
        changed: in another colour, because it differs from what it is compared with.
    """

    count: str = ""
    share: float = 0.0
    never: bool = False
    told: str = ""
    changed: bool = False


def fill(heat: float | None) -> str:
    """Return the colour for ``heat``, between white and a warm one on which letters stay readable."""
    if heat is None:
        return "#ffffff"
    place = min(max(heat, 0.0), 1.0) * (len(_SCALE) - 1)
    step = min(int(place), len(_SCALE) - 2)
    mixed = (
        round(low + (high - low) * (place - step))
        for low, high in zip(_SCALE[step], _SCALE[step + 1], strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)
