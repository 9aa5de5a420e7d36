# ruff: noqa: ARG002 - the hooks keep the signatures that the engine calls
"""Playing a small process in tests: hooks that remember, and a run that may be reloaded at every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from app import engine
from app.engine import OpenTask, Position, Programme, Wait
from app.expressions import designer_functions
from tests.bpmn_builder import Block

NOON = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
_numbers = count(1)

Verb = Callable[[Mapping[str, object]], object]


@dataclass
class Caller:
    """What services are to the engine: the clock, settings, answers, decisions and verbs."""

    now: datetime = NOON
    answers: dict[str, Any] = field(default_factory=dict)
    verbs: dict[str, Verb] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, str | None, dict[str, object]]] = field(default_factory=list)
    seen: list[Mapping[str, object]] = field(default_factory=list)

    def functions(self, at: datetime | None = None) -> Mapping[str, Callable[..., object]]:
        return designer_functions(at or self.now, frozenset())

    def names(self, element: str, scope: str | None) -> Mapping[str, object]:
        return self.answers

    def decide(
        self, decision: str, element: str, scope: str | None, names: Mapping[str, object]
    ) -> Mapping[str, object] | Sequence[Mapping[str, object]]:
        self.seen.append(names)
        found: Mapping[str, object] = self.tables[decision]
        return found

    def call(
        self,
        operation: str,
        element: str,
        scope: str | None,
        parameters: Mapping[str, object],
        names: Mapping[str, object],
    ) -> object:
        self.calls.append((operation, scope, dict(parameters)))
        self.seen.append(names)
        verb = self.verbs.get(operation)
        return verb(parameters) if verb else None


class Run:
    """One process instance being played. ``fresh`` compiles the programme again before every advance."""

    def __init__(
        self,
        *blocks: Block | bytes,
        data: Mapping[str, object] | None = None,
        caller: Caller | None = None,
        process: str | None = None,
        fresh: bool = False,
    ) -> None:
        xmls = [block if isinstance(block, bytes) else block.xml() for block in blocks]
        self.files = {f"{rank}.bpmn": xml for rank, xml in enumerate(xmls)}
        self.fresh = fresh
        self.caller = caller or Caller()
        self.fingerprint = f"test-{next(_numbers)}"
        self.trace: list[str] = []
        first = blocks[0]
        name = process or (first.id if isinstance(first, Block) else "essai")
        self.position = self._moved(engine.start(self.programme, name, data or {}, self.caller))

    @property
    def programme(self) -> Programme:
        if self.fresh:
            return engine.compile_fresh(self.files, self.fingerprint)
        return engine.compile_programme(self.files, self.fingerprint)

    def _moved(self, position: Position) -> Position:
        self.trace += [step.element for step in position.steps]
        self.position = position
        return position

    def task(self, element: str, scope: str | None = None) -> OpenTask:
        found = [
            task
            for task in self.position.open_tasks
            if task.element == element and scope in (None, task.scope)
        ]
        assert found, f"{element} is not open: {self.open}"
        return found[0]

    def wait(self, element: str, scope: str | None = None) -> Wait:
        found = [
            wait for wait in self.position.waits if wait.element == element and scope in (None, wait.scope)
        ]
        assert found, f"nothing waits at {element}: {self.waits}"
        return found[0]

    def done(self, element: str, scope: str | None = None, /, **answers: object) -> Run:
        self._moved(
            engine.complete(
                self.programme, self.position.state, self.task(element, scope).id, answers, self.caller
            )
        )
        return self

    def wake(self, element: str, scope: str | None = None) -> Run:
        return self.wake_id(self.wait(element, scope).id)

    def wake_id(self, timer_id: UUID) -> Run:
        self._moved(engine.wake(self.programme, self.position.state, timer_id, self.caller))
        return self

    def catch(self, element: str, scope: str | None = None, /, **payload: object) -> Run:
        wait = self.wait(element, scope)
        self._moved(engine.catch(self.programme, self.position.state, wait.id, payload, self.caller))
        return self

    @property
    def open(self) -> list[str]:
        return sorted(
            task.element if task.scope is None else f"{task.element}:{task.scope}"
            for task in self.position.open_tasks
        )

    @property
    def waits(self) -> list[str]:
        return sorted(wait.element for wait in self.position.waits)

    @property
    def finished(self) -> bool:
        return self.position.finished

    def variables(self, element: str) -> Mapping[str, object]:
        return self.task(element).variables
