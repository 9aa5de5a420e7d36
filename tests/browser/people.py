"""Somebody at a browser: goes to pages, fills forms as they are drawn, and complains of what is wrong."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    ViewportSize,
    expect,
)

WIDE: Final[ViewportSize] = {"width": 1280, "height": 900}
NARROW: Final[ViewportSize] = {"width": 390, "height": 844}
SERIOUS: Final = frozenset({"serious", "critical"})
_RAW: Final = re.compile(r"\b(?!https?\b)[a-zé]+(?:_[a-zé]+)+\b|\bP\d+[DWMY]\b|\bNone\b|\[\{|\{'|Undefined")
"""What belongs to our files and never to a page: option values, durations, Python."""

KEEPS: Final = "RELAIS_SCREENSHOTS" in os.environ
"""Whether pictures of the pages are wanted: they cost a lot, and no test reads them."""


class Visitor:
    """A person with a browser of their own, and everything the browser complained about."""

    def __init__(self, browser: Browser, base: str, *, shots: Path | None = None, **context: Any) -> None:
        self.context: BrowserContext = browser.new_context(
            **{
                "viewport": WIDE,
                "locale": "fr-FR",
                "timezone_id": "Europe/Paris",
                "base_url": base,
                **context,
            }
        )
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.shots = shots
        self.page.set_default_timeout(8000)
        self.hear(self.page)

    def hear(self, page: Page) -> None:
        """Note what the console of a page says; a refused answer (4xx) that was asked for is no complaint.

        405 never is: a script wrote to an address that nobody gave it.
        """

        def note(message: ConsoleMessage) -> None:
            expected = re.search(r"Failed to load resource.* 4(?!05)\d\d ", message.text) is not None
            if message.type in {"error", "warning"} and not expected:
                self.said.append(f"{page.url}: {message.text}")

        page.on("console", note)
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))

    def go(self, address: str) -> Response:
        """Open a page."""
        answer = self.page.goto(address)
        assert answer is not None
        return answer

    def enter(self, email: str) -> None:
        """Enter as a sample account, by its button."""
        self.go("/connexion")
        self.page.locator(f"form:has(input[value='{email}']) button").click()
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def open_task(self, name: str, *, of: str = "") -> None:
        """Open a task of the team from the inbox, by its name."""
        self.go("/t/carene/?vue=equipe")
        row = self.page.locator(".task-row", has_text=of) if of else self.page.locator(".task-row")
        row.get_by_role("link", name=name).first.click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def fill(self, answers: Mapping[str, Any], *, prefix: str = "") -> None:
        """Fill fields by their key, each as its control wants it."""
        for key, value in answers.items():
            self.put(f"{prefix}{key}", value)

    def put(self, name: str, value: Any) -> None:
        """Give one answer, as its control wants it."""
        field = self.page.locator(f'[data-champ="{name}"]')
        if isinstance(value, Mapping):
            for part, text in value.items():
                _give(self.page.locator(f'[name="{name}.{part}"]'), text)
        elif isinstance(value, Path | list) and field.get_attribute("data-type") in {"photo", "fichier"}:
            field.locator("input[type=file]").set_input_files(value)
        elif isinstance(value, list):
            for text in value:
                field.locator(f'input[value="{text}"]').check()
        else:
            _give(field.locator(f'[name="{name}"]'), value)

    def add_row(self, table: str) -> None:
        """Press the button that adds a row to a table."""
        self.page.locator(f'[name="_action"][value="ajouter:{table}"]').click()

    def send(self, button: str) -> None:
        """Press the button of the form."""
        self.page.get_by_role("button", name=button, exact=True).click()

    def sends(self, button: str) -> int:
        """Press the button of the form; return the status of the answer."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.request.is_navigation_request()
        ) as posted:
            self.send(button)
        self.page.wait_for_load_state()
        return posted.value.status

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Find this text somewhere on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def look(self, name: str, *titled: str) -> None:
        """Judge the page at both widths: nothing serious, nothing ours, no overflow; keep a picture."""
        for words in (*titled, "Relais"):  # waited for: a click does not wait for the page it leads to
            expect(self.page, f"{name}: « {words} » au titre").to_have_title(re.compile(re.escape(words)))
        self.page.wait_for_load_state()
        raw = sorted(set(_RAW.findall(self.page.locator("body").inner_text())))
        assert raw == [], f"{name}: {raw}"
        expect(self.page.get_by_role("heading", level=1)).to_have_count(1)
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)
            for drawn in self.page.locator("[data-diagram]:visible").all():
                expect(drawn).to_have_attribute("data-drawn", "yes")
            self._picture(f"{name}-{size['width']}")
            beyond = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert beyond <= 0, f"{name}: {beyond} px de trop à {size['width']} px"
            found = Axe().run(self.page).response["violations"]
            serious = [
                (item["id"], [node["html"][:200] for node in item["nodes"][:3]])
                for item in found
                if item["impact"] in SERIOUS
            ]
            assert serious == [], f"{name} à {size['width']} px: {serious}"
        assert self.said == [], f"{name}: {self.said}"

    def _picture(self, name: str) -> None:
        if self.shots is not None and KEEPS:
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)

    def leave(self) -> None:
        """Close the browser; whatever it complained about is a fault."""
        self.context.close()
        assert self.said == [], self.said


def _give(control: Locator, value: Any) -> None:
    first = control.first
    if first.get_attribute("type") in {"radio", "checkbox"}:
        wanted = {True: "oui", False: "non"}.get(value, value) if isinstance(value, bool) else value
        control.and_(first.page.locator(f'[value="{wanted}"]')).check()
    elif first.evaluate("control => control.localName") == "select":
        first.select_option(str(value))
    else:
        first.fill(str(value))
