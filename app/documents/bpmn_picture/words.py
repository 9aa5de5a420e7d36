"""How long words are, and where their lines break: an SVG wraps nothing by itself."""

import unicodedata
from typing import Final, NamedTuple

FONT: Final = "Arial, Helvetica, 'Liberation Sans', sans-serif"
"""The face of bpmn.io's own editor, so that labels break where their author saw them break."""

LINE: Final = 1.2
"""Height of a line, in sizes of the letter."""

_ELLIPSIS: Final = "…"
_DEFAULT: Final = 600
_WIDE: Final = 1000  # ideographs and pictures
_WIDTHS: Final = {  # thousandths of the size; metrics of Helvetica, which Arial and Liberation Sans share
    278: " !,./:;I[\\]ft",
    222: "ijl'’‘",
    260: "|",
    333: '()-`r"«»',
    500: "Jcksvxyz",
    556: "#$?0123456789Labdeghnopqu_",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_TABLE: Final = {letter: width for width, letters in _WIDTHS.items() for letter in letters}


class Block(NamedTuple):
    """Lines of text that fit, and the size at which they fit, in pixels."""

    lines: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        """Height of the block in pixels."""
        return len(self.lines) * self.size * LINE

    @property
    def width(self) -> float:
        """Width of its longest line in pixels."""
        return max((width(line, self.size) for line in self.lines), default=0.0)


def width(text: str, size: float) -> float:
    """Return about how many pixels ``text`` takes at ``size`` pixels."""
    return sum(_unit(letter) for letter in text) * size / 1000


def _unit(letter: str) -> int:
    known = _TABLE.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return _WIDE
    return _TABLE.get(unicodedata.normalize("NFD", letter)[0], _DEFAULT)


def wrap(text: str, room: float, size: float) -> tuple[str, ...]:
    """Break ``text`` into lines of at most ``room`` pixels; a word that is longer is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if width(joined, size) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        pieces = list(_cut(word, room, size))
        lines.extend(pieces[:-1])
        line = pieces[-1]
    return (*lines, line) if line else tuple(lines)


def _cut(word: str, room: float, size: float) -> list[str]:
    """Cut a word that is longer than a line, after its hyphens where it has some."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width(pieces[-1] + letter, size) > room:
            head, hyphen, tail = pieces[-1].rpartition("-")
            if hyphen and head:
                pieces[-1:] = [head + hyphen, tail]
            else:
                pieces.append("")
        pieces[-1] += letter
    return pieces


def fit(text: str, room: float, height: float, *, sizes: tuple[float, ...] = (12, 11, 10, 9)) -> Block:
    """Return ``text`` in the largest of ``sizes`` that fits a box; what never fits ends with an ellipsis."""
    for size in sizes:
        lines = wrap(text, room, size)
        whole = all(word in " ".join(lines) for word in text.split())
        if whole and len(lines) * size * LINE <= height:
            return Block(lines, size)
    size = sizes[-1]
    lines = wrap(text, room, size)
    kept = max(1, int(height // (size * LINE)))
    if len(lines) <= kept:
        return Block(lines, size)
    last = lines[kept - 1]
    while last and width(last + _ELLIPSIS, size) > room:
        last = last[:-1]
    return Block((*lines[: kept - 1], last.rstrip() + _ELLIPSIS), size)
