"""The laid out twin of a mail: built from the same text, so that whoever designs a message writes text alone.

Styles stand in the elements: mail programs drop style sheets. Nothing is fetched: no image, no font.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

_FOLDER: Final = Path(__file__).parent / "templates"
_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_ITEM: Final = re.compile(r"- (?P<title>.+)")


@dataclass(frozen=True)
class Block:
    """One piece of the body: ``kind`` is ``paragraph``, ``button`` or ``list``."""

    kind: str
    lines: tuple[Markup, ...] = ()
    link: str = ""
    label: str = ""
    items: tuple[tuple[Markup, str], ...] = ()


def mail(
    *,
    subject: str,
    body: str,
    own: str | None,
    territory: str,
    base_url: str,
    preferences: str | None,
) -> str:
    """Return a whole HTML page for mail programs.

    Args:
        subject: as in the header.
        body: the text of the mail; a line that is an address becomes a button, « - » begins an item.
        own: the body laid out by the programme itself (``messages/<name>.html``), already escaped.
        territory: its name.
        base_url: this server's; an address below it is said to open in Relais.
        preferences: where the reader chooses what to receive; None for somebody without an account.
    """
    page = _environment().get_template("courriel.html")
    blocks = () if own is not None else _blocks(body, base_url)
    return page.render(
        subject=subject,
        blocks=blocks,
        own=Markup(own) if own is not None else None,  # noqa: S704  # checked with the bundle, fields escaped
        territory=territory,
        preferences=preferences,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _blocks(body: str, base_url: str) -> tuple[Block, ...]:
    found: list[Block] = []
    for paragraph in re.split(r"\n{2,}", body.strip()):
        lines = [line.rstrip() for line in paragraph.split("\n")]
        found += _list(lines) if lines[0].startswith("- ") else _lines(lines, base_url)
    return tuple(found)


def _list(lines: list[str]) -> list[Block]:
    """Return a list; the address below an item is where the item leads."""
    items: list[tuple[Markup, str]] = []
    for line in lines:
        item = _ITEM.fullmatch(line)
        if item is not None:
            items.append((escape(item["title"]), ""))
        elif _LINK.fullmatch(line.strip()) and items:
            items[-1] = items[-1][0], line.strip()
        elif items:
            items[-1] = items[-1][0] + Markup("<br>") + _linked(line.strip()), items[-1][1]
    return [Block("list", items=tuple(items))]


def _lines(lines: list[str], base_url: str) -> list[Block]:
    found: list[Block] = []
    said: list[Markup] = []
    for line in lines:
        if not _LINK.fullmatch(line.strip()):
            said.append(_linked(line))
            continue
        if said:
            found.append(Block("paragraph", lines=tuple(said)))
            said = []
        link = line.strip()
        found.append(Block("button", link=link, label=_label(link, base_url)))
    if said:
        found.append(Block("paragraph", lines=tuple(said)))
    return found


def _label(link: str, base_url: str) -> str:
    if link.startswith(f"{base_url}/o/"):
        return "Lire et répondre"
    return "Ouvrir dans Relais" if link.startswith(f"{base_url}/") else "Ouvrir la page"


def _linked(line: str) -> Markup:
    """Return a line with its addresses as links."""
    said, at = Markup(), 0
    for found in _LINK.finditer(line):
        link = found[0]
        said += escape(line[at : found.start()]) + Markup(
            '<a href="{0}" style="color:#1d4f91">{0}</a>'
        ).format(link)
        at = found.end()
    return said + escape(line[at:])
