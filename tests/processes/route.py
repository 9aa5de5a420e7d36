# ruff: noqa: ARG002  # the engine hands its hooks more than a test needs
"""A household on the shipped diagrams: the real engine, forms and tables; verbs that only take note."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from app import clock, engine
from app.catalog.bundle import Bundle, resolve
from app.decisions import DecisionTable, parse_decisions
from app.expressions import designer_functions

ROOT = Path(__file__).resolve().parents[2]
STARTED = datetime(2026, 3, 2, 8, 0, tzinfo=clock.PARIS)  # a Monday


@cache
def bundle(code: str) -> Bundle:
    """The territory's shipped files."""
    return resolve(ROOT, code)


@cache
def tables(code: str) -> dict[str, DecisionTable]:
    """Its decision tables, by id."""
    found: dict[str, DecisionTable] = {}
    for xml in bundle(code).folder("dmn").values():
        found |= parse_decisions(xml)
    return found


class Route:
    """One process instance played step by step; it is also the hooks that the engine calls."""

    def __init__(
        self,
        process: str = "accompagnement",
        *,
        territory: str = "carene",
        data: Mapping[str, object] | None = None,
        answers: Mapping[str, Mapping[str, object]] | None = None,
        verbs: Mapping[str, object] | None = None,
        at: datetime = STARTED,
    ) -> None:
        self.bundle, self.tables = bundle(territory), tables(territory)
        self.programme = engine.compile_programme(self.bundle.folder("bpmn"), self.bundle.fingerprint)
        self.now = at
        self.answers: dict[tuple[str, str | None], Mapping[str, object]] = {}
        self.called: list[tuple[str, Mapping[str, object]]] = []
        self.decided: list[str] = []
        self.elements: list[str] = []
        self.verbs = dict(verbs or {})
        for form, raw in (answers or {}).items():
            self.answers[form, None] = self._parsed(form, raw, None)
        self.position = engine.start(self.programme, process, data or {}, self)
        self._note()

    # What the engine asks for
    def functions(self, at: datetime | None = None) -> Mapping[str, Callable[..., object]]:
        return designer_functions(at or self.now, frozenset())

    def names(self, element: str, scope: str | None) -> Mapping[str, object]:
        given = {form: answers for (form, branch), answers in self.answers.items() if branch in {None, scope}}
        return {**given, "reglages": self.bundle.settings.rules}

    def decide(
        self, decision: str, element: str, scope: str | None, names: Mapping[str, object]
    ) -> Mapping[str, object] | Sequence[Mapping[str, object]]:
        self.decided.append(decision)
        return self.tables[decision].evaluate(names, self.functions()).outputs

    def call(
        self,
        operation: str,
        element: str,
        scope: str | None,
        parameters: Mapping[str, object],
        names: Mapping[str, object],
    ) -> object:
        self.called.append((operation, dict(parameters)))
        result = self.verbs.get(operation)
        return result(parameters) if callable(result) else result

    # What a test does
    def open(self) -> list[str]:
        """The steps people can do now, by element, in order of name."""
        return sorted(task.element for task in self.position.open_tasks)

    def task(self, element: str, scope: str | None = None) -> engine.OpenTask:
        """The only open step of that element (and branch)."""
        found = [t for t in self.position.open_tasks if t.element == element and scope in {None, t.scope}]
        assert len(found) == 1, (element, scope, self.open())
        return found[0]

    def answer(
        self, element: str, raw: Mapping[str, object] | None = None, *, scope: str | None = None
    ) -> None:
        """Fill in the step's real form and hand it in."""
        task = self.task(element, scope)
        assert task.form is not None
        answers = self._parsed(task.form, raw or {}, task)
        self.answers[task.form, task.scope] = answers
        self.position = engine.complete(self.programme, self.position.state, task.id, answers, self)
        self._note()

    def waits(self, name: str) -> list[UUID]:
        """What waits under that element id, or for that message."""
        return [wait.id for wait in self.position.waits if name in {wait.element, wait.name}]

    def wake(self, element: str) -> None:
        """Let the timer of that element ring, at its hour."""
        wait = next(wait for wait in self.position.waits if wait.element == element)
        assert wait.due_at is not None
        self.now = max(self.now, wait.due_at)
        self.position = engine.wake(self.programme, self.position.state, wait.id, self)
        self._note()

    def receive(self, message: str) -> None:
        """Deliver a message to the one place that waits for it."""
        (wait,) = self.waits(message)
        self.position = engine.catch(self.programme, self.position.state, wait, {}, self)
        self._note()

    def wait_days(self, days: int) -> None:
        """Let days go by."""
        self.now += timedelta(days=days)

    def verb(self, operation: str) -> list[Mapping[str, object]]:
        """The parameters of each call of a verb, in order."""
        return [parameters for name, parameters in self.called if name == operation]

    def today(self) -> date:
        """The day of the test, in Paris."""
        return self.now.astimezone(clock.PARIS).date()

    def _parsed(
        self, form: str, raw: Mapping[str, object], task: engine.OpenTask | None
    ) -> Mapping[str, object]:
        context: dict[str, Any] = {**self.names("", task.scope if task else None)}
        for name, value in (task.variables if task else {}).items():
            known = context.get(name)
            context[name] = (
                {**known, **value} if isinstance(known, Mapping) and isinstance(value, Mapping) else value
            )
        with clock.at(self.now):
            return self.bundle.forms[form].parse(dict(raw), classes=None, context=context)

    def _note(self) -> None:
        self.elements += [step.element for step in self.position.steps]
