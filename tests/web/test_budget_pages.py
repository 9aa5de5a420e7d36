"""The pages of money: figures open their lines, refusals say what to do, each sees its own (AST-10)."""

import io
import re
from datetime import date
from decimal import Decimal
from html import unescape

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app import clock, tenancy
from app.database import db, end_read, transaction
from app.models import Agreement, Case, Commitment, Envelope, Membership, Payment, Quota, QuotaPlace
from app.services import releases
from tests import build, money_house
from tests.money_house import ask, paris
from tests.web.server import PASSWORD, log_in, token_of

BASE = "/t/budgets/budget"


class Budgets:
    """The site of the small territory: two operators, three measures, and somebody for each role."""

    def __init__(self, site, operators):
        self.site, self.one, self.other = site, *operators

    def as_(self, role):
        client = self.site.app.test_client()
        log_in(client, f"{role}.web@budgets.invalid")
        return client


@pytest.fixture
def budgets(empty_site, tmp_path):
    with clock.at(paris(2026, 3, 2, 9)):
        with empty_site.app.app_context():
            with money_house.serving(tmp_path / "programme"):
                one, other = (
                    money_house.an_operator("Habitat Artois").id,
                    money_house.an_operator("Ternois Aide").id,
                )
                for role in ("finances", "elu", "referent", "responsable"):
                    mail = f"{role}.web@budgets.invalid"
                    build.a_user(role, name=role.title(), email=mail, password=PASSWORD)
                with transaction() as session:
                    for row in session.scalars(select(Membership)):
                        row.partner_id = one if row.roles == ["responsable"] else None
                ask(one), ask(one), ask(other)
            db.session.remove()
        yield Budgets(empty_site, (one, other))


def inside(budgets, read):
    """Read in the territory what ``read`` gives."""
    with budgets.site.app.app_context():
        territory = releases.territory_by_code("budgets")
        with tenancy.serving(territory.id):
            end_read()
            found = read()
        db.session.remove()
    return found


def first(entity):
    return lambda: db.session.scalars(select(entity)).first()


def post(client, path, /, **form):
    """Send a form with the token of a page of the same session."""
    return client.post(path, data={"csrf_token": token_of(client.get("/aide").text), **form})


def text_of(answer):
    assert answer.status_code == 200, answer.status
    return unescape(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def test_the_overview_tells_envelopes_quotas_and_agreements(budgets):
    page = text_of(budgets.as_("finances").get(BASE))
    for words in (
        "52 800,00 €",
        "7 920,00 €",
        "44 880,00 €",
        "Convention des opérateurs",
        "Mesures de l'année",
    ):
        assert words in page


def test_each_figure_opens_the_lines_behind_it(budgets):
    client = budgets.as_("elu")
    envelope, agreement = inside(budgets, first(Envelope)), inside(budgets, first(Agreement))
    page = text_of(client.get(f"{BASE}/enveloppes/{envelope.id}"))
    assert page.count("2 640,00 €") == 3 + 1  # three lines, and what the other operator has
    assert "3 engagements</a> finissent après elle" in page
    assert "Habitat Artois" in page and "Ternois Aide" in page
    assert "Noter une dépense" not in page
    page = text_of(client.get(f"{BASE}/releves/{agreement.id}?structure={budgets.one}"))
    assert "5 280,00 €" in page
    assert "Ternois Aide" not in page
    assert "Mesures" in text_of(client.get(f"{BASE}/quotas/mesures"))
    assert client.get(f"{BASE}/quotas/autre").status_code == 404


def test_the_statement_is_handed_over_as_workbook_table_and_letter(budgets):
    client, agreement = budgets.as_("finances"), inside(budgets, first(Agreement))
    address = f"{BASE}/releves/{agreement.id}"
    with client.get(f"{address}.xlsx?au=2026-03-02") as answer:
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
    rows = list(book["Relevé"].iter_rows(values_only=True))
    engaged = rows[0].index("Engagé")
    assert sum(Decimal(str(row[engaged])) for row in rows[1:]) == Decimal(7920)
    with client.get(f"{address}.csv") as answer:
        assert answer.text.startswith('\ufeff"# Territoire : Territoire des budgets')
    with client.get(f"{address}.pdf") as letter:
        assert letter.mimetype == "application/pdf"
        reader = PdfReader(io.BytesIO(letter.data))
    assert reader.metadata.title == "Relevé des mesures"
    assert reader.trailer["/Root"]["/Lang"] == "fr"
    text = "".join(page.extract_text() for page in reader.pages)
    assert "Service fait" in text and "DOS-2026-0001" in text.replace("\n", "")
    lines = inside(budgets, lambda: [row.details["format"] for row in build.the_journal("budget.exporte")])
    assert sorted(lines) == ["csv", "pdf", "xlsx"]
    assert client.get(f"{address}.exe").status_code == 404


def test_a_payment_is_noted_refused_beyond_what_is_due_and_cancelled(budgets):
    client, agreement = budgets.as_("finances"), inside(budgets, first(Agreement))
    page = f"{BASE}/conventions/{agreement.id}"
    sent = {
        "nature": "avance",
        "montant": "31 680,00",
        "date": "2026-03-02",
        "version": str(agreement.version),
    }
    assert post(client, f"{page}/versements", **sent).status_code == 302
    again = post(client, f"{page}/versements", **sent)
    assert again.status_code == 409  # a double click pays once
    version = str(inside(budgets, first(Agreement)).version)
    refused = post(client, f"{page}/versements", **{**sent, "montant": "1", "version": version})
    assert refused.status_code == 422
    assert "60" in refused.text and "Noter un versement" in refused.text
    payment = inside(budgets, first(Payment))
    assert (
        post(client, f"{BASE}/versements/{payment.id}/annuler", motif="Saisi par erreur.").status_code == 302
    )
    shown = text_of(client.get(page))
    assert "Saisi par erreur." in shown and "Versement annulé" in shown


def test_an_agreement_is_entered_changed_ended_and_keeps_its_documents(budgets):
    client = budgets.as_("finances")
    facts = {
        "genre": "formation", "titre": "Formation des référents", "cle": "formation",
        "nom_structure": "CNFPT", "debut": "2026-03-10", "fin": "2026-04-10",
        "signee": "2026-03-01", "version": "0",
    }  # fmt: skip
    wrong = post(client, f"{BASE}/conventions/nouvelle", **{**facts, "fin": "2026-01-01", "montant": "douze"})
    assert wrong.status_code == 422 and "ne se lit pas" in wrong.text
    kept = post(client, f"{BASE}/conventions/nouvelle", **facts)
    assert kept.status_code == 302
    page = kept.location
    assert "Formation des référents" in text_of(client.get(page))
    assert "conventions.formation" in client.get(page).text
    changed = post(client, f"{page}/modifier", **{**facts, "fin": "2026-05-01", "version": "1"})
    assert changed.status_code == 302
    assert "2026-04-10 → 2026-05-01" in client.get(page).text
    assert post(client, f"{page}/modifier", **{**facts, "version": "1"}).status_code == 409
    document = io.BytesIO(b"%PDF-1.4\n%%EOF")
    post(client, f"{page}/pieces", piece=(document, "convention.pdf"))
    found = inside(
        budgets, lambda: db.session.scalars(select(Agreement).where(Agreement.key == "formation")).one()
    )
    (item,) = found.files
    opened = budgets.as_("elu").get(f"{page}/pieces/{item['id']}")
    assert opened.status_code == 200 and opened.data.startswith(b"%PDF")
    assert budgets.as_("referent").get(f"/t/budgets/fichiers/{item['id']}").status_code == 404
    assert post(client, f"{page}/fin", le="", motif="", version="2").status_code == 422
    assert post(client, f"{page}/fin", le="2026-03-15", motif="Reportée.", version="2").status_code == 302


def test_an_envelope_never_goes_below_what_is_engaged_and_a_spending_stays_inside(budgets):
    client, envelope = budgets.as_("finances"), inside(budgets, first(Envelope))
    page = f"{BASE}/enveloppes/{envelope.id}"
    facts = {
        "enveloppe": "mesures",
        "debut": "2025-11-01",
        "fin": "2026-10-31",
        "version": str(envelope.version),
    }
    low = post(client, f"{page}/modifier", **facts, montant="7 919,99")
    assert low.status_code == 422 and "déjà engagés" in low.text
    assert post(client, f"{page}/modifier", **facts, montant="8 000").status_code == 302
    spending = {
        "nature": "diagnostic",
        "libelle": "=10 kits",
        "montant": "80,01",
        "le": "2026-03-02",
        "heures": "3,5",
    }
    version = str(inside(budgets, first(Envelope)).version)
    beyond = post(client, f"{page}/depenses", **spending, version=version)
    assert beyond.status_code == 422 and "80,00" in beyond.text.replace("\u202f", " ")
    assert (
        post(client, f"{page}/depenses", **{**spending, "montant": "80"}, version=version).status_code == 302
    )
    assert "=10 kits" in client.get(page).text
    other = post(client, f"{BASE}/enveloppes/nouvelle", **{**facts, "version": "0"}, montant="5")
    assert other.status_code == 422 and "couvre déjà" in other.text


def test_a_quota_is_raised_split_and_a_place_given_back_by_hand(budgets):
    client = budgets.as_("finances")
    page = f"{BASE}/quotas/mesures"
    current = inside(budgets, first(Quota))
    sent = {
        "structure": "",
        "nombre": "3",
        "debut": "2025-11-01",
        "fin": "2026-10-31",
        "version": str(current.version),
    }
    assert "déjà prises" in post(client, page, **{**sent, "nombre": "2"}).text
    assert post(client, page, **sent).status_code == 302
    assert post(client, page, **sent).status_code == 409
    waits = inside(budgets, lambda: (ask(budgets.other), money_house.the_places("waiting"))[1])
    assert len(waits) == 1
    version = str(inside(budgets, lambda: build.db.session.scalars(select(Quota)).first().version))
    assert (
        "à répartir"
        in post(
            client, page, **{**sent, "structure": str(budgets.one), "nombre": "4", "version": version}
        ).text
    )
    held = inside(budgets, lambda: money_house.the_places("held")[0].id)
    assert post(client, f"{BASE}/places/{held}/rendre", quota="mesures", motif="").status_code == 302
    assert post(client, f"{BASE}/places/{held}/rendre", quota="mesures", motif="Abandon.").status_code == 302
    assert post(client, f"{BASE}/places/{held}/rendre", quota="mesures", motif="Abandon.").status_code == 409
    states = inside(budgets, lambda: sorted(row.status for row in db.session.scalars(select(QuotaPlace))))
    assert states == ["held", "held", "held", "released"]


# Who sees what


def test_a_structure_sees_its_own_share_statement_and_nothing_of_the_others(budgets):
    client = budgets.as_("responsable")
    page = text_of(client.get(BASE))
    assert "Habitat Artois" in page and "5 280,00 €" in page
    for hidden in ("Ternois Aide", "7 920,00", "44 880,00", "52 800,00"):
        assert hidden not in page
    envelope, agreement = inside(budgets, first(Envelope)), inside(budgets, first(Agreement))
    assert "5 280,00 €" in text_of(client.get(f"{BASE}/releves/{budgets.one}"))
    for address in (
        f"{BASE}/releves/{budgets.other}", f"{BASE}/releves/{budgets.other}.xlsx", f"{BASE}/quotas/mesures",
        f"{BASE}/releves/{agreement.id}", f"{BASE}/conventions/{agreement.id}",
        f"{BASE}/enveloppes/{envelope.id}",
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address


def test_who_may_not_see_money_sees_no_amount_anywhere(budgets):
    client = budgets.as_("referent")
    envelope, agreement = inside(budgets, first(Envelope)), inside(budgets, first(Agreement))
    for address in (
        "",
        f"/enveloppes/{envelope.id}",
        f"/conventions/{agreement.id}",
        f"/releves/{budgets.one}",
    ):
        assert client.get(f"{BASE}{address}").status_code == 403
    reference = inside(budgets, first(Case)).reference
    page = text_of(client.get(f"/t/budgets/dossiers/{reference}"))
    for pattern in ("2 640", r"\b220\b", "/budget"):
        found = re.search(pattern, page.replace("/t/budgets", ""))
        assert found is None, page[found.start() - 80 : found.end() + 80]


def test_who_only_reads_changes_nothing(budgets):
    client, agreement = budgets.as_("elu"), inside(budgets, first(Agreement))
    for path in ("/conventions/nouvelle", "/enveloppes/nouvelle", f"/conventions/{agreement.id}/modifier"):
        assert client.get(f"{BASE}{path}").status_code == 403
        assert post(client, f"{BASE}{path}").status_code == 403
    assert post(client, f"{BASE}/quotas/mesures", nombre="99").status_code == 403
    assert inside(budgets, lambda: len(db.session.scalars(select(Commitment)).all())) == 3


def test_a_day_that_makes_no_sense_is_today(budgets):
    client = budgets.as_("elu")
    for day in ("", "hier", "9999-99-99", "2999-01-01"):
        page = text_of(client.get(f"{BASE}/releves/{budgets.one}?au={day}&structure=x"))
        assert f'value="{date(2026, 3, 2).isoformat()}"' in page
