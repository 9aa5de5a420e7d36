"""The ``relais`` command for tests that type many: each is a process, forked from one that is ready.

Loading the program takes a second or two of each command. ``python -m tests.terminal SOCKET`` loads it once
and forks for each command that comes: its own memory, folder, environment, streams and exit status.
"""

import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
CLIENT: Final = """
import json, os, socket, sys
asked = json.dumps([sys.argv[2:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(asked)
    status = server.recv(1)
sys.exit(status[0] if status else 70)
"""
"""What the shell runs: hands its words, folder, environment and streams over, ends as the command ends."""


class Terminal:
    """Where commands are typed: a process that is ready, and the words that begin a command line."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="relais-terminal-")
        place = Path(self._folder.name) / "s"
        (place.parent / "relais.py").write_text(CLIENT)
        self.command: list[str] = [sys.executable, "-IS", str(place.parent / "relais.py"), str(place)]
        ours = ("RELAIS_", "DATABASE_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.terminal", str(place)], cwd=ROOT, env=clean
        )
        while not place.exists():
            assert self._server.poll() is None, "the terminal could not start"
            time.sleep(0.02)

    def close(self) -> None:
        """End the process that is ready."""
        self._server.terminate()
        self._server.wait()
        self._folder.cleanup()


def serve(place: Path) -> None:
    """Fork for each command that comes, for ever."""
    from app.cli import main  # loaded here, once

    gc.freeze()  # what is loaded is shared: looking at it would copy it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they tell how they ended
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{place}.new")
        door.listen()
        place.with_name(f"{place.name}.new").rename(place)
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _run(line, main)
            line.close()


def _run(line: socket.socket, main: Any) -> None:
    """Be the command that this line asks for, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(line, 4, 3)
    with line.makefile("rb") as letter:
        words, folder, environment = json.loads(letter.read(int.from_bytes(length, "big")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    encoding = environment.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = io.TextIOWrapper(io.FileIO(0), encoding=encoding)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), encoding=encoding, line_buffering=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w"), encoding=encoding, line_buffering=True)
    sys.argv = ["relais", *words]
    status = 70
    try:
        main(prog_name="relais")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # what ends a program: told as Python tells it
        sys.excepthook(*sys.exc_info())
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        line.sendall(bytes([status & 0xFF]))
        os._exit(status & 0xFF)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
