"""The page a simulation writes, in a real browser: alone, on a screen and on a phone, for everybody."""

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize

from app.simulator import report
from app.simulator.comparison import compare
from tests.simulator.lives import shipped, side

pytestmark = pytest.mark.browser

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The page of a run, and that of a run beside another."""
    folder, here = tmp_path_factory.mktemp("pages"), side(shipped)
    written = {
        "seule": report.page(here),
        "en_regard": report.page(here, compare(here, side(shipped, "la version 3"))),
    }
    for name, text in written.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["1280-clair", "390-sombre"]
)
def test_the_page_of_a_simulation_passes_axe_fits_and_fetches_nothing(
    pages: list[Path], browser: Browser, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="fr-FR")
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    for path in pages:
        page.goto(path.as_uri())
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path.stem}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path.stem} déborde"
    assert fetched == [path.as_uri() for path in pages]
    context.close()
