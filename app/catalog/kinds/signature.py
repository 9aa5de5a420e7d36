"""A signature: a name, a box ticked, the server's time, and the hand's drawing when there is one (AST-5)."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import marshmallow as ma

from app.catalog import plausible, words
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope, scope_of
from app.catalog.kinds.whole import WholeAnswer
from app.catalog.kinds.words import TextAnswer
from app.catalog.submission import Flat

WIDTH: Final = 600
HEIGHT: Final = 200
"""The box a signature is drawn in: points are whole numbers from its top left corner."""
LONGEST: Final = 16_000
"""Signs of a drawing: some 2 000 points, ten times an ordinary signature."""
_DRAWING: Final = re.compile(r"\d{1,3},\d{1,3}(?:[ ;]\d{1,3},\d{1,3})*", re.ASCII)
_UNREADABLE: Final = "Le dessin de la signature est illisible. Effacez-le et signez de nouveau."
_TOO_LONG: Final = "Le dessin de la signature est trop long. Effacez-le et signez plus simplement."


def strokes(drawing: str) -> list[list[tuple[int, int]]]:
    """Return the strokes of a drawing, « x,y x,y;x,y »: each the points a finger went through.

    Raises:
        ValueError: no such drawing, or a point outside the box.
    """
    if not _DRAWING.fullmatch(drawing):
        raise ValueError(drawing[:40])
    found = [[_point(text) for text in stroke.split(" ")] for stroke in drawing.split(";")]
    if any(x > WIDTH or y > HEIGHT for stroke in found for x, y in stroke):
        raise ValueError(drawing[:40])
    return found


def _point(text: str) -> tuple[int, int]:
    across, _, down = text.partition(",")
    return int(across), int(down)


class SignatureAnswer(WholeAnswer):
    """``{"nom", "accord": True, "le": instant, "trace"}``; the instant is the server's, whatever was sent.

    ``trace`` is absent when nothing was drawn: the typed name signs alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.signer = TextAnswer(longest=120, line=True)

    def read(self, value: Any) -> Any:
        """Read a name, a ticked box and a drawing."""
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
        drawing = value.get("trace") or ""
        if unread := _drawing_fault(drawing):
            problems["trace"] = [unread]
        if problems:
            raise ma.ValidationError(problems)
        drawn = {"trace": drawing} if drawing else {}
        return {"nom": name, "accord": True, "le": scope_of(self).now, **drawn}


def _drawing_fault(drawing: object) -> str:
    if not isinstance(drawing, str):
        return _UNREADABLE
    if len(drawing) > LONGEST:
        return _TOO_LONG
    try:
        strokes(drawing) if drawing else None
    except ValueError:
        return _UNREADABLE
    return ""


class Signature(Kind):
    """A typed name and a consent box, dated by the server; a drawing by finger or mouse beside them."""

    name = "signature"
    attributes = frozenset({"engagement"})
    in_rows = False

    def configure(self, section: Any) -> dict[str, Any]:
        return {"pledge": section.optional_text("engagement") or ""}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return SignatureAnswer()

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        signer, consent, drawing = (flat.first(f"{name}.{part}") or "" for part in ("nom", "accord", "trace"))
        if not (signer.strip() or consent or drawing):
            return None
        return {"nom": signer, "accord": consent} | ({"trace": drawing} if drawing else {})

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        if not isinstance(value, Mapping):
            return {}
        drawn = {f"{name}.trace": [str(value["trace"])]} if value.get("trace") else {}
        return {f"{name}.nom": [str(value.get("nom", ""))], f"{name}.accord": ["oui"], **drawn}

    def missing(self, field: Field) -> str:
        return field.message or f"Écrivez votre nom et cochez la case pour signer « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "nom": {"type": "string", "maxLength": 120},
                "accord": {"const": True},
                "le": {"type": "string", "format": "date-time"},
                "trace": {"type": "string", "maxLength": LONGEST},
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
