"""Writing SVG: every name and value goes through ``tag`` or ``text``, which escape."""

import re
from typing import Final

from markupsafe import escape

from app.documents.bpmn_picture.symbols import INK, PAPER
from app.documents.bpmn_picture.words import LINE, Block

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


def at(x: float, y: float, mark: str) -> str:
    """Return a mark drawn about the origin, moved to a place."""
    return tag("g", mark, transform=f"translate({figure(x)} {figure(y)})") if mark else ""


def told(sentence: str, *pieces: str) -> str:
    """Return pieces as a group that says ``sentence`` to whoever points at it."""
    title = tag("title", clean(sentence)) if sentence else ""
    return tag("g", title + "".join(pieces))


def block(
    lines: Block, x: float, top: float, *, halo: bool = False, weight: int = 400, anchor: str = "middle"
) -> str:
    """Return lines of text centred on ``x``, from ``top`` down; a halo parts them from lines below."""
    step = lines.size * LINE
    spans = "".join(
        tag("tspan", clean(line), x=float(x), y=float(top + step * index + lines.size * 0.92))
        for index, line in enumerate(lines.lines)
    )
    return tag(
        "text",
        spans,
        font_size=float(lines.size),
        text_anchor=None if anchor == "start" else anchor,
        font_weight=None if weight == 400 else weight,
        fill=INK,
        stroke=PAPER if halo else "none",
        stroke_width=3 if halo else None,
        paint_order="stroke" if halo else None,
        stroke_linejoin="round" if halo else None,
    )
