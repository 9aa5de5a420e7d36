"""Writing SVG: every name and value goes through ``tag`` or ``clean``, which escape."""

import re
from typing import Final

from markupsafe import escape

_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return ``text`` escaped for an element or an attribute, without what XML cannot hold."""
    return str(escape(_NOT_XML.sub("", text)))


def figure(value: float) -> str:
    """Write a length: two decimals at most, none when it is whole."""
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def _value(value: object) -> str:
    return figure(value) if isinstance(value, float) else clean(str(value))


def tag(name: str, inside: str = "", /, **attributes: object) -> str:
    """Return an element; ``stroke_width=2`` becomes ``stroke-width="2"``, a value of None is left out.

    ``inside`` is SVG already written.
    """
    parts = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{parts}>{inside}</{name}>" if inside else f"<{name}{parts}/>"
