"""A typed signature: a name, a box ticked, and the server's time."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import marshmallow as ma

from app.catalog import plausible, words
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope, scope_of
from app.catalog.kinds.words import TextAnswer
from app.catalog.submission import Flat


class SignatureAnswer(ma.fields.Field[Any]):
    """``{"nom", "accord": True, "le": instant}``; the instant is the server's, whatever was sent."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)
        self.signer = TextAnswer(longest=120, line=True)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        if not isinstance(value, Mapping):
            raise ma.ValidationError("Écrivez votre nom et cochez la case pour signer.")
        problems: dict[str, list[str]] = {}
        name = None
        try:
            name = self.signer.deserialize(value.get("nom"))
        except ma.ValidationError as fault:
            problems["nom"] = [str(message) for message in fault.messages]
        if not name and not problems:
            problems["nom"] = ["Écrivez le nom de la personne qui signe."]
        if value.get("accord") not in (True, "oui"):
            problems["accord"] = ["Cochez la case pour confirmer la signature."]
        if problems:
            raise ma.ValidationError(problems)
        return {"nom": name, "accord": True, "le": scope_of(self).now}


class Signature(Kind):
    """A typed name and a consent box, dated by the server."""

    name = "signature"
    attributes = frozenset({"engagement"})
    in_rows = False

    def configure(self, section: Any) -> dict[str, Any]:
        return {"pledge": section.optional_text("engagement") or ""}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return SignatureAnswer()

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        signer, consent = (flat.first(f"{name}.{part}") or "" for part in ("nom", "accord"))
        return {"nom": signer, "accord": consent} if signer.strip() or consent else None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        if not isinstance(value, Mapping):
            return {}
        return {f"{name}.nom": [str(value.get("nom", ""))], f"{name}.accord": ["oui"]}

    def missing(self, field: Field) -> str:
        return field.message or f"Écrivez votre nom et cochez la case pour signer « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "nom": {"type": "string", "maxLength": 120},
                "accord": {"const": True},
                "le": {"type": "string", "format": "date-time"},
            },
            "required": ["nom", "accord"],
        }

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return {"nom": plausible.full_name(rng), "accord": True, "le": scope.now}

    def text(self, value: object, field: Field) -> str:
        if not isinstance(value, Mapping):
            return ""
        at = value.get("le")
        when = f", le {words.instant(at)}" if isinstance(at, datetime) else ""
        return f"Signé par {value.get('nom', '')}{when}"
