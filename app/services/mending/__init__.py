"""Mending a running process by hand: always with a reason, journalled, never under somebody's feet.

Each function is one transaction, fenced by the process's version: an answer given at the same moment and
a mend cannot both win. See docs/guides/supervision.md for people, docs/adr/0014 for what a move may do.
"""

from app.services.mending.cancelling import cancel
from app.services.mending.correcting import correct, correctable
from app.services.mending.deadlines import change_due
from app.services.mending.moving import foresee, move, repeat, skip, targets
from app.services.mending.pausing import resume, suspend
from app.services.mending.record import MendRefused
from app.services.mending.undoing import can_be_undone, undo

__all__ = [
    "MendRefused",
    "can_be_undone",
    "cancel",
    "change_due",
    "correct",
    "correctable",
    "foresee",
    "move",
    "repeat",
    "resume",
    "skip",
    "suspend",
    "targets",
    "undo",
]
