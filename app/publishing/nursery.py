"""Where the processes of trials come from: one that has loaded the simulator forks for each that is asked.

Loading the simulator takes a second or two; a fork takes none, and what a trial does (its memory, its
private database, its clock) goes with its process. It loads while somebody who may ask for a trial reads a
first page (``warm``), and ends when nobody has asked for long: seventy megabytes are held for nobody else.
The configured database and the server's secrets are not known there. It is asked through a socket.
"""

import atexit
import contextlib
import gc
import importlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from app.publishing.children import Child

_ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
"""What the process inherits: the way to the libraries, no secret of the server."""
_LOADED: Final = "app.publishing.child"
_READY: Final = 60.0
"""Seconds within which the process must have loaded."""
_MEMORY: Final = 3_000_000_000
_GRACE: Final = 3.0
_BEGIN: Final = "import sys; from app.publishing import nursery; nursery.begin(int(sys.argv[1]))"
"""What the process runs; ``-m`` would load this module twice, and say so on the server's terminal."""
_IDLE: Final = 1_800.0
"""Seconds without a request after which the process ends; the next page loads another."""
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_held: list["_Nursery"] = []
Tell = Callable[[Mapping[str, Any]], None]
Work = Callable[[Mapping[str, Any], Tell], Mapping[str, Any]]


class _Nursery:
    """The process that is ready, and the door through which it is asked."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.door, theirs = socket.socketpair()
        self.door.settimeout(_READY)
        with theirs:
            kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
            self.process = subprocess.Popen(  # noqa: S603  # our own module, a number
                [sys.executable, "-c", _BEGIN, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={**kept, "PYTHONPATH": str(_ROOT)},
                start_new_session=True,
            )

    def fork(self, letter: bytes, descriptors: list[int]) -> int:
        """Return the id of a new process that holds these descriptors."""
        socket.send_fds(self.door, [letter], descriptors)
        answer = self.door.recv(4)
        if len(answer) < 4:
            raise BrokenPipeError("the process that forks has gone")
        return int.from_bytes(answer, "big")

    def close(self) -> None:
        """Let it end: it does when nobody holds the other side of its door."""
        self.door.close()
        if self.pid == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_GRACE)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


def warm() -> None:
    """Let the process load, so that the next trial starts at once; returns without waiting."""
    with _lock:
        _ready()


def rest() -> None:
    """Let the process end: the next trial starts as the first after a server start does."""
    with _lock:
        _drop()


def born(task: str, asked: Mapping[str, Any], *, seconds: int, nice: int) -> Child:
    """Return a new process that does ``task`` (« module:function ») with what is asked.

    Args:
        asked: JSON-ready; the function is called with it, and with what to tell its progress to.
        seconds: of processor that it may use.
        nice: how far it stands back behind the others (0 to 19).

    Raises:
        OSError: no process could be started.
    """
    life, held = os.pipe()
    out, written = os.pipe()
    try:
        with tempfile.TemporaryFile(prefix="relais-essai-") as letter:
            letter.write(json.dumps(asked, ensure_ascii=False).encode())
            letter.seek(0)
            head = json.dumps([task, seconds, nice]).encode()
            pid = _fork(head, [letter.fileno(), life, written])
    except BaseException:
        os.close(held)
        os.close(out)
        raise
    finally:
        os.close(life)
        os.close(written)
    return Child(pid, out, held)


def _fork(head: bytes, descriptors: list[int]) -> int:
    with _lock:
        try:
            return _ready().fork(head, descriptors)
        except OSError:
            _log.warning("the process that forks trials was gone: another one")
            _drop()
            return _ready().fork(head, descriptors)


def _ready() -> _Nursery:
    if _held and (_held[0].pid != os.getpid() or _held[0].process.poll() is not None):
        _drop()
    if not _held:
        _held.append(_Nursery())
    return _held[0]


def _drop() -> None:
    while _held:
        _held.pop().close()


atexit.register(_drop)


def begin(door: int) -> None:
    """Serve requests that come through this descriptor, until nobody holds its other side."""
    serve(socket.socket(fileno=door))


def serve(door: socket.socket) -> None:
    """Fork for each request that comes through the door, until nobody is there to ask."""
    importlib.import_module(_LOADED)
    gc.freeze()  # what is loaded is shared: looking at it would copy it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they tell how they ended
    door.settimeout(_IDLE)
    while True:
        try:
            head, descriptors, _, _ = socket.recv_fds(door, 4096, 3)
        except TimeoutError:
            return
        if not head:
            return
        pid = os.fork()
        if pid == 0:
            door.close()
            _be(head, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        door.sendall(pid.to_bytes(4, "big"))


def _be(head: bytes, descriptors: list[int]) -> NoReturn:
    """Be the process that was asked for: do the task, tell how it ended, end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    task, seconds, nice = json.loads(head)
    letter, life, written = descriptors
    os.nice(nice)
    _limit(seconds)
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    with os.fdopen(written, "w", encoding="utf-8") as out:

        def tell(message: Mapping[str, Any]) -> None:
            out.write(json.dumps(message, ensure_ascii=False) + "\n")
            out.flush()

        with os.fdopen(letter, "rb") as file:
            asked = json.load(file)
        tell({"begun": os.getpid()})
        module, _, function = str(task).partition(":")
        work: Work = getattr(importlib.import_module(module), function)
        from app.publishing.children import outcome  # noqa: PLC0415  # loaded already

        tell(outcome(work, asked, tell))
    os._exit(0)


def _end_with(life: int) -> None:
    """End in order when whoever asked is gone: nobody waits for the result any more."""
    with contextlib.suppress(OSError):
        os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


def _limit(seconds: int) -> None:
    """Bind this process before it reads anything; systems without a limit keep the parent's clock."""
    try:
        import resource  # noqa: PLC0415  # absent on Windows
    except ImportError:
        return
    limits = ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds))
    for what, most in limits:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
