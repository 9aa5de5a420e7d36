"""The floor of a measurement: what bare SpiffWorkflow takes for the same step of the same diagram.

Stock parser, stock serializer (JSON text in and out), stock script engine; no database, no form, no
rights, no journal; the text is read from and written to one row of a SQLite file, as the leanest program
would do. A program of its own, started by its file's path: the mends of the engine room change
SpiffWorkflow's internals for the whole process, so that a fair floor must stand outside.

It reads one JSON command a line and answers one line. ``load`` gives a diagram; ``grow`` answers steps
until ``to`` are completed; ``answer`` completes the step that waits; ``wake`` fires the timer that waits.
The last two are timed, in milliseconds: ``ms`` from stored row to committed row, ``bare_ms`` without the row;
``cpu_ms`` is the processor's share of ``ms``, which other programs on the machine do not stretch.
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Mapping
from time import perf_counter, process_time
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

_PAST = "2000-01-01T00:00:00+00:00"


class Floor:
    """Cases of one diagram, each kept as the text that SpiffWorkflow's serializer writes, one row each."""

    def __init__(self, database: str) -> None:
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self._rows = sqlite3.connect(database, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.execute("CREATE TABLE floor (number INTEGER PRIMARY KEY, text TEXT)")
        self._done: dict[int, int] = {}
        self._specs: tuple[Any, Any] = (None, None)

    def load(self, *, file: str, process: str) -> dict[str, object]:
        """Parse the diagram; return how many elements it has."""
        parser = SpiffBpmnParser()
        parser.add_bpmn_file(file)
        spec = parser.get_spec(process)
        self._specs = (spec, parser.get_subprocess_specs(process))
        return {"elements": sum(1 for task in spec.task_specs.values() if task.bpmn_id)}

    def grow(self, *, case: int, to: int, answers: Mapping[str, object]) -> dict[str, object]:
        """Complete steps of a case, started when it is new, until ``to`` are done."""
        workflow = self._restore(self._read(case)) if case in self._done else self._start()
        self._done.setdefault(case, 0)
        while self._done[case] < to:
            self._complete(workflow, answers)
            self._done[case] += 1
        return {"bytes": self._write(case, self._serializer.serialize_json(workflow))}

    def answer(self, *, case: int, answers: Mapping[str, object]) -> dict[str, object]:
        """Restore, complete the step that waits, save."""
        self._done[case] += 1
        return self._timed(case, lambda workflow: self._complete(workflow, answers))

    def wake(self, *, case: int) -> dict[str, object]:
        """Restore, fire the timer that waits, save. Making it due beforehand is not timed."""
        workflow = self._restore(self._read(case))
        for task in workflow.get_tasks(state=TaskState.WAITING):
            if isinstance(getattr(task.task_spec, "event_definition", None), TimerEventDefinition):
                task.internal_data["event_value"] = _PAST
        self._write(case, self._serializer.serialize_json(workflow))
        return self._timed(case, _fire)

    def _timed(self, case: int, act: Callable[[Any], None]) -> dict[str, object]:
        start, busy = perf_counter(), process_time()
        text = self._read(case)
        read = perf_counter()
        workflow = self._restore(text)
        act(workflow)
        text = self._serializer.serialize_json(workflow)
        ran = perf_counter()
        size = self._write(case, text)
        return {
            "ms": (perf_counter() - start) * 1000,
            "bare_ms": (ran - read) * 1000,
            "cpu_ms": (process_time() - busy) * 1000,
            "bytes": size,
        }

    def _read(self, case: int) -> str:
        row: tuple[str] = self._rows.execute("SELECT text FROM floor WHERE number = ?", (case,)).fetchone()
        return row[0]

    def _write(self, case: int, text: str) -> int:
        """Store the text in a transaction of its own; return its size in bytes."""
        self._rows.execute("BEGIN IMMEDIATE")
        self._rows.execute("INSERT OR REPLACE INTO floor (number, text) VALUES (?, ?)", (case, text))
        self._rows.execute("COMMIT")
        return len(text.encode())

    def _start(self) -> Any:
        workflow = BpmnWorkflow(*self._specs)
        workflow.do_engine_steps()
        return workflow

    def _restore(self, text: str) -> Any:
        return self._serializer.deserialize_json(text)

    @staticmethod
    def _complete(workflow: Any, answers: Mapping[str, object]) -> None:
        task = next(iter(workflow.get_tasks(state=TaskState.READY, manual=True)))
        task.data.update(answers)
        task.run()
        workflow.do_engine_steps()


def _fire(workflow: Any) -> None:
    workflow.refresh_timers()
    workflow.do_engine_steps()


def main() -> None:
    """Answer commands until the input ends; the argument is the SQLite file of the rows."""
    floor = Floor(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        answer = getattr(floor, command.pop("do"))(**command)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
