"""The bare engine, in a process of its own, asked for one step at a time."""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Floor:
    """A running ``app/engine/floor.py``; see there what it does and what it leaves out."""

    def __init__(self, folder: Path, diagram: Path, process: str) -> None:
        program = Path(str(files("app.engine").joinpath("floor.py")))
        self._child = subprocess.Popen(  # noqa: S603  # our own program, on our own files
            [sys.executable, "-P", str(program), str(folder / "floor.sqlite3")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.elements = int(self._ask("load", file=str(diagram), process=process)["elements"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate()

    def grow(self, case: int, to: int, answers: Mapping[str, object]) -> None:
        """Bring a case to ``to`` completed steps."""
        self._ask("grow", case=case, to=to, answers=dict(answers))

    def answer(self, case: int, answers: Mapping[str, object]) -> dict[str, float]:
        """Complete the step that waits; return ``ms``, ``bare_ms`` (without the row) and ``bytes``."""
        return self._ask("answer", case=case, answers=dict(answers))

    def wake(self, case: int) -> dict[str, float]:
        """Fire the timer that waits; return the same."""
        return self._ask("wake", case=case)

    def _ask(self, do: str, **arguments: object) -> dict[str, Any]:
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("the floor was started without pipes")
        self._child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer
