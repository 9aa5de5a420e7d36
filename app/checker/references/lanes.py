"""Lanes that verbs keep apart or tell something, that forms share with: they exist, and hide all (BAT-10)."""

from collections.abc import Iterator

from app.catalog.kinds.choices import LANES
from app.catalog.settings import FILE as SETTINGS_FILE
from app.catalog.settings import Settings
from app.checker import inventory
from app.checker.model import Model
from app.checker.names.catalogue import perhaps
from app.checker.problem import Problem
from app.checker.references.verbs import Call, calls
from app.handlers.registry import LANE
from app.handlers.sharing import APART


def problems(model: Model) -> Iterator[Problem]:
    """Yield the lanes that do not exist, and those that keep nobody apart."""
    if not model.whole or model.settings is None:
        return
    found = list(calls(model))
    for call in found:
        for name in _named(call):
            if name not in model.settings.lanes:
                yield _unknown(call.path, call.element, name, model.settings)
    apart = {name for call in found if call.verb == APART for name in _named(call, "couloir")}
    for call in found:
        if call.verb == APART:
            yield from _half(call, apart, model.settings)
    yield from _forms(model, model.settings)
    for role in model.settings.roles.values():
        for form in sorted(role.read_forms - set(inventory.forms(model))):
            yield Problem(
                SETTINGS_FILE,
                f"roles.{role.id}.lecture_formulaires",
                "error",
                "unknown-form",
                f"Le formulaire « {form} » n'existe pas. Corrigez son nom, ou retirez-le de la liste.",
            )


def _named(call: Call, parameter: str | None = None) -> list[str]:
    """Return the lanes that a call names; what only a running case can tell is left out."""
    values = [given.value for given in call.naming(LANE) if parameter in (None, given.name)]
    return [
        name
        for value in values
        for name in (value if isinstance(value, list) else [value])
        if isinstance(name, str)
    ]


def _unknown(path: str, element: str, name: str, settings: Settings) -> Problem:
    known = list(settings.lanes)
    hint = perhaps(name, known) or f"Couloirs possibles : {', '.join(known)}."
    return Problem(path, element, "error", "unknown-lane", f"Le couloir « {name} » n'existe pas. {hint}")


def _half(call: Call, apart: set[str], settings: Settings) -> Iterator[Problem]:
    """Yield the roles that go on seeing the case by another of their lanes."""
    lanes = settings.lanes
    for name in _named(call, "couloir"):
        for role in lanes[name].roles if name in lanes else ():
            beside = [lane.label for lane in lanes.values() if role in lane.roles and lane.id not in apart]
            if beside:
                yield Problem(
                    call.path,
                    call.element,
                    "warning",
                    "lane-half-apart",
                    f"Écarter « {lanes[name].label} » ne cache rien au rôle « {settings.roles[role].label} » "
                    f": il tient aussi {', '.join(f'« {label} »' for label in beside)}. Écartez ces couloirs "
                    "avec lui, ou séparez les rôles.",
                )


def _forms(model: Model, settings: Settings) -> Iterator[Problem]:
    for path, form in model.forms.values():
        for field in form.fields:
            for item in (field, *field.columns):
                root, _, name = (item.options_from or "").partition(".")
                if root == LANES and name not in settings.lanes:
                    key = field.key if item is field else f"{field.key}.{item.key}"
                    yield _unknown(path, key, name, settings)
