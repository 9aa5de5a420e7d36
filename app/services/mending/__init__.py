"""Mending a running process by hand: always with a reason, journalled, never under somebody's feet.

Each function is one transaction, fenced by the process's version: an answer given at the same moment and
a mend cannot both win. See docs/guides/supervision.md for people, docs/adr/0014 for what a move may do.
"""

from app.services.mending.cancelling import cancel
from app.services.mending.correcting import Correctable, correct, correctable, note_read
from app.services.mending.deadlines import change_due
from app.services.mending.moving import foresee, move, repeat, skip, targets
from app.services.mending.pausing import resume, suspend
from app.services.mending.record import MendRefused, MovedMeanwhile
from app.services.mending.undoing import can_be_undone, undo

__all__ = [
    "Correctable",
    "MendRefused",
    "MovedMeanwhile",
    "can_be_undone",
    "cancel",
    "change_due",
    "correct",
    "correctable",
    "foresee",
    "move",
    "note_read",
    "repeat",
    "resume",
    "skip",
    "suspend",
    "targets",
    "undo",
]
