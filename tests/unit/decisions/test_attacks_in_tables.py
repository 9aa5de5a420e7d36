from collections.abc import Callable
from pathlib import Path

import pytest

from app.decisions import DecisionFault, parse_decisions
from tests.unit.decisions.dmn import a_decision, a_file
from tests.unit.expressions.hostile import CASES, hostile_texts, within_50_ms


def _as_input_expression(text: str) -> str:
    return a_decision([(("-",), ("1",))], inputs=(text,))


def _as_input_cell(text: str) -> str:
    return a_decision([((text,), ("1",))], inputs=("mois",))


def _as_item_of_a_list(text: str) -> str:
    return a_decision([((f'"a", not({text}), > {text}, [1..{text}]',), ("1",))], inputs=("mois",))


def _as_output_cell(text: str) -> str:
    return a_decision([(("-",), (text,))], inputs=("mois",))


def _as_default(text: str) -> str:
    return a_decision([(("99",), ("1",))], inputs=("mois",), defaults=(text,))


@pytest.mark.parametrize(
    "place", [_as_input_expression, _as_input_cell, _as_item_of_a_list, _as_output_cell, _as_default]
)
@pytest.mark.parametrize("number", range(len(hostile_texts())))
def test_an_attack_or_a_bomb_in_a_table_is_refused_within_50_ms(
    number: int, place: Callable[[str], str], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    xml = a_file(place(hostile_texts(str(mark))[number]))
    with within_50_ms(), pytest.raises(DecisionFault):
        for table in parse_decisions(xml).values():
            table.evaluate(CASES["names"])
    assert not mark.exists()
