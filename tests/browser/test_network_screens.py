"""An animation prepared, held and summed up from a phone; what the network's pages show of it (CAR-6)."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect
from pypdf import PdfReader
from sqlalchemy import select

from app import clock
from app.database import db
from app.models import Document
from app.services import documents
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor

MONDAY: Final = datetime(2026, 3, 2, 9, 0, tzinfo=clock.PARIS)
PAGES: Final = {
    "presences": "Présences",
    "donneurs": "Donneurs d'alerte",
    "situations": "Toutes les situations",
    "pistes": "Pistes de partenaires",
}
SOCIAL: Final = "claire.martin@exemple.invalid"


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """A server on a Monday morning, with two alerts of one structure."""
    with live.serving(sqlite_url, tmp_path, started=MONDAY) as served:
        with served.acting():
            build.a_case("realiser_visite")
            build.an_alert(nom="Second")
        yield served


def on_a_phone(somebody: Visitor) -> None:
    somebody.page.set_viewport_size(NARROW)


def text_of(served: Live, template: str, shots: Path) -> str:
    """Lay out a document; return its text."""
    with served.acting():
        document_id = db.session.scalars(select(Document.id).where(Document.template == template)).one()
        documents.render(str(document_id))
        content, _, _ = documents.open_document(document_id, build.an_actor("travailleur_social"))
    (shots / f"{template}.pdf").write_bytes(content)
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


def test_an_animation_is_prepared_held_and_summed_up_on_a_phone(
    browser: Browser, site: Live, shots: Path
) -> None:
    somebody = Visitor(browser, site.url, shots=shots)
    somebody.enter(SOCIAL)
    on_a_phone(somebody)
    somebody.go("/t/carene/reseau")
    somebody.sees("Elle attend la fin de l'expérimentation avec La Poste")
    somebody.page.get_by_role("link", name="Préparer une animation").click()
    somebody.look("reseau-animation", "Préparer une animation")
    on_a_phone(somebody)
    somebody.fill(
        {"genre": "stand", "titre": "Stand au marché", "date_evenement": "2026-03-10", "heure": "10 h",
         "commune": "44184", "lieu": "Place du marché", "materiel": ["kits", "guides"]}
    )  # fmt: skip
    somebody.send("Enregistrer l'animation")
    somebody.sees("« Préparer une animation » est enregistré.")
    somebody.look("reseau", "Réseau")
    sheet = text_of(site, "feuille_presence", shots)
    assert "Stand au marché" in sheet
    assert "mardi 10 mars 2026" in sheet
    site.travel(datetime(2026, 3, 10, 14, 0, tzinfo=clock.PARIS))
    on_a_phone(somebody)
    somebody.go("/t/carene/reseau")
    somebody.page.get_by_role("link", name="Noter les présences").click()
    somebody.fill({"issue": "tenu"})
    somebody.fill({"participants.0.genre": "menage", "participants.0.nombre": "9", "interesses": "2"})
    somebody.add_row("participants")
    somebody.fill({"participants.1.genre": "ccas", "participants.1.nombre": "3"})
    somebody.look("reseau-presences", "Noter les présences")
    on_a_phone(somebody)
    somebody.send("Enregistrer les présences")
    somebody.sees("« Noter les présences » est fait")
    somebody.sees("Rédiger la synthèse")
    somebody.fill({"ressort": "Beaucoup de passage, deux visites à proposer.", "appreciation": "bonne"})
    somebody.send("Enregistrer la synthèse")
    somebody.go("/t/carene/reseau")
    somebody.page.get_by_role("link", name="Stand au marché").first.click()
    expect(somebody.page.locator("#participants")).to_contain_text("Ménages accompagnés")
    somebody.look("reseau-evenement", "Stand au marché")
    minutes = text_of(site, "compte_rendu_evenement", shots)
    assert "75" in minutes
    assert "deux visites à proposer" in minutes
    for page, title in PAGES.items():
        somebody.go(f"/t/carene/reseau/{page}")
        somebody.look(f"reseau-{page}", title)
    note_an_exchange(somebody, shots)
    somebody.page.set_viewport_size(WIDE)
    somebody.leave()


def note_an_exchange(somebody: Visitor, shots: Path) -> None:
    """Note a call from the page of a case, on the phone."""
    on_a_phone(somebody)
    somebody.go("/t/carene/dossiers/DOS-2026-0001")
    buttons = somebody.page.locator(".act-group")
    buttons.scroll_into_view_if_needed()
    buttons.screenshot(path=shots / "dossier-gestes-390.png")
    somebody.page.get_by_role("link", name="Noter un échange").click()
    somebody.fill({"date": "2026-03-10", "avec": "menage", "moyen": "telephone", "suite": "aucune"})
    somebody.fill({"contenu": "Le bailleur n'a pas encore répondu."})
    somebody.look("dossier-echange", "Noter un échange", "DOS-2026-0001")
    on_a_phone(somebody)
    somebody.send("Enregistrer l'échange")
    somebody.sees("« Noter un échange » est enregistré.")
