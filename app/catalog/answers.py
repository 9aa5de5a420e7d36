"""Answers to JSON and back, losing nothing: numbers, dates and instants carry a tag."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_DECIMAL, _DATE, _INSTANT = "$decimal", "$date", "$instant"
_TAGS = frozenset({_DECIMAL, _DATE, _INSTANT})


def encode(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as plain JSON values.

    A ``Decimal`` becomes ``{"$decimal": "1.50"}``, a date ``{"$date": …}``, an aware datetime
    ``{"$instant": …}``; lists and groups are walked.

    Raises:
        TypeError: a value that is no answer (an upload not stored yet, a naive datetime).
    """
    return {str(key): _encoded(value) for key, value in answers.items()}


def decode(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the typed answers that ``encode`` was given."""
    return {key: _decoded(value) for key, value in stored.items()}


def to_json(answers: Mapping[str, Any]) -> str:
    """Return the answers as JSON text."""
    return json.dumps(encode(answers), ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> dict[str, Any]:
    """Return the typed answers of a JSON text made by ``to_json``."""
    return decode(json.loads(text))


def _encoded(value: object) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("an answer's instant carries its zone")
        return {_INSTANT: value.isoformat()}
    if isinstance(value, date):
        return {_DATE: value.isoformat()}
    if isinstance(value, Mapping):
        if _TAGS & value.keys():
            raise TypeError("an answer's key cannot be a tag")
        return encode(value)
    if isinstance(value, list | tuple):
        return [_encoded(item) for item in value]
    raise TypeError(f"{type(value).__name__} is no answer")


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        tag, text = next(iter(value.items()))
        if tag == _DECIMAL:
            return Decimal(text)
        if tag == _DATE:
            return date.fromisoformat(text)
        if tag == _INSTANT:
            return datetime.fromisoformat(text)
    return decode(value)
