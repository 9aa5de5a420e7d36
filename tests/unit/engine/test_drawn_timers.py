"""Timers: due instants true to the calendar, fired only when named."""

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app import engine
from app.engine import NotReady, ProgrammeFault
from tests.bpmn_builder import message, process, timer
from tests.engine_play import Caller, Run

PARIS = ZoneInfo("Europe/Paris")
VECTORS = json.loads((Path(__file__).parents[2] / "data" / "calendar.json").read_text())


def _paris(text: str) -> datetime:
    moment, _, which = text.partition(" ")
    local = datetime.fromisoformat(moment).replace(tzinfo=PARIS)
    return local.replace(fold=0) if which == "first" else local


@pytest.mark.parametrize(("begun", "duration", "due"), VECTORS["durations"])
def test_every_duration_of_the_calendar_falls_due_in_a_drawn_timer(
    begun: str, duration: str, due: str
) -> None:
    route = process().catch("attendre", timer(f'"{duration}"')).end()
    run = Run(route, caller=Caller(now=_paris(begun)))
    wait = run.wait("attendre")
    assert wait.kind == "timer"
    assert wait.due_at is not None
    assert wait.due_at.timestamp() == _paris(due).timestamp()
    assert wait.due_at.astimezone(PARIS).isoformat() == _paris(due).isoformat()
    assert run.wake("attendre").finished


@pytest.mark.parametrize(("anchor", "duration", "dates"), VECTORS["anchored"])
def test_a_recurring_duty_counts_from_its_anchor(anchor: str, duration: str, dates: list[str]) -> None:
    months = int(duration.removeprefix("P").removesuffix("M"))
    route = (
        process()
        .catch("echeance", timer(f"mois_apres(ancre, {months} * rang)", "timeDate"))
        .service("compter", "suivant", result="rang", de="rang")
        .to("echeance")
    )
    caller = Caller(verbs={"suivant": lambda given: given["de"] + 1})  # type: ignore[operator]
    run = Run(route, data={"ancre": date.fromisoformat(anchor), "rang": 1}, caller=caller)
    for expected in dates:
        due = run.wait("echeance").due_at
        assert due is not None
        assert due.isoformat().startswith(f"{expected}T00:00")
        run.wake("echeance")


@pytest.mark.parametrize(("begun", "days", "due", "_why"), VECTORS["working_days"])
def test_working_days_fall_due_in_a_timer_and_in_a_deadline(
    begun: str, days: str, due: str, _why: str
) -> None:
    count = days.split(maxsplit=1)[0]
    route = process().user("agir", delai=f"jours_ouvres({count})").end()
    route.boundary("retard", "agir", timer(f"jours_ouvres({count})", "timeDate"), interrupting=False).end(
        "vu"
    )
    run = Run(route, caller=Caller(now=_paris(f"{begun}T09:00")))
    timer_due, task_due = run.wait("retard").due_at, run.task("agir").due_at
    assert timer_due is not None
    assert task_due is not None
    assert timer_due.date().isoformat() == due
    assert (task_due.date() - timer_due.date()).days == 1  # a day ends at the midnight that closes it
    assert task_due.astimezone(PARIS).hour == 0


@pytest.mark.parametrize(
    "expression", ["P7D", '"P1.5M"', '"P"', '""', '"R/P1M"', '"P1D/P2D"', '"32/13/2026"', ""]
)
def test_what_is_no_duration_is_refused_with_its_element(expression: str) -> None:
    with pytest.raises((ProgrammeFault, engine.StepFault)) as caught:
        Run(process().catch("attendre", timer(expression)).end())
    assert caught.value.facts["element"] == "attendre"


def test_a_cycle_is_refused_when_compiled() -> None:
    with pytest.raises(ProgrammeFault, match="cycles") as caught:
        Run(process().catch("attendre", timer('"R3/P1D"', "timeCycle")).end())
    assert caught.value.element == "attendre"


def test_answering_one_branch_never_fires_another_branchs_overdue_timer() -> None:
    route = (
        process()
        .parallel("ouvrir")
        .user("visiter")
        .parallel("reunir")
        .end()
        .at("ouvrir")
        .catch("attendre", timer('"PT1H"'))
        .user("relancer")
        .to("reunir")
        .at("ouvrir")
        .user("chiffrer")
        .xor("chiffre")
        .to("reunir")
        .boundary("retard", "chiffrer", timer('"PT1H"'))
        .user("abandonner")
        .to("chiffre")
    )
    run = Run(route)
    run.caller.now = datetime(2031, 1, 1, tzinfo=PARIS)  # both timers are years overdue
    assert run.done("visiter").waits == ["attendre", "retard"]
    assert run.open == ["chiffrer"]
    assert run.wake("attendre").open == ["chiffrer", "relancer"]
    assert run.waits == ["retard"]
    assert run.wake("retard").open == ["abandonner", "relancer"]
    assert run.done("abandonner").done("relancer").finished


def test_a_timer_fires_when_named_whatever_the_hour_and_only_once() -> None:
    run = Run(process().catch("attendre", timer('"P10Y"')).user("agir").end())
    wait = run.wait("attendre")
    run.wake_id(wait.id)
    assert run.open == ["agir"]
    with pytest.raises(NotReady):
        run.wake_id(wait.id)


def test_a_timer_start_waits_at_its_start_event_with_the_data_given() -> None:
    route = process().at("debut")
    route.nodes[0] = (
        '<startEvent id="trimestre">' + timer("mois_apres(ancre, 3 * rang)", "timeDate") + "</startEvent>"
    )
    route.last = "trimestre"
    route.service("inscrire", "inscrire_revue", result="situations").user("tenir_revue").end()
    run = Run(route, data={"ancre": date(2026, 1, 15), "rang": 2})
    assert run.open == []
    wait = run.wait("trimestre")
    assert wait.due_at == datetime(2026, 7, 15, tzinfo=PARIS)
    assert engine.entry_kinds(run.programme) == {"essai": "timer"}
    assert run.wake("trimestre").open == ["tenir_revue"]
    assert run.variables("tenir_revue")["rang"] == 2


def test_a_message_start_waits_for_its_message() -> None:
    route = process().at("debut")
    route.nodes[0] = f'<startEvent id="recu">{message("signalement", variable="alerte")}</startEvent>'
    route.last = "recu"
    route.user("analyser").end()
    run = Run(route)
    assert run.waits == ["recu"]
    assert run.catch("recu", nom="Le Goff").variables("analyser") == {"alerte": {"nom": "Le Goff"}}


def test_a_timer_in_a_loop_counts_again_from_each_entry() -> None:
    route = process().catch("attendre", timer('"P1M"')).user("agir").to("attendre")
    run = Run(route, caller=Caller(now=_paris("2026-01-31T09:00")))
    first = run.wait("attendre").due_at
    run.wake("attendre")
    run.caller.now = _paris("2026-03-10T09:00")
    second = run.done("agir").wait("attendre").due_at
    assert first == _paris("2026-02-28T09:00")
    assert second == _paris("2026-04-10T09:00")
