"""The table of codes for people is complete: all that is said is explained, and nothing else."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from tests.checker import corpus
from tests.checker.corpus.build import Fault

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "verification.md"
SOURCES = [
    *sorted((ROOT / "app" / "checker").rglob("*.py")),
    *sorted((ROOT / "app" / "engine" / "checks").glob("*.py")),
    ROOT / "app" / "expressions" / "safe_xml.py",
]
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def _explained() -> list[str]:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    assert all(meaning.strip() and remedy.strip() for _, meaning, remedy in rows)
    return [code for code, _, _ in rows]


def _texts() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_code_of_the_rules_is_explained() -> None:
    hyphenated = {text for text in _texts() if CODE.fullmatch(text) and "-" in text} - {"utf-8"}
    assert hyphenated - set(_explained()) == set()


def test_every_code_explained_is_one_of_the_rules() -> None:
    assert set(_explained()) - set(_texts()) == set()


def test_a_code_is_explained_once() -> None:
    assert len(_explained()) == len(set(_explained()))


def test_every_code_of_the_faulty_bundles_is_explained() -> None:
    modules = [
        importlib.import_module(f"{corpus.__name__}.{item.name}")
        for item in pkgutil.iter_modules(corpus.__path__)
    ]
    groups = [value for module in modules for value in vars(module).values() if isinstance(value, tuple)]
    codes = {item.code for group in groups for item in group if isinstance(item, Fault)}
    assert codes
    assert codes - set(_explained()) == set()
