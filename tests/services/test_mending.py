"""Mending a running process by hand: moved, repeated, passed, given up, put right, and taken back (AST-5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock, engine
from app.database import db, end_read
from app.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TaskAlreadyDone
from app.models import Case, Draft, Incident, Mend, Orientation, ProcessInstance, Submission, Task, Timer
from app.services import journal, links, mending, releases, tasks, timers, views
from app.services.mending import MendRefused, cancelling, moving, passing
from tests import build
from tests.places import serving

WHY = "Le diagnostic porte sur le mauvais logement."
ASKING = {"decider_orientations": {"lignes": [{"genre": kind} for kind in ("adil", "caf")]}}


def _pole():
    return build.an_actor("coordinatrice_pole")


def _target(case, task, element):
    found = mending.targets(case.process_id, task.id)
    return next(item.key for item in found if item.element == element)


def _elements(case):
    return sorted(task.element for task in build.open_tasks(case.case_id))


def _the_mend(kind):
    end_read()
    return db.session.scalars(select(Mend).where(Mend.kind == kind)).one()


def _same_as_engine(case):
    """The rows of a process say what its engine says: steps, timers, instants."""
    process = build.the_process(case)
    position = engine.read(releases.of(process.release_id).programme, process.state)
    rows = {task.id: (task.element, task.due_at) for task in build.open_tasks(case.case_id)}
    assert rows == {task.id: (task.element, task.due_at) for task in position.open_tasks}
    armed = db.session.scalars(select(Timer).where(Timer.process_id == process.id)).all()
    assert {row.id: row.due_at for row in armed} == {w.id: w.due_at for w in position.waits if w.due_at}


def _second_appointment():
    """A case whose first appointment found nobody at home: the date of the visit is known already."""
    case = build.a_case("realiser_visite")
    build.complete("realiser_visite", issue="absent")
    return case


def test_a_diagnostic_goes_back_to_the_visit_and_comes_again(carene):
    case = build.a_case("valider_diagnostic")
    task = build.the_task("valider_diagnostic")
    key = _target(case, task, "realiser_visite")
    mending.repeat(case.process_id, key, reason=WHY, by=_pole(), wanted=task.id)
    assert _elements(case) == ["realiser_visite"]
    _same_as_engine(case)
    kept = _the_mend("repeat")
    assert (kept.element, kept.target, kept.reason) == ("valider_diagnostic", "realiser_visite", WHY)
    build.drive(case, "decider_orientations")
    assert journal.verify() is None


def test_a_step_moved_outwards_starts_the_part_of_the_route_anew(carene):
    case = build.a_case("etablir_diagnostic")
    task = build.the_task("etablir_diagnostic")
    mending.move(case.process_id, task.id, "faire_visite", reason=WHY, by=_pole())
    assert _elements(case) == ["prendre_rendez_vous"]
    _same_as_engine(case)
    with build.later(days=22):
        assert timers.wake_due() == 1


def test_an_appointment_abandoned_by_a_move_takes_its_timer_along(carene):
    case = _second_appointment()
    task = build.the_task("prendre_rendez_vous")
    mending.move(case.process_id, task.id, _target(case, task, "realiser_visite"), reason=WHY, by=_pole())
    assert _elements(case) == ["realiser_visite"]
    _same_as_engine(case)
    with pytest.raises(TaskAlreadyDone):
        tasks.complete(task.id, {}, by=build.an_actor("travailleur_social"))


def test_a_partner_s_branch_does_not_leave_the_others_and_the_reason_is_told(carene):
    case = build.a_case("orientation", answers=ASKING)
    task = build.open_tasks(case.case_id)[0]
    assert {item.process for item in mending.targets(case.process_id, task.id)} == {"orientation"}
    with pytest.raises(MendRefused) as refused:
        mending.move(case.process_id, task.id, "decider_orientations", reason=WHY, by=_pole())
    assert "Donner le résultat" in refused.value.sentence
    assert len(build.open_tasks(case.case_id)) == 2
    assert db.session.scalars(select(Mend)).all() == []


def test_a_step_is_passed_with_the_outcomes_given(carene):
    case = build.a_case("realiser_visite")
    task = build.the_task("realiser_visite")
    mending.skip(case.process_id, task.id, {"visite.issue": "realisee"}, reason=WHY, by=_pole())
    assert _elements(case) == ["etablir_diagnostic"]
    row = db.session.get_one(Task, task.id)
    assert (row.status, row.completed_by) == ("cancelled", None)
    assert not db.session.scalars(select(Submission).where(Submission.task_id == task.id)).all()


def test_a_step_is_not_passed_when_what_follows_cannot_do_without_it(carene):
    case = build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    met = {"rendez_vous.issue": "fixe", "rendez_vous.date": clock.now() + timedelta(days=3)}
    with pytest.raises(MendRefused) as refused:  # the deadline of the visit is the appointment
        mending.skip(case.process_id, task.id, {"rendez_vous.issue": "fixe"}, reason=WHY, by=_pole())
    assert "Réaliser la visite" in refused.value.sentence
    mending.skip(case.process_id, task.id, met, reason=WHY, by=_pole())
    visit = build.the_task("realiser_visite")
    with pytest.raises(MendRefused) as refused:  # how many appointments there were was never said
        mending.skip(case.process_id, visit.id, {"visite.issue": "absent"}, reason=WHY, by=_pole())
    assert "Encore un rendez-vous possible" in refused.value.sentence
    assert _elements(case) == ["realiser_visite"]
    assert db.session.scalars(select(Incident)).all() == []


def test_whoever_passes_a_step_is_asked_what_the_diagram_reads_of_it_and_may_leave_it_empty(carene):
    case = build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    form_id, short = passing.asked_of(case.process_id, task.id, _pole())
    assert {field.key for field in short.form.fields} == {"issue", "date"}  # the number is counted
    assert short.outcomes(short.form.parse({}, classes=short.classes), form_id) == {}
    given = short.form.parse({"issue": "refus"}, classes=short.classes)
    assert short.outcomes(given, form_id) == {"rendez_vous.issue": "refus"}
    assert passing.asked_of(case.process_id, case.process_id, _pole()) is None


def test_what_a_mend_would_do_is_told_before_and_nothing_is_done(carene):
    case = build.a_case("realiser_visite")
    task = build.the_task("realiser_visite")
    before = build.the_process(case).version
    act = moving.skipping(task.id, {"visite.issue": "realisee"})
    told = mending.foresee(case.process_id, act)
    assert told.opened == ["Établir le diagnostic"]
    assert told.left == ["Réaliser la visite"]
    assert "un document sera produit" in told.sets_going
    assert build.the_process(case).version == before
    assert _elements(case) == ["realiser_visite"]


def test_a_mend_taken_back_opens_the_same_step_again_with_its_draft(carene):
    case = _second_appointment()
    task = build.the_task("prendre_rendez_vous")
    task_id, hand = task.id, build.the_hand(task)
    tasks.save_draft(task_id, {"note": ["rappeler le soir"]}, hand)
    due = build.the_timer("sans_rendez_vous").due_at
    mending.move(case.process_id, task_id, _target(case, task, "realiser_visite"), reason=WHY, by=_pole())
    mending.undo(_the_mend("move").id, by=_pole())
    assert [row.id for row in build.open_tasks(case.case_id)] == [task_id]
    assert build.the_timer("sans_rendez_vous").due_at == due
    assert db.session.scalars(select(Draft).where(Draft.task_id == task_id)).one()
    _same_as_engine(case)
    tasks.complete(task_id, build.answers_for(task_id, hand), by=hand)
    with pytest.raises(MendRefused):
        mending.undo(_the_mend("move").id, by=_pole())


def test_a_mend_is_not_taken_back_once_the_process_has_moved(carene):
    case = _second_appointment()
    task = build.the_task("prendre_rendez_vous")
    mending.move(case.process_id, task.id, _target(case, task, "realiser_visite"), reason=WHY, by=_pole())
    build.complete("realiser_visite")
    with pytest.raises(Conflict):
        mending.undo(_the_mend("move").id, by=_pole())
    assert _elements(case) == ["etablir_diagnostic"]


def test_a_step_passed_to_the_end_and_taken_back_opens_the_case_again(carene):
    case = build.a_case("realiser_visite")
    task = build.the_task("realiser_visite")
    mending.skip(case.process_id, task.id, {"visite.issue": "refus"}, reason=WHY, by=_pole())
    told = build.the_task("informer_sans_visite")
    mending.skip(case.process_id, told.id, {}, reason=WHY, by=_pole())
    assert (build.the_case(case).status, build.the_process(case).status) == ("closed", "finished")
    last = db.session.scalars(select(Mend).order_by(Mend.version.desc())).first()
    mending.undo(last.id, by=_pole())
    assert (build.the_case(case).status, build.the_process(case).status) == ("open", "running")
    assert _elements(case) == ["informer_sans_visite"]
    _same_as_engine(case)


def test_giving_up_the_main_process_closes_the_case_and_ends_all_it_waited_for(carene):
    case = build.a_case("orientation", answers=ASKING)
    token = build.the_link("adil@partenaires.invalid")
    loss = cancelling.foresee(case.process_id)
    assert (loss.steps, loss.partners, loss.closes_case) == (2, 2, True)
    mending.cancel(case.process_id, reason="Le ménage a déménagé hors du territoire.", by=_pole())
    assert build.the_process(case).status == "cancelled"
    assert build.the_case(case).status == "closed"
    assert build.open_tasks(case.case_id) == []
    assert db.session.scalars(select(Timer).where(Timer.process_id == case.process_id)).all() == []
    assert {row.status for row in db.session.scalars(select(Orientation))} == {"abandonnee"}
    with pytest.raises(Gone), links.holding(token):
        raise AssertionError("the link is dead")
    with build.later(days=90):
        assert timers.wake_due() == 0


def test_a_process_given_up_by_mistake_comes_back_whole(carene):
    case = build.a_case("orientation", answers=ASKING)
    token = build.the_link("adil@partenaires.invalid")
    before = {task.id for task in build.open_tasks(case.case_id)}
    mending.cancel(case.process_id, reason=WHY, by=_pole())
    mending.undo(_the_mend("cancel").id, by=_pole())
    assert {task.id for task in build.open_tasks(case.case_id)} == before
    assert build.the_case(case).status == "open"
    assert {row.status for row in db.session.scalars(select(Orientation))} == {"transmise"}
    _same_as_engine(case)
    with links.holding(token) as held:
        assert held.task_id in before


def test_an_answer_put_right_changes_what_the_route_reads_and_keeps_the_old_one(carene):
    case = build.a_case("realiser_visite")
    wrong = db.session.scalars(select(Submission).where(Submission.form == "rendez_vous")).one()
    found = mending.correctable(wrong.id, _pole())
    mended = {**found.known, "numero": 3}
    before = build.the_process(case).version
    mending.correct(wrong.id, mended, reason="Troisième rendez-vous, pas le premier.", by=_pole())
    end_read()
    rows = db.session.scalars(select(Submission).where(Submission.form == "rendez_vous")).all()
    assert len(rows) == 2
    assert rows[0].id == wrong.id or rows[1].id == wrong.id
    process = build.the_process(case)
    assert process.version == before + 1
    position = engine.read(releases.of(process.release_id).programme, process.state)
    (open_now,) = position.open_tasks
    assert open_now.variables["rendez_vous"]["numero"] == 3
    build.complete("realiser_visite", issue="absent")
    assert build.the_process(case).status == "running"
    assert _elements(case) == ["informer_sans_visite"]  # three appointments were the most


def test_an_answer_put_right_and_taken_back_counts_as_before(carene):
    case = build.a_case("realiser_visite")
    wrong = db.session.scalars(select(Submission).where(Submission.form == "rendez_vous")).one()
    known = dict(mending.correctable(wrong.id, _pole()).known)
    mending.correct(wrong.id, {**known, "numero": 3}, reason=WHY, by=_pole())
    mending.undo(_the_mend("correct").id, by=_pole())
    process = build.the_process(case)
    current = views.current_answers(views.latest_of(process), releases.of(process.release_id), None)
    assert current["rendez_vous"]["numero"] == known["numero"]
    position = engine.read(releases.of(process.release_id).programme, process.state)
    assert position.open_tasks[0].variables["rendez_vous"]["numero"] == known["numero"]


def test_whoever_may_not_see_a_class_cannot_change_it_by_putting_an_answer_right(carene):
    case = build.a_case("prendre_rendez_vous")
    alert = db.session.scalars(select(Submission).where(Submission.form == "signalement")).one()
    form = releases.current().forms["signalement"]
    secrets = {field.key for field in form.fields if field.classe == "secret"}
    before = views.all_answers(alert)
    assert secrets & before.keys()
    found = mending.correctable(alert.id, _pole())
    assert found.classes == {"technique", "social"}
    assert not found.known.keys() & secrets
    forged = {**found.known, **dict.fromkeys(secrets, "réécrit")}
    mending.correct(alert.id, {**forged, "personnes": 5}, reason=WHY, by=_pole())
    process = build.the_process(case)
    now = views.current_answers(views.latest_of(process), releases.of(process.release_id), None)[
        "signalement"
    ]
    assert now["personnes"] == 5
    assert {key: now.get(key) for key in secrets} == {key: before.get(key) for key in secrets}
    kept = _the_mend("correct")
    assert "réécrit" not in str(kept.details)
    assert "5" not in kept.details["journal"].get("champs", [])


def test_only_the_latest_answer_of_a_form_can_be_put_right(carene):
    build.a_case("realiser_visite")
    build.complete("realiser_visite", issue="absent")
    build.complete("prendre_rendez_vous")
    query = select(Submission).where(Submission.form == "rendez_vous").order_by(Submission.at, Submission.id)
    first, second = db.session.scalars(query).all()
    with pytest.raises(MendRefused):
        mending.correctable(first.id, _pole())
    assert mending.correctable(second.id, _pole()).form.id == "rendez_vous"


@pytest.mark.parametrize("role", ["ecorenove", "administration", "travailleur_social"])
def test_only_those_allowed_mend(carene, role):
    case = build.a_case("prendre_rendez_vous")
    task = build.the_task("prendre_rendez_vous")
    by = build.an_actor(role)
    for attempt in (
        lambda: mending.cancel(case.process_id, reason=WHY, by=by),
        lambda: mending.move(case.process_id, task.id, "realiser_visite", reason=WHY, by=by),
        lambda: mending.skip(case.process_id, task.id, {}, reason=WHY, by=by),
        lambda: mending.repeat(case.process_id, "trier", reason=WHY, by=by),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert _elements(case) == ["prendre_rendez_vous"]


def test_a_mend_without_a_reason_or_on_an_older_look_changes_nothing(carene):
    case = _second_appointment()
    task = build.the_task("prendre_rendez_vous")
    key, version = _target(case, task, "realiser_visite"), build.the_process(case).version
    with pytest.raises(Invalid):
        mending.move(case.process_id, task.id, key, reason=" ", by=_pole())
    with pytest.raises(Conflict):
        mending.move(case.process_id, task.id, key, reason=WHY, by=_pole(), expected=version - 1)
    mending.move(case.process_id, task.id, key, reason=WHY, by=_pole(), expected=version)
    with pytest.raises(Conflict):
        mending.move(case.process_id, task.id, key, reason=WHY, by=_pole(), expected=version)
    assert _elements(case) == ["realiser_visite"]


def test_nothing_of_another_territory_can_be_mended(carene, tmp_path):
    case = build.a_case("realiser_visite")
    task = build.the_task("realiser_visite")
    answer = db.session.scalars(select(Submission).where(Submission.form == "rendez_vous")).one().id
    mending.change_due(task.id, task.due_at + timedelta(days=60), reason=WHY, by=_pole())
    mend_id, task_id = _the_mend("due").id, task.id
    root = build.a_variant(tmp_path / "autre", "autre")
    with serving("autre", root=root):
        by = build.an_actor("coordinatrice_pole")
        for attempt in (
            lambda: mending.move(case.process_id, task_id, "faire_visite", reason=WHY, by=by),
            lambda: mending.cancel(case.process_id, reason=WHY, by=by),
            lambda: mending.undo(mend_id, by=by),
            lambda: mending.correct(answer, {}, reason=WHY, by=by),
        ):
            with pytest.raises(NotFound):
                attempt()
    end_read()
    assert db.session.get_one(ProcessInstance, case.process_id).status == "running"
    assert db.session.get_one(Case, case.case_id).status == "open"
