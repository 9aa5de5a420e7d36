"""Every attack in every place of a bundle is refused by ``check``; what shows at run time only, when run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.checker import check_files
from app.checker.problem import Problem
from tests.checker.corpus import bundle
from tests.checker.corpus.attacks import PLACES, Place
from tests.checker.corpus.patience import ended_after
from tests.unit.expressions.hostile import CASES, hostile_texts

ALL = {name: place for group in PLACES.values() for name, place in group.items()}
each_place = pytest.mark.parametrize("place", ALL.values(), ids=[name.replace(" ", "-") for name in ALL])
TOO_LARGE = "too-large"  # three names of a million letters make a file that nothing reads
PATIENCE = 120  # seconds before a test that hangs is ended, with the place where it hangs


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """End the whole process, saying where it was, when a judgement never ends."""
    with ended_after(PATIENCE):
        yield


def judged(carried: dict[str, tuple[bytes, str]]) -> dict[str, list[Problem]]:
    """The errors on each of the files added to the sound bundle; the others must stay sound."""
    files = {**bundle(), **{path: content for path, (content, _) in carried.items()}}
    found: dict[str, list[Problem]] = {path: [] for path in files}
    for problem in check_files(files, whole=True):
        if problem.severity == "error":
            found[problem.path].append(problem)
    assert [path for path, problems in found.items() if problems and path not in carried] == []
    return found


def placed(place: Place, texts: list[str]) -> dict[str, tuple[bytes, str]]:
    carried = [place(number, text) for number, text in enumerate(texts)]
    return {path: (content, element) for path, content, element in carried}


def test_every_place_that_the_attacks_name_is_tried() -> None:
    assert set(PLACES) == set(CASES["places"])
    assert len(ALL) >= 30


@each_place
def test_a_hostile_text_is_refused_on_its_element(place: Place, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    texts = hostile_texts(str(mark))
    carried = placed(place, texts)
    found = judged(carried)
    for text, (path, (_, element)) in zip(texts, carried.items(), strict=True):
        on_it = [
            item for item in found[path] if item.element == element or not element or item.code == TOO_LARGE
        ]
        assert on_it, (text[:80], found[path])
        for problem in found[path]:
            assert problem.message.endswith((".", "?", "!")), problem.message
            assert len(problem.message) < 600, problem.message[:200]
            assert "Traceback" not in problem.message
    assert not mark.exists()


@each_place
def test_the_same_text_is_refused_in_a_file_judged_alone(place: Place, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for number, text in enumerate(hostile_texts(str(mark))):
        path, content, _ = place(number, text)
        found = check_files({path: content}, whole=False)
        assert [problem for problem in found if problem.severity == "error"], (path, text[:80])
    assert not mark.exists()


NOT_THE_LANGUAGE = {"bad-expression", "bad-form", "bad-template", "unreadable", "too-slow"}
EXPRESSIONS = [
    (name, place)
    for kind, group in PLACES.items()
    for name, place in group.items()
    if kind != "notification and document template" and name not in {"cycle", "correlation", "item of a cell"}
]


@pytest.mark.parametrize("text", CASES["useful"])
def test_a_useful_expression_is_part_of_the_language_everywhere(text: str) -> None:
    for number, (name, place) in enumerate(EXPRESSIONS):
        path, content, _ = place(number, text)
        if path.startswith("forms/"):  # a form knows its own fields only: there the names are another form's
            path, content, _ = place(number, _elsewhere(text))
        found = check_files({path: content}, whole=False)
        assert [problem for problem in found if problem.code in NOT_THE_LANGUAGE] == [], name


def _elsewhere(text: str) -> str:
    for name in ("age", "accord", "mois", "duree", "membres", "rep", "x", "nom"):
        text = re.sub(rf"(?<![\w.'\"\[]){name}(?![\w'\"(])", f"ailleurs.{name}", text)
    return text
