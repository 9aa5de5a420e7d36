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


def place_after(page: Page, ident: str, name: str) -> None:
    """Make room after an element, put a person's step on the arrow that leaves it, and name the step."""
    x, y = middle(page, ident)
    page.get_by_role("button", name="Faire ou retirer de la place").click()
    page.mouse.move(x + 60, y - 60)
    page.mouse.down()
    page.mouse.move(x + 120, y - 60, steps=4)
    page.mouse.move(x + 220, y - 60, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Placer une étape d’une personne").click()
    page.mouse.move(x + 150, y + 4)
    page.mouse.move(x + 150, y, steps=3)
    page.mouse.click(x + 150, y)
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def pick(page: Page, label: str, words: str, wanted: re.Pattern[str]) -> None:
    """Search a list of the panel and take what it finds."""
    page.get_by_role("combobox", name=label, exact=True).fill(words)
    page.get_by_role("option", name=wanted).first.click()


def delay(page: Page, label: str, number: str, unit: str = "") -> None:
    """Say a delay in the panel."""
    if unit:
        page.get_by_role("combobox", name=f"{label} : unité").select_option(unit)
    count = page.get_by_role("spinbutton", name=label)
    count.fill(number)
    count.press("Enter")


def condition(page: Page, gateway: str, answer: str, text: str) -> None:
    """Write when an answer of a gateway is taken."""
    choose(page, gateway)
    page.locator(".ways .way", has_text=answer).first.click()
    written = page.get_by_role("textbox", name="Prise quand", exact=True)
    written.fill(text)
    written.press("Enter")
