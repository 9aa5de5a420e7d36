"""The bundled files a document may draw on, and nothing else: our own fonts."""

from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "templates"
SCHEME: Final = "relais:"
"""Addresses of bundled files start with it: ``relais:fonts/source-sans-3-latin-400-normal.ttf``."""


@cache
def bundled() -> dict[str, Path]:
    """Return the address and the place of each bundled file; the list is closed.

    The fonts stand unpacked: unpacking the light ones took a third of the time of a document.
    """
    return {f"{SCHEME}fonts/{path.name}": path for path in sorted((FOLDER / "fonts").glob("*.ttf"))}


def light_font(name: str) -> Path:
    """Return the place of a font in its light form, for a page that carries it."""
    return FOLDER / "fonts" / f"{name}.woff2"
