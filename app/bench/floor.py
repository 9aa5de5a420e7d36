"""The bare engine, in a process of its own, asked for one step at a time."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Step = tuple[str, Mapping[str, Any]]
"""The step to complete, by its element, and the data that the process holds once it is."""


class Floor:
    """A running ``app/engine/floor.py``; see there what it does and what it leaves out."""

    def __init__(self, folder: Path, diagrams: Mapping[str, bytes], process: str) -> None:
        program = Path(str(files("app.engine").joinpath("floor.py")))
        self._child = subprocess.Popen(  # noqa: S603  # our own program, on our own files
            [sys.executable, "-P", str(program), str(folder / "floor.sqlite3")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        texts = {name: content.decode() for name, content in diagrams.items()}
        self.elements = int(self._ask("load", diagrams=texts, process=process)["elements"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate()

    def start(self, case: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """Start a case with these data; return where it stands: ``element``, ``data``."""
        return self._ask("start", case=case, data=data)

    def grow(self, case: int, steps: Sequence[Step]) -> dict[str, Any]:
        """Complete steps of a case, one after the other; return where it stands."""
        return self._ask("grow", case=case, steps=[[element, dict(data)] for element, data in steps])

    def answer(self, case: int, step: Step) -> dict[str, float]:
        """Complete one step; return ``ms``, ``bare_ms`` (without the row), ``cpu_ms`` and ``bytes``."""
        element, data = step
        return self._ask("answer", case=case, element=element, data=dict(data))

    def wake(self, case: int, element: str) -> dict[str, float]:
        """Fire the timer that waits at ``element``; return the same."""
        return self._ask("wake", case=case, element=element)

    def _ask(self, do: str, **arguments: object) -> dict[str, Any]:
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("the floor was started without pipes")
        self._child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError("the bare engine has stopped: see its message above")
        answer: dict[str, Any] = json.loads(line)
        return answer
