"""Attacks and bombs in every place where the engine evaluates: refused, quickly, nothing executed.

The text is refused when the diagram is compiled. A release compiled under older rules could still
carry it, so the same texts are also let past the compiler and must be refused when they are reached.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from app import engine
from app.engine import ProgrammeFault, StepFault
from app.engine.checks import texts
from tests.bpmn_builder import Block, condition, loop, many, message, process, timer
from tests.engine_play import Caller
from tests.unit.expressions.hostile import CASES, hostile_texts, within_50_ms

PLACES: dict[str, Callable[[str], Block]] = {
    "gateway": lambda text: process().xor("ici", default="fin").when(text).user("a").at("ici").end(),
    "inclusive gateway": lambda text: (
        process().inclusive("ici", default="fin").when(text).user("a").at("ici").end()
    ),
    "timer duration": lambda text: process().catch("ici", timer(text)).end(),
    "timer date": lambda text: process().catch("ici", timer(text, "timeDate")).end(),
    "event gateway": lambda text: process().event_gateway("g").catch("ici", timer(text)).end(),
    "conditional event": lambda text: process().catch("ici", condition(text)).end(),
    "cardinality": lambda text: process().user("ici", many(cardinality=text)).end(),
    "collection": lambda text: process().user("ici", many(text, "un")).end(),
    "loop condition": lambda text: process().user("ici", loop(text, before=True)).end(),
    "parameter": lambda text: process().service("ici", "noter", a=text).end(),
    "payload": lambda text: process().throw("ici", message("m", payload=text)).end(),
    "delai": lambda text: process().user("ici", delai=text).end(),
    "rappel": lambda text: process().user("ici", rappel=text).end(),
    "escalade": lambda text: process().user("ici", escalade=text).end(),
}


def _reached(route: Block, mark: Path) -> None:
    programme = engine.compile_fresh({"a.bpmn": route.xml()}, "attaque")
    caller = Caller(verbs={"noter": lambda _: pytest.fail("the verb ran")})
    caught = False
    for _ in range(3):
        try:
            with within_50_ms():
                engine.start(programme, "essai", CASES["names"], caller)
        except StepFault as fault:
            caught = fault.element in {"ici", "g"} and bool(fault.cause)
            break
        except AssertionError:
            continue
    assert caught
    assert not mark.exists()


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_is_refused_where_it_stands(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    for text in hostile_texts(str(mark)):
        route = PLACES[place](text)
        with pytest.raises(ProgrammeFault):
            engine.compile_fresh({"a.bpmn": route.xml()}, "attaque")
    monkeypatch.setattr(texts, "fault_of", lambda _text, _role: None)
    for text in hostile_texts(str(mark)):
        _reached(PLACES[place](text), mark)


def test_a_completion_condition_and_a_loop_condition_are_refused_when_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(texts, "fault_of", lambda _text, _role: None)
    mark = tmp_path / "mark"
    for text in hostile_texts(str(mark)):
        for inner in (many(cardinality="2", until=text), loop(text)):
            programme = engine.compile_fresh({"a.bpmn": process().user("ici", inner).end().xml()}, "attaque")
            caller = Caller()
            position = engine.start(programme, "essai", CASES["names"], caller)
            task_id = position.open_tasks[0].id
            with pytest.raises(StepFault) as caught, within_50_ms():
                engine.complete(programme, position.state, task_id, {}, caller)
            assert caught.value.element == "ici"
    assert not mark.exists()


def test_useful_expressions_work_in_a_gateway() -> None:
    for text, expected in CASES["useful"].items():
        if not isinstance(expected, bool):
            continue
        route = process().xor("ici", default="fin").when(text).user("pris").at("ici").end()
        programme = engine.compile_fresh({"a.bpmn": route.xml()}, "utile")
        position = engine.start(programme, "essai", CASES["names"], Caller())
        assert bool(position.open_tasks) is expected
