"""The sample pages of every component, in a real browser and under the product's content security policy."""

import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, ViewportSize, expect

from tools import gallery

pytestmark = pytest.mark.browser

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gallery")
    gallery.write(folder)
    server = gallery.server(folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, locale="fr-FR")
    yield context.new_page()
    context.close()


def complaints_of(page: Page) -> list[str]:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def open_drawing(page: Page, site: str) -> None:
    page.goto(f"{site}/dossier.html")
    page.locator("[data-diagram][data-drawn=yes]").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_no_component_fails_axe_nor_overflows_nor_breaks_the_policy(
    site: str, browser: Browser, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="fr-FR")
    page = context.new_page()
    said = complaints_of(page)
    for name in gallery.PAGES:
        page.goto(f"{site}/{name}.html")
        if name == "dossier":
            page.locator("[data-diagram][data-drawn=yes]").wait_for()
        found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} déborde"
    assert said == []
    context.close()


def test_the_drawing_says_where_the_case_stands_and_leads_into_a_called_process(
    site: str, page: Page
) -> None:
    open_drawing(page, site)
    expect(page.locator("[data-element-id=valider_diagnostic].is-late")).to_have_count(1)
    expect(page.locator("[data-element-id=visite].is-done")).to_have_count(1)
    expect(page.get_by_text("Vous êtes ici, en retard")).to_be_visible()
    link = page.get_by_role("link", name="Ouvrir le sous-parcours Visite à domicile")
    expect(link).to_have_attribute("href", "dossier.html")


def test_the_bpmn_io_mark_is_visible_and_nothing_covers_it(site: str, page: Page) -> None:
    open_drawing(page, site)
    mark = page.locator(".bjs-powered-by")
    expect(mark).to_be_visible()
    mark.scroll_into_view_if_needed()
    on_top = mark.evaluate(
        """mark => { const box = mark.getBoundingClientRect();
        return [[0.1, 0.5], [0.5, 0.5], [0.9, 0.5]].every(([x, y]) =>
          mark.contains(document.elementFromPoint(box.x + box.width * x, box.y + box.height * y))) }"""
    )
    assert on_top


def test_the_drawing_is_enlarged_and_moved_with_the_keyboard_alone(site: str, page: Page) -> None:
    open_drawing(page, site)
    place = "document.querySelector('.diagram .viewport').getAttribute('transform')"
    page.locator(".diagram svg[tabindex]").focus()
    start = page.evaluate(place)
    page.keyboard.press("+")
    larger = page.evaluate(place)
    page.keyboard.press("ArrowRight")
    moved = page.evaluate(place)
    page.keyboard.press("0")
    assert len({start, larger, moved}) == 3
    assert page.evaluate(place) not in {larger, moved}


def test_a_link_reached_by_keyboard_comes_into_sight_on_a_narrow_screen(site: str, page: Page) -> None:
    page.set_viewport_size(NARROW)
    open_drawing(page, site)
    link = page.get_by_role("link", name="Ouvrir le sous-parcours Visite à domicile")
    link.focus()
    inside = link.evaluate(
        """link => { const box = link.getBoundingClientRect();
        const frame = link.closest('.diagram__canvas').getBoundingClientRect();
        return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top }"""
    )
    assert inside


def test_the_wheel_scrolls_the_page_until_the_drawing_is_chosen(site: str, page: Page) -> None:
    open_drawing(page, site)
    page.locator(".diagram__canvas").hover()
    place = "document.querySelector('.diagram .viewport').getAttribute('transform')"
    before = page.evaluate(place)
    page.mouse.wheel(0, 300)
    page.wait_for_function("scrollY > 0")
    assert page.evaluate(place) == before


def test_on_paper_the_whole_drawing_is_shown_then_the_screen_finds_its_place_again(
    site: str, page: Page
) -> None:
    open_drawing(page, site)
    page.locator("[data-zoom=in]").click()
    page.locator("[data-zoom=in]").click()
    place = "document.querySelector('.diagram .viewport').getAttribute('transform')"
    before = page.evaluate(place)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    hidden = page.evaluate(
        """() => { const svg = document.querySelector('.diagram svg[tabindex]').getBoundingClientRect();
        return [...document.querySelectorAll('.diagram .djs-visual')].filter(drawn => {
          const box = drawn.getBoundingClientRect();
          return box.left < svg.left - 1 || box.right > svg.right + 1 || box.bottom > svg.bottom + 1;
        }).length }"""
    )
    assert hidden == 0
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(place) == before


def test_a_diagram_that_cannot_be_read_leaves_the_list_and_says_so(site: str, page: Page) -> None:
    page.route("**/exemple.bpmn", lambda route: route.fulfill(status=404, body=""))
    page.goto(f"{site}/dossier.html")
    page.locator("[data-diagram][data-drawn=no]").wait_for()
    expect(page.get_by_text("Le schéma ne peut pas être dessiné pour le moment.")).to_be_visible()
    expect(page.locator(".process-step")).to_have_count(7)


def test_the_menu_opens_and_closes_on_a_narrow_screen(site: str, page: Page) -> None:
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/corbeille.html")
    menu = page.get_by_role("button", name="Menu")
    expect(page.get_by_role("navigation", name="Navigation principale")).to_be_hidden()
    menu.click()
    expect(page.get_by_role("link", name="Dossiers")).to_be_visible()
    expect(menu).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Dossiers")).to_be_hidden()


def test_without_scripts_the_navigation_is_there_on_a_narrow_screen(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/corbeille.html")
    expect(page.get_by_role("link", name="Dossiers")).to_be_visible()
    expect(page.locator("[data-menu-toggle]")).to_be_hidden()
    context.close()


def test_what_cannot_be_undone_asks_first_and_can_be_refused(site: str, page: Page) -> None:
    page.goto(f"{site}/elements.html")
    sent: list[str] = []

    def receive(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(body="ok")

    page.route("**/retrait", receive)
    page.evaluate(
        """() => { const button = document.querySelector('[data-confirm]');
        const form = document.createElement('form');
        form.method = 'post'; form.action = '/retrait'; button.replaceWith(form); form.append(button) }"""
    )
    page.get_by_role("button", name="Retirer l'accord").click()
    expect(page.get_by_role("dialog")).to_contain_text("Ce retrait ne s'annule pas.")
    page.get_by_role("button", name="Ne rien changer").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert sent == []
    page.get_by_role("button", name="Retirer l'accord").click()
    page.get_by_role("dialog").get_by_role("button", name="Retirer l'accord").click()
    page.wait_for_url("**/retrait")
    assert sent == ["POST"]


def test_two_clicks_send_a_form_once_and_coming_back_allows_it_again(site: str, page: Page) -> None:
    page.goto(f"{site}/public.html")
    sent: list[str] = []

    def receive(route: Route) -> None:
        sent.append(route.request.url)
        route.fulfill(status=204)

    page.route("**/signalement", receive)
    page.evaluate("document.querySelector('form[method=post]').action = '/signalement'")
    send = page.get_by_role("button", name="Envoyer le signalement")
    send.evaluate("button => { button.click(); button.click() }")
    expect(send).to_have_attribute("aria-disabled", "true")
    send.click(force=True)
    page.wait_for_timeout(100)
    assert len(sent) == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(send).not_to_have_attribute("aria-disabled", "true")


def test_a_refused_form_reads_its_errors_first_and_leads_into_the_field(site: str, page: Page) -> None:
    page.goto(f"{site}/tache.html")
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="La surface s'écrit en chiffres").click()
    expect(page.get_by_label("Surface habitable")).to_be_focused()


def test_the_first_tab_offers_to_skip_to_the_content(site: str, page: Page) -> None:
    page.goto(f"{site}/corbeille.html")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_pages_hold_at_200_per_cent(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    page = context.new_page()
    for name in gallery.PAGES:
        page.goto(f"{site}/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    context.close()
