"""A territory's months, lived: what is counted adds up, people keep their hours, faults are told."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from app import clock, tenancy
from app.catalog.answers import decode
from app.catalog.bundle import bundle_from_files
from app.catalog.folder import write_folder
from app.cli import main
from app.database import db
from app.errors import Invalid
from app.expressions.calendar import is_working_day
from app.models import Job, Message, Orientation, Submission, Task
from app.services import journal
from app.simulator import Plan, Result, simulate
from tests import build
from tests.once_a_run import made_once
from tests.simulator.lives import replaced, shipped

CONTRACT = {
    "households", "started", "closed", "open", "incidents", "tasks_completed", "timers_fired", "late_tasks",
    "never_taken", "by_step", "by_role_month", "seconds",
}  # fmt: skip


class Seen:
    """What a run left in its database, read before it goes."""

    def __init__(self) -> None:
        self.tasks: list[Any] = []
        self.answers: list[Any] = []

    def look(self) -> None:
        self.tasks = list(
            db.session.execute(
                select(Task.element, Task.lane, Task.status, Task.entered_at, Task.completed_at, Task.scope)
            )
        )
        self.answers = list(
            db.session.execute(
                select(Submission.case_id, Submission.form, Submission.answers, Submission.at).order_by(
                    Submission.at
                )
            )
        )
        self.authors = set(db.session.scalars(select(Submission.author)))
        self.messages = Counter(db.session.scalars(select(Message.status)))
        self.jobs = Counter(
            (row.name, row.status) for row in db.session.execute(select(Job.name, Job.status))
        )
        self.orientations = Counter(db.session.scalars(select(Orientation.status)))
        self.broken_at = journal.verify()


@pytest.fixture(scope="module")
def lived(request: pytest.FixtureRequest) -> tuple[Result, Seen]:
    """Eight months of twelve households."""

    def live() -> tuple[Result, Seen]:
        seen = Seen()
        return simulate(shipped(), Plan(12, 8, 1), inspect=seen.look), seen

    return made_once(request, "douze-menages", live)


def test_every_household_is_counted_once(lived: tuple[Result, Seen]) -> None:
    result, _ = lived
    assert result.started == result.households == 12
    assert result.started == result.closed + result.open
    assert result.closed == sum(result.closures.values()) > 0
    assert result.incidents == 0
    assert result.incidents_list == ()


def test_steps_and_months_add_up(lived: tuple[Result, Seen]) -> None:
    result, seen = lived
    for name, step in result.by_step.items():
        assert step.entered == step.done + step.cancelled + result.open_tasks.get(name, 0), name
        assert 0 <= step.late <= step.entered
        assert (step.p50_days is None) == (step.done == 0)
        assert step.done == 0 or 0 <= step.p50_days <= step.p90_days
    assert result.tasks_completed == sum(step.done for step in result.by_step.values())
    assert result.tasks_completed == sum(task.status == "done" for task in seen.tasks)
    by_people = sum(month.tasks for months in result.by_role_month.values() for month in months.values())
    by_link = sum(answers.form in {"reponse_partenaire", "resultat_partenaire"} for answers in seen.answers)
    assert result.tasks_completed - by_link <= by_people <= result.tasks_completed
    assert all(month.capacity >= 0 for months in result.by_role_month.values() for month in months.values())


def test_flows_say_what_was_taken_and_what_never_was(lived: tuple[Result, Seen]) -> None:
    result, _ = lived
    assert set(result.never_taken) == {flow for flow, times in result.flows.items() if times == 0}
    assert result.flows["accompagnement/signalement_recu_vers_trier"] == 12
    ways = result.flows["accompagnement/dans_le_champ_vers_faire_visite"]
    assert ways + result.flows["accompagnement/dans_le_champ_vers_informer_cloture"] <= 12
    assert result.elements["tri/analyser_signalement"] == result.by_step["tri/analyser_signalement"].done


def test_decisions_are_counted_by_rule(lived: tuple[Result, Seen]) -> None:
    result, _ = lived
    assert sum(result.decisions["triage"].values()) == 12
    assert len(result.decisions["triage"]) > 1


def test_the_first_meeting_finds_nobody_and_the_calendar_goes_on(lived: tuple[Result, Seen]) -> None:
    result, _ = lived
    assert result.flows["revue/situations_a_examiner_vers_aucune_situation"] == 1
    assert result.by_step["revue/tenir_revue"].entered == 2  # April and July, of eight months from January


def test_people_answer_on_working_days_at_working_hours(lived: tuple[Result, Seen]) -> None:
    _, seen = lived
    inner = [task for task in seen.tasks if task.status == "done" and task.lane != "partenaire"]
    assert inner
    for task in inner:
        here = task.completed_at.astimezone(clock.PARIS)
        assert is_working_day(here.date()), (task.element, here)
        assert 9 <= here.hour < 22, (task.element, here)


def test_nobody_visits_before_the_day_of_the_appointment(lived: tuple[Result, Seen]) -> None:
    _, seen = lived
    agreed: dict[Any, Any] = {}
    visits = 0
    for answers in seen.answers:
        if answers.form == "rendez_vous" and answers.answers.get("date"):
            agreed[answers.case_id] = decode(answers.answers)["date"]
        if answers.form == "visite":
            visits += 1
            assert answers.at.astimezone(clock.PARIS).date() >= agreed[answers.case_id]
    assert visits


def test_partners_answer_by_their_link(lived: tuple[Result, Seen]) -> None:
    _, seen = lived
    labels = {kind.label for kind in shipped().settings.partner_kinds.values()}
    assert labels & seen.authors
    assert set(seen.orientations) - {"transmise"}


def test_nothing_is_sent_or_rendered_and_the_journal_holds(lived: tuple[Result, Seen]) -> None:
    _, seen = lived
    assert set(seen.messages) == {"queued"}
    assert seen.jobs["deliver_message", "waiting"] == sum(seen.messages.values())
    assert seen.jobs["render_document", "waiting"] > 0
    assert not {("deliver_message", "done"), ("render_document", "done")} & seen.jobs.keys()
    assert seen.jobs["deliver_event", "waiting"] == 0
    assert seen.broken_at is None


def test_progress_is_told_each_week() -> None:
    told = []
    simulate(shipped(), Plan(1, 2, 1), progress=told.append)
    assert 8 <= len(told) <= 10
    assert [item.day for item in told] == sorted(item.day for item in told)
    assert told[0].share == 0
    assert told[-1].share > 0.8


def test_a_verb_that_cannot_run_is_told_with_its_element() -> None:
    result = simulate(replaced("territoire.toml", ("doublon_jours = 90", "doublon_jours = 0")), Plan(3, 2, 1))
    assert result.incidents == 3
    (incident,) = result.incidents_list
    assert incident.element == "rechercher_doublons"
    assert incident.times == 3
    assert "jours" in incident.cause
    assert result.open == 3
    assert "tri/rechercher_doublons_vers_calculer_categorie_anah" in result.never_taken


def test_a_form_that_leaves_no_answer_is_told_with_its_step() -> None:
    rule = (
        '"regles": [{"exige": "doublon == true and doublon == false", "message": "Jamais.", '
        '"champs": ["doublon"]}], "champs": ['
    )
    impossible = replaced("forms/analyse.json", ('"champs": [', rule))
    result = simulate(impossible, Plan(2, 2, 1))
    assert [item.element for item in result.incidents_list] == ["analyser_signalement"]
    assert "Jamais." in result.incidents_list[0].cause
    assert result.open_tasks == {"tri/analyser_signalement": 2}


def test_without_households_processes_are_counted() -> None:
    files = dict(shipped().files)
    text = files["territoire.toml"].decode()
    head, _, tail = text.partition("[dossier]")
    without = head + tail[tail.index("[messages]") :]
    files["territoire.toml"] = re.sub(r"par_mois = [\d.]+", "par_mois = 0", without).encode()
    result = simulate(bundle_from_files(files), Plan(5, 7, 1))
    # January, April, July held; October awaited; and the answer to a quarter in which nobody met.
    assert result.started == 5
    assert result.breaches == {"revue/trimestre_echu": 1}
    assert (result.closed, result.open) == (4, 1)


def test_a_longer_delay_makes_fewer_late_steps_for_the_same_households() -> None:
    usual = simulate(shipped(), Plan(12, 6, 3))
    patient = replaced(
        "bpmn/tri.bpmn",
        ("jours_ouvres(1) if", "jours_ouvres(60) if"),
        ("else jours_ouvres(5)", "else jours_ouvres(60)"),
    )
    longer = simulate(patient, Plan(12, 6, 3))
    before, after = (one.by_step["tri/analyser_signalement"] for one in (usual, longer))
    assert before.entered == after.entered == 12
    assert after.late == 0
    assert usual.decisions["triage"] == longer.decisions["triage"]


def test_the_command_prints_the_contract_as_json() -> None:
    run = CliRunner().invoke(
        main, ["simulate", "carene", "--households", "3", "--months", "3", "--seed", "5", "--json"]
    )
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert told.keys() >= CONTRACT
    assert told["households"] == told["started"] == 3
    assert told["household_years_per_minute"] > 0


def test_the_command_speaks_french_and_tells_its_speed() -> None:
    run = CliRunner().invoke(
        main, ["simulate", "carene", "--households", "2", "--months", "2", "--seed", "5"]
    )
    assert run.exit_code == 0, run.output
    assert "années-ménages par minute" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nulle-part"], 1, "nulle-part"),
        (["carene", "--release", "1", "--draft"], 2, "une seule source"),
        (["carene", "--months", "0"], 2, "0"),
        (["carene", "--start", "hier"], 2, "hier"),
    ],
)
def test_the_command_refuses_in_a_sentence(arguments: list[str], code: int, words: str) -> None:
    run = CliRunner().invoke(main, ["simulate", "--households", "1", *arguments])
    assert run.exit_code == code
    assert words in run.output
    assert "Traceback" not in run.output


def test_a_folder_can_be_simulated(tmp_path: Path) -> None:
    folder = tmp_path / "carene"
    write_folder(folder, shipped().files, code="carene", ancestors=())
    arguments = [
        "simulate",
        "carene",
        "--households",
        "2",
        "--months",
        "2",
        "--json",
        "--folder",
        str(folder),
    ]
    run = CliRunner().invoke(main, arguments)
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["fingerprint"] == shipped().fingerprint
    arguments[1] = "angers"
    assert CliRunner().invoke(main, arguments).exit_code == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_stored_release_can_be_simulated(
    app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.a_server(app, tmp_path)
    with build.serving("carene"):
        assert tenancy.current_id()
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RELAIS_INSTANCE", str(tmp_path / "instance"))
    arguments = ["simulate", "carene", "--households", "1", "--months", "1", "--json", "--release"]
    run = CliRunner().invoke(main, [*arguments, "1"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["fingerprint"] == shipped().fingerprint
    assert CliRunner().invoke(main, [*arguments, "7"]).exit_code == 1


def test_the_calendar_gives_the_first_day_unless_one_is_chosen() -> None:
    settings = shipped().settings
    assert Plan(1, 1, 1).first_day(settings) == settings.schedule[0].anchor
    chosen = datetime(2027, 3, 31, tzinfo=clock.PARIS).date()
    period = Plan(1, 2, 1, chosen).period(settings)
    assert (period.first, period.last.isoformat()) == (chosen, "2027-05-31")
    assert period.end - period.opening > timedelta(days=60)


@pytest.mark.parametrize("wrong", [{"households": -1}, {"months": 0}, {"months": 10_000}])
def test_a_plan_out_of_bounds_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused:
        Plan(**{"households": 1, "months": 1, "seed": 1, **wrong})
    assert refused.value.problems.keys() == wrong.keys()


@pytest.mark.fault
def test_two_years_of_two_hundred_households_take_every_way_without_an_incident() -> None:
    result = simulate(shipped(), Plan(200, 24, 1))
    assert result.incidents == 0, result.incidents_list
    assert result.never_taken == ()
    assert result.started == result.closed + result.open == 200
    assert result.closed > 100
    assert result.late_tasks < result.tasks_completed / 4
