"""Running cases carried to another release: chosen, judged, mapped, carried in the background, brought back.

A lot is judged before anything is done (``judging``), each case is carried in a transaction of its own
(``carrying``), and comes back as long as it has not moved on (``undoing``). See docs/adr/0028.
"""

from app.services.migrating.carrying import launch, resume, stop
from app.services.migrating.choosing import Choice, begin, candidates, drop
from app.services.migrating.judging import judge
from app.services.migrating.mapping import chart, remap
from app.services.migrating.record import MigrationBusy, MigrationStale
from app.services.migrating.undoing import UndoRefused, undo_all, undo_one
from app.services.migrating.view import listing, sheet, source

__all__ = [
    "Choice",
    "MigrationBusy",
    "MigrationStale",
    "UndoRefused",
    "begin",
    "candidates",
    "chart",
    "drop",
    "judge",
    "launch",
    "listing",
    "remap",
    "resume",
    "sheet",
    "source",
    "stop",
    "undo_all",
    "undo_one",
]
