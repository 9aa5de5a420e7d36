"""The inbox in a real browser: by the keyboard alone, by two people at once, on a phone, without a script."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from app.database import transaction
from app.models import Task
from tests import build
from tests.browser.live import Live, serving
from tests.browser.people import NARROW, Visitor
from tests.web.server import PASSWORD

pytestmark = pytest.mark.browser

PAIR = {"Maël Rouault": "mael.rouault@exemple.invalid", "Inès Caro": "ines.caro@exemple.invalid"}


@pytest.fixture(scope="module")
def live(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for these tests, with a few alerts to analyse and two advisers of one team."""
    with serving(sqlite_url, tmp_path_factory.mktemp("corbeille")) as served:
        with served.acting():
            for name, email in PAIR.items():
                build.a_user("ecorenove", name=name, email=email, password=PASSWORD)
            for name in ("Abgrall", "Bihan", "Corre", "Daniel"):
                build.a_case(alert={"nom": name})
        yield served


def somebody(live: Live, browser: Browser, name: str, **context: object) -> Visitor:
    """Return one of the pair, logged in."""
    visitor = Visitor(browser, live.url, **context)
    visitor.go("/connexion")
    visitor.page.fill("input[type=email]", PAIR[name])
    visitor.page.fill("input[type=password]", PASSWORD)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1, name="Corbeille")).to_be_visible(timeout=30_000)
    return visitor


@pytest.fixture
def mael(live: Live, browser: Browser) -> Iterator[Visitor]:
    """The first adviser."""
    visitor = somebody(live, browser, "Maël Rouault")
    yield visitor
    visitor.leave()


@pytest.fixture
def ines(live: Live, browser: Browser) -> Iterator[Visitor]:
    """The second adviser."""
    visitor = somebody(live, browser, "Inès Caro")
    yield visitor
    visitor.leave()


def holders(live: Live) -> dict[str, UUID | None]:
    """Return who holds the task of each household."""
    with live.acting():
        return {
            task.case.household.last_name: task.claimed_by
            for task in build.open_tasks()
            if task.case is not None
        }


def focused(page: Page) -> str:
    """Return the text of what has the focus."""
    return str(page.evaluate("document.activeElement.closest('a, button, input')?.innerText ?? ''"))


def test_tasks_are_found_taken_ticked_and_given_back_by_the_keyboard_alone(live: Live, mael: Visitor) -> None:
    page, keys = mael.page, mael.page.keyboard
    with live.acting(), transaction() as session:
        session.execute(update(Task).values(claimed_by=None))
    mael.go("/t/carene/?vue=equipe&tri=entree")
    keys.press("j")
    keys.press("j")
    assert "Analyser le signalement" in focused(page)
    keys.press("x")
    expect(page.get_by_role("status").filter(has_text="1 tâche cochée")).to_be_visible()
    keys.press("x")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    keys.press("p")
    expect(page.get_by_text("La tâche est dans « Mes tâches ».")).to_be_visible()
    assert holders(live)["Bihan"] is not None
    mael.go("/t/carene/?vue=miennes")
    keys.press("ArrowDown")  # nothing has the focus yet: the page scrolls as usual
    keys.press("j")
    keys.press("r")
    expect(page.get_by_text("rendue à l'équipe")).to_be_visible()
    assert holders(live)["Bihan"] is None
    mael.go("/t/carene/?vue=equipe")
    keys.press("/")
    keys.type("jprxo? corre")
    expect(page.locator("#q")).to_have_value("jprxo? corre")
    page.locator("#q").fill("corre")
    keys.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    keys.press("k")
    keys.press("o")
    expect(page.get_by_role("heading", level=1, name="Analyser le signalement")).to_be_visible()


def test_the_shortcuts_are_listed_and_turned_off_for_good(mael: Visitor) -> None:
    page, keys = mael.page, mael.page.keyboard
    mael.go("/t/carene/?vue=equipe")
    keys.press("?")
    dialog = page.get_by_role("dialog", name="Raccourcis clavier")
    expect(dialog).to_contain_text("Tâche suivante")
    dialog.get_by_label("Raccourcis actifs").uncheck()
    keys.press("Escape")
    mael.go("/t/carene/?vue=equipe")
    keys.press("j")
    assert "Analyser" not in focused(page)
    page.get_by_role("button", name="Raccourcis").click()
    page.get_by_label("Raccourcis actifs").check()
    page.get_by_role("button", name="Fermer").click()
    keys.press("j")
    assert "Analyser" in focused(page)


def test_two_people_on_one_task_see_each_other(live: Live, mael: Visitor, ines: Visitor) -> None:
    mael.open_task("Analyser le signalement", of="Daniel")
    ines.go(mael.page.url)
    expect(ines.page.locator("[data-presence]")).to_have_text(
        "Maël Rouault a cette tâche ouverte en ce moment."
    )
    expect(mael.page.locator("[data-presence]")).to_have_text(
        "Inès Caro a cette tâche ouverte en ce moment.", timeout=15_000
    )
    mael.go("/t/carene/?vue=equipe&q=daniel")
    expect(mael.page.locator("[data-row]")).to_contain_text("Inès Caro a cette tâche ouverte en ce moment")
    mael.go(ines.page.url)
    ines.go("/t/carene/?vue=equipe")
    mael.page.reload()
    expect(mael.page.locator("[data-presence]")).to_contain_text("pour la dernière fois par Inès Caro")


def test_a_task_changes_hands_with_a_word(live: Live, mael: Visitor, ines: Visitor, shots: Path) -> None:
    mael.open_task("Analyser le signalement", of="Abgrall")
    page = mael.page
    page.get_by_text("Transmettre à…").click()
    page.get_by_label("Personne de l'équipe").select_option(label="Inès Caro")
    page.get_by_label("Mot pour cette personne").fill("Madame Abgrall préfère le matin.")
    page.get_by_role("button", name="Transmettre la tâche").click()
    expect(page.get_by_text("La tâche est transmise à Inès Caro.")).to_be_visible()
    ines.go(page.url)
    ines.sees("Mot de Maël Rouault")
    ines.sees("Madame Abgrall préfère le matin.")
    ines.shots = shots
    ines.look("tache-transmise", "Analyser le signalement")


def test_several_tasks_are_entrusted_on_a_phone(
    live: Live, mael: Visitor, ines: Visitor, shots: Path
) -> None:
    mael.page.set_viewport_size(NARROW)
    mael.go("/t/carene/?vue=equipe&tri=entree")
    for name in ("Corre", "Daniel"):
        mael.page.locator("[data-row]", has_text=name).get_by_role("checkbox").check()
    expect(mael.page.get_by_text("2 tâches cochées")).to_be_visible()
    mael.page.screenshot(path=shots / "corbeille-cochees-390.png")
    mael.page.get_by_label("Attribuer à").select_option(label="Inès Caro")
    mael.page.get_by_role("button", name="Attribuer", exact=True).click()
    mael.sees("2 tâches attribuées.")
    ines.go("/t/carene/?vue=miennes")
    for name in ("Corre", "Daniel"):
        expect(ines.page.locator("[data-row]", has_text=name)).to_be_visible()


def test_the_inbox_works_without_a_script(live: Live, browser: Browser) -> None:
    plain = somebody(live, browser, "Maël Rouault", java_script_enabled=False)
    page = plain.page
    page.goto("/t/carene/?vue=equipe&q=bihan")
    page.get_by_role("checkbox", name="Analyser le signalement").check()
    page.locator("[data-bulk]").get_by_role("button", name="Prendre").click()
    expect(page.get_by_text("1 tâche prise.")).to_be_visible()
    page.get_by_text("Garder cette liste").click()
    page.get_by_label("Nom de la liste").fill("Les Bihan")
    page.get_by_role("button", name="Garder la liste").click()
    expect(page.get_by_role("navigation", name="Filtres gardés").get_by_text("Les Bihan")).to_be_visible()
    page.get_by_role("link", name="Mes absences").click()
    expect(page.get_by_role("heading", level=1, name="Mes absences")).to_be_visible()
    plain.leave()


def test_the_pages_hold_at_both_widths_and_pass_axe(live: Live, mael: Visitor, shots: Path) -> None:
    mael.shots = shots
    mael.go("/t/carene/?vue=equipe")
    mael.page.get_by_text("Filtres", exact=True).click()
    mael.page.locator("[data-row]").first.get_by_role("checkbox").check()
    mael.look("corbeille", "Corbeille")
    mael.go("/t/carene/?vue=suivi")
    mael.look("corbeille-a-revoir", "Corbeille")
    mael.go("/t/carene/absences")
    mael.page.get_by_role("button", name="Noter l'absence").click()
    expect(mael.page.get_by_role("alert")).to_contain_text("Indiquez le premier jour de l'absence.")
    mael.look("absences", "absences")
