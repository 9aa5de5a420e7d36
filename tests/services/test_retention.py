"""A household is forgotten in time or on request, wholly; what it may ask for it is given (LAW-5, LAW-6)."""

import json
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
import zstandard
from pypdf import PdfReader
from sqlalchemy import select

from app import clock, jobs, scheduler
from app.database import Base, Scoped, db, end_read, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Case, Document, ReviewItem, Share, StoredFile, Submission
from app.services import (
    access_export,
    archives,
    case_view,
    cases,
    consent,
    documents,
    erasing_register,
    erasure,
    journal,
    retention,
    storage,
)
from tests import build

WHO = ("Quermeur", "Anastasie", "12 impasse des Goélands", "0698765432")
"""Words of one household that stand nowhere else."""


def an_alert_of(name=WHO):
    return build.an_alert(
        nom=name[0], prenom=name[1], telephone=name[3],
        adresse={"voie": name[2], "cp": "44600", "insee": build.SAINT_NAZAIRE, "commune": "Saint-Nazaire"},
    )  # fmt: skip


def everything_kept():
    """Return every value of every scoped row of the territory as text, engine states opened."""
    said = []
    for mapper in Base.registry.mappers:
        if not issubclass(mapper.class_, Scoped) or mapper.class_.__tablename__ in (
            "release",
            "programme_draft",
        ):
            continue
        for row in db.session.scalars(select(mapper.class_)):
            for column in mapper.columns:
                value = getattr(row, mapper.get_property_by_column(column).key)
                if isinstance(value, bytes):
                    value = _opened(value)
                said.append(f"{mapper.class_.__tablename__}.{column.key}={value!r}")
    return said


def _opened(state):
    try:
        return zstandard.ZstdDecompressor().decompress(state, max_output_size=50_000_000).decode()
    except (zstandard.ZstdError, UnicodeDecodeError):
        return state.decode(errors="replace")


def told_of(said):
    return [line[:200] for line in said if any(word.lower() in line.lower() for word in WHO)]


@pytest.fixture
def house(app, tmp_path):
    """CARENE on the 2nd of February 2026, its files in a folder of the test."""
    build.a_server(app, tmp_path)
    with build.serving("carene"), clock.at("2026-02-02T09:00Z"):
        yield


def the_worker():
    return build.an_actor("travailleur_social")


def the_office():
    return build.an_actor("administration")


def test_every_table_says_what_becomes_of_it():
    tables = {m.class_.__tablename__ for m in Base.registry.mappers if issubclass(m.class_, Scoped)}
    assert set(erasing_register.treated(tables)) == tables
    assert set(erasing_register.TREATED) == tables


def closed_case(**alert):
    """A case out of scope, closed by its own route."""
    case = build.an_alert(**alert) if alert else an_alert_of()
    build.complete("analyser_signalement", case=case, dans_champ=False)
    for _ in range(5):
        waiting = build.open_tasks(case.case_id)
        if not waiting:
            break
        build.complete(waiting[0].element, case=case)
    assert the_row(case).status == "closed"
    return case


def the_row(case):
    end_read()
    return db.session.get(Case, case.case_id)


def settle():
    """Do everything that is due but print: one paper says as much as seven."""
    named = jobs.registered() - {"render_document"}
    while scheduler.pump(jobs_named=named):
        pass


def print_one(*conditions):
    """Print the first paper that fits."""
    paper = db.session.scalars(select(Document).where(*conditions).order_by(Document.at)).first()
    documents.render(str(paper.id))
    end_read()


def a_lived_case():
    """A case with a visit, a partner that was asked, papers, a review that has spoken of it."""
    build.a_directory()
    case = an_alert_of()
    build.drive(case, "donner_resultat")
    build.hold_review(decision="poursuivre")
    settle()
    print_one(Document.case_id == case.case_id)
    return case


def test_a_closed_case_is_archived_two_years_after_the_last_contact_then_forgotten(house):
    case = closed_case()
    assert the_row(case).keep_until == date(2028, 2, 2)
    with clock.at("2028-02-01T12:00Z"):
        scheduler.drain()
        assert the_row(case).archived_at is None
    with clock.at("2028-02-02T12:00Z"):
        scheduler.drain()
        row = the_row(case)
        assert row.archived_at is not None
        assert row.keep_until == date(2031, 2, 2)
        pole = build.an_actor("coordinatrice_pole")
        with pytest.raises(archives.Archived):
            case_view.file_view(case.reference, the_worker())
        assert case_view.file_view(case.reference, pole).case.reference == case.reference
        assert cases.listing(the_worker(), status="all").total == 0
        assert cases.listing(pole, status="all").total == 1
    with clock.at("2031-02-02T12:00Z"):
        scheduler.drain()
        assert the_row(case).erased_at is not None
        assert told_of(everything_kept()) == []
        assert journal.verify() is None
        with pytest.raises(archives.Erased):
            case_view.file_view(case.reference, build.an_actor("coordinatrice_pole"))


def test_an_answer_after_the_closure_puts_the_archive_off(house):
    case = closed_case()
    with clock.at("2027-06-01T09:00Z"), transaction():
        given = select(Submission).where(Submission.case_id == case.case_id)
        one = db.session.scalars(given.limit(1)).one()
        kept = {item.key: getattr(one, item.key) for item in Submission.__mapper__.column_attrs}
        db.session.add(Submission(**{**kept, "id": new_id(), "task_id": None, "at": clock.now()}))
    with clock.at("2028-02-02T12:00Z"):
        scheduler.drain()
        row = the_row(case)
        assert (row.archived_at, row.keep_until) == (None, date(2029, 6, 1))


def test_a_case_that_must_be_kept_is_until_that_day(house):
    case = closed_case()
    with clock.at("2028-01-10T09:00Z"):
        retention.hold(case.reference, until=date(2030, 1, 1), reason="Litige en cours.", by=the_office())
        with pytest.raises(erasure.OnHold):
            erasure.erase(case.reference, reason="demande", repeated=case.reference, by=the_office())
    with clock.at("2028-03-01T09:00Z"):
        scheduler.drain()
        assert the_row(case).archived_at is None
        assert the_row(case).keep_until == date(2030, 1, 1)
        retention.release(case.reference, by=the_office())
        scheduler.drain()
        assert the_row(case).archived_at is not None


def test_one_case_that_fails_holds_no_other_back(house, monkeypatch):
    first, second = closed_case(nom="Premier"), closed_case(nom="Second")
    real = retention.look

    def look(case_id):
        if case_id == first.case_id:
            raise ValueError("broken")
        real(case_id)

    monkeypatch.setattr(retention, "look", look)
    with clock.at("2028-02-02T12:00Z"):
        retention.look_due()
        assert the_row(first).keep_until == date(2028, 2, 3)
        assert the_row(second).archived_at is not None


def test_erasing_leaves_nothing_of_the_household_anywhere(house):
    case = a_lived_case()
    other = an_alert_of(("Autrement", "Zoé", "3 quai du Port", "0600000001"))
    files = list(db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.case_id)))
    keys = [row.key for row in files]
    assert told_of(everything_kept())
    erasure.erase(case.reference, reason="demande", repeated=case.reference, by=the_office())
    settle()
    assert told_of(everything_kept()) == []
    assert keys
    for key in keys:
        with pytest.raises(storage.FileLost):
            storage.store().get(key)
    row = the_row(case)
    assert (row.status, row.closure_reason, row.household.last_name) == ("closed", "effacement", "effacé")
    assert (row.reference, row.dwelling.insee) == (case.reference, build.SAINT_NAZAIRE)
    assert build.open_tasks(case.case_id) == []
    assert journal.verify() is None
    assert the_row(other).household.last_name == "Autrement"
    assert [task.element for task in build.open_tasks(other.case_id)] == ["analyser_signalement"]


def test_the_papers_of_a_meeting_are_printed_again_without_it(house):
    case = a_lived_case()
    item = db.session.scalars(select(ReviewItem).where(ReviewItem.case_id == case.case_id)).first()
    process_id = item.process_id
    spoken = select(Submission).where(Submission.process_id == process_id)
    with transaction():
        one = db.session.scalars(spoken).first()
        rows = one.answers["situations"]
        one.answers = {**one.answers, "situations": [{**row, "commentaire": "Vu Quermeur."} for row in rows]}
    print_one(Document.process_id == process_id)
    erasure.erase(case.reference, reason="retrait", repeated=case.reference, by=the_office())
    settle()
    assert told_of(everything_kept()) == []
    papers = list(db.session.scalars(select(Document).where(Document.process_id == process_id)))
    assert papers
    assert {paper.status for paper in papers} == {"pending"}


def test_erasing_asks_for_the_right_a_reason_and_the_reference_again(house):
    case = closed_case()
    with pytest.raises(Forbidden):
        erasure.erase(case.reference, reason="demande", repeated=case.reference, by=the_worker())
    with pytest.raises(Invalid) as refused:
        erasure.erase(case.reference, reason="parce que", repeated="DOS-2026-9999", by=the_office())
    assert set(refused.value.problems) == {"motif", "reference"}
    with pytest.raises(NotFound):
        erasure.erase("DOS-1999-0001", reason="demande", repeated="DOS-1999-0001", by=the_office())
    erasure.erase(case.reference, reason="demande", repeated=case.reference.lower(), by=the_office())
    with pytest.raises(erasure.AlreadyErased):
        erasure.erase(case.reference, reason="demande", repeated=case.reference, by=the_office())
    lines = [line for line in build.the_journal() if line.action == "dossier.efface"]
    assert [line.details for line in lines] == [{"pourquoi": "demande"}]


def test_a_household_is_given_everything_but_the_name_of_who_alerted(house):
    case = a_lived_case()
    content, name = access_export.export(case.reference, by=the_worker())
    assert name == f"donnees-{case.reference}.zip"
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        data = json.loads(archive.read("vos-donnees.json"))
        paper = PdfReader(BytesIO(archive.read("vos-donnees.pdf")))
    text = " ".join(page.extract_text() for page in paper.pages)
    assert "Quermeur" in text
    assert data["dossier"]["Nom"].endswith("Anastasie Quermeur")
    titles = {form["formulaire"] for form in data["reponses"]}
    given = {
        row.form for row in db.session.scalars(select(Submission).where(Submission.case_id == case.case_id))
    }
    assert len(titles) == len(given)
    shared = db.session.scalars(select(Share).where(Share.case_id == case.case_id)).all()
    assert len(data["partages"]) == len(shared) > 0
    assert any(path.startswith("documents/") for path in names)
    giver = the_row(case).alert_giver["nom"]
    assert giver not in text
    assert giver not in json.dumps(data, ensure_ascii=False)
    assert any(line.action == "dossier.remis" for line in build.the_journal())
    with pytest.raises(access_export.Forbidden):
        access_export.export(case.reference, by=build.an_actor("technicien"))


def test_a_withdrawal_stops_what_partners_see_until_the_agreement_is_given_again(house):
    case = closed_case()
    with pytest.raises(Invalid) as refused:
        consent.withdraw(case.reference, on=date(2026, 3, 1), mode="", by=the_worker())
    assert set(refused.value.problems) == {"le", "mode"}
    with pytest.raises(Forbidden):
        consent.withdraw(case.reference, on=date(2026, 2, 2), mode="oral", by=build.an_actor("technicien"))
    consent.withdraw(case.reference, on=date(2026, 2, 2), mode="oral", by=the_worker())
    consent.withdraw(case.reference, on=date(2026, 2, 2), mode="ecrit", by=the_worker())
    assert the_row(case).agreement_withdrawn_on == date(2026, 2, 2)
    with clock.at("2026-02-10T09:00Z"):
        consent.give_again(case.reference, on=date(2026, 2, 9), mode="telephone", by=the_worker())
    row = the_row(case)
    assert row.agreement_withdrawn_on is None
    assert (row.agreement["etat"], row.agreement["date"]) == ("obtenu", "2026-02-09")
    actions = [line.action for line in build.the_journal() if line.action.startswith("accord.")]
    assert actions == ["accord.retire", "accord.donne"]
