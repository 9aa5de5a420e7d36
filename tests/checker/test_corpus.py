"""Each faulty bundle of the corpus is refused for its own reason, and its mended twin passes."""

import re
from collections import Counter
from pathlib import Path

import pytest

from app import engine
from app.catalog.bundle import bundle_from_files
from app.checker import check_files
from app.checker.verdicts import check_paths, time_limit
from app.config import ROOT
from tests.checker.corpus import FAULTS, Fault, bundle
from tests.checker.corpus.build import ROUTE, VISIT

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.*?) \|", re.MULTILINE)
UNPROVED = frozenset({"dmn-too-large-to-prove"})
"""Doubts that only a table of many columns raises, too long for a small bundle."""
BEYOND_CONTENT = frozenset({"too-slow", "unreadable"})
"""Said when a file cannot be opened or judged in time: no content alone should bring them about."""
each_fault = pytest.mark.parametrize("faulty", FAULTS, ids=[item.name.replace(" ", "-") for item in FAULTS])


def test_the_sound_bundle_has_no_fault_and_raises_no_doubt() -> None:
    assert check_files(bundle(), whole=True) == []


@each_fault
def test_a_faulty_bundle_is_refused_for_its_own_reason_alone(faulty: Fault) -> None:
    found = check_files(faulty.faulty(), whole=True)
    expected = (faulty.path, faulty.element, faulty.severity, faulty.code)
    said = [
        problem
        for problem in found
        if (problem.path, problem.element, problem.severity, problem.code) == expected
    ]
    assert said, found
    assert [problem for problem in found if problem.severity == "error" and problem not in said] == []
    for problem in said:
        assert problem.message[:1].isupper() or not problem.message[:1].isalpha(), problem.message
        assert problem.message.endswith((".", "?", "…")), problem.message


@each_fault
def test_its_mended_twin_passes(faulty: Fault) -> None:
    found = check_files(faulty.twin(), whole=True)
    assert [problem for problem in found if problem.severity == "error" or problem.code == faulty.code] == []


def test_every_code_of_the_documentation_has_its_faulty_bundle() -> None:
    documented = dict(ROW.findall((ROOT / "docs/reference/verification.md").read_text("utf-8")))
    assert documented.keys() - BEYOND_CONTENT - UNPROVED == {item.code for item in FAULTS}
    for item in FAULTS:
        doubt = "(avertissement)" in documented[item.code]
        assert item.severity == ("warning" if doubt else "error"), item.name


def test_the_corpus_is_large_and_each_fault_has_a_name_of_its_own() -> None:
    assert len(FAULTS) >= 90
    assert [name for name, times in Counter(item.name for item in FAULTS).items() if times > 1] == []


def test_no_two_faulty_bundles_are_the_same() -> None:
    seen: dict[tuple[tuple[str, bytes], ...], str] = {}
    for item in FAULTS:
        content = tuple(sorted(item.faulty().items()))
        assert content not in seen, (item.name, seen.get(content))
        assert content != tuple(sorted(item.twin().items())), item.name
        seen[content] = item.name


def test_a_file_that_cannot_be_opened_does_not_hide_the_others(tmp_path: Path) -> None:
    for path, content in bundle().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / VISIT).unlink()
    (tmp_path / VISIT).symlink_to(tmp_path / "bpmn" / "absent.bpmn")
    found = {problem for verdict in check_paths([str(tmp_path)]) for problem in verdict.problems}
    (problem,) = found
    assert problem.path == VISIT
    assert problem.code in {"unreadable", "outside-folder"}


def test_a_judgement_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "SECONDS", 0.0)
    (problem,) = time_limit.judge({"bpmn/lent.bpmn": bundle()[ROUTE]}, whole=False)
    assert (problem.path, problem.code) == ("bpmn/lent.bpmn", "too-slow")


def test_the_sound_bundle_passes_the_command_as_a_folder_and_file_by_file(tmp_path: Path) -> None:
    for path, content in bundle().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    verdicts = check_paths([str(tmp_path)])
    assert {Path(verdict.path).relative_to(tmp_path).as_posix() for verdict in verdicts} == set(bundle())
    assert [verdict for verdict in verdicts if verdict.problems] == []
    for path in bundle():
        (verdict,) = check_paths([str(tmp_path / path)])
        assert verdict.ok and not verdict.problems


def test_the_sound_bundle_can_be_loaded() -> None:
    loaded = bundle_from_files(bundle())
    diagrams = {path: content for path, content in loaded.files.items() if path.startswith("bpmn/")}
    assert engine.process_ids(engine.compile_fresh(diagrams, loaded.fingerprint))
