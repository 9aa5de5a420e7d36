"""The route of a household on the real diagrams, with the real use cases."""

import pytest

from app.services import journal
from tests import build


@pytest.mark.parametrize(
    "standing",
    ["analyser_signalement", "visite", "validation", "decider_orientations", "orientation", "attendre_pole"],
)
def test_a_case_is_carried_to_any_step_by_real_answers(carene, standing):
    case = build.a_case(standing)
    waiting = build.open_tasks(case.case_id)
    assert standing in {task.element for task in waiting} | {task.called_process for task in waiting} | {
        wait["element"] for wait in build.the_process(case).waits
    }
    assert journal.verify() is None
