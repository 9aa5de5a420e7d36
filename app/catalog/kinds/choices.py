"""One among several, several among several, yes or no."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma

from app.catalog.fields import Field, Option
from app.catalog.kinds.base import Kind, Scope, bounds, scope_of
from app.catalog.source import Section, SettingsFault
from app.catalog.submission import Flat

MAX_OPTIONS = 400
STRUCTURES = "structures"
"""The list that the product gives to fields of the type ``partenaire``: the directory, by kind."""
EVERY_KIND = "toutes"
LANES = "partageables"
"""The list of the answers that may be shared with a lane, named after a dot (``partageables.technicien``)."""
_KIND = re.compile(r"[a-z][a-z0-9_]{0,59}")


class OneAnswer(ma.fields.String):
    """The value of one option."""

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it on instances
        "invalid": "Choisissez une réponse de la liste."
    }

    def __init__(self, field: Field) -> None:
        super().__init__(allow_none=True)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if text not in {option.value for option in scope_of(self).options(self.field)}:
            raise self.make_error("invalid")
        return text


class YesNoAnswer(ma.fields.Boolean):
    """« oui » or « non »."""

    default_error_messages = {  # noqa: RUF012 - marshmallow declares it on instances
        "invalid": "Répondez par oui ou par non."
    }

    def __init__(self) -> None:
        super().__init__(allow_none=True, truthy={"oui", "true", True}, falsy={"non", "false", False})


class SeveralAnswers(ma.fields.List[Any]):
    """The values of the boxes ticked, each once, in the order of the options."""

    def __init__(self, field: Field) -> None:
        super().__init__(OneAnswer(field), allow_none=True)
        self.field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            ticked = set(super()._deserialize(value, attr, data, **kwargs))
        except ma.ValidationError as fault:
            raise ma.ValidationError("Cochez des réponses de la liste.") from fault
        low, high = self.field.minimum, self.field.maximum
        if isinstance(low, int) and 0 < len(ticked) < low:
            raise ma.ValidationError(self.field.message or f"Cochez au moins {low} réponses.")
        if isinstance(high, int) and len(ticked) > high:
            raise ma.ValidationError(f"Cochez au plus {high} réponse{'s' if high > 1 else ''}.")
        return [option.value for option in scope_of(self).options(self.field) if option.value in ticked]


def labels(field: Field, values: Sequence[object]) -> str:
    """Return the labels of the options chosen; an option since removed keeps its value.

    Commas join them, semicolons when a label has a comma of its own.
    """
    known = {option.value: option.label for option in field.options}
    said = [known.get(str(value), str(value)) for value in values]
    return (" ; " if any("," in label for label in said) else ", ").join(said)


def weighted(field: Field, options: Sequence[Option], scope: Scope) -> list[float]:
    """Return how likely each option is in a simulation: the first true case of ``selon``, else ``poids``."""
    weights = field.simulation.get("poids")
    cases = field.simulation.get("selon")
    for condition, chosen in cases if isinstance(cases, tuple) else ():
        if condition.holds(scope.answers, scope.functions):
            weights = chosen
            break
    if not isinstance(weights, Mapping):
        return [1.0] * len(options)
    found = [float(weights.get(option.value, 0)) for option in options]
    return found if any(found) else [1.0] * len(options)


class Choice(Kind):
    """One option of a list."""

    name = "choix"
    attributes = frozenset({"options", "presentation"})

    def configure(self, section: Section) -> dict[str, Any]:
        options = _read_options(section)
        source = section.values["options"] if isinstance(section.values.get("options"), str) else None
        if bool(options) == bool(source):
            raise SettingsFault(
                f"« {section.path} » : « options » porte au moins une réponse, ou le nom d'une liste."
            )
        look = section.one_of("presentation", ("boutons", "liste"), default=None)
        return {"options": options, "options_from": source, "presentation": look}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return OneAnswer(field)

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {name: [str(value)]} if value is not None else {}

    def missing(self, field: Field) -> str:
        return field.message or f"Choisissez une réponse à « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        if field.options_from is not None:
            return {"type": "string"}
        return {"type": "string", "enum": [option.value for option in field.options]}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        options = scope.options(field)
        if not options:
            return None
        return rng.choices(options, weighted(field, options, scope))[0].value

    def text(self, value: object, field: Field) -> str:
        return labels(field, [value])


class Structure(Choice):
    """An active structure of the directory, of one kind when ``genre`` says which; its id as text."""

    name = "partenaire"
    attributes = frozenset({"genre"})

    def configure(self, section: Section) -> dict[str, Any]:
        kind = section.optional_text("genre", pattern=_KIND, shape="un genre de [partenaires]")
        return {"options": (), "options_from": f"{STRUCTURES}.{kind or EVERY_KIND}", "presentation": "liste"}


class Boxes(Choice):
    """Any number of options, or between ``min`` and ``max`` of them."""

    name = "cases"
    attributes = frozenset({"options", "min", "max"})

    def empty(self) -> object:
        return []

    def configure(self, section: Section) -> dict[str, Any]:
        return super().configure(section) | bounds(section, low=0, high=MAX_OPTIONS)

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return SeveralAnswers(field)

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        return [text for text in flat.all(name) if text] or None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {name: [str(item) for item in value]} if isinstance(value, list) and value else {}

    def missing(self, field: Field) -> str:
        return field.message or f"Cochez au moins une réponse à « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": super().json_schema(field), "uniqueItems": True}
        if isinstance(field.maximum, int):
            schema["maxItems"] = field.maximum
        return schema

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        options = scope.options(field)
        if not options:
            return []
        low = max(1, field.minimum) if isinstance(field.minimum, int) else 1
        high = min(len(options), field.maximum) if isinstance(field.maximum, int) else len(options)
        count = rng.randint(min(low, len(options)), max(low, min(high, low + 3)) if high >= low else high)
        chosen: set[str] = set()
        weights = weighted(field, options, scope)
        while len(chosen) < min(count, high):
            left = [pair for pair in zip(options, weights, strict=True) if pair[0].value not in chosen]
            share = [weight for _, weight in left]
            picked = rng.choices(left, share if any(share) else None)[0][0]
            chosen.add(picked.value)
        return [option.value for option in options if option.value in chosen]

    def text(self, value: object, field: Field) -> str:
        return labels(field, value if isinstance(value, list) else [value])


class YesNo(Kind):
    """Yes or no."""

    name = "oui_non"

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return YesNoAnswer()

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        return {name: ["oui" if value else "non"]} if isinstance(value, bool) else {}

    def missing(self, field: Field) -> str:
        return field.message or f"Répondez par oui ou par non à « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        options = (Option("oui", "oui"), Option("non", "non"))
        return rng.choices((True, False), weighted(field, options, scope))[0]

    def text(self, value: object, field: Field) -> str:
        return "oui" if value is True else "non" if value is False else ""


def _read_options(section: Section) -> tuple[Option, ...]:
    raw = section.values.get("options")
    if isinstance(raw, str):
        return ()
    if isinstance(raw, Mapping):
        rows = [{"valeur": value, "libelle": label} for value, label in raw.items()]
    elif raw is not None and not isinstance(raw, list):
        raise SettingsFault(f"« {section.at('options')} » : une liste de réponses est attendue.")
    else:
        rows = [{"valeur": item, "libelle": item} if isinstance(item, str) else item for item in raw or ()]
    reader = Section(section.path, {"options": rows})
    options = []
    for row in reader.rows("options"):
        row.only("valeur", "libelle", "aide")
        options.append(Option(row.text("valeur"), row.text("libelle"), row.optional_text("aide") or ""))
    if len({option.value for option in options}) != len(options):
        raise SettingsFault(f"« {section.at('options')} » : deux réponses ont la même valeur.")
    if len(options) > MAX_OPTIONS:
        raise SettingsFault(f"« {section.at('options')} » : au plus {MAX_OPTIONS} réponses.")
    return tuple(options)
