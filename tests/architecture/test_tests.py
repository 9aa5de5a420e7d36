"""The tests themselves: they prove something, and they speak to this machine alone."""

import ast
import re
import socket
import warnings

import pytest
from pytest_socket import SocketConnectBlockedError

from app.config import ROOT

PROVES = re.compile(r"\bassert\b|raises\(|check=True|expect\(|\bcheck_\w+\(|assert_\w+\(")


def test_every_test_asserts_something():
    """A test without an assertion, an expected error or a checked command proves nothing."""
    empty = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not PROVES.search(ast.unparse(node))
    ]
    assert empty == []


def test_nothing_is_fetched_from_another_machine():
    refused = pytest.raises((SocketConnectBlockedError, UserWarning), match="tried to use socket")
    with refused, socket.socket() as client:
        client.connect(("192.0.2.1", 80))


def test_a_warning_is_an_error():
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_the_order_is_drawn_at_random(pytestconfig):
    assert pytestconfig.pluginmanager.hasplugin("randomly")
    assert pytestconfig.getoption("randomly_reorganize")
