"""The referent's month and the SPSLH's morning, in a browser: visits, contract signed by hand, committee."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app import clock
from app.database import transaction
from app.models import User
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor
from tests.processes import astre_house as house
from tests.web.server import PASSWORD

MORNING: Final = datetime(2026, 7, 21, 8, 30, tzinfo=clock.PARIS)
MONTHS: Final = ("2026-05", "2026-06")
SPSLH: Final = house.address("spslh")
SLISL: Final = "SLISL de l'Arrageois"


@pytest.fixture(scope="module")
def site(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A Tuesday morning: a measure of five months, a contract to sign, a committee, saisines new and late."""
    with live.serving(sqlite_url, tmp_path_factory.mktemp("astre"), started=MORNING) as served:
        with served.acting(house.CODE):
            _people()
            _cases()
        served.pump()
        yield served


def _people() -> None:
    with house.on("2026-01-05"):
        house.fill_directory()
        chief = build.a_user(
            "spslh", name="Brigitte Lemaire", email=house.address("spslh"), password=PASSWORD
        )
        operator, slisl = (house.structure("operateur", house.OPERATORS[0]), house.structure("slisl", SLISL))
        for role, partner, name in (
            ("referent", operator, "Claire Delattre"), ("slisl", slisl, "Inès Lefebvre"),
        ):  # fmt: skip
            one = house.person(role, partner)
            with transaction() as session:
                user = session.scalars(select(User).where(User.id == one.user_id)).one()
                user.name, user.password_hash = name, chief.password_hash


def _referent(served: Live) -> str:
    with served.acting(house.CODE):
        return house.address("referent", house.structure("operateur", house.OPERATORS[0]))


def _cases() -> None:
    running = house.a_measure("2026-04-27", bilans=["3"], nom="Caron")
    with house.on("2026-04-28"):
        house.answer("envoyer_contrat", running, envoye_le=date(2026, 4, 28))
        house.answer("contacter_mar", running, mar=str(house.structure("mar", "Rénov'Conseil").id))
        for element in ("monter_dossier", "boucler_plan", "preparer_chantier", "suivre_chantier"):
            house.answer(element, running)
        house.answer("suivre_apres_travaux", running)
    house.visit(running, "2026-04-29")
    for month in MONTHS:
        house.visit(running, f"{month}-10")
        house.visit(running, f"{month}-24", "bureau")
        house.pump_on(f"{month}-27")
    house.a_measure("2026-07-06", nom="Lefort")
    with house.on("2026-07-06"):
        build.pump()
        house.saisine(nom="Retardé", prenom="Aline")
    with house.on("2026-07-20"):
        build.pump()
        signing = house.saisine(nom="Delcourt", prenom="Marcel", civilite="m")
        house.to_committee(signing)
        deciding = house.saisine(nom="Wattel", prenom="Jeanne")
        house.answer("donner_avis", deciding)
        chosen = str(house.structure("operateur", house.OPERATORS[0]).id)
        house.answer("verifier_eligibilite", deciding, operateur=chosen)
        house.answer("donner_position", deciding)
        house.saisine(nom="Bécu", prenom="Rose")
        build.pump()


def entered(browser: Browser, site: Live, email: str, shots: Path, **context: Any) -> Visitor:
    """Return somebody who has logged in with a password."""
    somebody = Visitor(browser, site.url, shots=shots, **context)
    somebody.go("/connexion")
    somebody.page.fill("input[type=email]", email)
    somebody.page.fill("input[type=password]", PASSWORD)
    somebody.page.keyboard.press("Enter")
    expect(somebody.page.get_by_role("heading", level=1)).to_be_visible()
    return somebody


def case_of(somebody: Visitor, name: str) -> None:
    """Open the case of a household from the list."""
    somebody.go("/t/pas-de-calais/dossiers")
    somebody.page.locator("tr", has_text=name).get_by_role("link").first.click()
    expect(somebody.page.get_by_role("heading", level=1)).to_be_visible()


def note_a_visit(somebody: Visitor, day: str, place: str) -> None:
    somebody.page.get_by_role("link", name="Noter une visite").first.click()
    somebody.fill(
        {"date": day, "issue": "realisee", "lieu": place, "duree": "60", "genre": "individuelle",
         "qui": "Claire Delattre", "sujets": ["budget"]}
    )  # fmt: skip


def draw(somebody: Visitor, field: str) -> None:
    """Draw on the pad of a signature, by mouse or, on a phone, by finger."""
    pad = somebody.page.locator(f'[data-champ="{field}"] .signature__pad')
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    points = [(0.1, 0.6), (0.25, 0.2), (0.3, 0.8), (0.5, 0.4), (0.8, 0.5)]
    spots = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    touch = somebody.context.new_cdp_session(somebody.page)
    for step, (x, y) in zip(["touchStart", *["touchMove"] * 4], spots, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": step, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def test_the_referents_month(browser: Browser, site: Live, shots: Path) -> None:
    """AST-6, AST-7: warned, two visits noted from a phone, the bilan written and sent to three."""
    one = entered(browser, site, _referent(site), shots)
    one.go("/t/pas-de-calais/")
    case_of(one, "Caron")
    one.sees("Une fréquence va manquer, l'équipe est prévenue")
    one.page.set_viewport_size(NARROW)
    note_a_visit(one, "2026-07-14", "domicile")
    one.look("astre-visite", "Noter une visite")
    one.page.set_viewport_size(NARROW)
    one.send("Enregistrer la visite")
    one.sees("« Noter une visite » est enregistré.")
    note_a_visit(one, "2026-07-21", "bureau")
    one.send("Enregistrer la visite")
    one.sees("Visite du référent (7)")
    one.page.set_viewport_size(WIDE)
    one.go("/t/pas-de-calais/")
    one.page.get_by_role("link", name="Rédiger le bilan").first.click()
    one.fill(
        {"visites": "12", "visites_domicile": "6", "effets": "Le budget tient.", "difficultes": ["budget"],
         "avancement": "acheve", "financement": "Bouclé.", "conclusion": "poursuivre",
         "conclusion_motif": "Suivre les consommations.", "prevention": False}
    )  # fmt: skip
    one.look("astre-bilan", "Rédiger le bilan")
    one.send("Enregistrer le bilan")
    one.sees("« Rédiger le bilan » est fait.")
    one.send("Transmettre le bilan")
    one.sees("« Transmettre le bilan » est fait.")
    site.pump()
    one.leave()
    with site.acting(house.CODE):
        waiting = {task.element for task in build.open_tasks()}
        assert {f"accuser_{who}" for who in house.THREE} <= waiting


def test_two_people_sign_a_contract_with_a_finger(browser: Browser, site: Live, shots: Path) -> None:
    """AST-5: drawn on a phone, kept after a refusal, undone and drawn again, shown on the case."""
    one = entered(browser, site, _referent(site), shots, has_touch=True, viewport=NARROW)
    one.go("/t/pas-de-calais/")
    one.page.get_by_role("link", name="Établir le contrat").first.click()
    one.fill({"signe": True, "debut": "2026-07-22", "bilans": ["6"], "referent": "Claire Delattre"})
    one.fill({"etape": "Reprendre le budget"}, prefix="etapes.0.")
    draw(one, "signature_menage")
    draw(one, "signature_operateur")
    one.put("signature_menage", {"nom": "Marcel Delcourt"})
    assert one.sends("Enregistrer le contrat") == 422
    drawn = one.page.locator(".signature__pad path")
    expect(drawn).to_have_count(2)
    first = one.page.locator('[data-champ="signature_operateur"]')
    first.get_by_role("button", name="Effacer").click()
    expect(drawn).to_have_count(1)
    draw(one, "signature_operateur")
    draw(one, "signature_operateur")
    first.get_by_role("button", name="Annuler le dernier trait").click()
    expect(drawn).to_have_count(2)
    one.put("objectif", "Vivre au chaud, sans dette.")
    one.put("signature_menage", {"nom": "Marcel Delcourt", "accord": True})
    one.put("signature_operateur", {"nom": "Claire Delattre", "accord": True})
    one.look("astre-contrat", "Établir le contrat")
    one.page.set_viewport_size(NARROW)
    one.send("Enregistrer le contrat")
    case_of(one, "Delcourt")
    expect(one.page.locator(".signature__shown path")).to_have_count(2)
    one.leave()


def test_the_morning_of_the_spslh(browser: Browser, site: Live, shots: Path) -> None:
    """AST-4, AST-6: what came in, what is late, a promise about to break, the committee decided."""
    two = entered(browser, site, SPSLH, shots)
    two.go("/t/pas-de-calais/")
    two.go("/t/pas-de-calais/retards")
    two.sees("Donner l'avis du SLISL")
    two.look("astre-retards", "En retard")
    two.go("/t/pas-de-calais/supervision/promesses")
    two.sees("Lefort")
    two.go("/t/pas-de-calais/")
    row = two.page.locator(".task-row", has_text="Bécu")
    row.get_by_role("link", name="Vérifier l'éligibilité").click()
    two.sees("Propriétaire occupant, très modeste")
    two.go("/t/pas-de-calais/")
    two.page.get_by_role("link", name="Valider en comité").click()
    two.fill({"decision": "acceptee"})
    two.look("astre-comite", "Valider en comité")
    two.send("Enregistrer la décision")
    two.sees("« Valider en comité » est fait.")
    two.leave()
    with site.acting(house.CODE):
        deciding = next(
            task for task in build.open_tasks() if task.case and task.case.household.last_name == "Wattel"
        )
        assert deciding.element == "etablir_contrat"
