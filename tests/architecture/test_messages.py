"""Every message is registered, every template is used, every kind is told by somebody."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from app.config import ROOT
from app.notifications.registry import KINDS, MODES, SYSTEM, of_programme
from app.notifications.texts import system_messages

APP = ROOT / "app"
TEMPLATES = APP / "notifications" / "templates"


@cache
def words_of_the_code() -> frozenset[str]:
    """Every text constant of the services and of the notifications."""
    found = set()
    for folder in ("services", "notifications", "handlers"):
        for path in (APP / folder).rglob("*.py"):
            if path.name != "registry.py":
                tree = ast.parse(path.read_text("utf-8"))
                found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return frozenset(word for word in found if isinstance(word, str))


def shipped_messages() -> list[Path]:
    return sorted((ROOT / "bpmn").rglob("messages/*.txt"))


def test_every_template_belongs_to_a_registered_message_and_is_there():
    files = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file()}
    assert {name for message in SYSTEM.values() for name in message.files} == files


def test_every_text_template_is_a_registered_message():
    assert system_messages() == SYSTEM.keys()


@pytest.mark.parametrize("message", SYSTEM.values(), ids=lambda message: message.id)
def test_every_message_of_the_system_is_sent_by_the_code_and_has_both_forms(message):
    assert message.id in words_of_the_code()
    assert message.label and message.audience
    assert any(name.endswith(".txt") for name in message.files)
    assert any(name.endswith(".html") for name in message.files)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.id)
def test_every_kind_is_whole_and_told_by_somebody(kind):
    shipped = {path.stem for path in shipped_messages()}
    assert kind.id in words_of_the_code() | shipped, "nobody tells it"
    assert kind.label[0].islower() and not kind.label.endswith(".")
    assert kind.audience and kind.permissions
    assert kind.default in kind.choices and set(kind.choices) <= MODES.keys()
    assert kind.several.format(3).startswith("3 ")


def test_every_kind_told_by_the_code_is_registered():
    told = set()
    for path in (APP / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("notices.tell", "_tell_of_task")
            ):
                told |= {arg.value for arg in node.args[1:3] if isinstance(arg, ast.Constant)}
    assert told and told <= KINDS.keys()


@pytest.mark.parametrize("path", shipped_messages(), ids=lambda path: path.stem)
def test_every_message_of_the_shipped_programmes_has_a_name_that_people_understand(path):
    kind = of_programme(path.stem, path.read_text("utf-8"))
    assert not re.search(r"[{}_()]", kind.label), kind.label
    assert kind.several.format(2)
