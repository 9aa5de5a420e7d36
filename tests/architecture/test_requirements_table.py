"""``docs/exigences.md`` says where each requirement is met and which test proves it; both exist."""

import ast
import re
from functools import cache

import pytest

from app.config import ROOT

PAGE = ROOT / "docs" / "exigences.md"
DUE = (
    *(f"CAR-{number}" for number in (1, 2, 3, 4, 7, 8, 9, 10, 11, 13)),
    *(f"AST-{number}" for number in range(1, 13)),
    *(f"ANG-{number}" for number in (2, 5, 6)),
    *(f"REP-{number}" for number in range(1, 5)),
    *(f"LAW-{number}" for number in (1, 3, 4, 7, 8, 10, 11, 12)),
)
"""What this product claims today."""

QUOTED = re.compile(r"`([^`]+)`")


def rows() -> dict[str, tuple[str, str, str]]:
    """Each requirement's id → (what it asks, where it is met, which tests prove it)."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"[A-Z]{3}-\d+", cells[0]):
            found[cells[0]] = (cells[1], cells[2], cells[3])
    return found


@cache
def names_of_tests(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_requirement_due_has_its_row():
    assert set(DUE) - set(rows()) == set()


@pytest.mark.parametrize("requirement", DUE)
def test_a_requirement_is_met_somewhere_that_exists(requirement):
    wanted, where, _ = rows()[requirement]
    assert wanted
    places = QUOTED.findall(where)
    assert places, f"{requirement}: say where, as `path`"
    assert [place for place in places if not (ROOT / place.partition(":")[0]).exists()] == []


@pytest.mark.parametrize("requirement", DUE)
def test_a_requirement_is_proved_by_tests_that_exist(requirement):
    proofs = QUOTED.findall(rows()[requirement][2])
    assert proofs, f"{requirement}: name a test, as `tests/….py::test_…`"
    missing = []
    for proof in proofs:
        file, _, name = proof.partition("::")
        if not (ROOT / file).is_file() or name.partition("[")[0] not in names_of_tests(file):
            missing.append(proof)
    assert missing == []
