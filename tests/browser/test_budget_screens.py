"""The finance officer's month: what is left, an advance that is too high, a balance that waits (AST-10)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, transaction
from app.models import Envelope, Quota
from app.services import actors, payments
from tests import build, money_house
from tests.browser import live
from tests.browser.live import Live
from tests.browser.people import WIDE, Visitor
from tests.databases import SqliteTemplate
from tests.web.server import PASSWORD

FIRST: Final = datetime(2025, 11, 3, 9, 0, tzinfo=clock.PARIS)
OFFICER: Final = "helene.caron@budgets.invalid"
NAMES: Final = ("Habitat Artois", "Ternois Solidarité", "Sud-Artois Accompagnement")


@pytest.fixture
def site(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Live]:
    """Ten places and three operators, from November to September: one measure broken, two cases that wait."""
    with live.serving(sqlite_template.copy_to(tmp_path), tmp_path, started=FIRST) as served:
        with served.app.app_context(), money_house.serving(tmp_path / "programme"):
            _a_year(served)
            db.session.remove()
        served.travel(datetime(2026, 9, 10, 9, 0, tzinfo=clock.PARIS))
        yield served


def _a_year(served: Live) -> None:
    operators = [money_house.an_operator(name).id for name in NAMES]
    officer = build.a_user("finances", name="Hélène Caron", email=OFFICER, password=PASSWORD)
    with transaction() as session:
        session.scalars(select(Quota)).one().count = 10
        part = {"partner_id": operators[0], "count": 4, "starts_on": date(2025, 11, 1)}
        session.add(Quota(code="mesures", created_at=clock.now(), **part))
    cases = []
    for number in range(12):
        clock.shift(clock.shifted() + timedelta(days=15))
        cases.append(money_house.ask(operators[number % 3]))
        if number == 4:
            money_house.follow(cases[1], "rupture")
        if number == 6:
            money_house.follow(cases[3], "diagnostic")
    agreement = money_house.the_agreement()
    paid = payments.Paid("avance", Decimal("15840.00"), clock.today(), "Mandat 2026-118", operators[0])
    by = actors.actor_for(officer)
    payments.record(agreement.id, paid, version=agreement.version, by=by)
    assert served.url


def test_the_finance_officer_reads_what_is_left_and_is_told_what_blocks(
    browser: Browser, site: Live, shots: Path
) -> None:
    somebody = Visitor(browser, site.url, shots=shots)
    page = somebody.page
    somebody.go("/connexion")
    page.locator("#email").fill(OFFICER)
    page.locator("#password").fill(PASSWORD)
    somebody.send("Se connecter")
    somebody.go("/t/budgets/budget")
    expect(page.get_by_text("prend fin le samedi 31 octobre 2026")).to_be_visible()
    somebody.look("budget", "Conventions et budgets")
    page.set_viewport_size(WIDE)
    page.get_by_role("link", name="Mesures et diagnostics").click()
    expect(page.get_by_role("img", name="Service fait cumulé")).to_be_visible()
    somebody.look("budget-enveloppe", "Mesures et diagnostics")
    somebody.go("/t/budgets/budget/quotas/mesures")
    somebody.look("budget-quota", "Mesures de l'année")
    page.set_viewport_size(WIDE)
    somebody.go("/t/budgets/budget")
    page.get_by_role("link", name="Convention des opérateurs").click()
    page.get_by_text("Noter un versement").click()
    page.get_by_label("Nature").select_option(label="Avance")
    page.get_by_label("Montant (€)").fill("15 840,01")
    page.get_by_label("Versé le").fill("2026-09-10")
    assert somebody.sends("Noter le versement") == 422
    expect(page.locator("#montant-erreur")).to_contain_text("60")
    expect(page.get_by_text("Rapport manquant").first).to_be_visible()
    somebody.look("budget-convention", "Convention des opérateurs")
    page.set_viewport_size(WIDE)
    page.get_by_role("link", name="Sud-Artois Accompagnement").click()
    somebody.look("budget-releve", "Relevé")
    somebody.leave()


def test_an_envelope_is_changed_without_a_script_from_the_keyboard(browser: Browser, site: Live) -> None:
    somebody = Visitor(browser, site.url, java_script_enabled=False)
    page = somebody.page
    somebody.go("/connexion")
    page.locator("#email").fill(OFFICER)
    page.locator("#password").fill(PASSWORD)
    somebody.send("Se connecter")
    somebody.go("/t/budgets/budget")
    page.get_by_role("link", name="Mesures et diagnostics").press("Enter")
    page.get_by_role("link", name="Modifier").press("Enter")
    page.get_by_label("Montant (€)").fill("1 000")
    page.keyboard.press("Enter")
    expect(page.locator("#montant-erreur")).to_contain_text("déjà engagés")
    page.get_by_label("Montant (€)").fill("60 000,50")
    page.keyboard.press("Enter")
    expect(page.get_by_text("L'enveloppe est enregistrée.")).to_be_visible()
    with site.app.app_context():
        with tenancy.unscoped("maintenance"):
            row = db.session.scalars(select(Envelope)).one()
        assert row.amount == Decimal("60000.50")
        db.session.remove()
    somebody.leave()
