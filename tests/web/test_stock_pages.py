"""The pages of the stock: what to order, entries refused by field, mistakes cancelled once (BAT-9, MTP-4)."""

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read
from app.models import StockMove
from app.services import releases
from tests import build, stock_house
from tests.money_house import paris
from tests.web.server import PASSWORD, log_in, token_of

PAGE = "/t/kits/stock"
BOUGHT = {
    "article": "ampoule", "depot": "sud", "genre": "achat", "quantite": "20", "cout": "3,10",
    "le": "2026-11-02", "note": "",
}  # fmt: skip


class Kits:
    """The site of the territory of kits, and its people."""

    def __init__(self, site, reference):
        self.site, self.reference = site, reference

    def as_(self, role):
        client = self.site.app.test_client()
        log_in(client, f"{role}.web@kits.invalid")
        return client

    def moves(self):
        """Return what the database holds: (kind, number, amount), the oldest first."""
        with self.site.app.app_context():
            territory = releases.territory_by_code("kits")
            with tenancy.serving(territory.id):
                end_read()
                rows = db.session.scalars(select(StockMove).order_by(StockMove.at, StockMove.id)).all()
                return [(row.kind, row.quantity, str(row.cost), row.id) for row in rows]


@pytest.fixture
def kits(empty_site, tmp_path):
    with clock.at(paris(2026, 11, 2, 8)), empty_site.app.app_context():
        with stock_house.serving(tmp_path / "programme"):
            for role in ("magasin", "lecteur", "charge"):
                mail = f"{role}.web@kits.invalid"
                build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
            case = stock_house.a_visit(("ampoule", 2))
        db.session.remove()
    with clock.at(paris(2026, 11, 2, 9)):
        yield Kits(empty_site, case.reference)


def sent(client, address, back=PAGE, **facts):
    return client.post(address, data={**facts, "csrf_token": token_of(client.get(back).text)})


def test_whoever_keeps_the_stock_notes_a_purchase_and_sees_what_is_left_and_what_to_order(kits):
    client = kits.as_("magasin")
    assert "Plus remis que connu" in client.get(PAGE).text
    answer = sent(client, PAGE, **BOUGHT)
    assert (answer.status_code, answer.location) == (302, PAGE)
    page = client.get(PAGE).text
    assert "est noté dans le stock." in page
    assert "<strong>18</strong>" in page
    history = client.get(f"{PAGE}/ampoule").text
    assert history.index("Achat") < history.index("Remis à un ménage")
    assert kits.reference in history
    assert f"/t/kits/dossiers/{kits.reference}" not in history, "the keeper of the stock opens no case"


def test_a_refused_entry_keeps_what_was_typed_and_says_what_to_do(kits):
    client = kits.as_("magasin")
    answer = sent(client, PAGE, **{**BOUGHT, "quantite": "vingt", "cout": "", "note": "Chez Martin"})
    assert answer.status_code == 422
    for said in ("Indiquez un nombre entier", "Indiquez le prix d", "Chez Martin", 'value="vingt"'):
        assert said in answer.text.replace("&#39;", "'"), said
    assert [move[0] for move in kits.moves()] == ["remise"]


def test_a_move_is_cancelled_once_even_from_two_windows(kits):
    client = kits.as_("magasin")
    sent(client, PAGE, **BOUGHT)
    bought = kits.moves()[-1][-1]
    history, address = f"{PAGE}/ampoule", f"{PAGE}/mouvements/{bought}/annuler"
    assert sent(client, address, back=history, motif="").status_code == 302
    assert len(kits.moves()) == 2
    assert sent(client, address, back=history, motif="Saisi deux fois").status_code == 302
    assert sent(client, address, back=history, motif="Encore").status_code == 409
    assert {move[:3] for move in kits.moves()} >= {
        ("achat", 20, "62.00"), ("annulation", -20, "-62.00"),
    }  # fmt: skip
    assert len(kits.moves()) == 3
    assert "Annulé" in client.get(history).text


def test_only_those_who_may_open_the_stock_or_change_it(kits):
    reader, officer = kits.as_("lecteur"), kits.as_("charge")
    page = reader.get(PAGE)
    assert page.status_code == 200
    assert "Noter dans le stock" not in page.text
    assert "Stock" not in officer.get("/t/kits/").text
    assert officer.get(PAGE).status_code == 403
    back = "/aide"
    assert sent(reader, PAGE, back=back, **BOUGHT).status_code == 403
    assert (
        sent(reader, f"{PAGE}/mouvements/{kits.moves()[0][-1]}/annuler", back=back, motif="x").status_code
        == 403
    )
    assert reader.get(f"{PAGE}/poele").status_code == 404
    assert len(kits.moves()) == 1


def test_the_case_tells_what_the_household_received(kits):
    page = kits.as_("charge").get(f"/t/kits/dossiers/{kits.reference}").text
    assert "Petit matériel remis" in page
    assert "2 × Ampoule LED" in page
    assert "16,00" in page.split("Petit matériel remis")[1]
