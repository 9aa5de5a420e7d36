"""The first line of a designer's document: its title, layout and the classes of answers it draws on.

<!-- titre: Lettre d'orientation | mise-en-page: lettre | classes: technique -->

A letter may say who it is sent to, one line after each ``;``: ``destinataire: {{ donneur.structure }} ; …``.
"""

import re
from dataclasses import dataclass
from typing import Final, get_args

from app.access import CLASSES
from app.documents.layout import Layout
from app.errors import BundleFault

LAYOUTS: Final[tuple[str, ...]] = get_args(Layout)
_FRONT: Final = re.compile(r"\A\ufeff?\s*<!--(?P<facts>[^>]*)-->")


@dataclass(frozen=True)
class Front:
    """What a template says of itself."""

    title: str
    layout: str
    classes: frozenset[str]
    recipient: tuple[str, ...] = ()
    """Lines of the address window, each with its fields; one that stays empty is left out."""


def front(body: str, name: str) -> Front:
    """Read the first line of a template; without one it is a report of the class ``technique``."""
    clean = _facts(body) or {}
    return Front(
        title=clean.get("titre", name.replace("_", " ").capitalize()),
        layout=clean.get("mise-en-page", "rapport"),
        classes=frozenset(clean.get("classes", CLASSES[0]).split()) & frozenset(CLASSES),
        recipient=tuple(line.strip() for line in clean.get("destinataire", "").split(";") if line.strip()),
    )


def without_front(body: str) -> str:
    """Return the rest of a template."""
    return _FRONT.sub("", body)


def check_front(body: str, *, file: str = "modèle") -> None:
    """See that the first line says what a document needs, in words that exist.

    Raises:
        BundleFault: no such line, no title, an unknown layout or an unknown class.
    """
    clean = _facts(body)
    if clean is None or not clean.get("titre"):
        raise BundleFault(
            file=file,
            cause="la première ligne doit dire le titre : « <!-- titre: … | mise-en-page: rapport | "
            "classes: technique --> ».",
        )
    layout = clean.get("mise-en-page", "rapport")
    if layout not in LAYOUTS:
        raise BundleFault(
            file=file, cause=f"la mise en page « {layout} » n'existe pas. Choisissez : {', '.join(LAYOUTS)}."
        )
    unknown = sorted(set(clean.get("classes", CLASSES[0]).split()) - set(CLASSES))
    if unknown:
        raise BundleFault(
            file=file, cause=f"la classe « {unknown[0]} » n'existe pas. Classes : {', '.join(CLASSES)}."
        )


def _facts(body: str) -> dict[str, str] | None:
    match = _FRONT.match(body)
    if match is None:
        return None
    facts = dict(part.split(":", 1) for part in match["facts"].split("|") if ":" in part)
    return {key.strip(): value.strip() for key, value in facts.items()}
