"""A designer's day in the real editors: drawn, refused, mended, simulated, published; then the cases."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app.publishing import publication_runs
from app.services import releases
from tests import build
from tests.browser import live
from tests.browser.drawing_hand import choose, condition, delay, drawn, element, kept, pick, place_after
from tests.browser.live import Live
from tests.browser.people import Visitor
from tests.designer_day import CONDITION, KEY, QUESTION, REASON, RULE, SECOND, SECOND_NAME, said, the_day
from tests.web.server import PASSWORD

INES: Final = "ines.carrel@exemple.invalid"
BOSS: Final = "administration-journee@exemple.invalid"
STOPPED: Final = "valider_diagnostic"
CROWD: Final = 17
"""How many run and are not visited yet; three are, and cannot follow."""


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """CARENE with somebody who may carry cases over; publishing simulates very little."""
    monkeypatch.setattr(publication_runs, "HOUSEHOLDS", 2)
    monkeypatch.setattr(publication_runs, "MONTHS", 1)
    with live.serving(sqlite_url, tmp_path) as running:
        with running.acting():
            build.a_user(
                "administration", "coordinatrice_pole", name="Inès Prat", email=BOSS, password=PASSWORD
            )
        yield running


@pytest.mark.fault
def test_a_designer_draws_is_refused_mends_publishes_and_carries_running_cases(
    server: Live, browser: Browser, shots: Path
) -> None:
    with server.acting():
        visited = [build.a_case(STOPPED) for _ in range(4)]
        for _ in range(CROWD):
            build.an_alert()
        files = dict(releases.current().bundle.files)
    the_day(files)
    ines = Visitor(browser, server.url, shots=shots)
    ines.enter(INES)
    ask(ines)
    wait_less(ines)
    be_refused_and_mend(ines)
    decide(ines)
    publish(ines)
    ines.leave()
    with server.acting():
        published = releases.current()
        assert published.number == 2
        assert said(published.bundle.files) == said(files)
        build.complete(STOPPED, case=visited[0], complet=True)
        assert SECOND not in {task.element for task in build.open_tasks(visited[0].case_id)}
        new = build.a_case(STOPPED)
        build.complete(STOPPED, case=new, complet=True)
        assert {task.element for task in build.open_tasks(new.case_id)} == {SECOND}
    carry(server, browser, shots)


def ask(ines: Visitor) -> None:
    """Ask how dangerous the home is, after mould."""
    page = ines.page
    ines.go("/t/carene/atelier/formulaires/visite")
    page.locator("[data-field-link]", has_text="Moisissures").click()
    page.get_by_label("Question", exact=True).locator("visible=true").first.fill(QUESTION)
    page.get_by_label("Type", exact=True).locator("visible=true").first.select_option(label="Nombre")
    page.get_by_role("button", name="Ajouter le champ").click()
    expect(page.locator("#panneau-titre")).to_have_text(QUESTION)
    page.get_by_text("Réponse obligatoire", exact=True).click()
    expect(page.locator("[data-saved]")).to_have_text(re.compile("^Enregistré"))


def wait_less(ines: Visitor) -> None:
    """Wait fourteen days for a visit, and keep its new answer for what follows."""
    page = drawn(ines, "visite")
    choose(page, "sans_rendez_vous")
    delay(page, "Attend", "14")
    page.get_by_role("button", name="Renommer « 14 jours sans rendez-vous »").click()
    choose(page, "realiser_visite")
    pick(page, "Réponses qui servent à la suite", "danger", re.compile(KEY))
    kept(page)


def be_refused_and_mend(ines: Visitor) -> None:
    """Draw a second validation; a mistake is told on its element and stops publishing, until it is mended."""
    page = drawn(ines, "validation")
    place_after(page, STOPPED, SECOND_NAME)
    expect(element(page, SECOND)).to_be_visible()
    pick(page, "Formulaire", "validation du", re.compile("Validation"))
    delay(page, "À faire en", "3", "ouvres")
    expect(page.get_by_text(re.compile("Si l'étape arrive maintenant")).first).to_be_visible()
    pick(page, "Réponses qui servent à la suite", "complet", re.compile("validation.complet"))
    condition(page, "diagnostic_complet", "oui", "validation.complet == true or visite.danger >= 8")
    expect(page.get_by_text("Rien ne donne « visite.danger »").first).to_be_visible()
    flag = page.locator('.djs-overlays[data-container-id^="diagnostic_complet"] .lint--error')
    expect(flag.first).to_be_visible()
    kept(page)
    asked = ines.context.request.get("/t/carene/atelier/publier").text()
    assert "À corriger avant de publier" in asked
    assert "Vérifier, simuler et publier" not in asked
    condition(page, "diagnostic_complet", "oui", CONDITION)
    expect(page.locator(".lint--error")).to_have_count(0)
    kept(page)


def decide(ines: Visitor) -> None:
    """Write a rule in the real table editor."""
    page = ines.page
    ines.go("/t/carene/atelier/decisions/pistes")
    table = page.locator(".decision__canvas")
    rows = table.locator("tbody tr:not(.add-rule)")
    expect(rows.first).to_be_visible()
    before = rows.count()
    table.locator(".add-rule td").first.click()
    expect(rows).to_have_count(before + 1)
    cells = rows.nth(before).locator("td.input-cell, td.output-cell, td.annotation")
    for rank, text in enumerate((*RULE, REASON)):
        if text:
            cells.nth(rank).click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(text)
    cells.first.click()
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Enregistré à \d\d:\d\d$"))


def publish(ines: Visitor) -> None:
    """Read what changes, then publish, which simulates."""
    page = ines.page
    ines.go("/t/carene/atelier/publier")
    for words in (SECOND_NAME, QUESTION, "14 jours", "Copropriété"):
        expect(page.locator("#changements")).to_contain_text(words)
    page.get_by_label("Ce que change cette version, en une phrase").fill("Deux regards, quatorze jours")
    page.get_by_role("button", name="Vérifier, simuler et publier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Version 2 publiée", timeout=120_000)


def carry(server: Live, browser: Browser, shots: Path) -> None:
    """Carry all that runs to the new release: three were visited before the question was asked."""
    boss = Visitor(browser, server.url, shots=shots)
    page = boss.page
    boss.go("/connexion")
    page.locator("#email").fill(BOSS)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Connexion")
    boss.go("/t/carene/versions/2")
    page.get_by_role("link", name="Faire passer des parcours à cette version").click()
    page.get_by_role("button", name="Voir ce que chacun deviendrait").click()
    expect(page.get_by_text("À l'étude").first).to_be_visible()
    server.pump()
    boss.go(page.url)
    refused = page.locator("tr", has_text=f"lira plus loin « {QUESTION} »")
    expect(refused).to_have_count(3)
    page.get_by_label("Pourquoi").fill("Deux regards dès aujourd'hui.")
    page.get_by_role("button", name="Faire passer").click()
    page.wait_for_load_state()
    server.pump()
    boss.go(page.url)
    expect(page.locator("main")).to_contain_text(re.compile(rf"{CROWD + 2}\s+passés"))
    boss.leave()
