"""``relais`` on a machine whose clock somebody moves: a file says by how many seconds, read at each look.

Run as ``python -m tests.faults.hostclock FILE worker``.
"""

import datetime as dt
import sys
from pathlib import Path

import apscheduler.job
import apscheduler.schedulers.base
import apscheduler.triggers.interval

import app.clock
import app.scheduler
import app.worker
from app.cli import main

_FILE = Path(sys.argv.pop(1))

# Nobody who moves a clock waits for a beat of seconds to see what comes of it.
app.scheduler.BEAT = 0.5
app.worker.LOOK = "* * * * * *"


class HostClock(dt.datetime):
    """The clock of this machine, moved."""

    @classmethod
    def now(cls, tz=None):
        """Return what the machine believes."""
        return dt.datetime.now(tz) + dt.timedelta(seconds=float(_FILE.read_text() or 0))


for room in (
    app.clock,
    apscheduler.schedulers.base,
    apscheduler.triggers.interval,
    apscheduler.job,
):
    if hasattr(room, "datetime"):
        room.datetime = HostClock

if __name__ == "__main__":
    main()
