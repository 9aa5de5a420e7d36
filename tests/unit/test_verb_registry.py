"""A verb has one meaning: a second one of the same name is refused, not kept in its place."""

from collections.abc import Mapping

import pytest
from marshmallow import Schema

from app.handlers.registry import Context, Result, operation, operations


def _other(_parameters: Mapping[str, object], _context: Context) -> Result:
    return Result(None)


def test_two_modules_cannot_share_the_name_of_a_verb() -> None:
    before = operations()["notifier"]
    with pytest.raises(ValueError, match="notifier"):
        operation("notifier", Schema, label="Autre")(_other)
    assert operations()["notifier"] is before
