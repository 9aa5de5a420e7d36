"""The workshop of the network, from the invitation to the syntheses everybody reads (ANG-1, ANG-4)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app import clock
from tests import angers_house as house
from tests import build
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import NARROW, WIDE, Visitor

MONDAY: Final = datetime(2026, 9, 7, 9, 0, tzinfo=clock.PARIS)
CCAS: Final = "claire.menard@exemple.invalid"
ALISEE: Final = "yves.rabin@exemple.invalid"
NETWORK: Final = "/t/angers/reseau"


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path) -> Iterator[Live]:
    """The network on a Monday morning: two co-leads, four structures."""
    with live.serving(sqlite_url, tmp_path, started=MONDAY) as served:
        with served.acting("angers"):
            house.directory()
            build.a_user("copilote_ccas", name="Claire Ménard", email=CCAS)
            build.a_user("copilote_alisee", name="Yves Rabin", email=ALISEE)
        yield served


def step(somebody: Visitor, name: str) -> None:
    """Open the first step of that name that waits on the network's page."""
    somebody.go(NETWORK)
    somebody.page.get_by_role("link", name=name).first.click()
    expect(somebody.page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_a_workshop_from_the_invitation_to_the_published_syntheses(
    browser: Browser, site: Live, shots: Path
) -> None:
    ccas = Visitor(browser, site.url, shots=shots)
    ccas.enter(CCAS)
    address = prepared(ccas, site)
    assert address
    registered(Visitor(browser, site.url, shots=shots, viewport=NARROW), address, site)
    site.travel(datetime(2026, 11, 17, 8, 0, tzinfo=clock.PARIS))
    welcomed(ccas)
    site.travel(clock.now() + timedelta(days=1))
    written(ccas)
    alisee = Visitor(browser, site.url, shots=shots)
    alisee.enter(ALISEE)
    agreed(ccas, "Donner l'accord du CCAS", "Répondre pour le CCAS")
    agreed(alisee, "Donner l'accord d'Alisée", "Répondre pour Alisée")
    site.pump()
    read(Visitor(browser, site.url, shots=shots), site)
    ccas.leave()
    alisee.leave()


def prepared(somebody: Visitor, site: Live) -> str:
    """Prepare the workshop; return the address that the structures receive."""
    somebody.go(NETWORK)
    somebody.page.get_by_role("link", name="Organiser un atelier de plus").click()
    somebody.fill(
        {"titre": "Atelier de la solidarité", "date_evenement": "2026-11-17",
         "heure": "9 h", "commune": "49007",
         "lieu": "Salons Curnonsky", "programme": "Plénière, puis deux groupes en parallèle.",
         "groupes.0.groupe": "Repérer", "groupes.0.places": "20"}
    )  # fmt: skip
    somebody.add_row("groupes")
    somebody.fill({"groupes.1.groupe": "Payer ses factures", "places": "70"})
    somebody.fill({"cloture_inscriptions": "2026-11-10"})
    somebody.look("atelier-preparation", "Organiser un atelier")
    somebody.send("Ouvrir les inscriptions")
    site.pump()
    return str(site.mail_to("CLCV d'Angers")[0]).partition("/t/angers/inscription/")[2].split()[0]


def registered(visitor: Visitor, token: str, site: Live) -> None:
    """Register on a phone without an account; change group by the personal link."""
    visitor.go(f"/t/angers/inscription/{token}")
    visitor.page.get_by_role("button", name="M'inscrire").click()
    visitor.sees("Indiquez votre nom")
    visitor.look("inscription-erreurs", "Atelier de la solidarité")
    visitor.page.set_viewport_size(NARROW)
    page = visitor.page
    page.get_by_label("Votre nom").fill("Nadia Morin")
    page.get_by_label("Votre courriel").fill("nadia@clcv.invalid")
    page.get_by_label("Type de structure").select_option("association")
    page.get_by_label("Repérer").check()
    visitor.look("inscription", "Atelier de la solidarité")
    visitor.page.set_viewport_size(NARROW)
    page.get_by_role("button", name="M'inscrire").click()
    visitor.sees("Votre inscription est envoyée")
    visitor.look("inscription-merci", "Votre inscription est envoyée")
    site.pump()
    visitor.go(f"/i/{str(site.mail_to('Nadia Morin')[0]).partition('/i/')[2].split()[0]}")
    page.get_by_label("Payer ses factures").check()
    page.get_by_role("button", name="Changer de groupe").click()
    visitor.sees("Votre groupe est changé.")
    visitor.look("inscription-personnelle", "Atelier de la solidarité")
    visitor.leave()


def welcomed(somebody: Visitor) -> None:
    """Tick who came, write down somebody who had not registered, close the welcome."""
    somebody.go(NETWORK)
    somebody.page.get_by_role("link", name="Atelier de la solidarité").first.click()
    somebody.page.get_by_role("link", name="Liste des inscriptions").click()
    somebody.page.get_by_label("Nadia Morin, présent").check()
    somebody.page.get_by_role("button", name="Enregistrer les présences").click()
    somebody.page.get_by_label("Nom", exact=True).fill("Zoé Petit")
    somebody.page.locator("#type").select_option("bailleur_social")
    somebody.page.get_by_role("button", name="Ajouter cette personne").click()
    expect(somebody.page.locator("#presents")).to_contain_text("50")
    somebody.look("inscriptions-liste", "Inscriptions")
    step(somebody, "Accueillir les participants")
    somebody.fill({"issue": "tenu"})
    somebody.send("Clore l'accueil")
    step(somebody, "Vérifier les présences")
    expect(somebody.page.locator("[name='participants.0.nombre']")).to_have_value("1")
    somebody.send("Enregistrer les présences")


def written(somebody: Visitor) -> None:
    """Write the syntheses of both groups and the plenary; read the whole over."""
    for text in ("Le repérage passe par les autres demandes.", "Les factures arrivent trop tard."):
        step(somebody, "Rédiger la synthèse du groupe")
        somebody.fill({"ressort": text})
        somebody.send("Enregistrer la synthèse")
    step(somebody, "Rédiger la plénière et les suites")
    somebody.fill({"pleniere": "Le réseau présente son année."})
    somebody.send("Enregistrer")
    step(somebody, "Relire avant publication")
    expect(somebody.page.locator("[name='parties.1.texte']")).to_have_value(
        "Le repérage passe par les autres demandes."
    )
    somebody.fill({"titre": "Synthèses de l'atelier 2026", "genre": "Synthèses"})
    somebody.look("atelier-relecture", "Relire avant publication")
    somebody.send("Soumettre aux deux co-pilotes")


def agreed(somebody: Visitor, name: str, button: str) -> None:
    """Agree to publish, having read the text."""
    step(somebody, name)
    somebody.sees("Le réseau présente son année.")
    somebody.look(f"accord-{button[-4:].lower()}", name)
    somebody.fill({"accord": "oui"})
    somebody.send(button)


def read(visitor: Visitor, site: Live) -> None:
    """Read the syntheses without an account, from the mail that tells of them."""
    assert "/t/angers/publications/" in site.mail_to("Nadia Morin")[0]
    visitor.go("/t/angers/publications")
    visitor.look("publications", "Ce que le réseau publie")
    visitor.page.set_viewport_size(WIDE)
    visitor.page.get_by_role("link", name="Synthèses de l'atelier 2026").click()
    visitor.sees("Les factures arrivent trop tard.")
    visitor.sees("Publié avec l'accord de CCAS")
    visitor.look("publication", "Synthèses de l'atelier 2026")
    assert "Nadia" not in visitor.page.content()
    visitor.leave()
