"""What is long to make and only read: made by one test process, read by the others of the same run."""

import fcntl
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from xdist import get_xdist_worker_id  # type: ignore[attr-defined]  # exported without __all__

Made = TypeVar("Made")


def made_once(request: pytest.FixtureRequest, name: str, make: Callable[[], Made]) -> Made:
    """Return what ``make`` makes: here, or in the process of this run that was asked first.

    Args:
        request: of the fixture that asks; it knows the run and the process.
        name: unique over all tests, and a file's name.
        make: makes it; the same in every process, and it can be pickled.
    """
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    base = factory.getbasetemp()
    folder: Path = base if get_xdist_worker_id(request) == "master" else base.parent
    kept = folder / f"{name}.pickle"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the second waits for the first instead of working beside it
        if not kept.exists():
            made = make()
            kept.write_bytes(pickle.dumps(made))
            return made
    loaded: Made = pickle.loads(kept.read_bytes())  # noqa: S301  # written above by this very run
    return loaded
