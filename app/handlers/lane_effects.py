"""What the verbs of the team's secrecy ask for (BAT-10, BAT-11, LAW-2)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OnLane:
    """``lane``: that of which it is asked, in the case of the process."""

    lane: str


@dataclass(frozen=True)
class KeepApart(OnLane):
    """Keep the lane apart from the case; ``stand_in`` is the lane that takes over its steps."""

    reason: str
    stand_in: str | None = None


@dataclass(frozen=True)
class Readmit(OnLane):
    """End what keeps the lane apart from the case."""


@dataclass(frozen=True)
class ShareElements(OnLane):
    """Let the lane read these answers of the case (``form.field``), as they stand once the step is stored.

    ``scope`` is the branch in which they were chosen.
    """

    elements: tuple[str, ...]
    reason: str
    basis: str
    scope: str | None = None
