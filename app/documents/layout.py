"""From a designer's text and frozen facts to a whole HTML page, in one of three layouts.

A designer writes a fragment of HTML with ``{{ champ }}`` in it, and may use these classes:
``encadre`` (what to remember), ``signatures`` (one inner block for each person who signs),
``gestes`` (a numbered list in large type), ``telephone`` (the one number to call),
``discret`` (small print), ``alerte``, ``deux-colonnes``, ``saut`` (start a new page), ``ensemble``
(kept on one page). An element
with ``data-si="{{ champ }}"`` is left out when that field is empty.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.catalog.templates import substitute
from app.documents.assets import FOLDER, bundled
from app.documents.typography import NARROW, NO_BREAK, set_spaces

Layout = Literal["lettre", "rapport", "guide"]

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_FONT: Final = re.compile(r"source-sans-3-(?P<range>latin(?:-ext)?)-(?P<weight>\d+)-(?P<style>\w+)\.ttf$")


@dataclass(frozen=True)
class Brand:
    """Who hands the document over. A territory changes this and nothing else.

    ``accent`` is ``#rrggbb``, dark enough for text on white; ``logo_svg`` is an SVG drawing and ``logo_png``
    a picture, both empty when the name alone stands at the head; ``address`` holds the lines under the name.

    Raises:
        ValueError: the accent is no colour of six figures.
    """

    name: str
    accent: str = "#164a86"
    logo_svg: str = ""
    address: tuple[str, ...] = ()
    logo_png: bytes = b""

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.accent):
            raise ValueError(f"{self.accent} is no colour of the form #rrggbb")

    @property
    def logo(self) -> str:
        """The drawing or the picture as a ``data:`` address, empty without a logo."""
        if self.logo_png:
            return f"data:image/png;base64,{b64encode(self.logo_png).decode()}"
        return (
            f"data:image/svg+xml;base64,{b64encode(self.logo_svg.encode()).decode()}" if self.logo_svg else ""
        )


@dataclass(frozen=True)
class Heading:
    """What stands around the text: the case's reference, the day, who it is sent to.

    ``recipient`` holds the lines seen through the window of the envelope (letters only);
    ``date`` is written as people read it.
    """

    reference: str = ""
    date: str = ""
    place: str = ""
    recipient: tuple[str, ...] = ()


NO_HEADING: Final = Heading()


def render_html(
    template_body: str,
    context: Mapping[str, object],
    *,
    title: str,
    layout: Layout,
    brand: Brand,
    heading: Heading = NO_HEADING,
) -> str:
    """Return the whole page as HTML, ready for ``pdf``.

    Args:
        template_body: the designer's fragment; only ``{{ champ }}`` and ``{{ groupe.champ }}`` are replaced.
        context: the facts, nested; ``Markup`` values (``rows_table``, ``grid``) go in as they are,
            everything else is escaped.
        title: the title of the PDF and its first heading.
        layout: « lettre » with an address window, « rapport », or « guide » in large type.
        brand: who hands it over.
        heading: reference, date and recipient.

    Raises:
        BundleFault: the fragment does more than name fields.
    """
    body = Markup(set_spaces(substitute(template_body, context, html=True)))  # noqa: S704  # escaped just above
    page = _environment().get_template(f"{layout}.html")
    made = page.render(title=title, body=body, brand=brand, heading=heading, fonts=_fonts())
    # Source Sans has no narrow no-break space, and a guessed one is too thin to see; its own is narrow.
    return made.replace(NARROW, NO_BREAK)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@cache
def _fonts() -> tuple[dict[str, str], ...]:
    found = ((address, _FONT.search(address)) for address in bundled())
    return tuple({"address": address, **match.groupdict()} for address, match in found if match)
