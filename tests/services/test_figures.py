"""How long steps take and which ways are taken: measured on what people really did, against a naive count."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.models import ProcessInstance, Task
from app.services import figures, releases
from tests import build

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_pace_is_that_of_a_naive_computation():
    dice = random.Random(7)  # noqa: S311  # made-up spans
    for count in (1, 2, 9, 10, 11, 100, 137):
        spans = [timedelta(minutes=dice.randrange(1, 90_000)) for _ in range(count)]
        dues = [dice.choice((None, timedelta(minutes=dice.randrange(1, 90_000)))) for _ in spans]
        answers = [
            (NOON, NOON + span, NOON + due if due else None) for span, due in zip(spans, dues, strict=True)
        ]
        pace = figures.pace_of(answers)
        days = sorted(span.total_seconds() / 86_400 for span in spans)
        assert pace is not None
        assert abs(pace.average - sum(days) / count) < 1e-9
        within = sum(day <= pace.ninetieth + 1e-12 for day in days)
        assert within >= 0.9 * count
        assert sum(day < pace.ninetieth - 1e-12 for day in days) < 0.9 * count
        assert pace.dated == sum(due is not None for due in dues)
        assert pace.late == sum(
            due is not None and span >= due for span, due in zip(spans, dues, strict=True)
        )


def test_nothing_answered_has_no_pace():
    assert figures.pace_of([]) is None


def test_what_people_did_is_measured_step_by_step(carene):
    with build.later():
        build.a_case("prendre_rendez_vous")
    with build.later(days=4):
        build.complete("prendre_rendez_vous")
    rows = db.session.scalars(
        select(Task).where(Task.status == "done", Task.element == "prendre_rendez_vous")
    )
    (done,) = list(rows)
    measures = figures.measured()
    pace = measures.paces["visite/prendre_rendez_vous"]
    assert pace.done == 1
    assert done.completed_at is not None
    assert abs(pace.average - (done.completed_at - done.entered_at) / timedelta(days=1)) < 1e-9
    assert 3.9 < pace.ninetieth < 4.1
    assert "visite/realiser_visite" not in measures.paces


def test_only_the_latest_answers_of_a_step_count(carene):
    case = build.a_case("analyser_signalement")
    process = build.the_process(case)
    with transaction() as session:
        for number in range(figures.LATEST + 30):
            old = number < 30
            at = clock.now() - timedelta(days=400 if old else 1, minutes=number)
            session.add(
                Task(
                    id=UUID(int=number + 1),
                    process_id=process.id, case_id=process.case_id, element="valider_diagnostic",
                    called_process="validation", name="Valider le diagnostic", lane="coordonnateur",
                    form="validation", status="done", entered_at=at - timedelta(days=50 if old else 2),
                    due_at=at, completed_at=at,
                )
            )  # fmt: skip
    pace = figures.measured().paces["validation/valider_diagnostic"]
    assert pace.done == figures.LATEST
    assert abs(pace.average - 2) < 1e-6


def test_flows_are_those_that_the_steps_took_and_the_others_are_named_as_never_taken(carene):
    build.a_case("realiser_visite")
    build.a_case("prendre_rendez_vous")
    measures, release = figures.measured(), releases.current()
    naive = Counter()
    for row in db.session.scalars(select(ProcessInstance)):
        naive.update(row.done_flows)
    assert naive == Counter(measures.flows)
    assert measures.runs == len(list(db.session.scalars(select(ProcessInstance.id))))
    never = figures.never_taken(measures, release)
    assert "suivi" not in never, "nobody has come there yet: nothing to say"
    drawn = {f"visite/{way.flow}" for step in release.programme.described["visite"] for way in step.outgoing}
    taken = {flow for flow in measures.flows if flow.startswith("visite/")}
    assert taken
    assert taken < drawn
    assert set(never["visite"]) == drawn - taken


def test_measures_kept_as_a_tally_read_back_the_same(carene):
    build.a_case("realiser_visite")
    measures = figures.measured()
    again = figures.read(measures.as_json())
    assert dict(again.paces) == dict(measures.paces)
    assert dict(again.flows) == dict(measures.flows)
    assert again.runs == measures.runs
