"""Addresses of the committed bundles with their version: browsers keep them until it changes."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from flask import Flask, Response, request, url_for

DIST: Final = Path(__file__).parent / "static" / "dist"
YEAR: Final = 31_536_000


def register(app: Flask) -> None:
    """Give ``asset`` to the templates and let browsers keep what carries a version."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep)


def asset(name: str) -> str:
    """Return the address of a bundle's file, its version included.

    Raises:
        KeyError: no such file was built.
    """
    return url_for("static", filename=f"dist/{name}", v=_versions()[name][:12])


@cache
def _versions() -> dict[str, str]:
    content = json.loads((DIST / "manifest.json").read_text("utf-8"))
    return {str(name): str(digest) for name, digest in content.items()}


def _keep(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in {200, 304}:
        if "v" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        else:
            response.headers["Cache-Control"] = "public, max-age=3600"
    return response
