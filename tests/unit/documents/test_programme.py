"""The documents that come with a programme, printed with sample facts."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from app.catalog.bundle import resolve
from app.catalog.templates import check_template
from tests.unit.documents.conftest import read, words
from tools.sample_documents import ROOT, sample

DOCUMENTS = sorted(path.stem for path in (ROOT / "bpmn" / "base" / "documents").glob("*.html"))
ASTRE = ROOT / "bpmn" / "territories" / "pas-de-calais"
KNOWN = {
    "territoire", "date", "dossier", "menage", "logement", "donneur", "accord", "partenaire", "orientation",
    "reponses", "revue", "evenement", "rapport",
}  # fmt: skip


def body(name: str) -> str:
    return (ROOT / "bpmn" / "base" / "documents" / f"{name}.html").read_text()


@pytest.fixture
def made(pango, name: str) -> PdfReader:
    return read(sample(resolve(ROOT, "carene"), name, body(name)))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_the_programme_prints_whole(made, name):
    text = words(made)
    assert "{{" not in text
    assert "None" not in text
    assert " ." not in text
    assert f"Page 1/{len(made.pages)}" in text


@pytest.mark.parametrize("name", ["guide_menage", "lettre_orientation", "ordre_du_jour"])
def test_what_is_handed_over_on_one_sheet_fits_on_it(made, name):
    assert len(made.pages) == 1


@pytest.mark.parametrize("name", ["guide_menage"])
def test_the_guide_tells_three_gestures_and_one_number_to_call(made, name):
    text = words(made)
    assert text.count("02 61 91 00 44") == 1
    assert body(name).count("<li>") == 3


@pytest.mark.parametrize("name", ["ordre_du_jour", "compte_rendu_revue"])
def test_the_papers_of_the_meeting_name_nobody(made, name):
    assert "Le Goff" not in words(made)
    assert "Embruns" not in words(made)
    assert "menage." not in body(name)
    assert "logement." not in body(name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_asks_only_for_facts_it_is_given(name):
    assert {field.partition(".")[0] for field in check_template(body(name))} <= KNOWN


def test_nine_documents_come_with_every_programme():
    assert len(DOCUMENTS) == 9
    assert all(Path(ROOT / "bpmn" / "base" / "documents" / f"{name}.html").is_file() for name in DOCUMENTS)


@pytest.mark.parametrize("name", sorted(p.stem for p in (ASTRE / "documents").glob("*_astre.html")))
def test_the_papers_of_astre_print_whole(pango, name):
    made = read(sample(resolve(ROOT, "pas-de-calais"), name, (ASTRE / f"documents/{name}.html").read_text()))
    text = words(made)
    assert "{{" not in text
    assert "None" not in text
    assert " ." not in text
    assert "non renseigné" not in text
