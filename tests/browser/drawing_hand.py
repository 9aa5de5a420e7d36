"""A designer's hand on a diagram in a real browser: open it, choose, name, wait until it is kept."""

import re

from playwright.sync_api import Locator, Page, expect

from app.services import studio
from tests.browser.live import Live
from tests.browser.people import Visitor


def drawn(visitor: Visitor, name: str) -> Page:
    """Open a diagram and wait until the modeler shows it."""
    visitor.go(f"/t/carene/atelier/diagrammes/{name}")
    expect(visitor.page.locator("[data-atelier]")).to_have_attribute("data-ready", "yes")
    return visitor.page


def element(page: Page, ident: str) -> Locator:
    """Return an element as it is drawn."""
    return page.locator(f'.djs-element[data-element-id="{ident}"]')


def middle(page: Page, ident: str) -> tuple[float, float]:
    """Return where the middle of an element stands in the window."""
    box = element(page, ident).locator(".djs-hit").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def choose(page: Page, ident: str) -> None:
    """Choose an element with a click."""
    page.mouse.click(*middle(page, ident))
    expect(element(page, ident)).to_have_class(re.compile("selected"))


def kept(page: Page) -> None:
    """Wait until the draft is kept and judged."""
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Enregistré à \d\d:\d\d$"))


def stored(served: Live, name: str) -> str:
    """Return a diagram as the draft keeps it."""
    with served.acting():
        return studio.read(f"bpmn/{name}.bpmn").text


def rename(page: Page, name: str) -> None:
    """Give the process of a diagram another name, in its panel."""
    field = page.get_by_label("Nom du parcours")
    field.fill(name)
    field.press("Enter")
