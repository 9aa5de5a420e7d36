"""The registry of verbs: French label, parameter schema, what the result holds.

A handler queries and returns effects; the step's transaction applies them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError

from app.catalog.bundle import Bundle
from app.errors import RelaisError
from app.handlers.effects import Effect

LANE = "lane"
NAMES = "names"
"""Metadata of a parameter that names a file or a word of the bundle: documents, messages, audience, ``LANE``,
or events (the prefix of the messages it sends)."""


class HandlerFault(RelaisError):
    """A verb was given parameters, or finds facts, with which it cannot work."""

    sentence_template = "{cause}"


@dataclass(frozen=True)
class Context:
    """Where a verb runs: the step, its territory and the passing view of answers.

    ``earlier`` are the effects already asked for in this step: they are not stored yet.
    """

    territory_id: UUID
    territory_name: str
    live: Mapping[str, Any]
    bundle: Bundle
    process_id: UUID
    case_id: UUID | None
    element: str
    scope: str | None
    now: datetime
    names: Mapping[str, Any]
    earlier: Sequence[Effect] = ()


@dataclass(frozen=True)
class Result:
    """What a verb gives back: ``output`` enters the process data, ``effects`` wait for the commit."""

    output: object = None
    effects: Sequence[Effect] = field(default=())


Handler = Callable[..., Result]


@dataclass(frozen=True)
class Operation:
    """A verb as the designer sees it; ``sends`` are the messages that it has sent to cases later on."""

    id: str
    label: str
    schema: Schema
    gives: str
    handler: Handler
    sends: tuple[str, ...] = ()


_registry: dict[str, Operation] = {}


def operation(
    id_: str, schema: type[Schema], *, label: str, gives: str = "", sends: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Register a verb; its parameters come from a designer and are validated by ``schema``.

    Raises:
        ValueError: another module has a verb of that name, which would be lost.
    """

    def register(handler: Handler) -> Handler:
        known = _registry.get(id_)
        if known is not None and known.handler.__module__ != handler.__module__:
            raise ValueError(f"{id_} is a verb of {known.handler.__module__}")
        _registry[id_] = Operation(id_, label, schema(), gives, handler, sends)
        return handler

    return register


def operations() -> Mapping[str, Operation]:
    """Return the known verbs by id."""
    return dict(_registry)


def dispatch(operation_id: str, parameters: Mapping[str, object], context: Context) -> Result:
    """Run a verb.

    Raises:
        HandlerFault: unknown verb, or parameters that do not fit it.
    """
    found = _registry.get(operation_id)
    if found is None:
        raise HandlerFault(operation=operation_id, cause="elle n'existe pas. Choisissez-en une de la liste.")
    given = {key: value for key, value in parameters.items() if value is not None}
    try:
        loaded = found.schema.load(given)
    except ValidationError as error:
        raise HandlerFault(operation=operation_id, cause=_sentence(error)) from error
    return found.handler(context, **loaded)


def _sentence(error: ValidationError) -> str:
    messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
    return " ; ".join(f"paramètre « {name} » : {_first(problem)}" for name, problem in messages.items())


def _first(problem: object) -> str:
    if isinstance(problem, dict):
        return _first(next(iter(problem.values())))
    if isinstance(problem, list):
        return _first(problem[0])
    return str(problem)
