"""Files damaged at random: the checker always answers, in French, with a code that it documents.

``make faults`` judges 20 000 of them, a normal run the first 2 000. A case is its seed: ``case(1234)`` gives
the same file again, and a failure names its seed.
"""

import random
import re
from functools import cache

import pytest

from app.catalog.bundle import resolve
from app.checker import check_files
from app.config import ROOT
from tests.checker.corpus import FAULTS, bundle
from tests.checker.corpus.mutations import damaged
from tests.checker.corpus.patience import ended_after

CASES = 20_000
USUAL = 2_000
CHUNK = 200
PATIENCE = 60  # seconds for one case before the process is ended, saying where it hangs
CODE = re.compile(r"^\| `([a-z0-9-]+)` \|", re.MULTILINE)
FOREIGN = re.compile(
    r"Traceback|\bException\b|[A-Z][a-z]+Error\b|object at "
    "0x|<class|NoneType|\b(expected|invalid|must|cannot|"
    r"supported|unexpected|missing|not found|specify|line \d+)\b"
)
"""Words of Python or of a library that no designer should read."""
SUFFIXES = (".bpmn", ".dmn", ".json", ".txt", ".html", ".toml", ".zip", "")


@cache
def documented() -> frozenset[str]:
    """The codes that the reference explains."""
    return frozenset(CODE.findall((ROOT / "docs/reference/verification.md").read_text("utf-8")))


@cache
def sources() -> tuple[tuple[str, bytes], ...]:
    """The files that are damaged: the sound bundle's, those of the faulty ones, and the shipped ones."""
    sound = bundle()
    found = [*sound.items()] * 8
    for fault in FAULTS:
        faulty = fault.faulty()
        data = faulty.get(fault.path, b"")
        if 0 < len(data) < 100_000:
            found.append((fault.path, data))
    found += [(path, data) for path, data in resolve(ROOT, "carene").files.items() if len(data) < 60_000]
    return tuple(found)


def case(seed: int) -> tuple[dict[str, bytes], bool, str]:
    """The files of a case, whether they are a whole bundle, and the file that was damaged."""
    rng = random.Random(seed)  # noqa: S311 - damage to be drawn again, no secret
    path, data = rng.choice(sources())
    data = damaged(path, data, rng)
    if rng.random() < 0.05:
        path = path.rpartition(".")[0] + rng.choice(SUFFIXES)
    whole = rng.random() < 0.08
    return ({**bundle(), path: data} if whole else {path: data}), whole, path


def judge(seed: int) -> None:
    """Judge one case; every sentence must be one that a designer can read."""
    files, whole, damaged_path = case(seed)
    try:
        with ended_after(PATIENCE):
            found = check_files(files, whole=whole)
    except BaseException as fault:
        raise AssertionError(f"seed {seed}: {damaged_path} makes the checker fall over") from fault
    for problem in found:
        where = f"seed {seed}: {problem}"
        assert problem.path in files, where
        assert problem.severity in {"error", "warning"}, where
        assert problem.code in documented(), where
        assert problem.code != "unreadable", where  # the guard caught what a rule should have seen
        assert problem.message.strip().endswith((".", "?", "!", ")", "…")), where
        assert not FOREIGN.search(re.sub(r"« .*? »", "", problem.message, flags=re.DOTALL)), where
        assert len(problem.message) < 1_500, where


@pytest.mark.parametrize("first", range(0, USUAL, CHUNK))
def test_a_damaged_file_always_has_its_verdict(first: int) -> None:
    print(f"seeds {first} to {first + CHUNK - 1}")
    for seed in range(first, first + CHUNK):
        judge(seed)
    assert len(sources()) > len(FAULTS)


@pytest.mark.fault
@pytest.mark.parametrize("first", range(USUAL, CASES, CHUNK))
def test_twenty_thousand_damaged_files_have_their_verdict(first: int) -> None:
    print(f"seeds {first} to {first + CHUNK - 1}")
    for seed in range(first, first + CHUNK):
        judge(seed)
    assert len(sources()) > len(FAULTS)


def test_the_damage_is_the_same_for_the_same_seed_and_leaves_few_files_whole() -> None:
    assert [case(seed) for seed in range(20)] == [case(seed) for seed in range(20)]
    originals = set(sources())
    untouched = [seed for seed in range(500) if (case(seed)[2], case(seed)[0][case(seed)[2]]) in originals]
    assert len(untouched) < 25
