"""A territory opened in the browser from CARENE's offer, adapted, then brought up to date (CAR-1)."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from app import tenancy
from app.catalog.bundle import bundle_from_files
from app.config import ROOT
from app.database import db
from app.services import offers, proofs, releases, studio
from tests import build
from tests.browser.live import Live, serving
from tests.browser.people import NARROW, WIDE, Visitor

INES = "ines.carrel@exemple.invalid"
VISIT = "bpmn/visite.bpmn"
GUIDE = ROOT / "docs" / "guides" / "ouvrir-un-territoire.md"
OLD = '"P21D"</bpmn:timeDuration>'


def guided() -> list[str]:
    """What the guide tells people to press or to look for in the browser, in its words."""
    text = GUIDE.read_text(encoding="utf-8").split("## Depuis le navigateur")[1].split("\n## ")[0]
    found = re.findall(r"\*\*([^*]+)\*\*", re.sub(r"(?m)^\d+\. \*\*[^*]+\*\*", "", text))
    assert len(found) >= 12
    return found


def put(live: Live, code: str, new: str) -> None:
    """Change the delay of the draft of a territory, as its editor does."""
    with live.app.app_context():
        with tenancy.serving(releases.territory_by_code(code).id):
            by = build.an_actor("conception", name="Inès Carrel")
            studio.opened(by)
            held = studio.read(VISIT)
            assert OLD in held.text
            studio.save(VISIT, held.text.replace(OLD, new, 1), base=held.digest, by=by)
        db.session.remove()


def publish(live: Live, *pairs: tuple[str, str]) -> None:
    """Let CARENE publish and offer a second release."""
    with live.acting():
        files = dict(releases.current().bundle.files)
        for old, new in pairs:
            assert old.encode() in files[VISIT]
            files[VISIT] = files[VISIT].replace(old.encode(), new.encode(), 1)
        bundle = bundle_from_files(files)
        proof = proofs.of_check(bundle.files, [])
        releases.publish(bundle, note="Un délai plus long, un nom plus clair", proof=proof)
        offers.offer(2, "Éprouvée un trimestre.", by=build.an_actor("conception"))


def test_a_territory_opens_adapts_a_delay_and_pulls_what_changed_upstream(
    browser: Browser, sqlite_url: str, tmp_path: Path, shots: Path
) -> None:
    with serving(sqlite_url, tmp_path) as live:
        visitor = Visitor(browser, live.url, shots=shots)
        page = visitor.page
        page.set_default_timeout(60_000)
        visitor.enter(INES)
        visitor.go("/t/carene/atelier/nouveautes")
        page.get_by_label("Ce que vous en dites").fill("Trois ans d'usage.")
        page.get_by_role("button", name="Offrir la version 1").click()
        expect(page.get_by_text("est offerte aux autres territoires")).to_be_visible()
        said = [page.locator("body").inner_text()]

        page.get_by_role("link", name="Ouvrir un territoire").first.click()
        visitor.look("ouvrir-depart", "Ouvrir un territoire")
        said.append(page.locator("body").inner_text())
        page.get_by_role("button", name="Commencer").click()
        page.get_by_label("Nom", exact=True).fill("Estuaire")
        page.get_by_label("Code", exact=True).fill("estuaire")
        go_on(visitor, "communes")
        page.get_by_label("Commune, code, département ou agglomération").press_sequentially("st nazaire 44")
        expect(page.get_by_role("button", name="Ajouter Saint-Nazaire")).to_have_count(1)  # as one types
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="1 commune choisie")).to_be_visible()
        page.get_by_text("Coller une liste").click()
        page.get_by_label("Liste de communes").fill("la baule\nPornichet")
        page.get_by_role("button", name="Ajouter la liste").click()
        visitor.look("ouvrir-communes", "Les communes servies")
        said.append(page.locator("body").inner_text())
        page.get_by_role("button", name="La Baule-Escoublac").click()
        expect(page.get_by_role("heading", name="3 communes choisies")).to_be_visible()
        go_on(visitor, "roles")
        page.get_by_label("Rôle « Technicien conseil »").fill("Technicienne de l'habitat")
        go_on(visitor, "partenaires")
        page.get_by_label("Partenaires", exact=True).fill("ADIL ; ADIL 44 ; adil@exemple.invalid")
        said.append(page.locator("body").inner_text())
        page.get_by_role("button", name="Voir le tableau").click()
        expect(page.get_by_role("cell", name="ADIL 44")).to_be_visible()
        go_on(visitor, "calendrier")
        page.get_by_label("Jours fermés").fill("24/12/2026")
        go_on(visitor, "contact")
        page.get_by_label("Service", exact=True).fill("Maison de l'habitat")
        go_on(visitor, "personnes")
        page.get_by_label("Personnes", exact=True).fill(
            "claire@estuaire.invalid ; Claire Martin ; Technicienne de l'habitat"
        )
        go_on(visitor, "verification")
        expect(page.get_by_text("aucune erreur")).to_be_visible(timeout=60_000)  # it shows by itself
        visitor.look("ouvrir-verifier", "Vérifier et ouvrir")
        said.append(page.locator("body").inner_text())
        page.get_by_role("button", name="Ouvrir le territoire").click()
        expect(page.get_by_text("est ouvert, avec sa première version")).to_be_visible()
        page.locator("form:has(input[value='estuaire']) button").first.click()
        expect(page.get_by_role("heading", level=1, name="Atelier")).to_be_visible()
        with live.app.app_context():
            db.session.remove()
        live.pump()
        assert any("/acces/" in body for body in live.mail_to("Claire Martin"))

        put(live, "estuaire", '"P14D"</bpmn:timeDuration>')
        publish(live, (OLD, '"P28D"</bpmn:timeDuration>'), ('name="Réaliser la visite"', 'name="Visiter"'))
        visitor.go("/t/estuaire/atelier/nouveautes")
        visitor.look("nouveautes", "Nouveautés")
        said.append(page.locator("body").inner_text())
        page.get_by_role("link", name="Récupérer").click()
        expect(page.get_by_text("Garder la vôtre")).to_contain_text("14 jours")
        assert page.locator(".pull-picture svg").count() == 2
        visitor.look("recuperer", "Récupérer la version 2 de CARENE, Saint-Nazaire agglomération")
        said.append(page.locator("body").inner_text())
        page.get_by_role("button", name="Appliquer au brouillon").click()
        expect(page.get_by_role("link", name="Choisissez ce qui reste.")).to_be_visible()
        page.get_by_label("Garder la vôtre").check()
        page.get_by_role("button", name="Appliquer au brouillon").click()
        expect(page.get_by_text("a récupéré la version 2")).to_be_visible()
        with live.app.app_context():
            with tenancy.serving(releases.territory_by_code("estuaire").id):
                text = studio.read(VISIT).text
            db.session.remove()
        assert '"P14D"</bpmn:timeDuration>' in text and 'name="Visiter"' in text
        assert visitor.said == []
        everything = "\n".join(said).replace("\u202f", " ").replace("\xa0", " ")
        assert [label for label in guided() if label not in everything] == []


def go_on(visitor: Visitor, step: str) -> None:
    """Look at a step on both widths, keep it, and come to the next."""
    page = visitor.page
    if visitor.shots is not None:
        for size, mark in ((NARROW, "390"), (WIDE, "1280")):
            page.set_viewport_size(size)
            wide = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not wide, f"{page.url} is wider than the screen ({mark})"
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.wait_for_url(f"**/{step}")
