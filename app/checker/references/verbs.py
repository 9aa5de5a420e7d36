"""Automatic steps: the verb exists, takes the parameters given, and what they name is in the bundle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma

from app.checker import inventory
from app.checker.model import Model
from app.checker.problem import Problem
from app.engine.diagram import ours
from app.expressions import ExpressionError, check, evaluate
from app.handlers import operations
from app.handlers.letters import ADDRESSEES
from app.handlers.registry import NAMES, Operation

UNSURE: Final = object()
"""The value of a parameter that only a running case can tell."""
SETTINGS_ROOT: Final = "reglages"


@dataclass(frozen=True)
class Given:
    """A parameter as the diagram gives it; ``value`` is ``UNSURE`` when the text alone does not tell."""

    name: str
    text: str
    value: object


@dataclass(frozen=True)
class Call:
    """An automatic step of a diagram."""

    path: str
    element: str
    verb: str
    given: tuple[Given, ...]
    operation: Operation | None

    def naming(self, kind: str) -> Iterator[Given]:
        """Yield the parameters that name something of a kind: documents, messages, audience, events…"""
        fields = self.operation.schema.fields if self.operation else {}
        for item in self.given:
            field = fields.get(item.name)
            if field is not None and field.metadata.get(NAMES) == kind:
                yield item


def calls(model: Model) -> Iterator[Call]:
    """Yield the automatic steps of every readable diagram."""
    verbs = operations()
    rules: Mapping[str, Any] = model.settings.rules if model.settings else {}
    for path, element, operator in inventory.verbs(model):
        verb = operator.get("id") or ""
        given = tuple(_given(item, rules) for item in ours(operator, "parameter") if item.get("id"))
        yield Call(path, element, verb, given, verbs.get(verb))


def _given(item: Any, rules: Mapping[str, Any]) -> Given:
    text = (item.get("value") or "").strip()
    return Given(item.get("id"), text, constant(text, rules))


def constant(text: str, rules: Mapping[str, Any]) -> object:
    """Return the value of an expression that reads nothing but settings, else ``UNSURE``."""
    try:
        names = check(text)
        if any(
            name.partition(".")[0] != SETTINGS_ROOT or name.partition(".")[2] not in rules for name in names
        ):
            return UNSURE
        return evaluate(text, {SETTINGS_ROOT: rules})
    except ExpressionError:  # a function of the moment, or a fault that the engine's examination tells
        return UNSURE


def problems(model: Model) -> Iterator[Problem]:
    """Yield what is wrong with each automatic step."""
    for call in calls(model):
        if call.operation is None:
            yield Problem(
                call.path,
                call.element,
                "error",
                "unknown-operation",
                f"L'opération « {call.verb} » n'existe pas. "
                f"Choisissez parmi : {', '.join(sorted(operations()))}.",
            )
            continue
        yield from _parameters(call, call.operation)
        if model.whole:
            yield from _templates(model, call)
            yield from _audiences(model, call)


def _parameters(call: Call, operation: Operation) -> Iterator[Problem]:
    fields = operation.schema.fields
    given = {item.name: item for item in call.given if item.value is not None}
    for name in sorted({item.name for item in call.given} - fields.keys()):
        known_names = ", ".join(f"« {key} »" for key in fields) or "aucun"
        yield _fault(
            call,
            "unknown-parameter",
            f"L'opération « {operation.label} » ne prend pas le paramètre « {name} ». "
            f"Paramètres possibles : {known_names}.",
        )
    for name, field in fields.items():
        if name not in given:
            if field.required:
                yield _fault(
                    call,
                    "missing-parameter",
                    f"L'opération « {operation.label} » a besoin du paramètre « {name} » : {wanted(field)}. "
                    "Ajoutez-le.",
                )
        elif given[name].value is not UNSURE:
            yield from _value(call, field, given[name])


def _value(call: Call, field: Any, given: Given) -> Iterator[Problem]:
    try:
        field.deserialize(given.value)
    except ma.ValidationError:
        yield _fault(
            call,
            "bad-parameter",
            f"Le paramètre « {given.name} » ne convient pas ({given.text[:60]}). Il faut {wanted(field)}.",
        )


_TYPES: Final[tuple[tuple[type[Any], str], ...]] = (
    (ma.fields.Integer, "un nombre entier"),
    (ma.fields.Number, "un nombre"),
    (ma.fields.Boolean, "true ou false"),
    (ma.fields.UUID, "un identifiant donné par une étape précédente, comme « orientation »"),
    (ma.fields.Date, "une date"),
    (ma.fields.List, "une liste"),
    (ma.fields.String, "un texte entre guillemets"),
)


def wanted(field: Any) -> str:
    """Return in French what a parameter's schema takes."""
    words = next((words for kind, words in _TYPES if isinstance(field, kind)), "une valeur")
    for rule in field.validators:
        if isinstance(rule, ma.validate.Range) and rule.min is not None and rule.max is not None:
            words += f" entre {rule.min} et {rule.max}"
        elif isinstance(rule, ma.validate.OneOf):
            words = "un mot parmi " + ", ".join(f'"{choice}"' for choice in rule.choices)
        elif isinstance(rule, ma.validate.Length) and rule.max is not None:
            words += f" de {rule.min or 0} à {rule.max} caractères"
        elif isinstance(rule, ma.validate.Regexp):
            words += ", en minuscules sans accent, avec des chiffres et « _ »"
    return words


def _templates(model: Model, call: Call) -> Iterator[Problem]:
    for folder, what, suffix in (("documents", "document", "html"), ("messages", "message", "txt")):
        names = inventory.templates(model, folder)
        for given in call.naming(folder):
            if isinstance(given.value, str) and given.value not in names:
                yield _fault(
                    call,
                    "unknown-template",
                    f"Le {what} « {given.value} » n'existe pas. Créez {folder}/{given.value}.{suffix}, ou "
                    f"corrigez le paramètre « {given.name} ».",
                )


def _audiences(model: Model, call: Call) -> Iterator[Problem]:
    if model.settings is None:
        return
    known_words = sorted(ADDRESSEES) + list(model.settings.lanes)
    for given in call.naming("audience"):
        if isinstance(given.value, str) and given.value not in known_words:
            yield _fault(
                call,
                "unknown-audience",
                f"« {given.value} » n'est ni un couloir de territoire.toml ni un destinataire connu. "
                f"Choisissez parmi : {', '.join(known_words)}.",
            )


def _fault(call: Call, code: str, message: str) -> Problem:
    return Problem(call.path, call.element, "error", code, message)
