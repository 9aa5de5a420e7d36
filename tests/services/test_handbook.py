"""The handbook of a release tells all that its files make people do, and is laid out once."""

import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from app import scheduler
from app.catalog.bundle import bundle_from_files, resolve
from app.config import ROOT
from app.database import db, end_read
from app.documents import Brand, available
from app.errors import NotFound
from app.models import HandbookFile, Job
from app.publishing import handbook_keeping
from app.publishing.handbook import Handbook, handbook
from app.publishing.handbook_paper import drawn, paper
from app.publishing.handbook_text import contents, text
from tests import build


@pytest.fixture(scope="module")
def pango() -> None:
    missing = available()
    if missing is not None:
        pytest.skip(missing)


@pytest.fixture(scope="module", params=["carene", "pas-de-calais"])
def book(request) -> Handbook:
    return handbook(resolve(ROOT, request.param))


def test_every_step_form_rule_and_message_of_the_release_is_told(book):
    told = str(text(book, drawn))
    bundle = book.bundle
    steps = [step for chapter in book.chapters for step in chapter.steps]
    assert {chapter.process for chapter in book.chapters} >= {
        bundle.settings.entry.process if bundle.settings.entry else "",
        *(act.process for act in bundle.settings.acts.values()),
    } - {""}
    assert all(form.title.replace("'", "&#39;") in told for form in bundle.forms.values())
    assert {asked.form.id for asked in book.forms} == set(bundle.forms)
    assert all(step.who for step in steps if step.form)
    assert sum(len(table.rules) for table in book.tables) > 5
    assert len(book.messages) == len(bundle.folder("messages"))
    assert [one.title for one in book.documents if "titre" in one.title or not one.title] == []


def test_each_chapter_is_in_the_contents_and_says_how_it_begins(book):
    listed = str(contents(book))
    for chapter in book.chapters:
        assert f'href="#p-{chapter.process}"' in listed
        assert chapter.starts, chapter.process
        assert chapter.why, chapter.process


def test_deadlines_and_choices_are_said_in_words():
    book = handbook(resolve(ROOT, "carene"))
    told = str(text(book, drawn))
    triage = next(one for one in book.chapters if one.process == "accompagnement")
    choice = next(step for step in triage.steps if step.name == "Dans le champ du dispositif ?")
    assert choice.ways[0] == "oui : « Visiter le ménage »"
    informing = next(step for step in triage.steps if step.name == "Informer et réorienter")
    assert informing.delays == ("à faire en 5 jours ouvrés", "rappel après 3 jours ouvrés")
    assert "jours_ouvres(" not in told
    assert '"P' not in told
    assert "(CAR-" not in told


def test_what_a_designer_writes_is_shown_and_never_run(book):
    assert "<script" not in str(text(book, drawn))
    hostile = resolve(ROOT, "carene")
    files = dict(hostile.files)
    name = next(path for path in files if path == "forms/cloture.json")
    files[name] = files[name].replace(b'"titre": "', b'"titre": "<script>alert(1)</script>', 1)
    told = str(text(handbook(bundle_from_files(files)), drawn))
    assert "<script" not in told
    assert "&lt;script&gt;" in told


def test_the_paper_is_tagged_titled_and_leaves_out_no_chapter(pango):
    book = handbook(resolve(ROOT, "carene"))
    few = replace(
        book,
        chapters=book.chapters[:2],
        forms=book.forms[:1],
        tables=book.tables[:1],
        messages=(),
        documents=(),
    )
    made = PdfReader(
        io.BytesIO(paper(few, number=3, published=date(2026, 11, 22), brand=Brand(name="CARENE")))
    )
    assert made.metadata is not None
    assert made.metadata.title == "Manuel du dispositif : CARENE, Saint-Nazaire agglomération"
    assert made.trailer["/Root"]["/Lang"] == "fr"
    whole = " ".join(page.extract_text() for page in made.pages)
    assert "Version 3" in whole
    assert "1. Accompagnement d" in whole
    assert "2. Tri et analyse" in whole


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_paper_is_asked_once_made_once_and_kept(carene, pango):
    with pytest.raises(NotFound):
        handbook_keeping.opened(1)
    handbook_keeping.ask(1)
    handbook_keeping.ask(1)
    end_read()
    assert db.session.scalar(select(func.count()).where(Job.name == handbook_keeping.LAY_OUT)) == 1
    scheduler.pump(jobs_named=frozenset({handbook_keeping.LAY_OUT}))
    end_read()
    content, name = handbook_keeping.opened(1)
    assert name == "manuel-carene-version-1.pdf"
    assert content.startswith(b"%PDF")
    handbook_keeping.ask(1)
    assert db.session.scalar(select(func.count(HandbookFile.id))) == 1


def test_a_release_that_is_not_there_has_no_handbook(carene):
    for act in (handbook_keeping.read, handbook_keeping.ask, handbook_keeping.opened):
        with pytest.raises(NotFound):
            act(99)
    with build.serving(str(carene.code)):
        assert handbook_keeping.read(1).bundle.settings.code == "carene"
