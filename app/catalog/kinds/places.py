"""An address in one of the territory's communes, with its INSEE code."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from app.catalog import plausible
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope, scope_of
from app.catalog.kinds.whole import WholeAnswer
from app.catalog.kinds.words import TextAnswer
from app.catalog.places import Commune
from app.catalog.submission import Flat

PARTS = ("voie", "complement", "commune")


def commune_choices(communes: "tuple[Commune, ...] | list[Commune]") -> list[tuple[str, str]]:
    """Return ``(value, label)`` of each commune; one with several postcodes stands once for each."""
    return [
        (
            commune.insee if len(commune.postcodes) == 1 else f"{commune.insee}|{postcode}",
            f"{commune.name} ({postcode})",
        )
        for commune in sorted(communes, key=lambda item: item.name)
        for postcode in commune.postcodes
    ]


class AddressAnswer(WholeAnswer):
    """``{"voie", "complement", "commune", "insee", "cp"}``; commune and postcode follow the INSEE code."""

    def __init__(self) -> None:
        super().__init__()
        self.street = TextAnswer(longest=200, line=True)
        self.extra = TextAnswer(longest=200, line=True)

    def read(self, value: Any) -> Any:
        """Read a street and a commune."""
        if not isinstance(value, Mapping):
            raise ma.ValidationError("Indiquez le numéro, la voie et la commune.")
        problems: dict[str, list[str]] = {}
        street = self._text(self.street, value.get("voie"), "voie", problems)
        extra = self._text(self.extra, value.get("complement"), "complement", problems)
        if not street and "voie" not in problems:
            problems["voie"] = ["Indiquez le numéro et la voie."]
        found = self._commune(value)
        if found is None:
            problems["commune"] = ["Choisissez la commune dans la liste."]
        if problems or found is None:
            raise ma.ValidationError(problems)
        commune, postcode = found
        return {
            "voie": street,
            "complement": extra,
            "commune": commune.name,
            "insee": commune.insee,
            "cp": postcode,
        }

    @staticmethod
    def _text(field: TextAnswer, raw: Any, part: str, problems: dict[str, list[str]]) -> str | None:
        try:
            text: str | None = field.deserialize(raw)
        except ma.ValidationError as fault:
            problems[part] = [str(message) for message in fault.messages]
            return None
        return text

    def _commune(self, value: Mapping[str, Any]) -> tuple[Commune, str] | None:
        if isinstance(value.get("insee"), str):
            insee, postcode = value["insee"], value.get("cp")
        else:
            insee, _, postcode = str(value.get("commune") or "").partition("|")
        for commune in scope_of(self).communes:
            if commune.insee == insee:
                return commune, postcode if postcode in commune.postcodes else commune.postcode
        return None


class Address(Kind):
    """Number and street, complement, and a commune of the territory."""

    name = "adresse"
    in_rows = False

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return AddressAnswer()

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        parts = {part: (flat.first(f"{name}.{part}") or "").strip() for part in PARTS}
        return parts if any(parts.values()) else None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        if not isinstance(value, Mapping):
            return {}
        found = {f"{name}.{part}": [str(value[part])] for part in ("voie", "complement") if value.get(part)}
        insee, postcode = value.get("insee"), value.get("cp")
        return found | {f"{name}.commune": [f"{insee}|{postcode}"]} if insee else found

    def json_schema(self, field: Field) -> dict[str, Any]:
        text = {"type": "string", "maxLength": 200}
        return {
            "type": "object",
            "properties": {
                "voie": text,
                "complement": {"type": ["string", "null"], "maxLength": 200},
                "commune": text,
                "insee": {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$"},
                "cp": {"type": "string", "pattern": "^[0-9]{5}$"},
            },
            "required": ["voie", "insee"],
            "additionalProperties": False,
        }

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        if not scope.communes:
            return None
        commune = rng.choice(list(scope.communes))
        return {
            "voie": plausible.street(rng),
            "complement": rng.choice((None, "Appartement 3", "Bâtiment B", "2e étage")),
            "commune": commune.name,
            "insee": commune.insee,
            "cp": rng.choice(commune.postcodes),
        }

    def text(self, value: object, field: Field) -> str:
        if not isinstance(value, Mapping):
            return ""
        town = f"{value.get('cp') or ''} {value.get('commune') or ''}".strip()
        return ", ".join(str(part) for part in (value.get("voie"), value.get("complement"), town) if part)
