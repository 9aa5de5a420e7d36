"""The stored state: small, the same for the same position, deaf to everything outside."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
import zstandard

from app import engine, ids
from app.engine import StateFault
from tests.bpmn_builder import Block, many, message, process, timer
from tests.engine_play import Caller, Run


def _record(state: bytes) -> dict[str, object]:
    record: dict[str, object] = json.loads(zstandard.decompress(state))
    return record


def _long_route() -> Block:
    return (
        process()
        .user("agir", resultats="agir.note")
        .service("noter", "noter", result="bilan", note="agir.note")
        .xor("encore", default="fin")
        .when("agir.note < 1000")
        .to("agir")
        .at("encore")
        .end()
    )


def test_a_case_costs_the_same_after_many_steps() -> None:
    run = Run(_long_route(), data={f"champ{rank}": "valeur" * 5 for rank in range(20)})
    sizes, depths = [], []
    for rank in range(400):
        run.done("agir", note=rank)
        sizes.append(len(run.position.state))
        depths.append(run.position.depth)
    assert max(sizes[10:]) - min(sizes[10:]) < 40
    assert set(depths[1:]) == {depths[1]}
    assert depths[1] < 10


def test_the_state_holds_no_specification_and_nothing_predicted() -> None:
    run = Run(
        process().user("agir", resultats="a.b", formulaire="f").user("finir_un_jour").end("fin_un_jour")
    )
    text = json.dumps(_record(run.position.state))
    assert "agir" in text
    assert "formulaire" not in text
    assert "finir_un_jour" not in text
    rows = _record(run.position.state)["main"]["tasks"]  # type: ignore[index]
    assert all(row[3] >= 8 for row in rows)  # WAITING or beyond


def test_reading_gives_the_same_bytes_and_runs_nothing() -> None:
    run = Run(_long_route().boundary("b", "agir", message("m"), interrupting=False).end("f"))
    calls = len(run.caller.calls)
    for _ in range(2):
        again = engine.read(run.programme, run.position.state)
        assert again.state == run.position.state
        assert again.open_tasks == run.position.open_tasks
        assert again.waits == run.position.waits
    assert len(run.caller.calls) == calls


def _seeded(seed: int) -> list[bytes]:
    source = random.Random(seed)  # noqa: S311 - it seeds ids of a test
    with ids.drawn_from(lambda: UUID(int=source.getrandbits(128), version=4)):
        inner = process("branche").user("repondre", resultats="r.v").end()
        route = process().call("aller", "branche", many("noms", "nom")).catch("t", timer('"P1D"')).end()
        run = Run(route, inner, data={"noms": ["a", "b"]})
        states = [run.position.state]
        states += [run.done("repondre", name, v=1).position.state for name in ("b", "a")]
        states.append(run.wake("t").position.state)
    return states


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert _seeded(7) == _seeded(7)
    assert _seeded(7) != _seeded(8)


def test_an_instance_bears_the_id_it_is_given() -> None:
    first = uuid4()
    programme = engine.compile_fresh({"a.bpmn": process().user("a").end().xml()}, "id")
    position = engine.start(programme, "essai", {}, Caller(), instance_id=first)
    assert _record(position.state)["main"]["tasks"][0][0] == first.hex  # type: ignore[index]
    assert position.open_tasks[0].id != first


def test_many_threads_share_one_programme() -> None:
    inner = process("branche").user("repondre", resultats="r.v").end()
    route = process().call("aller", "branche", many("noms", "nom", output=("rs", "r"))).user("lire").end()
    files = {"a.bpmn": route.xml(), "b.bpmn": inner.xml()}
    programme = engine.compile_fresh(files, "fils")

    def play(rank: int) -> bool:
        caller = Caller()
        position = engine.start(programme, "essai", {"noms": ["a", "b", "c"], "rang": rank}, caller)
        while any(task.element == "repondre" for task in position.open_tasks):
            task = position.open_tasks[-1]
            position = engine.complete(programme, position.state, task.id, {"v": rank}, caller)
        kept = position.open_tasks[0].variables
        return kept["rs"] == [{"v": rank}] * 3 and kept["rang"] == rank

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(play, range(120)))


@pytest.mark.parametrize(
    "state", [b"", b"abc", zstandard.compress(b"{}"), zstandard.compress(b"[1]"), zstandard.compress(b"\xff")]
)
def test_bytes_that_are_no_state_are_refused(state: bytes) -> None:
    programme = engine.compile_fresh({"a.bpmn": process().user("a").end().xml()}, "id")
    with pytest.raises(StateFault):
        engine.read(programme, state)


def test_a_state_of_another_programme_is_refused() -> None:
    run = Run(process().user("ancienne").end())
    other = engine.compile_fresh({"a.bpmn": process().user("nouvelle").end().xml()}, "autre")
    with pytest.raises(StateFault, match="ancienne"):
        engine.read(other, run.position.state)


def test_a_release_with_an_inserted_step_is_seen_by_a_running_case() -> None:
    run = Run(process().user("a").user("c").end())
    newer = engine.compile_fresh({"a.bpmn": process().user("a").user("b").user("c").end().xml()}, "suite")
    position = engine.complete(newer, run.position.state, run.task("a").id, {}, run.caller)
    assert [task.element for task in position.open_tasks] == ["b"]
