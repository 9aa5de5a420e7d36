"""Running cases carried to the release of the day that the guide « Adapter un programme » tells."""

import pytest
from sqlalchemy import func, select

from app import drawing
from app.database import db
from app.drawing import Values
from app.models import ProcessInstance, Territory
from app.services import journal, migrating
from tests import build
from tests.designer_day import FLOW, KEY, QUESTION, SECOND, the_day
from tests.migration_house import a_lot, a_new_release, the_migrator, the_rows

STOPPED = "valider_diagnostic"
REFUSED = (
    f"Refusé : « Diagnostic complet ? » lira plus loin « {QUESTION} », que ce parcours n'a pas et que plus "
    "rien ne lui donnera avant : il pourrait s'y arrêter. Laissez-le finir dans sa version, ou dites dans la "
    "nouvelle ce qui vaut sans cette réponse, avec « present(…) »."
)


def assert_a_crowd_follows(before_the_visit: int) -> None:
    """Carry cases over; three visited without the question are refused, and finish as they began."""
    by, total = the_migrator(), before_the_visit + 3
    build.a_directory()
    visited = [build.a_case(STOPPED) for _ in range(3)]
    ahead = [build.an_alert() for _ in range(before_the_visit)]
    target = a_new_release(the_day, note="Deux regards, quatorze jours.")
    lot = a_lot(target, by)
    build.pump()
    found = migrating.sheet(lot, by)
    assert (found.total, found.counts["refused"], found.mappable) == (total, 3, 0)
    assert {line.sentence for line in found.lines if line.verdict == "refused"} == {REFUSED}
    migrating.launch(lot, reason="Deux regards dès aujourd'hui.", seen=1, by=by)
    build.pump()
    states = [row.state for row in the_rows(lot)]
    assert (states.count("done"), states.count("refused")) == (before_the_visit, 3)
    assert len(build.the_journal("parcours.migre")) == before_the_visit
    on_target = select(func.count()).where(ProcessInstance.release_id == target.id)
    assert db.session.scalar(on_target.where(ProcessInstance.case_id.is_not(None))) == before_the_visit
    build.complete(STOPPED, case=visited[0], complet=True)
    assert SECOND not in {task.element for task in build.open_tasks(visited[0].case_id)}
    build.drive(ahead[0], STOPPED)
    build.complete(STOPPED, case=ahead[0], complet=True)
    assert {task.element for task in build.open_tasks(ahead[0].case_id)} == {SECOND}
    assert journal.verify() is None


def test_a_crowd_follows_the_designers_day_but_three_visited_before_the_question_was_asked(
    carene: Territory,
) -> None:
    assert_a_crowd_follows(17)


@pytest.mark.fault
def test_two_hundred_follow_the_designers_day_but_three_visited_before_the_question_was_asked(
    carene: Territory,
) -> None:
    assert_a_crowd_follows(197)


def test_what_is_foreseen_is_what_would_happen_unless_the_condition_says_what_else_holds(
    carene: Territory,
) -> None:
    by, cases = the_migrator(), [build.a_case(STOPPED) for _ in range(2)]
    bare = f"visite.{KEY} >= 8"
    spoken = {
        f"(present(visite.{KEY}) and {bare})": [],
        f"visite.{KEY} == 10": [
            ["empty", "validation", "diagnostic_complet", "Diagnostic complet ?", "", QUESTION]
        ],
    }
    for case, (words, notes) in zip(cases, spoken.items(), strict=True):

        def told(files: dict[str, bytes], words: str = words) -> None:
            the_day(files) if SECOND.encode() not in files["bpmn/validation.bpmn"] else None
            drawn = drawing.change(
                files["bpmn/validation.bpmn"].decode(),
                "diagnostic_complet",
                Values(conditions={FLOW: f"validation.complet == true or {words}"}),
            )
            files["bpmn/validation.bpmn"] = drawn.encode()

        lot = a_lot(a_new_release(told), by, [build.the_process_row(case).id])
        build.pump()
        row = the_rows(lot)[0]
        assert (row.verdict, [note for note in row.told["notes"] if note[0] == "empty"]) == ("ready", notes)
        migrating.launch(lot, reason="Dit dans la nouvelle.", seen=1, by=by)
        build.pump()
        build.complete(STOPPED, case=case, complet=True)
        build.complete(SECOND, case=case, complet=False)
        assert {task.element for task in build.open_tasks(case.case_id)} == {"etablir_diagnostic"}
