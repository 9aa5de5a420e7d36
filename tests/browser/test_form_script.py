"""What the script adds to a form: conditions, rows, drafts; the form is the one the server renders."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.catalog.submission import Flat
from app.web import forms
from tests.unit.catalog.build import ALL, form_of

pytestmark = pytest.mark.browser

ORIGIN = "http://relais.test"
SCRIPT = Path(__file__).parents[2] / "frontend/forms.js"
FORM = form_of(
    {"cle": "statut", "type": "choix", "options": {"po": "Propriétaire", "loc": "Locataire"}},
    {"cle": "bailleur", "type": "texte", "si": 'statut == "loc"'},
    {"cle": "courriel_bailleur", "type": "courriel", "si": "bailleur is not None"},
    {"cle": "indices", "type": "cases", "options": ["froid", "impaye"]},
    {"cle": "montant", "type": "montant", "si": '"impaye" in indices'},
    {"cle": "plan", "type": "oui_non", "si": "montant > 500"},
    {"cle": "echeancier", "type": "texte", "si": "plan == true or not (plan == false)"},
    {
        "cle": "lignes", "type": "tableau", "nom_ligne": "Orientation", "bouton": "Ajouter une orientation",
        "colonnes": [
            {"cle": "genre", "libelle": "Genre", "type": "choix", "options": ["adil", "autre"]},
            {"cle": "lequel", "libelle": "Lequel", "type": "texte", "si": 'genre == "autre"'},
        ],
    },
)  # fmt: skip


class Server:
    """What the browser is answered, and the drafts it sent."""

    def __init__(self) -> None:
        self.drafts: list[dict[str, list[str]]] = []
        self.tokens: list[str | None] = []
        self.reachable = True

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/forms.js":
            route.fulfill(content_type="text/javascript", body=SCRIPT.read_text(encoding="utf-8"))
        elif path == "/brouillon" and self.reachable:
            self.drafts.append(parse_qs(route.request.post_data or "", keep_blank_values=True))
            self.tokens.append(route.request.headers.get("x-csrftoken"))
            route.fulfill(json={"phrase": "Brouillon enregistré à 9 h"})
        elif path == "/brouillon":
            route.abort()
        else:
            route.fulfill(content_type="text/html; charset=utf-8", body=_document())


def _document() -> str:
    fields = forms.render(FORM, Flat({"lignes.0.genre": ["adil"]}), classes=ALL)
    return (
        '<!doctype html><html lang="fr"><title>Essai</title><form method="post" data-brouillon="/brouillon">'
        f'<input type="hidden" name="csrf_token" value="jeton">{fields}'
        '<p role="status" data-etat-brouillon></p></form>'
        '<script type="module" src="/forms.js"></script></html>'
    )


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.route("**/*", server.answer)
    opened.goto(f"{ORIGIN}/")
    yield opened
    context.close()
    assert faults == []


def test_a_field_appears_with_its_condition_and_takes_those_below_with_it(page: Page):
    landlord, email = page.locator("#c-bailleur"), page.locator("#c-courriel_bailleur")
    expect(landlord).to_be_hidden()
    page.get_by_label("Locataire").check()
    expect(landlord).to_be_visible()
    expect(email).to_be_hidden()
    landlord.fill("Silène")
    expect(email).to_be_visible()
    page.get_by_label("Propriétaire").check()
    expect(landlord).to_be_hidden()
    expect(email).to_be_hidden()
    assert page.locator("[data-si-phrase]").count() == 0


def test_the_browser_judges_boxes_amounts_and_yes_no_as_the_server_does(page: Page):
    page.get_by_label("impaye").check()
    page.locator("#c-montant").fill("500,00")
    expect(page.locator("#c-plan")).to_be_hidden()
    page.locator("#c-montant").fill("1 200,50 €")
    expect(page.locator("#c-plan")).to_be_visible()
    expect(page.locator("#c-echeancier")).to_be_visible()
    page.get_by_label("Non").check()
    expect(page.locator("#c-echeancier")).to_be_hidden()
    typed = {"indices": ["impaye"], "montant": ["1 200,50 €"], "plan": ["non"], "echeancier": ["x"]}
    assert "echeancier" not in FORM.parse(Flat(typed), classes=ALL)


def test_rows_come_and_go_without_a_reload_and_keep_their_own_conditions(page: Page):
    page.get_by_role("button", name="Ajouter une orientation").click()
    expect(page.get_by_role("group", name="Orientation 2")).to_be_visible()
    second = page.get_by_role("group", name="Orientation 2")
    expect(second.get_by_label("adil")).to_be_focused()
    expect(second.get_by_label("Lequel")).to_be_hidden()
    second.get_by_label("autre").check()
    expect(second.get_by_label("Lequel")).to_be_visible()
    second.get_by_label("Lequel").fill("CAF")
    page.get_by_role("button", name="Retirer Orientation 1").click()
    assert page.locator("[data-ligne]").count() == 1
    sent = page.evaluate("[...new FormData(document.forms[0])].filter(([name]) => name.startsWith('lignes'))")
    flat = Flat({name: [text] for name, text in sent})
    assert FORM.parse(flat, classes=ALL)["lignes"] == [{"genre": "autre", "lequel": "CAF"}]


def test_what_is_typed_is_kept_as_a_draft(page: Page, server: Server):
    page.get_by_label("Locataire").check()
    page.locator("#c-bailleur").fill("Silène")
    expect(page.get_by_role("status")).to_have_text("Brouillon enregistré à 9 h")
    assert server.drafts[-1]["bailleur"] == ["Silène"]
    assert server.tokens == ["jeton"]


def test_a_lost_connection_is_said_and_nothing_is_lost(page: Page, server: Server):
    server.reachable = False
    page.get_by_label("Locataire").check()
    expect(page.get_by_role("status")).to_contain_text("la connexion manque")
    server.reachable = True
    page.locator("#c-bailleur").fill("Silène")
    expect(page.get_by_role("status")).to_have_text("Brouillon enregistré à 9 h")
    assert server.drafts[-1]["statut"] == ["loc"]
