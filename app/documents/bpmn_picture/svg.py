"""Marks and words of a drawing of a process, moved and told."""

from app.documents.bpmn_picture.symbols import INK, PAPER
from app.documents.bpmn_picture.words import LINE, Block
from app.documents.svg import clean, figure, tag


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
