"""The bundled files a document may draw on, and nothing else: our own fonts."""

from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "templates"
SCHEME: Final = "relais:"
"""Addresses of bundled files start with it: ``relais:fonts/source-sans-3-latin-400-normal.woff2``."""


@cache
def bundled() -> dict[str, Path]:
    """Return the address and the place of each bundled file; the list is closed."""
    return {f"{SCHEME}fonts/{path.name}": path for path in sorted((FOLDER / "fonts").glob("*.woff2"))}
