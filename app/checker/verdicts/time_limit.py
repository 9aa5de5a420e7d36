"""Judging under a limit that holds: in a process of its own, ended when its time is over.

A loop with a deadline would not do: a regular expression, a number or an XML tree can keep the processor
inside one call. The process is forked, so that it costs some milliseconds; where nothing can be forked
(Windows) files are judged in place, and only the limits on size, depth and number of elements hold.
"""

import multiprocessing
import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

from app.checker.files.reading import HEAVY, UNREADABLE
from app.checker.judging import check_files, in_order
from app.checker.problem import Problem

SECONDS: Final = 2.5
"""Time for one file; the program itself starts in less than two, so a file has its verdict within 5 s."""
MORE: Final = 0.25
"""Time that each further file adds when a bundle is judged whole (a file takes some milliseconds); past it,
each is judged alone to find the one at fault."""
MEMORY: Final = 1_000_000_000
"""Bytes that judging may take beyond what the program holds already."""


Found = TypeVar("Found")


class _Ended(Exception):
    """The process did not answer; ``late`` when its time was over, else it fell over."""

    def __init__(self, *, late: bool) -> None:
        self.late = late
        super().__init__()


def judge(files: Mapping[str, bytes], *, whole: bool, unread: Collection[str] = ()) -> list[Problem]:
    """Return everything wrong in ``files``, like ``check_files``, within ``SECONDS`` a file."""
    if not files:
        return []
    if "fork" not in multiprocessing.get_all_start_methods():
        return check_files(files, whole=whole, unread=unread)
    try:
        return _judged(files, _time_for(files), whole=whole, unread=unread)
    except _Ended as end:
        if len(files) == 1:
            return [_problem(path, end) for path in files]
    return _without_the_slow(files, whole=whole, unread=unread)


def _without_the_slow(files: Mapping[str, bytes], *, whole: bool, unread: Collection[str]) -> list[Problem]:
    """Find by judging each file alone which ones are at fault, then judge the others together."""
    found: list[Problem] = []
    ends: dict[str, Problem] = {}
    for path, data in files.items():
        try:
            found += _judged({path: data}, SECONDS, whole=False)
        except _Ended as end:
            ends[path] = _problem(path, end)
    if not ends:
        return in_order([*found, Problem(min(files), "", "error", "too-slow", TOGETHER)], files)
    rest = {path: data for path, data in files.items() if path not in ends}
    with suppress(_Ended):
        found = _judged(rest, _time_for(rest), whole=whole, unread={*unread, *ends})
    return in_order([*found, *ends.values()], files)


def _time_for(files: Collection[str]) -> float:
    return SECONDS + MORE * max(0, len(files) - 1)


TOGETHER: Final = (
    "Les fichiers de ce dossier demandent ensemble trop de temps pour être jugés. Retirez ce qui ne sert "
    "pas, ou découpez le plus gros diagramme."
)


def _problem(path: str, end: _Ended) -> Problem:
    if end.late:
        return Problem(path, "", "error", "too-slow", HEAVY)
    return Problem(path, "", "error", "unreadable", UNREADABLE)


def bounded(work: Callable[[Mapping[str, bytes]], Found], files: Mapping[str, bytes]) -> Found | None:
    """Do ``work`` on files within the limits under which they are judged; None when it does not end.

    ``work`` must not raise, and gives back what can be pickled.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work(files)
    try:
        return _asked(partial(work, files), _time_for(files))
    except _Ended:
        return None


def _judged(
    files: Mapping[str, bytes], seconds: float, *, whole: bool, unread: Collection[str] = ()
) -> list[Problem]:
    return _asked(partial(check_files, files, whole=whole, unread=tuple(unread)), seconds)


def _asked(work: Callable[[], Found], seconds: float) -> Found:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, work), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise _Ended(late=True)
        found: Found = receiver.recv()
    except (EOFError, OSError) as error:
        raise _Ended(late=False) from error
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()
    return found


def _work(sender: Connection, work: Callable[[], Any]) -> None:
    warnings.simplefilter("ignore")
    _limit_memory()
    # A file may go deeper than a small machine's stack: it then ends this process, and only this one.
    sender.send(work())
    sender.close()


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # absent on Windows

    with suppress(OSError, ValueError, IndexError):
        with open("/proc/self/statm") as file:  # noqa: PTH123 - Linux only; elsewhere the time limit alone holds
            held = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
