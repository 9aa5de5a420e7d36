"""Mending a running process by hand: always with a reason, journalled, never under somebody's feet.

Each function is one transaction, fenced by the process's version: an answer given at the same moment and
a mend cannot both win. See docs/guides/supervision.md for people, docs/adr/0014 for what a move may do.
"""

from app.services.mending.deadlines import change_due
from app.services.mending.pausing import resume, suspend
from app.services.mending.record import MendRefused

__all__ = ["MendRefused", "change_due", "resume", "suspend"]
