"""Running cases carried to another release by the real use cases, on CARENE's programme."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.database import db, end_read
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Draft, ProcessInstance, Task, Timer
from app.services import erasure, journal, mending, migrating, releases, starting, tasks
from app.services.migrating import MigrationBusy, MigrationStale, UndoRefused, storing, verdict, words
from app.services.migrating.record import lot_of
from tests import build
from tests.migration_house import (
    NEW,
    OLD,
    RENAMED,
    VISIT,
    a_lot,
    a_new_release,
    ask_for_a_second_look,
    give_the_analysis_more_time,
    rename_the_appointment,
    the_lot,
    the_migrator,
    the_rows,
)

REASON = "La version 2 demande une relecture."
REFUSED = (
    "Refusé : l'étape ouverte « Prendre rendez-vous » n'existe plus dans la version 2 : "
    "dites où elle continue."
)


def many(analysed: int, waiting: int) -> list[build.OpenedAlert]:
    """Cases at the analysis, and cases that wait for an appointment."""
    build.a_directory()
    found = [build.a_case(OLD) for _ in range(waiting)]
    return [*(build.an_alert() for _ in range(analysed)), *found]


def release_of(case: build.OpenedAlert) -> int:
    return releases.of(build.the_process_row(case).release_id).number


def carried(migration_id: UUID, by, reason: str = REASON) -> None:
    row = the_lot(migration_id)
    migrating.launch(migration_id, reason=reason, seen=row.round, by=by)
    build.pump()


def assert_a_lot_of(analysed: int) -> None:
    """Carry a crowd over: three are refused for a stated reason, mapped, and follow."""
    by, total = the_migrator(), analysed + 3
    many(analysed, 3)
    target = a_new_release(rename_the_appointment, ask_for_a_second_look)
    lot = a_lot(target, by)
    build.pump()
    found = migrating.sheet(lot, by)
    assert (found.total, found.counts["refused"], found.mappable) == (total, 3, 3)
    assert {line.sentence for line in found.lines if line.verdict == "refused"} == {REFUSED}
    assert found.migration.status == "judged"
    assert db.session.scalar(select(func.count()).where(ProcessInstance.release_id == target.id)) == 0
    carried(lot, by)
    rows = the_rows(lot)
    assert [row.state for row in rows].count("done") == analysed
    assert [row.state for row in rows].count("refused") == 3
    assert len(build.the_journal("parcours.migre")) == analysed
    again = a_lot(target, by)
    migrating.remap(again, RENAMED, recompute=False, seen=1, by=by)
    build.pump()
    carried(again, by)
    assert {row.state for row in the_rows(again)} == {"done"}
    on_target = select(func.count()).where(
        ProcessInstance.release_id == target.id, ProcessInstance.case_id.is_not(None)
    )
    assert db.session.scalar(on_target) == total
    assert journal.verify() is None


def test_a_crowd_is_carried_over_but_three_refused_for_a_stated_reason(carene) -> None:
    assert_a_lot_of(17)


@pytest.mark.fault
def test_two_hundred_running_cases_are_carried_over_but_three_refused_for_a_stated_reason(carene) -> None:
    assert_a_lot_of(197)


def test_a_renamed_step_keeps_its_id_its_holder_its_draft_and_its_dates(carene) -> None:
    by, case = the_migrator(), build.a_case(OLD)
    task = build.the_task(OLD)
    hand = build.the_hand(task)
    tasks.save_draft(task.id, {"issue": ["fixe"]}, hand)
    timer = db.session.scalar(select(Timer).where(Timer.element == "sans_rendez_vous"))
    before = (task.id, task.entered_at, task.due_at, task.remind_at, timer.id, timer.due_at)
    target = a_new_release(rename_the_appointment)
    lot = a_lot(target, by)
    build.pump()
    migrating.remap(lot, RENAMED, recompute=False, seen=1, by=by)
    build.pump()
    carried(lot, by)
    task = build.the_task(NEW)
    timer = db.session.scalar(select(Timer).where(Timer.element == "sans_rendez_vous"))
    assert (task.id, task.entered_at, task.due_at, task.remind_at, timer.id, timer.due_at) == before
    assert db.session.scalar(select(func.count()).where(Draft.task_id == task.id)) == 1
    assert release_of(case) == 2
    assert build.the_process_row(case).done_elements.get("analyser_signalement") == 1
    line = build.the_journal("parcours.migre")[0]
    assert (line.details["de"], line.details["vers"]) == (1, 2)
    assert line.details["correspondances"] == {f"{VISIT}/{OLD}": f"{VISIT}/{NEW}"}
    assert REASON not in repr(line.details)
    build.drive(case, "realiser_visite")


def test_a_case_that_follows_meets_the_step_added_ahead_once_and_one_that_stays_does_not(carene) -> None:
    by = the_migrator()
    goes, stays = build.a_case("valider_diagnostic"), build.a_case("valider_diagnostic")
    target = a_new_release(ask_for_a_second_look)
    lot = a_lot(target, by, [build.the_process_row(goes).id])
    build.pump()
    assert migrating.sheet(lot, by).lines[0].changes[0] == "« Relire le diagnostic », ajoutée, reste à venir."
    carried(lot, by)
    for case in (goes, stays):
        build.complete("valider_diagnostic", case=case)
    open_now = {
        case.case_id: [task.element for task in build.open_tasks(case.case_id)] for case in (goes, stays)
    }
    assert open_now[goes.case_id] == ["relire_diagnostic"]
    assert "relire_diagnostic" not in open_now[stays.case_id]
    assert (release_of(goes), release_of(stays)) == (2, 1)


def test_a_running_deadline_keeps_its_date_unless_it_is_to_be_counted_anew(carene) -> None:
    by, kept, anew = the_migrator(), build.an_alert(), build.an_alert()
    due = {case.case_id: build.the_task("analyser_signalement", case=case).due_at for case in (kept, anew)}
    target = a_new_release(give_the_analysis_more_time)
    with build.later(days=2):
        for case, recompute in ((kept, False), (anew, True)):
            lot = a_lot(target, by, [build.the_process_row(case).id], recompute=recompute)
            build.pump()
            carried(lot, by)
    task = build.the_task("analyser_signalement", case=anew)
    assert build.the_task("analyser_signalement", case=kept).due_at == due[kept.case_id]
    assert 39 < (task.due_at - task.entered_at).days <= 40


def test_cases_come_back_to_the_instant_until_they_move_on(carene) -> None:
    by, back, gone = the_migrator(), build.an_alert(), build.an_alert()
    task = build.the_task("analyser_signalement", case=back)
    process = build.the_process_row(back)
    state, was = process.state, (task.due_at, task.remind_at, task.name, task.lane)
    target = a_new_release(give_the_analysis_more_time)
    lot = a_lot(target, by, recompute=True)
    build.pump()
    carried(lot, by)
    rows = {row.case_id: row for row in the_rows(lot)}
    build.complete("analyser_signalement", case=gone)
    with pytest.raises(UndoRefused) as refusal:
        migrating.undo_one(lot, rows[gone.case_id].id, by=by)
    assert "a avancé" in refusal.value.sentence
    migrating.undo_all(lot, by=by)
    build.pump()
    assert (release_of(back), release_of(gone)) == (1, 2)
    task = build.the_task("analyser_signalement", case=back)
    assert build.the_process_row(back).state == state
    assert (task.due_at, task.remind_at, task.name, task.lane) == was
    assert {row.state for row in the_rows(lot)} == {"undone", "done"}
    with pytest.raises(UndoRefused):
        migrating.undo_one(lot, rows[back.case_id].id, by=by)
    build.complete("analyser_signalement", case=back)


def test_the_former_state_goes_with_the_month_and_with_the_household(carene) -> None:
    by, case = the_migrator(), build.an_alert()
    other = build.an_alert()
    target = a_new_release(ask_for_a_second_look)
    lots = [a_lot(target, by, [build.the_process_row(one).id]) for one in (case, other)]
    build.pump()
    for lot in lots:
        carried(lot, by, reason="Madame Moreau est prioritaire.")
    assert all(row.before for lot in lots for row in the_rows(lot))
    reference, why = build.the_case(case).reference, next(iter(erasure.REASONS))
    erasure.erase(reference, reason=why, repeated=reference, by=by)
    row = the_rows(lots[0])[0]
    assert (row.before, row.details, row.told, the_lot(lots[0]).reason) == (None, {}, {}, "effacé")
    with build.later(days=31):
        build.pump()
    assert the_rows(lots[1])[0].before is None
    with pytest.raises(UndoRefused):
        migrating.undo_one(lots[1], the_rows(lots[1])[0].id, by=by)


def test_whoever_answers_meanwhile_wins_and_the_case_is_judged_again(carene) -> None:
    by, case = the_migrator(), build.an_alert()
    target = a_new_release(ask_for_a_second_look)
    lot = a_lot(target, by)
    build.pump()
    row, process = the_rows(lot)[0], build.the_process_row(case)
    version, found = process.version, verdict.of(process, lot_of(the_lot(lot)), target)
    build.complete("analyser_signalement", case=case)
    with pytest.raises(Conflict):
        storing.store(row.id, version, found, lot_of(the_lot(lot)), target)
    end_read()
    assert release_of(case) == 1
    carried(lot, by)
    assert release_of(case) == 2
    assert [task.element for task in build.open_tasks(case.case_id)] == [OLD]


def test_a_lot_stops_between_two_cases_and_goes_on_without_doing_one_twice(carene) -> None:
    by = the_migrator()
    many(6, 0)
    target = a_new_release(ask_for_a_second_look)
    lot = a_lot(target, by)
    build.pump()
    migrating.launch(lot, reason=REASON, seen=1, by=by)
    migrating.stop(lot, by=by)
    build.pump()
    assert the_lot(lot).status == "stopped"
    assert {row.state for row in the_rows(lot)} == {"judged"}
    migrating.resume(lot, by=by)
    build.pump()
    assert the_lot(lot).status == "done"
    assert len(build.the_journal("parcours.migre")) == 6
    with pytest.raises(MigrationBusy):
        migrating.resume(lot, by=by)


def test_an_armed_review_is_carried_with_its_date(carene) -> None:
    by = the_migrator()
    starting.arm_all()
    end_read()
    target = a_new_release(ask_for_a_second_look)
    lot = a_lot(target, by)
    build.pump()
    review = db.session.scalar(select(ProcessInstance).where(ProcessInstance.process == "revue"))
    assert review is not None
    due = db.session.scalar(select(Timer.due_at).where(Timer.process_id == review.id))
    review_id = review.id
    carried(lot, by)
    review = db.session.get_one(ProcessInstance, review_id, populate_existing=True)
    assert review.release_id == target.id
    assert db.session.scalar(select(Timer.due_at).where(Timer.process_id == review_id)) == due


def test_a_suspended_case_follows_stays_suspended_and_goes_on_in_the_new_release(carene) -> None:
    by, boss = the_migrator(), build.an_actor("administration")
    case = build.an_alert()
    process_id, task = build.the_process_row(case).id, build.the_task("analyser_signalement", case=case)
    task_id, due = task.id, task.due_at
    mending.suspend(process_id, reason="Hospitalisation.", by=boss)
    with build.later(days=3):
        target = a_new_release(give_the_analysis_more_time)
        lot = a_lot(target, by)
        build.pump()
        carried(lot, by)
        row = db.session.get_one(ProcessInstance, process_id, populate_existing=True)
        assert (row.status, row.release_id) == ("suspended", target.id)
        assert not db.session.get_one(Task, task_id, populate_existing=True).active
        migrating.undo_one(lot, the_rows(lot)[0].id, by=by)
        row = db.session.get_one(ProcessInstance, process_id, populate_existing=True)
        assert (row.status, release_of(case)) == ("suspended", 1)
        assert not db.session.get_one(Task, task_id, populate_existing=True).active
        again = a_lot(target, by)
        build.pump()
        carried(again, by)
        mending.resume(process_id, reason="De retour.", by=boss)
        task = db.session.get_one(Task, task_id, populate_existing=True)
        assert task.active
        assert timedelta() <= task.due_at - due - timedelta(days=3) < timedelta(minutes=5)
        build.drive(case, "prendre_rendez_vous")
    assert release_of(case) == 2


def test_a_suspended_case_that_passing_would_stir_is_refused_with_the_step(carene) -> None:
    by, boss = the_migrator(), build.an_actor("administration")
    case = build.a_case(OLD)
    mending.suspend(build.the_process_row(case).id, reason="Hospitalisation.", by=boss)
    lot = a_lot(a_new_release(rename_the_appointment), by)
    build.pump()
    ended = {(VISIT, OLD): ()}
    migrating.remap(lot, ended, recompute=False, seen=1, by=by)
    build.pump()
    assert {row.verdict for row in the_rows(lot)} == {"refused"}
    migrating.remap(lot, RENAMED, recompute=False, seen=2, by=by)
    build.pump()
    assert {row.verdict for row in the_rows(lot)} == {"ready"}


def test_dates_counted_anew_honour_a_past_pause_and_keep_what_a_hand_chose(carene) -> None:
    by, boss = the_migrator(), build.an_actor("administration")
    paused, chosen = build.an_alert(), build.an_alert()
    process_id = build.the_process_row(paused).id
    mending.suspend(process_id, reason="Hospitalisation.", by=boss)
    with build.later(days=4):
        mending.resume(process_id, reason="De retour.", by=boss)
        task = build.the_task("analyser_signalement", case=chosen)
        decided = task.due_at + timedelta(days=11)
        mending.change_due(task.id, decided, reason="Accord du pôle.", by=boss)
        target = a_new_release(give_the_analysis_more_time)
        lot = a_lot(target, by, recompute=True)
        build.pump()
        told = [change for line in migrating.sheet(lot, by).lines for change in line.changes]
        assert any("garde la date choisie à la main" in change for change in told)
        carried(lot, by)
    task = build.the_task("analyser_signalement", case=paused)
    assert (task.due_at - task.entered_at).days == 44
    assert build.the_task("analyser_signalement", case=chosen).due_at == decided


def test_wrong_use_is_refused_in_a_sentence(carene) -> None:
    by, case = the_migrator(), build.an_alert()
    target = a_new_release(ask_for_a_second_look)
    for nobody in (build.an_actor("referent"), build.an_actor("direction")):
        with pytest.raises(Forbidden):
            a_lot(target, nobody)
    with pytest.raises(Invalid):
        a_lot(target, by, [])
    with pytest.raises(Invalid):
        a_lot(releases.of(build.the_process_row(case).release_id), by)
    lot = a_lot(target, by)
    with pytest.raises(MigrationStale):
        migrating.launch(lot, reason=REASON, seen=1, by=by)
    build.pump()
    with pytest.raises(Invalid):
        migrating.launch(lot, reason=" ", seen=1, by=by)
    with pytest.raises(Invalid):
        migrating.remap(lot, {(VISIT, OLD): (("nulle", "part"),)}, recompute=False, seen=1, by=by)
    with pytest.raises(MigrationStale):
        migrating.remap(lot, {}, recompute=False, seen=9, by=by)
    assert migrating.launch(lot, reason=REASON, seen=1, by=by) == 1
    with pytest.raises(MigrationBusy):
        migrating.launch(lot, reason=REASON, seen=1, by=by)
    with pytest.raises(NotFound):
        migrating.undo_one(lot, build.the_process_row(case).id, by=by)
    with pytest.raises(NotFound):
        migrating.sheet(build.the_process_row(case).id, by)
    with pytest.raises(MigrationBusy):
        migrating.drop(lot, by=by)


def test_each_reason_and_each_change_has_its_words() -> None:
    for code in words._OBSTACLES:
        told = {"obstacles": [[code, "visite", "a", "Visiter", "le détail."]]}
        sentence = words.verdict("refused", told, 4)
        assert sentence.startswith("Refusé : ")
        assert "{" not in sentence
    for kind in words._NOTES:
        note = [kind, "visite", "a", "Visiter", "2026-03-16T23:00:00+00:00", "2026-03-18T23:00:00+00:00"]
        sentences = words.changes({"notes": [note]}, {})
        assert len(sentences) == 1
        assert "{" not in sentences[0]
    note = ["due", "v", "a", "Visiter", "2026-03-16T23:00:00+00:00", "2026-03-18T23:00:00+00:00"]
    assert words.changes({"notes": [note]}, {}) == [
        "L'échéance de « Visiter » passe du 16/03/2026 au 18/03/2026."
    ]
