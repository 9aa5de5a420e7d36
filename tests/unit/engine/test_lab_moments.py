"""Dates and durations that SpiffWorkflow gets wrong: true to the calendar, or refused."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app import engine
from app.engine import ProgrammeFault
from tests.bpmn_builder import Block, process, timer
from tests.engine_play import NOON, Caller, Run

PARIS = ZoneInfo("Europe/Paris")


def _refused(*blocks: Block) -> list[tuple[str | None, str]]:
    files = {f"{rank}.bpmn": block.xml() for rank, block in enumerate(blocks)}
    with pytest.raises(ProgrammeFault):
        engine.compile_fresh(files, "refus")
    return [(found.element, found.code) for found in engine.examine(files)]


def _at(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("begun", "duration", "due"),
    [
        (_at(2026, 1, 31, 9), "P1M", _at(2026, 2, 28, 9)),
        (_at(2024, 1, 31, 9), "P1M", _at(2024, 2, 29, 9)),
        (_at(2026, 3, 28, 9), "P1D", _at(2026, 3, 29, 9)),  # the night the clock goes forward
        (_at(2026, 10, 24, 9), "P1D", _at(2026, 10, 25, 9)),  # and back
    ],
)
def test_a_month_and_a_day_are_those_of_the_calendar(begun: datetime, duration: str, due: datetime) -> None:
    run = Run(process().catch("attendre", timer(f'"{duration}"')).end(), caller=Caller(now=begun), fresh=True)
    assert run.wait("attendre").due_at == due
    assert run.wake("attendre").finished


def test_a_cycle_is_refused_and_a_loop_from_an_anchor_never_drifts() -> None:
    assert _refused(process().catch("attendre", timer('"R/P1M"', "timeCycle")).end()) == [
        ("attendre", "time-cycle")
    ]
    route = (
        process()
        .catch("echeance", timer("mois_apres(ancre, rang)", "timeDate"))
        .service("compter", "suivant", result="rang", de="rang")
        .to("echeance")
    )
    caller = Caller(verbs={"suivant": lambda given: given["de"] + 1})  # type: ignore[operator]
    run = Run(
        route, data={"ancre": NOON.date().replace(month=1, day=31), "rang": 1}, caller=caller, fresh=True
    )
    days = []
    for _ in range(3):
        due = run.wait("echeance").due_at
        assert due is not None
        days.append((due.month, due.day))
        run.wake("echeance")
    assert days == [(2, 28), (3, 31), (4, 30)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("P7D", "unquoted-duration"),
        ('"P1.5M"', "bad-duration"),
        ('""', "bad-duration"),
        ("None", "bad-duration"),
        ("", "missing-time"),
        ('"R/P1M"', "bad-duration"),
        ("12", "bad-duration"),
    ],
)
def test_a_moment_that_would_fail_or_fire_at_once_is_refused(text: str, code: str) -> None:
    assert _refused(process().catch("attendre", timer(text)).end()) == [("attendre", code)]
    assert _refused(process().user("agir").end().boundary("retard", "agir", timer(text)).end("f")) == [
        ("retard", code)
    ]
