"""What the engine says of a drawing: one thing wrong, on one element, with a stable code."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing wrong in a diagram.

    Attributes:
        file: name of the diagram, as handed in.
        element: id of the element at fault, None when the file as a whole is.
        code: stable, English, kebab-case: what programs sort by (``script``, ``bad-duration``…).
        cause: one French sentence or two: what is wrong, then what to do.
        severity: an ``error`` keeps the programme from being compiled, a ``warning`` does not.
    """

    file: str
    element: str | None
    code: str
    cause: str
    severity: Severity = "error"
