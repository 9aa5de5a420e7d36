"""Situations followed in a spreadsheet become dossiers at their step, with their real dates."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock, jobs, scheduler
from app.database import Base, db, end_read, transaction
from app.errors import Forbidden, NotFound
from app.models import (
    Case,
    Document,
    Entrustment,
    Job,
    JournalLine,
    Message,
    Notice,
    TakeoverBatch,
    TakeoverProfile,
    TakeoverRow,
    Task,
)
from app.services import journal, positions, search, tasks
from app.services import perimeter as perimeter_of
from app.services.takeover import batches, choices, placing, preview, results, samples, undoing
from app.services.takeover import matching as matchings
from app.services.takeover.errors import BatchBusy, StalePreview, WorkedOn
from tests import build, takeover_sheets, two_structures
from tests.takeover_house import EVENING, confirmed, lived, matched, sent, what_falls_due, work


@pytest.fixture
def pole(app, tmp_path):
    """The coordinator of the pôle of CARENE, on the evening of the made-up sheet."""
    build.a_server(app, tmp_path)
    with build.serving("carene"), build.later(EVENING):
        build.a_directory()
        yield build.an_actor("coordinatrice_pole")


def placed():
    """The lines that became cases, by line."""
    end_read()
    rows = db.session.scalars(select(TakeoverRow).where(TakeoverRow.state == "placed")).all()
    return {row.line: row for row in rows}


def how_many(entity):
    end_read()
    return db.session.scalar(select(func.count()).select_from(entity))


@pytest.mark.parametrize(
    "count", [18, pytest.param(150, marks=pytest.mark.fault)], ids=["dix-huit", "cent-cinquante"]
)
def test_every_deadline_is_what_it_would_have_been_had_the_case_run_here(pole, count):
    known = takeover_sheets.situations(count)
    batch_id = sent(takeover_sheets.workbook(takeover_sheets.rows(known)), pole)
    assert confirmed(batch_id, pole) == count
    work()
    rows = placed()
    assert len(rows) == count
    assert {row.stop for row in rows.values()} == {
        "Analyser le signalement", "Prendre rendez-vous", "Réaliser la visite", "Établir le diagnostic",
        "Valider le diagnostic", "Répondre à la demande",
    }  # fmt: skip
    for line, one in enumerate(known, 4):
        assert what_falls_due(rows[line].case_id) == what_falls_due(lived(one)), (line, one)
    assert journal.verify() is None


def test_nothing_is_sent_by_the_import_nor_for_its_past(pole):
    build.a_user("travailleur_social", name="Claire")
    batch_id = sent(takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(6))), pole)
    samples.play(batches.find(batch_id, pole), preview.read(batches.find(batch_id, pole)).ready, pole)
    assert [how_many(entity) for entity in (Case, Message, Notice, Document)] == [0, 0, 0, 0]
    confirmed(batch_id, pole)
    work()
    assert how_many(Case) == 6
    scheduler.drain()
    assert [how_many(entity) for entity in (Message, Notice, Document)] == [0, 0, 0]
    names = set(db.session.scalars(select(Job.name)))
    assert names <= {"place_takeover", "forget_takeover", "arm_calendar"}
    late = db.session.scalars(select(Task).where(Task.status == "open", Task.due_at <= clock.now())).all()
    assert late
    assert all(task.reminded_at is not None for task in late if task.remind_at is not None)
    told = db.session.scalars(select(JournalLine.details).where(JournalLine.action == "etape")).all()
    assert all("repris_le" in details for details in told)


def test_what_is_still_to_come_is_reminded_as_for_any_case(pole):
    build.a_user("ecorenove", name="Yann")
    today = f"{clock.today():%d/%m/%Y}"
    line = [*takeover_sheets.rows(takeover_sheets.situations(1))[0]]
    line[9], line[12] = today, ""
    confirmed(sent(takeover_sheets.workbook([line]), pole), pole)
    work()
    with build.later(days=6):
        scheduler.drain()
        assert how_many(Notice) >= 1


def test_faulty_lines_are_told_with_their_line_and_a_way_out(pole):
    batch_id = sent(takeover_sheets.csv(takeover_sheets.faulty()), pole, name="suivi.csv")
    seen = preview.read(batches.find(batch_id, pole))
    told = {problem.line: problem for problem in seen.problems if problem.refuses}
    assert "Vouliez-vous dire « Saint-Nazaire » ?" in told[2].sentence
    assert told[2].column == "Commune"
    assert "n'est pas une date" in told[3].sentence
    assert "Date de la visite" in told[4].sentence
    assert "au plus tard le vendredi 20 novembre 2026" in told[5].sentence
    assert "n'est reliée à aucune étape" in told[6].sentence
    assert "« ADYL » n'est pas une réponse" in told[7].sentence
    assert told[8].sentence.startswith("L'étape manque")
    assert "avant le signalement" in told[9].sentence
    assert seen.ready == ()


def test_a_line_that_looks_like_an_open_case_or_another_line_is_told_and_left_out(pole):
    lines = takeover_sheets.rows(takeover_sheets.situations(2))
    build.an_alert(nom="Le Goff", prenom="Éléa")
    lines[1][1], lines[1][3] = "MARTIN Zoé", "99 rue de la Paix"
    again = [*lines[1]]
    batch_id = sent(takeover_sheets.csv([lines[0], lines[1], again]), pole, name="suivi.csv")
    seen = preview.read(batches.find(batch_id, pole))
    assert [one.line for one in seen.ready] == [3]
    said = [problem.sentence for problem in seen.problems if problem.refuses]
    assert "DOS-2026-0001" in said[0]
    assert "de la ligne 3" in said[1]
    batches.match(batch_id, matchings.renewed(matched(batch_id, pole), twins=True), by=pole)
    assert len(preview.read(batches.find(batch_id, pole)).ready) == 3


def test_headings_are_understood_and_a_profile_is_proposed_for_the_next_sheet(pole):
    content = takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(6)))
    batch_id = batches.receive(content, "suivi.xlsx", by=pole)
    found = matched(batch_id, pole)
    assert found.columns["Date RDV"] == "champ:rendez_vous.date"
    assert found.columns["Partenaires"] == "champ:orientations.lignes.genre"
    assert found.columns["NOM Prénom"] == "nom_complet"
    assert found.steps["rdv a prendre"] == "visite/prendre_rendez_vous"
    asked = choices.of(batches.find(batch_id, pole))
    assert {word.text for word in asked.words} == {"PO", "proprio"}
    assert {one.name: one.value for one in asked.questions}["analyse.dans_champ"] == "oui"
    chosen = matchings.renewed(found, defaults={"visite.issue": "realisee"})
    batches.match(batch_id, chosen, by=pole, profile="Suivi du pôle")
    assert db.session.scalars(select(TakeoverProfile.name)).all() == ["Suivi du pôle"]
    again = batches.find(batches.receive(content, "suivi-2.xlsx", by=pole), pole)
    assert again.profile == "Suivi du pôle"
    assert again.matching.defaults == {"visite.issue": "realisee"}


def test_a_lot_is_undone_until_somebody_works_on_its_cases_and_then_nothing_is_left_of_them(pole):
    before = {mapper.class_: how_many(mapper.class_) for mapper in Base.registry.mappers}
    batch_id = sent(takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(6))), pole)
    confirmed(batch_id, pole)
    work()
    rows = placed()
    kept, kept_case = rows[5], rows[5].case_id
    task = next(one for one in build.open_tasks(kept.case_id) if one.element == "prendre_rendez_vous")
    tasks.save_draft(task.id, {"issue": ["fixe"]}, build.the_hand(task))
    with pytest.raises(WorkedOn):
        undoing.undo_case(kept.id, by=pole)
    gone = rows[4].case_id
    undoing.undo_case(rows[4].id, by=pole)
    assert db.session.get(Case, gone) is None
    undoing.undo_all(batch_id, by=pole)
    work()
    assert [row.case_id for row in placed().values()] == [kept_case]
    tasks.drop_draft(task.id, build.the_hand(task))
    undoing.undo_all(batch_id, by=pole)
    work()
    assert batches.find(batch_id, pole).status == "undone"
    left = {mapper.class_: how_many(mapper.class_) for mapper in Base.registry.mappers}
    grown = {entity.__name__ for entity, count in left.items() if count > before[entity]}
    assert grown <= {"TakeoverBatch", "TakeoverRow", "JournalLine", "Job", "User", "Membership"}
    undone = select(func.count()).where(JournalLine.action == "reprise.dossier_annule")
    assert db.session.scalar(undone) == 6
    assert search.match("Goff", Case.id).few
    assert journal.verify() is None


def test_the_sheet_is_sealed_and_erased_when_confirmed_or_after_a_day(pole):
    content = takeover_sheets.csv(
        [*takeover_sheets.rows(takeover_sheets.situations(1)), *takeover_sheets.faulty()[:1]]
    )
    one, other = (sent(content, pole, name="suivi.csv") for _ in range(2))
    raw = db.session.connection().exec_driver_sql("SELECT content FROM takeover_batch").scalars().all()
    assert all(b"Goff" not in bytes(item) and "Éléa".encode() not in bytes(item) for item in raw)
    confirmed(one, pole)
    work()
    assert db.session.get(TakeoverBatch, one).content is None
    refused = db.session.scalars(select(TakeoverRow).where(TakeoverRow.state == "refused")).one()
    assert refused.kept["cellules"]["Commune"] == "Saint-Nazère"
    with build.later(days=1, minutes=5):
        jobs.run_due(only=frozenset({"forget_takeover"}))
        end_read()
        assert db.session.get(TakeoverBatch, other).content is None
        assert batches.find(other, pole).status == "dropped"
        refused = db.session.scalars(select(TakeoverRow).where(TakeoverRow.state == "refused")).one()
        assert (refused.kept, refused.reason) == (None, None)


def test_a_preview_is_confirmed_once_and_only_as_it_was_shown(pole):
    batch_id = sent(takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(1))), pole)
    shown = matched(batch_id, pole).digest
    batches.match(batch_id, matchings.renewed(matched(batch_id, pole), breaches=True), by=pole)
    with pytest.raises(StalePreview):
        placing.confirm(batch_id, shown, by=pole)
    assert confirmed(batch_id, pole) == 1
    with pytest.raises(BatchBusy):
        confirmed(batch_id, pole)
    work()
    assert how_many(Case) == 1


def test_whoever_has_not_the_right_takes_nothing_over(pole):
    other = build.an_actor("technicien")
    batch_id = sent(takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(1))), pole)
    acts = (
        lambda: batches.receive(b"a;b\n1;2\n", "a.csv", by=other),
        lambda: batches.find(batch_id, other),
        lambda: batches.match(batch_id, matched(batch_id, pole), by=other),
        lambda: batches.drop(batch_id, by=other),
        lambda: placing.confirm(batch_id, "", by=other),
        lambda: results.refused(batch_id, by=other),
        lambda: undoing.undo_all(batch_id, by=other),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert how_many(Case) == 0


def test_supervision_is_told_once_when_asked_and_not_otherwise(pole):
    batch_id = sent(
        takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(1))), pole, told=True
    )
    confirmed(batch_id, pole)
    work()
    assert [row.kind for row in db.session.scalars(select(Notice))] == ["reprise_terminee"]


def test_a_case_brought_in_lives_on_like_any_other(pole):
    line = takeover_sheets.rows(takeover_sheets.situations(5))[4]
    confirmed(sent(takeover_sheets.workbook([line]), pole), pole)
    work()
    (row,) = placed().values()
    task = next(one for one in build.open_tasks(row.case_id) if one.element == "valider_diagnostic")
    with build.later(days=1):
        by = build.the_hand(task)
        tasks.complete(task.id, build.answers_for(task.id, by), by=by)
        end_read()
        opened = {one.element for one in build.open_tasks(row.case_id)}
    assert opened == {"decider_orientations"}
    with pytest.raises(WorkedOn):
        undoing.undo_case(row.id, by=pole)
    assert timedelta() < clock.now() - db.session.get_one(Case, row.case_id).opened_at


class PowerCut(BaseException):
    """Nothing catches it, as nothing catches a power cut."""


def test_a_lot_cut_short_in_the_middle_of_a_case_neither_doubles_nor_loses_a_line(pole):
    confirmed(sent(takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(6))), pole), pole)
    steps = 0

    def cut(*_):
        nonlocal steps
        steps += 1
        if steps in {4, 9}:
            raise PowerCut

    with positions.watched_by(cut):
        for minutes in (0, 10, 20):
            with build.later(minutes=minutes):
                try:
                    work()
                except PowerCut:
                    continue
    rows = placed()
    assert len(rows) == 6
    assert how_many(Case) == 6
    assert {row.case_id for row in rows.values()} == set(db.session.scalars(select(Case.id)))
    assert journal.verify() is None


def test_somebody_limited_to_their_structure_brings_in_its_own_cases_alone(app, tmp_path):
    build.a_server(app, tmp_path / "server")
    root = two_structures.files(tmp_path / "programme")
    with build.serving(two_structures.CODE, root=root), build.later(EVENING):
        build.a_directory()
        mine, other = two_structures.a_side("Nord"), two_structures.a_side("Sud")
        with perimeter_of.serving(mine.actor):
            batch_id = sent(
                takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(3))), mine.actor
            )
            confirmed(batch_id, mine.actor)
        with perimeter_of.serving(other.actor), pytest.raises(NotFound):
            batches.find(batch_id, other.actor)
        work()
        rows = placed()
        assert len(rows) == 3
        holders = select(Entrustment.partner_id).where(
            Entrustment.case_id.in_([row.case_id for row in rows.values()]), Entrustment.until.is_(None)
        )
        assert set(db.session.scalars(holders)) == {mine.partner}
        with perimeter_of.serving(other.actor), pytest.raises(NotFound):
            undoing.undo_case(rows[4].id, by=other.actor)
        gone = rows[4].case_id
        with perimeter_of.serving(mine.actor):
            undoing.undo_case(rows[4].id, by=mine.actor)
        end_read()
        assert db.session.get(Case, gone) is None


def test_another_territorys_lot_is_nobodys_here(pole, tmp_path):
    batch_id = sent(takeover_sheets.workbook(takeover_sheets.rows(takeover_sheets.situations(1))), pole)
    confirmed(batch_id, pole)
    work()
    (row,) = placed().values()
    row_id = row.id
    with build.serving("pas-de-calais"):
        boss = build.an_actor("spslh")
        acts = (
            lambda: batches.find(batch_id, boss),
            lambda: batches.match(batch_id, matchings.Matching(), by=boss),
            lambda: batches.drop(batch_id, by=boss),
            lambda: placing.confirm(batch_id, "", by=boss),
            lambda: results.refused(batch_id, by=boss),
            lambda: undoing.undo_all(batch_id, by=boss),
            lambda: undoing.undo_case(row_id, by=boss),
        )
        for act in acts:
            with pytest.raises(NotFound):
                act()
        assert results.of(batch_id).total == 0
        assert batches.listing(boss) == []


def test_a_part_of_a_whole_is_kept_with_it_or_not_at_all(carene):
    from app.database import as_one

    def write(name):
        with transaction():
            journal.write(name)

    with pytest.raises(ZeroDivisionError), as_one():
        write("un")
        raise ZeroDivisionError
    with as_one():
        write("deux")
        write("trois")
    kept = db.session.scalars(select(JournalLine.action).order_by(JournalLine.number)).all()
    assert kept[-2:] == ["deux", "trois"]
    assert "un" not in kept
    assert journal.verify() is None
