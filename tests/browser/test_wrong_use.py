"""Haste, doubt and accidents in a real browser: a French sentence, the right status, nothing lost."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from app import clock
from app.config import ROOT
from app.database import db
from app.models import Case, Submission
from tests import build
from tests.browser.live import NORA, Live, serving
from tests.browser.people import Visitor
from tests.browser.walk import ECORENOVE, POLE, SOCIAL, TECHNICIAN
from tests.web.server import PASSWORD

pytestmark = pytest.mark.browser

VISITED = {"issue": "realisee", "pistes_rapides": "Joints de fenêtre.", "guide_remis": True}
Enters = Callable[..., Visitor]


@pytest.fixture(scope="module")
def live(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for these tests; each has a case of its own."""
    with serving(sqlite_url, tmp_path_factory.mktemp("mauvais-usage")) as served:
        yield served


@pytest.fixture
def enters(live: Live, browser: Browser) -> Iterator[Enters]:
    """Open a browser: of somebody who has entered, or of nobody."""
    opened: list[Visitor] = []

    def enter(email: str | None = None, **context: Any) -> Visitor:
        visitor = Visitor(browser, live.url, **context)
        opened.append(visitor)
        if email is not None:
            visitor.enter(email)
        return visitor

    yield enter
    for visitor in opened:
        visitor.leave()


def a_case(live: Live, running: str) -> tuple[str, str]:
    """Carry a new case to a step; return its reference and the address of the step's page."""
    with live.acting():
        opened = build.a_case(running)
        task = build.the_task(running, case=opened)
        return opened.reference, f"/t/carene/taches/{task.id}"


def answers_to(live: Live, address: str) -> int:
    """Count the answers that a task was given."""
    with live.acting():
        task_id = UUID(address.rpartition("/")[2])
        return db.session.scalar(select(func.count()).where(Submission.task_id == task_id)) or 0


def book(visitor: Visitor) -> None:
    """Fill the appointment's form."""
    visitor.fill({"issue": "fixe", "date": clock.today().isoformat(), "heure": "14 h 30"})


def log_in(visitor: Visitor, email: str) -> None:
    """Enter by the password, on the login page that is shown."""
    visitor.page.get_by_label("Adresse électronique").fill(email)
    visitor.page.get_by_label("Mot de passe").fill(PASSWORD)
    visitor.send("Se connecter")


def test_an_empty_alert_says_what_is_missing_and_keeps_what_was_typed(live: Live, enters: Enters) -> None:
    with live.acting():
        before = db.session.scalar(select(func.count()).select_from(Case))
    visitor = enters()
    visitor.go("/t/carene/signaler")
    visitor.fill({"nom": "Le Goff"})
    assert visitor.sends("Envoyer le signalement") == 422
    summary = visitor.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text(re.compile(r"\d+ réponses sont à corriger"))
    expect(visitor.page.locator('[name="nom"]')).to_have_value("Le Goff")
    summary.get_by_role("link", name="Indiquez au moins un indice repéré.").click()
    expect(visitor.page.locator("#c-indices-1")).to_be_focused()
    with live.acting():
        assert db.session.scalar(select(func.count()).select_from(Case)) == before


def test_a_photo_of_ten_megabytes_is_refused_with_a_sentence_and_the_rest_stays(
    live: Live, enters: Enters, tmp_path: Path
) -> None:
    _, address = a_case(live, "realiser_visite")
    heavy = tmp_path / "grande.jpg"
    Image.new("RGB", (60, 60), "#345").save(heavy)
    with heavy.open("ab") as file:
        file.write(bytes(10 * 1024 * 1024))
    visitor = enters(TECHNICIAN)
    visitor.go(address)
    visitor.fill({**VISITED, "date": clock.today().isoformat()})
    visitor.put("photos", heavy)
    assert visitor.sends("Enregistrer la visite") == 422
    visitor.sees(re.compile("5.Mo"))
    expect(visitor.page.locator('[name="pistes_rapides"]')).to_have_value("Joints de fenêtre.")
    assert answers_to(live, address) == 0
    assert visitor.sends("Enregistrer la visite") == 302
    assert answers_to(live, address) == 1


def test_a_personal_link_answers_once_and_dies_with_the_orientation(live: Live, enters: Enters) -> None:
    with live.acting():
        opened = build.a_case("repondre_demande")
        build.pump()
        link = f"/o/{build.the_link('adil44@exemple.invalid')}"
        assert build.the_task("repondre_demande", case=opened).status == "open"
    first, second = enters(), enters()
    for tab in (first, second):
        tab.go(link)
        tab.fill({"acceptee": False, "motif_refus": "capacite"})
    assert first.sends("Envoyer la réponse") == 302
    with live.acting():
        build.pump()
    status = second.sends("Envoyer la réponse")
    assert status in {409, 410}
    second.sees(re.compile("n'est plus valable|déjà été envoyée|terminée"))
    assert first.go(link).status == 410
    first.sees(re.compile("[Cc]e lien"))
    assert first.go(link[:-4] + "zzzz").status == 410


def test_a_wrong_follow_up_code_is_told_and_stays_to_be_mended(enters: Enters) -> None:
    visitor = enters()
    visitor.go("/t/carene/suivi")
    visitor.page.get_by_label("Code de suivi").fill("AAAA-BBBB-CCCC")
    assert visitor.sends("Voir où il en est") == 404
    visitor.sees("Aucun signalement ne porte ce code ici.")
    expect(visitor.page.get_by_label("Code de suivi")).to_have_value("AAAA-BBBB-CCCC")


def test_a_double_click_answers_once(live: Live, enters: Enters) -> None:
    _, address = a_case(live, "prendre_rendez_vous")
    visitor = enters(SOCIAL)
    visitor.go(address)
    book(visitor)
    visitor.page.get_by_role("button", name="Confirmer le rendez-vous").dblclick()
    visitor.sees("« Prendre rendez-vous » est fait.")
    assert answers_to(live, address) == 1


def test_of_two_tabs_the_second_learns_who_was_first_and_keeps_its_words(live: Live, enters: Enters) -> None:
    _, address = a_case(live, "prendre_rendez_vous")
    first, second = enters(SOCIAL), enters()
    second.go("/connexion")
    log_in(second, NORA)
    for tab in (first, second):
        tab.go(address)
        book(tab)
    assert first.sends("Confirmer le rendez-vous") == 302
    second.page.locator('[name="heure"]').fill("9 h")
    assert second.sends("Confirmer le rendez-vous") == 409
    second.sees("Cette étape est déjà faite")
    second.sees(re.compile("Claire Martin l'a faite"))
    second.sees(re.compile("Elle reste en brouillon"))
    assert answers_to(live, address) == 1


def test_the_back_button_after_completion_answers_nothing_twice(live: Live, enters: Enters) -> None:
    _, address = a_case(live, "prendre_rendez_vous")
    visitor = enters(SOCIAL)
    visitor.go(address)
    book(visitor)
    assert visitor.sends("Confirmer le rendez-vous") == 302
    visitor.page.go_back()
    button = visitor.page.get_by_role("button", name="Confirmer le rendez-vous")
    if button.is_visible():
        assert visitor.sends("Confirmer le rendez-vous") == 409
    visitor.sees("Vous avez déjà fait cette étape")
    assert answers_to(live, address) == 1


def test_another_role_is_told_so_and_a_stranger_is_asked_to_log_in(live: Live, enters: Enters) -> None:
    reference, address = a_case(live, "prendre_rendez_vous")
    for email in (TECHNICIAN, ECORENOVE, POLE):
        visitor = enters(email)
        assert visitor.go(address).status == 403
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text(
            "Cette page n'est pas ouverte à votre rôle"
        )
    stranger = enters()
    for path in (address, f"/t/carene/dossiers/{reference}", "/t/carene/"):
        stranger.go(path)
        expect(stranger.page.get_by_role("heading", level=1)).to_have_text("Connexion")
        assert reference not in stranger.page.content().replace(path, "")


def test_another_territory_and_its_ids_do_not_exist_here(live: Live, enters: Enters, tmp_path: Path) -> None:
    reference, address = a_case(live, "prendre_rendez_vous")
    root = tmp_path / "programmes"
    for folder in ("bpmn/base", "forms/base", "bpmn/territories/carene", "forms/territories/carene"):
        shutil.copytree(ROOT / folder, root / folder)
    for folder in ("bpmn", "forms"):
        (root / folder / "territories/carene").rename(root / folder / "territories/ailleurs")
    toml = root / "bpmn/territories/ailleurs/territoire.toml"
    toml.write_text(toml.read_text().replace('code = "carene"', 'code = "ailleurs"'))
    with live.acting("ailleurs", root=root):
        build.a_user("travailleur_social", name="Ana", email="ana@ailleurs.invalid", password=PASSWORD)
    visitor = enters()
    visitor.go("/connexion")
    log_in(visitor, "ana@ailleurs.invalid")
    visitor.sees("Aucune tâche n'attend votre équipe")
    for path in (address, f"/t/carene/dossiers/{reference}"):
        assert visitor.go(path).status in {403, 404}, path
        assert visitor.go(path.replace("/carene/", "/ailleurs/")).status == 404, path
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    assert enters(SOCIAL).go("/t/ailleurs/").status in {403, 404}


@pytest.mark.parametrize("by_password", [True, False], ids=["mot de passe", "compte d'exemple"])
def test_what_a_finished_session_was_sending_is_found_again(
    live: Live, enters: Enters, by_password: bool
) -> None:
    _, address = a_case(live, "prendre_rendez_vous")
    email = NORA if by_password else SOCIAL
    here, elsewhere = enters(), enters()
    for visitor in (here, elsewhere):
        visitor.go("/connexion")
        if by_password:
            log_in(visitor, NORA)
        else:
            visitor.enter(email)
    here.go(address)
    book(here)
    elsewhere.go("/t/carene/")
    elsewhere.page.locator(".user-menu summary").click()
    elsewhere.send("Se déconnecter")
    elsewhere.sees("Vous êtes déconnecté de tous vos appareils.")
    assert here.sends("Confirmer le rendez-vous") == 401
    here.sees(re.compile("Ce que vous aviez saisi n'est pas perdu"))
    if by_password:
        log_in(here, NORA)
    else:
        here.page.locator(f"form:has(input[value='{email}']) button").click()
    here.send("Reprendre ma saisie")
    expect(here.page.locator('[name="heure"]')).to_have_value("14 h 30")
    assert answers_to(live, address) == 0
    assert here.sends("Confirmer le rendez-vous") == 302
    assert answers_to(live, address) == 1


def test_a_stale_page_is_shown_again_with_its_answers(live: Live, enters: Enters) -> None:
    _, address = a_case(live, "prendre_rendez_vous")
    visitor = enters(SOCIAL)
    visitor.go(address)
    book(visitor)
    visitor.page.evaluate("document.querySelector('[data-brouillon] [name=csrf_token]').value = 'perime'")
    assert visitor.sends("Confirmer le rendez-vous") == 400
    visitor.sees(re.compile("La page était ouverte depuis trop longtemps"))
    expect(visitor.page.locator('[name="heure"]')).to_have_value("14 h 30")
    assert visitor.sends("Confirmer le rendez-vous") == 302


def test_a_draft_outlives_a_lost_session(live: Live, enters: Enters) -> None:
    _, address = a_case(live, "prendre_rendez_vous")
    visitor = enters(SOCIAL)
    visitor.go(address)
    book(visitor)
    expect(visitor.page.locator("[data-etat-brouillon]")).to_contain_text("Brouillon enregistré")
    visitor.context.clear_cookies()
    visitor.go(address)
    visitor.page.locator(f"form:has(input[value='{SOCIAL}']) button").click()
    visitor.sees(re.compile("Brouillon repris"))
    expect(visitor.page.locator('[name="heure"]')).to_have_value("14 h 30")
    expect(visitor.page.locator('[name="issue"][value="fixe"]')).to_be_checked()


def test_a_whole_task_is_done_without_scripts(live: Live, enters: Enters) -> None:
    _, address = a_case(live, "realiser_visite")
    visitor = enters(TECHNICIAN, java_script_enabled=False)
    visitor.go(address)
    visitor.fill({**VISITED, "date": clock.today().isoformat()})
    visitor.add_row("mesures")
    visitor.fill({"piece": "Salon", "temperature": "14,5"}, prefix="mesures.0.")
    visitor.add_row("mesures")
    visitor.fill({"piece": "Chambre", "temperature": "13"}, prefix="mesures.1.")
    visitor.page.get_by_role("button", name="Retirer Ligne 1").click()
    expect(visitor.page.locator('[name^="mesures."][name$=".piece"]')).to_have_value("Chambre")
    expect(visitor.page.locator('[name="pistes_rapides"]')).to_have_value("Joints de fenêtre.")
    assert visitor.sends("Enregistrer la visite") == 302
    visitor.sees("« Réaliser la visite » est fait.")
    assert answers_to(live, address) == 1
