"""What the checker says: one problem, in words for people, on one element of one file."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file.

    ``path`` is the file's normalised name in its bundle (``bpmn/visite.bpmn``), ``element`` the id of the
    element, field or rule at fault (empty: the file as a whole), ``code`` stable and English, ``message``
    one French sentence or two: what is wrong, then what to do.
    """

    path: str
    element: str
    severity: Severity
    code: str
    message: str
