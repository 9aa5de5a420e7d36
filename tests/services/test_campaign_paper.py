"""The results of a campaign on paper: whole for the team, small counts hidden for La Poste (CAR-5, LAW-9)."""

import io

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.database import db, end_read
from app.models import Document
from app.services import campaign_documents, documents
from tests import build
from tests.campaign_house import ABSENT, COORDINATOR, YES, a_campaign, close, knock, opened, targets

pytestmark = pytest.mark.usefixtures("carene")


def papers(campaign_id) -> dict[str, PdfReader]:
    """Every document of the campaign, laid out, by its title."""
    found = {}
    by = build.an_actor(COORDINATOR)
    for row_id in [row.id for row in campaign_documents.printed(campaign_id)]:
        end_read()
        documents.render(str(row_id))
        title = db.session.scalars(select(Document.title).where(Document.id == row_id)).one()
        content, name, _ = documents.open_document(row_id, by)
        assert name.endswith(".pdf")
        found[title] = PdfReader(io.BytesIO(content))
    return found


def words(paper: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in paper.pages).split())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_paper_for_la_poste_hides_what_the_team_s_paper_tells():
    rows = "".join(f"{number} rue du Port;44600;Saint-Nazaire;Port\n" for number in range(1, 21))
    campaign_id = a_campaign(sheet=f"Adresse;CP;Commune;Tournée\n{rows}", field=True)
    round_id, _ = opened(campaign_id, "Port")
    there = [row.id for row in targets(campaign_id)]
    for target_id in there[:2]:
        knock(round_id, target_id, YES)
    for target_id in there[2:]:
        knock(round_id, target_id, ABSENT)
    campaign_documents.order(campaign_id, public=False, by=build.an_actor(COORDINATOR))
    close(campaign_id)
    made = papers(campaign_id)
    told, whole = made["Résultats de la campagne"], made["Résultats de la campagne (interne)"]
    for paper in (told, whole):
        root = paper.trailer["/Root"]
        assert (root["/Lang"], "/StructTreeRoot" in root) == ("fr", True)
        assert "{{" not in words(paper)
        assert "None" not in words(paper)
        assert "Le Bihan" not in words(paper)
        assert "rue du Port" not in words(paper)
    assert "20 adresses, n. c. ménages contactés, n. c. visites acceptées" in words(told)
    assert "Par tournée" not in words(told)
    assert "Enseignements" in words(told)
    assert "20 adresses, 2 ménages contactés, 2 visites acceptées, soit 100 %" in words(whole)
    assert "Par tournée" in words(whole)
    assert "Il ne se communique pas hors de l'équipe" in words(whole)
