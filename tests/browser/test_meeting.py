"""A review of thirty situations, held in a browser from its agenda to its minutes (CAR-11)."""

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader
from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.models import Case, Document, ProcessInstance, User
from app.services import actors, documents, reviews
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor

STARTED: Final = datetime(2026, 4, 15, 8, 0, tzinfo=clock.PARIS)
POLE: Final = "helene.riou@exemple.invalid"
SITUATIONS: Final = 30


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """A server on the morning of the review: thirty open situations, one with a late partner."""
    with live.serving(sqlite_url, tmp_path, started=STARTED - timedelta(days=60)) as served:
        with served.acting():
            late = build.a_case(
                "orientation", answers={"decider_orientations": {"lignes": [{"genre": "adil"}]}}
            )
            for number in range(SITUATIONS - 1):
                build.an_alert(nom=f"Ménage{number}")
            with transaction() as session:
                rows = session.scalars(select(Case).where(Case.reference != late.reference)).all()
                for number, row in enumerate(sorted(rows, key=lambda one: one.reference)):
                    row.priority = ("P1", "P2", "P3")[number % 3]
                for person in session.scalars(select(User).where(User.name.contains("_", autoescape=True))):
                    person.active = False  # whoever carried the cases here is nobody of the demonstration
        clock.shift(clock.shifted() + timedelta(days=60))
        with served.acting():
            waiting = db.session.scalars(
                select(ProcessInstance.id).where(ProcessInstance.process == "revue")
            ).first()
            assert waiting is not None
            reviews.start_now(waiting, by=build.an_actor("administration"))
        yield served


def the_text(served: Live, template: str, shots: Path) -> str:
    """Lay out the newest document of a template; return its text."""
    with served.acting():
        found = db.session.scalars(
            select(Document).where(Document.template == template).order_by(Document.at.desc())
        ).first()
        assert found is not None
        document_id = found.id
        documents.render(str(document_id))
        reader = db.session.scalars(select(User).where(User.email == POLE)).one()
        content, _, _ = documents.open_document(document_id, actors.actor_for(reader))
    (shots / f"{template}.pdf").write_bytes(content)
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_review_of_thirty_situations_is_held_from_its_agenda_to_its_minutes(
    browser: Browser, site: Live, shots: Path
) -> None:
    somebody = Visitor(browser, site.url, shots=shots)
    somebody.enter(POLE)
    with site.acting():
        every = sorted(db.session.scalars(select(Case.reference).where(Case.status == "open")))
    report = the_text(site, "rapport_situations", shots)  # the whole quarter, before its agenda (CAR-10)
    assert [reference for reference in every if reference not in report] == []
    somebody.go("/t/carene/reseau/situations")
    somebody.sees(f"{SITUATIONS}\u00a0situations ouvertes")
    somebody.look("reseau-rapport", "Toutes les situations")
    somebody.go("/t/carene/revues")
    somebody.look("revues", "Revue")
    somebody.page.get_by_role("link", name="Tenir la séance").first.click()
    somebody.sees("Partenaire en retard")
    expect(somebody.page.locator(".agenda-line")).to_have_count(SITUATIONS)
    expect(somebody.page.locator(".agenda-line").first).to_contain_text("Partenaire en retard")
    somebody.look("ordre-du-jour", "Revue trimestrielle")
    somebody.page.locator("#seance-heure").fill("14:30")
    somebody.page.locator("#seance-lieu").fill("Salle Penhoët")
    somebody.page.locator("#seance-date").fill("2026-04-22")
    somebody.send("Enregistrer la date et le lieu")
    somebody.sees("Salle Penhoët")
    somebody.page.locator("#present-0").check()
    somebody.send("Enregistrer les présents")
    somebody.page.get_by_role("link", name="Tenir la séance").first.click()
    somebody.sees("1 sur 30")
    somebody.fill({"decision": "reorienter", "commentaire": "L'ADIL ne répond plus."})
    somebody.add_row("actions")
    somebody.fill({"actions.0.quoi": "Relancer l'ADIL", "actions.0.qui": "couloir:coordonnateur"})
    somebody.fill({"actions.0.pour_le": "2026-05-20"})
    somebody.look("situation", "Revue trimestrielle")
    somebody.send("Enregistrer et continuer")
    somebody.sees("2 sur 30")
    held_by_the_keyboard(somebody)
    held_on_a_phone(somebody)
    with site.acting():
        newcomer = build.an_alert(nom="Dernière").reference
    for _ in range(SITUATIONS):
        if somebody.page.url.endswith("/cloture"):
            break
        somebody.page.locator("input[name=decision][value=poursuivre]").check()
        somebody.send("Enregistrer et continuer")
    somebody.look("cloture", "Clore la séance")
    somebody.page.get_by_role("link", name="Noter les présents").click()
    somebody.sees(newcomer)
    somebody.send("L'ajouter")
    somebody.sees("31 sur 31")
    somebody.send("Reporter à la prochaine séance")
    somebody.page.locator("input[name=date]").fill(date(2026, 4, 15).isoformat())
    somebody.send("Clore la séance")
    somebody.sees("La séance est close")
    somebody.look("tenue", "Revue trimestrielle")
    minutes = the_text(site, "compte_rendu_revue", shots)
    for words in ("Salle Penhoët", "Relancer l'ADIL", "L'ADIL ne répond plus", newcomer, "20/05/2026"):
        assert words.replace("'", "’") in minutes.replace("'", "’"), words
    assert "Moreau" not in minutes
    agenda = the_text(site, "ordre_du_jour", shots)
    assert "Partenaire en retard" in " ".join(agenda.split())
    somebody.leave()


def held_by_the_keyboard(somebody: Visitor) -> None:
    """Choose by a figure and save with the keyboard alone."""
    page = somebody.page
    page.keyboard.press("ArrowRight")
    somebody.sees("3 sur 30")
    page.keyboard.press("ArrowLeft")
    somebody.sees("2 sur 30")
    page.keyboard.press("1")
    expect(page.locator("input[name=decision]").first).to_be_checked()
    page.keyboard.press("Control+Enter")
    somebody.sees("3 sur 30")


def held_on_a_phone(somebody: Visitor) -> None:
    """Decide a few situations at the width of a phone."""
    page = somebody.page
    page.set_viewport_size(NARROW)
    for place in (3, 4):
        somebody.sees(f"{place} sur 30")
        page.locator("input[name=decision][value=poursuivre]").check()
        somebody.send("Enregistrer et continuer")
    page.set_viewport_size(WIDE)
