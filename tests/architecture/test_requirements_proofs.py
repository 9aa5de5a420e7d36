"""Every test and place that ``docs/exigences.md`` names exists, in each of its tables."""

from app.config import ROOT
from tests.architecture.test_requirements_table import PAGE, QUOTED, names_of_tests


def test_every_test_named_on_the_page_exists():
    quoted = QUOTED.findall(PAGE.read_text(encoding="utf-8"))
    proofs = [text.split("::") for text in quoted if text.startswith("tests/")]
    assert len(proofs) > 50
    missing = [
        f"{file}::{name}"
        for file, name in proofs
        if not (ROOT / file).is_file() or name not in names_of_tests(file)
    ]
    assert missing == []


def test_every_place_named_on_the_page_exists():
    quoted = QUOTED.findall(PAGE.read_text(encoding="utf-8"))
    places = [text for text in quoted if text.split("/")[0] in {"app", "bpmn", "forms", "docs", "migrations"}]
    assert len(places) > 20
    assert [place for place in places if not (ROOT / place).exists()] == []
