"""The floor of a measurement: what bare SpiffWorkflow takes for the same step of the same case.

Stock parser, stock serializer (JSON text in and out), stock script engine; no database, no form, no
rights, no journal; the text is read from and written to one row of a SQLite file, as the leanest program
would do. A program of its own, started by its file's path: the mends of the engine room change
SpiffWorkflow's internals for the whole process, so that a fair floor must stand outside.

It runs the shipped diagrams themselves, their called processes, drawn timers and messages included. What
stock SpiffWorkflow cannot run is emptied: verbs and decision tables become script tasks that do nothing
(their results come with the data of the next step), and conditions are written for the stock Python engine
(``visite.issue`` becomes ``visite["issue"]``). Deadlines of tasks stay as properties that nobody reads.

It reads one JSON command a line and answers one line. ``load`` gives the diagrams; ``start`` opens a case;
``grow`` completes steps; ``answer`` completes one; ``wake`` fires the timer that waits at an element. The
last two are timed, in milliseconds: ``ms`` from stored row to committed row, ``bare_ms`` without the row;
``cpu_ms`` is the processor's share of ``ms``, which other programs on the machine do not stretch.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping
from time import perf_counter, process_time
from typing import Any, Final

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

_PAST: Final = "2000-01-01T00:00:00+00:00"
_BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_EMPTIED: Final = ("serviceTask", "businessRuleTask")
_DOTTED: Final = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")
_WORDS: Final = {"true": True, "false": False, "null": None, "present": lambda value: value is not None}
"""The words of our conditions that Python has under another name, or not at all."""


class Floor:
    """Cases of one diagram, each kept as the text that SpiffWorkflow's serializer writes, one row each."""

    def __init__(self, database: str) -> None:
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self._rows = sqlite3.connect(database, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.execute("CREATE TABLE floor (number INTEGER PRIMARY KEY, text TEXT)")
        self._engine = PythonScriptEngine(TaskDataEnvironment(_WORDS))
        self._specs: tuple[Any, Any] = (None, None)

    def load(self, *, diagrams: Mapping[str, str], process: str) -> dict[str, object]:
        """Parse the diagrams; return how many elements the process and those it calls have."""
        parser = SpiffBpmnParser()
        for name, text in diagrams.items():
            parser.add_bpmn_xml(_emptied(text), filename=name)
        spec = parser.get_spec(process)
        called = parser.get_subprocess_specs(process)
        self._specs = (spec, called)
        specs = (spec, *called.values())
        return {"elements": sum(1 for one in specs for task in one.task_specs.values() if task.bpmn_id)}

    def start(self, *, case: int, data: Mapping[str, object]) -> dict[str, object]:
        """Open a case whose data hold ``data`` from the first element on."""
        workflow = BpmnWorkflow(*self._specs, script_engine=self._engine)
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        return self._kept(case, workflow)

    def grow(self, *, case: int, steps: list[tuple[str, Mapping[str, object]]]) -> dict[str, object]:
        """Complete steps of a case, one after the other."""
        workflow = self._restore(self._read(case))
        for element, data in steps:
            _complete(workflow, element, data)
        return self._kept(case, workflow)

    def answer(self, *, case: int, element: str, data: Mapping[str, object]) -> dict[str, object]:
        """Restore, complete the step that waits, save."""
        return self._timed(case, lambda workflow: _complete(workflow, element, data))

    def wake(self, *, case: int, element: str) -> dict[str, object]:
        """Restore, fire the timer that waits, save. Making it due beforehand is not timed."""
        workflow = self._restore(self._read(case))
        (task,) = (
            task
            for task in workflow.get_tasks(state=TaskState.WAITING, spec_name=element)
            if isinstance(task.task_spec.event_definition, TimerEventDefinition)
        )
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

    def _restore(self, text: str) -> Any:
        workflow = self._serializer.deserialize_json(text)
        workflow.script_engine = self._engine
        return workflow

    def _kept(self, case: int, workflow: Any) -> dict[str, object]:
        """Store a case; return its one open step and the data there."""
        (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
        size = self._write(case, self._serializer.serialize_json(workflow))
        return {"element": task.task_spec.bpmn_id, "data": task.data, "bytes": size}


def _emptied(text: str) -> Any:
    """Return a diagram without what stock SpiffWorkflow cannot run; its elements and flows are the same."""
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    for node in root.iter(*(_BPMN + kind for kind in _EMPTIED)):
        node.tag = _BPMN + "scriptTask"
        for extension in node.findall(_BPMN + "extensionElements"):
            node.remove(extension)
        etree.SubElement(node, _BPMN + "script").text = "pass"
    for condition in root.iter(_BPMN + "conditionExpression"):
        condition.text = _DOTTED.sub(r'\1["\2"]', condition.text or "")
    return root


def _complete(workflow: Any, element: str, data: Mapping[str, object]) -> None:
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    if task.task_spec.bpmn_id != element:
        raise LookupError(f"the bare engine waits at {task.task_spec.bpmn_id}, not at {element}")
    task.data.update(data)
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
