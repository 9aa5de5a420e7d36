"""Files and photos joined to an answer."""
# ruff: noqa: ARG002, D102 - every method is described on Kind, which fixes its arguments

import random
from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from app.catalog import words
from app.catalog.fields import Field
from app.catalog.kinds.base import Kind, Scope, kind_of, scope_of
from app.catalog.kinds.whole import WholeAnswer
from app.catalog.source import Section
from app.catalog.submission import Flat
from app.catalog.uploads import IMAGES, Refused, Upload

KEEP = "garder"
"""Last part of the hidden inputs that keep files sent before."""
MAX_FILES = 10


class FilesAnswer(WholeAnswer):
    """A list of new ``Upload`` and of references to files stored before (``id``, ``nom``…)."""

    def __init__(self, field: Field, *, images_only: bool) -> None:
        super().__init__()
        self.field = field
        self.images_only = images_only

    def read(self, value: Any) -> Any:
        """Read new files, and those that were kept."""
        items = value if isinstance(value, list) else [value]
        sentences = [item.sentence for item in items if isinstance(item, Refused)]
        most = most_files(self.field)
        if len(items) > most:
            sentences.append(f"Joignez au plus {most} fichier{'s' if most > 1 else ''}.")
        if sentences:
            raise ma.ValidationError(sentences)
        kept = [self._one(item) for item in items]
        return kept or None

    def _one(self, item: object) -> object:
        if isinstance(item, Upload):
            if self.images_only and item.mime not in IMAGES:
                raise ma.ValidationError(f"« {item.name} » n'est pas une photo (JPEG, PNG ou WebP).")
            return item
        known = scope_of(self).stored.get(self.field.key, ())
        wanted = item.get("id") if isinstance(item, Mapping) else item
        for reference in known:
            if reference.get("id") == wanted:
                return dict(reference)
        raise ma.ValidationError("Joignez de nouveau ce fichier : il n'a pas été retrouvé.")


class Attachment(Kind):
    """One file, or up to ``max``: PDF, JPEG, PNG or WebP."""

    name = "fichier"
    attributes = frozenset({"max"})
    in_rows = False
    images_only = False

    def configure(self, section: Section) -> dict[str, Any]:
        return {"maximum": section.integer("max", low=1, high=MAX_FILES)}

    def schema_field(self, field: Field) -> ma.fields.Field[Any]:
        return FilesAnswer(field, images_only=self.images_only)

    def gather(self, flat: Flat, name: str, field: Field) -> object:
        return [identifier for identifier in flat.all(f"{name}.{KEEP}") if identifier] or None

    def spread(self, value: object, name: str, field: Field) -> dict[str, list[str]]:
        kept = (
            [str(item["id"]) for item in value if isinstance(item, Mapping)]
            if isinstance(value, list)
            else []
        )
        return {f"{name}.{KEEP}": kept} if kept else {}

    def missing(self, field: Field) -> str:
        return field.message or f"Joignez « {field.label} »."

    def json_schema(self, field: Field) -> dict[str, Any]:
        text = {"type": "string"}
        reference = {
            "type": "object",
            "properties": {"id": text, "nom": text, "mime": text, "taille": {"type": "integer"}},
            "required": ["id"],
        }
        return {"type": "array", "items": reference, "maxItems": most_files(field)}

    def sample(self, field: Field, rng: random.Random, scope: Scope) -> object:
        return [Upload.sample(f"{field.key}.png")]

    def text(self, value: object, field: Field) -> str:
        names = [
            str(item.get("nom", "")) if isinstance(item, Mapping) else item.name
            for item in (value if isinstance(value, list) else ())
            if isinstance(item, Mapping | Upload)
        ]
        return words.say(names)


class Photo(Attachment):
    """One photo, or up to ``max``; stored without position nor any other hidden data (LAW-8)."""

    name = "photo"
    images_only = True


def most_files(field: Field) -> int:
    """Return how many files a field takes."""
    return field.maximum if isinstance(field.maximum, int) else 1


def holds_files(field: Field) -> bool:
    """Whether the answer of a field is made of files."""
    return isinstance(kind_of(field), Attachment)
