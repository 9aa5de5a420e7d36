"""What a designer may name: forms, lanes, verbs, tables, processes, messages, variables, functions.

Read from the draft as it stands, in a bounded process; a file that cannot be read gives nothing, and the
others give what they hold.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final

import marshmallow as ma

from app import checker
from app.checker.files.reading import guarded, read
from app.checker.model import Model
from app.checker.references.verbs import wanted
from app.engine.diagram import bpmn
from app.expressions import KNOWN_FUNCTIONS
from app.handlers import operations
from app.handlers.letters import ADDRESSEES
from app.handlers.registry import NAMES, Operation
from app.services.studio import function_words, judging, variables, verb_words

Words = dict[str, Any]
EMPTY: Final = (
    "forms", "lanes", "verbs", "decisions", "processes", "messages", "signals", "variables", "functions",
)  # fmt: skip
_ADDRESSED: Final = {
    "donneur_alerte": "La personne qui a donné l'alerte",
    "menage": "Le ménage",
    "partenaire": "Le partenaire de l'orientation",
}
_TYPES: Final[tuple[tuple[type[Any], str], ...]] = (
    (ma.fields.Integer, "entier"),
    (ma.fields.Number, "nombre"),
    (ma.fields.Boolean, "oui_non"),
    (ma.fields.UUID, "identifiant"),
    (ma.fields.Date, "date"),
    (ma.fields.List, "liste"),
    (ma.fields.String, "texte"),
)
_CHOSEN: Final = {"genre": "kinds", "relation": "relations", "formulaire": "forms"}
"""Parameters that name something of the programme without saying so in the registry."""
_known: judging.Remembered[Words] = judging.Remembered(16)


def vocabulary() -> Words:
    """Return everything that may be named, ready for JSON.

    ``forms[{id, title, file, fields[{key, label, type, class, required, columns, options}]}]`` (an option
    is ``{value, label}``),
    ``lanes[{id, name, roles, role_names, external}]``, ``verbs[{name, label, help, parameters[{name, label,
    type, required, choices[{value, label}], help}], results[{name, label, type}]}]``, ``decisions[{id, name,
    file, inputs[{label, expression}], outputs[{name, label}]}]``, ``processes[{id, name, file}]``,
    ``messages[{name}]``, ``signals[{name}]``, ``texts{messages[], documents[]}``, ``variables[{name, label,
    type, from, class, conditions}]`` (``conditions``: a flow may read it), ``functions[{name, signature,
    help, example}]``.
    """
    files = judging.standing_files()
    key = judging.content_key(files)
    known = _known.get(key)
    if known is None:
        known = _known.keep(key, checker.bounded(_gathered, files) or _nothing(files))
    return known


def _nothing(files: Mapping[str, bytes]) -> Words:
    """Return what is known when the files cannot be read in time."""
    return {**{name: [] for name in EMPTY}, "texts": _texts(files), "functions": _functions()}


def _gathered(files: Mapping[str, bytes]) -> Words:
    model, _, _ = read(files, whole=True)
    words: Words = {"texts": _texts(files), "functions": _functions()}
    parts = (
        ("forms", _forms), ("lanes", _lanes), ("decisions", _decisions), ("processes", _processes),
        ("messages", _messages), ("signals", _signals), ("variables", _variables), ("verbs", _verbs),
    )  # fmt: skip
    for name, part in parts:
        words[name] = []
        guarded(name, [], partial(_fill, words[name], part, model))
    return words


def _fill(told: list[Words], part: Callable[[Model], Iterator[Words]], model: Model) -> None:
    told.extend(part(model))


def _texts(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    return {
        kind: [PurePosixPath(name).stem for name in sorted(files) if name.startswith(f"{kind}/")]
        for kind in ("messages", "documents")
    }


def _functions() -> list[Words]:
    found = []
    for name in sorted(KNOWN_FUNCTIONS):
        signature, told, example = function_words.WORDS.get(name, (f"{name}(…)", "", ""))
        found.append({"name": name, "signature": signature, "help": told, "example": example})
    return found


def _forms(model: Model) -> Iterator[Words]:
    for path, form in model.forms.values():
        fields = [
            {**_field(field), "columns": [_field(column) for column in field.columns]}
            for field in form.fields
        ]
        yield {"id": form.id, "title": form.title, "file": path, "fields": fields}


def _field(field: Any) -> Words:
    return {
        "key": field.key,
        "label": field.label,
        "type": field.type,
        "class": field.classe,
        "required": field.required,
        "options": [{"value": option.value, "label": option.label} for option in field.options],
    }


def _lanes(model: Model) -> Iterator[Words]:
    if model.settings is None:
        return
    roles = model.settings.roles
    for lane in model.settings.lanes.values():
        yield {
            "id": lane.id,
            "name": lane.label,
            "roles": list(lane.roles),
            "role_names": [roles[role].label for role in lane.roles if role in roles],
            "external": lane.external,
        }


def _decisions(model: Model) -> Iterator[Words]:
    for path, table in model.tables.values():
        yield {
            "id": table.id,
            "name": table.name,
            "file": path,
            "inputs": [{"label": item.label, "expression": item.expression} for item in table.inputs],
            "outputs": [{"name": item.name, "label": item.label} for item in table.outputs],
        }


def _processes(model: Model) -> Iterator[Words]:
    for path, root in model.roots.items():
        for process in bpmn(root, "process"):
            key = process.get("id") or ""
            yield {"id": key, "name": process.get("name") or key, "file": path}


def _messages(model: Model) -> Iterator[Words]:
    return _named(model, "message")


def _signals(model: Model) -> Iterator[Words]:
    return _named(model, "signal")


def _named(model: Model, kind: str) -> Iterator[Words]:
    names = {node.get("name") for root in model.roots.values() for node in bpmn(root, kind)}
    return ({"name": name} for name in sorted(filter(None, names)))


def _variables(model: Model) -> Iterator[Words]:
    for variable in variables.readable(model):
        yield {
            "name": variable.name,
            "label": variable.label,
            "type": variable.type,
            "from": variable.origin,
            "class": variable.classe,
            "conditions": variable.conditions,
        }


def _verbs(model: Model) -> Iterator[Words]:
    choices = _choices(model)
    for operation in sorted(operations().values(), key=lambda one: one.label):
        yield {
            "name": operation.id,
            "label": operation.label,
            "help": f"Donne : {operation.gives}." if operation.gives not in ("", "rien") else "",
            "parameters": [
                _parameter(operation, name, field, choices) for name, field in operation.schema.fields.items()
            ],
            "results": [
                {"name": name, "label": label, "type": kind}
                for name, label, kind in verb_words.RESULTS.get(operation.id, ())
            ],
        }


def _parameter(operation: Operation, name: str, field: Any, choices: Mapping[str, list[Words]]) -> Words:
    label, told = verb_words.parameter(operation.id, name)
    listed = next(
        (list(rule.choices) for rule in field.validators if isinstance(rule, ma.validate.OneOf)), []
    )
    offered = [{"value": str(one), "label": str(one).replace("_", " ")} for one in listed]
    kind = field.metadata.get(NAMES) or _CHOSEN.get(name, "")
    return {
        "name": name,
        "label": label,
        "type": next((word for one, word in _TYPES if isinstance(field, one)), "valeur"),
        "required": bool(field.required),
        "choices": offered or choices.get(kind, []),
        "help": " ".join(filter(None, (told, f"Il faut {wanted(field)}."))),
    }


def _choices(model: Model) -> dict[str, list[Words]]:
    """Return what each kind of parameter may name in this draft."""
    settings = model.settings
    texts = _texts(model.files)
    offered: dict[str, Mapping[str, str]] = {
        "documents": {name: name for name in texts["documents"]},
        "messages": {name: name for name in texts["messages"]},
        "processes": {one["id"]: one["name"] for one in _processes(model)},
        "forms": {key: form.title for key, (_, form) in model.forms.items()},
        "audience": {key: _ADDRESSED.get(key, key) for key in sorted(ADDRESSEES)},
    }
    if settings is not None:
        offered["audience"] = {
            **offered["audience"], **{lane.id: lane.label for lane in settings.lanes.values()}
        }  # fmt: skip
        offered |= {
            "kinds": {one.id: one.label for one in settings.partner_kinds.values()},
            "relations": settings.relations,
            "envelopes": settings.money.envelopes,
            "natures": {key: one.label for key, one in settings.money.natures.items()},
            "quotas": settings.money.quotas,
        }
    return {
        kind: [{"value": value, "label": label} for value, label in named.items()]
        for kind, named in offered.items()
    }
