"""The process of a walk: plays it, and makes its forms as their pages show them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.catalog.submission import Flat
from app.publishing.walk_play import played
from app.simulator.sheet import Sheet
from app.web import forms


def walk(asked: Mapping[str, Any], tell: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """Play a walk; see ``publishing.walk_play.played``."""
    del tell
    return played(asked, _fields)


def _fields(sheet: Sheet, flat: Flat, problems: Mapping[str, Sequence[str]]) -> str:
    shown = forms.render(
        sheet.form, flat, classes=sheet.by.rights.collect, context=sheet.context, problems=problems
    )
    return str(shown)
