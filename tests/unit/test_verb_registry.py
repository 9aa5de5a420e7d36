"""A verb has one meaning: a second one of the same name is refused, not kept in its place."""

import pytest
from marshmallow import Schema

from app.handlers.registry import operation, operations


def test_two_modules_cannot_share_the_name_of_a_verb() -> None:
    before = operations()["notifier"]
    with pytest.raises(ValueError, match="notifier"):
        operation("notifier", Schema, label="Autre")(lambda parameters, context: None)  # type: ignore[arg-type, return-value]
    assert operations()["notifier"] is before
