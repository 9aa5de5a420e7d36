"""Any process: what is told to be missing is missing when it runs, and what runs is told nothing."""

import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app import engine
from app.checker.flow.early_reads import early_reads
from app.checker.flow.ways import Ways
from app.checker.flow.written import NOTHING
from app.checker.names.catalogue import catalogue
from app.checker.names.unknown import problems as name_problems
from app.engine import Position, StepFault
from tests.architecture.shipped import TERRITORIES
from tests.architecture.shipped import bundle as shipped
from tests.bpmn_builder import Block, process
from tests.checker.flow_bundles import (
    FORMS,
    SETTINGS,
    a_field,
    a_form,
    judge_model,
    model_of,
)
from tests.engine_play import Caller
from tests.random_routes import TREES, Tree, Writer, choices

EARLY = "read-before-written"
DOUBT = "may-be-unwritten"


@pytest.mark.parametrize("code", TERRITORIES)
def test_the_shipped_programmes_have_no_fault_and_raise_no_doubt(code: str):
    assert judge_model(model_of(shipped(code).files)).problems == ()


class Prelude(Writer):
    """A random process that writes its data by verbs first; ``spared`` are those it forgets."""

    def __init__(self, spared: frozenset[str]) -> None:
        super().__init__()
        self.spared = spared

    def write(self, tree: Tree) -> None:
        probe = Writer()
        probe.write(tree)
        names = [name for name in probe.data if name not in self.spared]
        block = process("hasard")
        for name in names:
            block.service(f"donner_{name}", f"donner_{name}", result=name)
        self._emit(block, tree)
        self.files["hasard.bpmn"] = block.end().xml()

    def caller(self) -> Caller:
        given = {name: (lambda _, value=value: value) for name, value in self.data.items()}
        return Caller(
            verbs={
                **{f"donner_{name}": verb for name, verb in given.items()},
                "noter": lambda parameters: {"de": parameters["de"]},
                "compter": lambda parameters: parameters["de"] + 1,  # type: ignore[operator]
            }
        )


def played(writer: Prelude, dice: list[int]) -> tuple[set[str], StepFault | None]:
    """Play a process; return the elements done, and the fault that ended it."""
    programme = engine.compile_fresh(writer.files, "hasard")
    caller, done = writer.caller(), set()
    try:
        position = engine.start(programme, "hasard", {}, caller)
        done |= elements(position)
        for die in dice:
            possible = choices(position)
            if not possible:
                break
            kind, target = possible[die % len(possible)]
            if kind == "task":
                position = engine.complete(programme, position.state, target, {"v": die % 10}, caller)
            elif kind == "timer":
                position = engine.wake(programme, position.state, target, caller)
            else:
                position = engine.catch(programme, position.state, target, {"v": die % 10}, caller)
            done |= elements(position)
    except StepFault as fault:
        return done, fault
    return done, None


def misses_a_name(fault: StepFault | None) -> bool:
    return fault is not None and "est inconnu à cette étape" in fault.cause


def elements(position: Position) -> set[str]:
    return {step.element for step in position.steps}


DICE = st.lists(st.integers(min_value=0, max_value=999), min_size=4, max_size=25)
SPARED = st.frozensets(st.sampled_from(["choix", "liste", "c2", "c3", "c5"]), max_size=2)
ANY_PROCESS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told_of(
    writer: Prelude, forms: Sequence[tuple[str, bytes]] = FORMS
) -> tuple[dict[str, set[str]], set[str]]:
    """Return ``{code: {element that would read}}`` and the names told to be unknown."""
    files = {f"bpmn/{name}": xml for name, xml in writer.files.items()}
    bare = SETTINGS.replace('"essai"', '"hasard"').replace('"bilan"', '"hasard"')
    model = model_of({"territoire.toml": bare.encode(), **dict(forms), **files})
    known = catalogue(model)
    ways = Ways(known.scopes, {"hasard": NOTHING}, forms=known.forms, tables=known.tables)
    source = {flow: origin for scope in known.scopes for flow, origin, _, _ in scope.flows}
    told: dict[str, set[str]] = {EARLY: set(), DOUBT: set(), "unknown-name": set()}
    for problem in (*early_reads(known, ways), *name_problems(model)):
        told[problem.code].add(source.get(problem.element, problem.element))
    return told, {problem.message for problem in name_problems(model)}


@ANY_PROCESS
@given(tree=TREES, dice=DICE)
def test_a_process_that_finds_every_name_is_not_told_that_one_is_missing(tree: Tree, dice: list[int]) -> None:
    writer = Prelude(frozenset())
    writer.write(tree)
    told, unknown = told_of(writer)
    assert unknown == set()
    _, fault = played(writer, dice)
    assert not misses_a_name(fault)
    assert told == {EARLY: set(), DOUBT: set(), "unknown-name": set()}


@ANY_PROCESS
@given(tree=TREES, dice=DICE, spared=SPARED)
@example(tree=("many", ("service",), False, True), dice=[1, 2, 3, 4], spared=frozenset({"liste"}))
@example(tree=("exclusive", ("user",), ("user",)), dice=[1, 2, 3, 4], spared=frozenset({"choix"}))
@example(
    tree=("boundary", ("seq", ("user",), ("message",)), ("exclusive", ("user",), ("user",)), True, False),
    dice=[0, 1, 1, 1, 0, 0],
    spared=frozenset({"choix"}),
)
def test_what_is_told_of_never_works_and_what_fails_was_told_of(
    tree: Tree, dice: list[int], spared: frozenset[str]
) -> None:
    """A step refused for what nothing wrote is never done; a run stops only where something was said."""
    writer = Prelude(spared)
    writer.write(tree)
    told, _ = told_of(writer)
    done, fault = played(writer, dice)
    assert not done & (told[EARLY] | told["unknown-name"])
    if fault is not None and misses_a_name(fault):
        assert fault.element in told[EARLY] | told[DOUBT] | told["unknown-name"]


class Answering(Prelude):
    """A random process whose steps fill in one of two forms, and whose verbs read one of them."""

    def _user(self, block: Block) -> None:
        name = self._name("u")
        block.user(name, formulaire=KEYS[self.count % 2], resultats=f"choix.v, {name}.v")

    def _service(self, block: Block) -> None:
        name = self._name("s")
        block.service(name, f"lire_{name}", lu=f"{KEYS[self.count // 2 % 2]}.v")


KEYS = ("jaune", "rouge")
LONG_TREES = st.tuples(TREES, TREES, TREES, TREES).map(
    lambda parts: ("seq", ("seq", parts[0], parts[1]), ("seq", parts[2], parts[3]))
)


class Listening(Caller):
    """Keeps the answers given, as the product does, and notes the elements that read one."""

    def __init__(self, writer: Prelude) -> None:
        super().__init__(verbs=writer.caller().verbs, answers={key: {} for key in KEYS})
        self.read: set[str] = set()

    def call(self, operation: str, element: str, *rest: Any) -> object:
        if operation.startswith("lire_") and rest[1]["lu"] is not None:
            self.read.add(element)
        return super().call(operation, element, *rest)


def listened(writer: Prelude, dice: list[int]) -> set[str]:
    """Play a process; return the elements that read an answer."""
    programme = engine.compile_fresh(writer.files, "hasard")
    caller = Listening(writer)
    with contextlib.suppress(StepFault):
        position = engine.start(programme, "hasard", {}, caller)
        for die in dice:
            possible = choices(position)
            if not possible:
                break
            kind, target = possible[die % len(possible)]
            task = next((task for task in position.open_tasks if task.id == target), None)
            if task is not None:
                caller.answers[str(task.form)] = {"v": die}
                position = engine.complete(programme, position.state, target, {"v": die}, caller)
            elif kind == "timer":
                position = engine.wake(programme, position.state, target, caller)
            else:
                position = engine.catch(programme, position.state, target, {"v": die}, caller)
    return caller.read


@ANY_PROCESS
@given(tree=LONG_TREES, dice=DICE)
def test_an_answer_that_was_read_was_not_told_to_be_too_early(tree: Tree, dice: list[int]) -> None:
    writer = Answering(frozenset())
    writer.write(tree)
    forms = [a_form(key, a_field("v", "nombre")) for key in KEYS]
    told, _ = told_of(writer, forms)
    assert not listened(writer, dice) & told[EARLY]
