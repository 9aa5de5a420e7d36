"""A yearly report is written by several, issued once, and never changes (AST-11, LAW-8, LAW-9)."""

import io
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.database import db, end_read
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import YearlyReport
from app.services import indicators, yearly, yearly_issue, yearly_pdf
from app.services.indicators_periods import Period
from app.services.yearly import IssuedAlready, WrittenMeanwhile
from tests import build

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
PARTS = {"contexte": ("Une année calme.", 0), "freins": ("Peu d'artisans.\n\nDes délais.", 0)}


@pytest.fixture
def pole(carene):
    return build.an_actor("coordinatrice_pole", "travailleur_social", name="Hélène")


def a_written_draft(actor):
    report_id = yearly.begin(YEAR, actor)
    yearly.write(report_id, PARTS, actor)
    return report_id


def version_of(report_id, actor):
    return yearly.report(report_id, actor).row.version


@pytest.mark.parametrize("backend", ["sqlite"])
def test_two_people_who_begin_the_same_year_share_one_draft(pole):
    assert yearly.begin(YEAR, pole) == yearly.begin(YEAR, build.an_actor("administration"))


def test_two_writers_of_the_same_part_never_write_over_each_other(pole):
    report_id = a_written_draft(pole)
    other = build.an_actor("administration", name="Ada")
    assert yearly.write(report_id, {"contexte": ("Une année froide.", 1)}, other) == 1
    with pytest.raises(WrittenMeanwhile) as told:
        yearly.write(report_id, {"contexte": ("La mienne.", 1), "ruptures": ("Trois départs.", 0)}, pole)
    assert told.value.theirs == {"contexte": "Une année froide."}
    parts = {part.asked.id: part for part in yearly.report(report_id, pole).parts}
    assert (parts["contexte"].text, parts["contexte"].by) == ("Une année froide.", "Ada")
    assert parts["ruptures"].text == "Trois départs."
    assert yearly.write(report_id, {"contexte": ("Une année froide.", 1)}, pole) == 0


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_report_whose_parts_are_not_written_is_not_issued(pole):
    report_id = yearly.begin(YEAR, pole)
    with pytest.raises(Invalid) as told:
        yearly_issue.issue(report_id, 1, pole)
    assert "L'année en quelques lignes" in told.value.problems["parties"][0]


def test_a_part_written_since_the_page_was_opened_stops_the_issue(pole):
    report_id = a_written_draft(pole)
    seen = version_of(report_id, pole)
    yearly.write(report_id, {"freins": ("Autre chose.", 1)}, pole)
    with pytest.raises(Conflict):
        yearly_issue.issue(report_id, seen, pole)
    assert yearly.report(report_id, pole).row.status == "draft"


def test_an_issued_report_is_numbered_frozen_and_handed_over_in_two_versions(pole):
    for _ in range(2):
        build.a_case("prendre_rendez_vous")
    report_id = a_written_draft(pole)
    assert yearly_issue.issue(report_id, version_of(report_id, pole), pole) == 1
    with pytest.raises(IssuedAlready):  # a double click
        yearly_issue.issue(report_id, 2, pole)
    with pytest.raises(IssuedAlready):
        yearly.write(report_id, {"freins": ("Trop tard.", 1)}, pole)
    with pytest.raises(IssuedAlready):
        yearly.drop(report_id, pole)
    build.a_case("prendre_rendez_vous")
    end_read()
    row = db.session.get_one(YearlyReport, report_id)
    figures = {one["id"]: one for theme in row.figures["themes"] for one in theme["chiffres"]}
    public = {one["id"]: one for theme in row.public["themes"] for one in theme["chiffres"]}
    assert figures["situations_detectees"]["valeur"] == "2"
    assert figures["situations_detectees"]["definition"].startswith("Nombre de dossiers ouverts")
    assert public["situations_detectees"]["valeur"] == "n. c."
    assert all(line["valeur"] in ("n. c.", "0") for part in public["situations_detectees"]["ventilations"]
               for line in part["lignes"])  # fmt: skip
    assert row.figures["parties"][0]["titre"] == "L'année en quelques lignes"
    assert [line.action for line in build.the_journal()].count("rapport.emis") == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_both_documents_are_tagged_titled_and_in_french(pole):
    build.a_case("prendre_rendez_vous")
    report_id = a_written_draft(pole)
    yearly_issue.issue(report_id, version_of(report_id, pole), pole)
    yearly_pdf.lay_out(str(report_id))
    yearly_pdf.lay_out(str(report_id))  # a job done twice makes nothing more
    for public in (False, True):
        content, name = yearly_issue.open_pdf(report_id, pole, public=public)
        read = PdfReader(io.BytesIO(content))
        text = " ".join(page.extract_text() for page in read.pages)
        assert name == f"rapport-1-2026{'-public' if public else ''}.pdf"
        assert read.metadata is not None and "Rapport annuel" in read.metadata.title
        catalogue = read.trailer["/Root"]
        assert catalogue["/Lang"] == "fr" and catalogue["/MarkInfo"]["/Marked"]
        assert "Peu d'artisans." in text and "Situations repérées" in text
        assert ("n. c." in text.replace("\u00a0", " ")) is public
    assert [line.details["publique"] for line in build.the_journal() if line.action == "rapport.lu"] == [
        False, True
    ]  # fmt: skip


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_internal_version_is_for_those_who_read_all_that_it_draws_on(pole):
    report_id = a_written_draft(pole)
    yearly_issue.issue(report_id, version_of(report_id, pole), pole)
    yearly_pdf.lay_out(str(report_id))
    admin = build.an_actor("administration")
    assert yearly_issue.open_pdf(report_id, admin, public=True)[0].startswith(b"%PDF")
    with pytest.raises(NotFound):
        yearly_issue.open_pdf(report_id, admin, public=False)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_does_not_write_reports_sees_issued_ones_alone(pole):
    report_id = yearly.begin(YEAR, pole)
    reader = build.an_actor("ecorenove")
    assert yearly.listing(reader) == []
    with pytest.raises(NotFound):
        yearly.report(report_id, reader)
    for forbidden in (
        lambda: yearly.begin(YEAR, reader),
        lambda: yearly.write(report_id, PARTS, reader),
        lambda: yearly_issue.issue(report_id, 1, reader),
        lambda: yearly.drop(report_id, reader),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    with pytest.raises(Forbidden):
        yearly.listing(build.an_actor("technicien"))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_year_that_has_not_begun_has_no_report(pole):
    with pytest.raises(Invalid):
        yearly.begin(Period(date(2027, 1, 1), date(2027, 12, 31)), pole)


def test_a_corrected_report_of_the_same_year_shows_no_small_difference(pole):
    for _ in range(6):
        build.a_case("analyser_signalement")
    first = a_written_draft(pole)
    yearly_issue.issue(first, version_of(first, pole), pole)
    build.a_case("analyser_signalement")
    second = a_written_draft(pole)
    yearly_issue.issue(second, version_of(second, pole), pole)
    end_read()
    told = {
        row.number: next(one["valeur"] for theme in row.public["themes"] for one in theme["chiffres"]
                         if one["id"] == "situations_detectees")
        for row in db.session.scalars(select(YearlyReport))
    }  # fmt: skip
    assert told == {1: "6", 2: "n. c."}  # 7 beside 6 would tell of one household
    assert indicators.figures(YEAR)["situations_detectees"][("", "")].value == 7
