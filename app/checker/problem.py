"""What the checker says: one problem, in words for people, on one element of one file."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning"]

LONGEST_NAME: Final = 200
"""Letters of an element's id; of a name quoted in a sentence, fewer (``_LONG``): a file may hold any."""
LONGEST: Final = 1_000
_LONG: Final = re.compile(r"« ([^«»]{80})[^«»]+ »")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file.

    ``path`` is the file's normalised name in its bundle (``bpmn/visite.bpmn``), ``element`` the id of the
    element, field or rule at fault (empty: the file as a whole), ``code`` stable and English, ``message``
    one French sentence or two: what is wrong, then what to do. What a file writes at length is cut, and an
    element without an id counts as the file.
    """

    path: str
    element: str
    severity: Severity
    code: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "element", (self.element or "")[:LONGEST_NAME])
        message = _LONG.sub(r"« \1… »", self.message)
        if len(message) > LONGEST:
            message = f"{message[: LONGEST - 1]}…"
        object.__setattr__(self, "message", message)
