"""Texts written by designers: ``{{ champ }}`` or ``{{ a.b }}`` is replaced, and nothing else is possible."""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from app.catalog.words import say
from app.errors import BundleFault

_FIELD = re.compile(r"\{\{ *([a-z][a-z0-9_]{0,59}(?:\.[a-z0-9][a-z0-9_]{0,59}){0,5}) *\}\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def check_template(text: str, *, file: str = "modèle") -> frozenset[str]:
    """Return the dotted names that ``text`` asks for.

    Raises:
        BundleFault: anything between braces that is no plain field (no call, no filter, no block).
    """
    left = _FIELD.sub("", text)
    found = _BRACES.search(left)
    if found:
        line = left.count("\n", 0, found.start()) + 1
        near = left[found.start() : found.start() + 40].splitlines()[0]
        raise BundleFault(
            file=file,
            cause=f"ligne {line}, « {near} » : seuls « {{{{ champ }}}} » et « {{{{ groupe.champ }}}} » "
            "sont permis.",
        )
    return frozenset(_FIELD.findall(text))


def substitute(text: str, values: Mapping[str, object], *, html: bool) -> str:
    """Return ``text`` with each field replaced by its value, written as people read it.

    Args:
        text: a checked template.
        values: nested mappings; an absent value becomes an empty text.
        html: escape every value that is no ``Markup``.

    Raises:
        BundleFault: the template does more than name fields.
    """
    check_template(text)

    def value(match: re.Match[str]) -> str:
        found = _look_up(values, match[1])
        if not html:
            return str(found) if isinstance(found, str) else say(found)
        if isinstance(found, Markup):
            return str(escape(str(found))) if _within_tag(text, match.start()) else str(found)
        return str(escape(say(found)))

    return _FIELD.sub(value, text)


def _within_tag(text: str, place: int) -> bool:
    """Whether a field stands among a tag's attributes (``data-si``), where no markup may go."""
    return text.rfind("<", 0, place) > text.rfind(">", 0, place)


def _look_up(values: Mapping[str, object], dotted: str) -> object:
    found: object = values
    for part in dotted.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
