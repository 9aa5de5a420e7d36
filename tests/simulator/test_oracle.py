"""A simulated run against an oracle that knows nothing of the engine: every date, notice and quarter."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from app.catalog.bundle import Bundle, bundle_from_files, resolve
from app.database import Base, db
from app.models import DecisionRecord, JournalLine, ProcessInstance, Submission
from app.simulator import Plan, Result, simulate
from tests.once_a_run import made_once
from tests.simulator import oracle, oracle_duties, oracle_reading
from tests.simulator.oracle import Run, differences

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)


def rows(model: type[Base], *names: str) -> list[dict[str, Any]]:
    """The rows of a table as plain dictionaries: ids as text, instants in UTC."""
    columns = [getattr(model, name) for name in names]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in db.session.execute(db.select(*columns))
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC)
    return value if isinstance(value, int | str | dict | list | None) else str(value)


VISITS = {
    "suivre": {
        "frequence": "2", "frequence_fenetre": "trimestre", "frequence_compte": "resultat_partenaire",
        "frequence_alerte": "jours_apres(fenetre.debut, 59)",
    },
    "mobiliser": {
        "frequence": "1", "frequence_fenetre": '"P2M"', "frequence_compte": "reponse_partenaire",
        "frequence_alerte": '"P10D"',
    },
}  # fmt: skip
"""Frequencies set on two activities of each household's route: on the calendar, and from the entry."""


def with_frequencies() -> Bundle:
    """The shipped programme, with frequencies on the follow-up of each household."""
    files = dict(resolve(ROOT, "carene").files)
    for path in ("bpmn/accompagnement.bpmn", "bpmn/suivi.bpmn"):
        root = ET.fromstring(files[path])  # noqa: S314  # our own shipped files
        for element, given in VISITS.items():
            for node in root.iterfind(f".//*[@id='{element}']"):
                holder = ET.Element(f"{oracle_reading.BPMN}extensionElements")
                rows = ET.SubElement(holder, f"{oracle_reading.SPIFF}properties")
                for name, value in given.items():
                    ET.SubElement(rows, f"{oracle_reading.SPIFF}property", name=name, value=value)
                node.insert(1, holder)
        files[path] = ET.tostring(root)
    return bundle_from_files(files)


def kept() -> dict[str, Any]:
    """What a run leaves for the oracle."""
    journal = rows(JournalLine, "number", "at", "action", "process_id", "subject", "details")
    return {
        "journal": sorted(journal, key=lambda line: line["number"]),
        "decisions": rows(DecisionRecord, "process_id", "decision", "outputs", "at"),
        "submissions": rows(Submission, "process_id", "form", "scope", "answers", "at"),
        "processes": rows(ProcessInstance, "id", "process", "rank", "case_id", "act"),
    }


def lived(households: int, months: int, seed: int) -> tuple[Run, Result]:
    """Live the shipped programme with frequencies on it; return what it left."""
    bundle = with_frequencies()
    plan = Plan(households=households, months=months, seed=seed)
    left: dict[str, Any] = {}

    result = simulate(bundle, plan, inspect=lambda: left.update(kept()))
    period = plan.period(bundle.settings)
    return Run(files=dict(bundle.files), begin=period.opening, end=period.end, **left), result


@pytest.fixture(scope="module")
def small(request: pytest.FixtureRequest) -> tuple[Run, Result]:
    """A tenth of the long run: two years of fifty households."""
    return made_once(request, "cinquante-menages", lambda: lived(50, 24, 1))


@pytest.fixture
def run(small: tuple[Run, Result]) -> Run:
    """The same run, to spoil."""
    return copy.deepcopy(small[0])


def agree(run: Run, result: Result) -> None:
    told = oracle.tell(run.journal)
    assert not differences(run)
    assert result.timers == {
        "dessines": len(told.fired),
        "rappels": len(told.sent["rappel"]),
        "escalades": len(told.sent["escalade"]),
    }
    broken = [line for line in run.journal if line["action"] == "manquement.constate"]
    assert sum(result.breaches.values()) == len(broken)
    assert result.warnings == sum(line["action"] == "frequence.avertie" for line in run.journal)
    assert result.late_tasks == oracle.late(run)
    by_hand = sum(line["action"] == "geste.fait" for line in run.journal)  # done as they begin
    assert sum(step.entered for step in result.by_step.values()) == len(told.steps) + by_hand


def test_the_oracle_agrees_with_fifty_households_over_two_years(small: tuple[Run, Result]) -> None:
    run, result = small
    agree(run, result)
    told = oracle.tell(run.journal)
    assert len(told.steps) > 100
    assert told.fired
    assert told.sent["rappel"]
    assert {"delai", "rappel", "escalade"} <= {kind for step in told.steps.values() for kind in step.dates}


def leaves(value: object) -> Iterator[str]:
    """The texts inside a line's details."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield str(value)


def test_what_the_journal_keeps_of_a_step_are_ids_and_instants(small: tuple[Run, Result]) -> None:
    """LAW-1: never an answer. Elements and processes are the diagrams' own words."""
    run, _ = small
    words = {
        node.attrib["id"]
        for name, content in run.files.items()
        if name.endswith(".bpmn")
        for node in ET.fromstring(content).iter()  # noqa: S314  # our own shipped files
        if "id" in node.attrib
    }
    kept = [text for line in steps_of(run) for text in leaves(line["details"])]
    assert kept
    for text in kept:
        if text not in words:
            assert datetime.fromisoformat(text).tzinfo if "T" in text else UUID(text)


@pytest.mark.fault
def test_the_oracle_agrees_with_five_hundred_households_over_two_years() -> None:
    run, result = lived(500, 24, 1)
    agree(run, result)
    told = oracle.tell(run.journal)
    meetings = [timer for timer, _ in told.fired if told.timers[timer].element == "trimestre_echu"]
    assert len(meetings) == 8
    assert all(told.sent.values())
    assert len(told.steps) > 2000
    duties = oracle_duties.duties(run.journal).values()
    assert {"suivre", "mobiliser", "trimestre_echu"} == {duty.element for duty in duties}
    assert sum(len(duty.closed) for duty in duties) > 500
    assert sum(len(duty.warned) for duty in duties) > 100
    assert result.breaches.keys() == {
        "accompagnement/suivre", "orientation/donner_resultat", "suivi/mobiliser",
    }  # fmt: skip


def steps_of(run: Run) -> list[dict[str, Any]]:
    return [line for line in run.journal if line["action"] == "etape"]


def later(text: str) -> str:
    return (datetime.fromisoformat(text) + HOUR).isoformat()


def move(run: Run, list_name: str, key: str) -> str:
    """Write one instant an hour later than it was; return the element it belongs to."""
    for line in steps_of(run):
        for item in line["details"].get(list_name, ()):
            if item.get(key):
                item[key] = later(item[key])
                return str(item["element"])
    raise AssertionError(f"nothing to spoil in {list_name}")


@pytest.mark.parametrize(
    ("key", "kind"), [("echeance", "delai"), ("rappel", "rappel"), ("escalade", "escalade")]
)
def test_the_oracle_sees_a_step_dated_an_hour_late(run: Run, key: str, kind: str) -> None:
    element = move(run, "ouvertes", key)
    assert (kind, element) in {(found.what, found.where.split()[0]) for found in differences(run)}


def test_the_oracle_sees_a_timer_armed_an_hour_late(run: Run) -> None:
    element = move(run, "minuteurs", "echeance")
    assert ("échéance dessinée", element) in {
        (found.what, found.where.split()[0]) for found in differences(run)
    }


def line_of(run: Run, action: str) -> dict[str, Any]:
    return next(line for line in run.journal if line["action"] == action)


def forget(run: Run, line: dict[str, Any]) -> None:
    run.journal.remove(line)


def double(run: Run, line: dict[str, Any]) -> None:
    run.journal.insert(run.journal.index(line) + 1, copy.deepcopy(line))


def delay(run: Run, line: dict[str, Any]) -> None:
    del run
    line["at"] += HOUR


@pytest.mark.parametrize("spoil", [forget, double, delay])
@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("tache.rappelee", "rappel envoyé"),
        ("tache.escaladee", "escalade envoyé"),
        ("echeance.declenchee", "déclenché"),
    ],
)
def test_the_oracle_sees_what_was_forgotten_doubled_or_late(
    run: Run, action: str, kind: str, spoil: Callable[[Run, dict[str, Any]], None]
) -> None:
    spoil(run, line_of(run, action))
    kinds = {found.what for found in differences(run)}
    assert kinds & {kind, "instant"}


@pytest.mark.parametrize("spoil", [forget, double, delay])
@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("frequence.fermee", "fenêtres"),
        ("frequence.avertie", "avertissement"),
        ("manquement.constate", "manquement"),
    ],
)
def test_the_oracle_sees_a_window_a_warning_or_a_breach_forgotten_doubled_or_late(
    run: Run, action: str, kind: str, spoil: Callable[[Run, dict[str, Any]], None]
) -> None:
    spoil(run, line_of(run, action))
    assert kind in {found.what for found in differences(run)}


@pytest.mark.parametrize("spoil", [forget, double])
def test_the_oracle_sees_a_breach_that_nobody_or_two_were_given(
    run: Run, spoil: Callable[[Run, dict[str, Any]], None]
) -> None:
    spoil(run, line_of(run, "manquement.confie"))
    assert {found.what for found in differences(run)} == {"réponse"}


def test_the_oracle_sees_an_answer_that_was_not_counted(run: Run) -> None:
    kept = next(
        line for line in run.journal if line["action"] == "frequence.fermee" and line["details"]["trouve"]
    )
    kept["details"]["trouve"] -= 1
    assert "fenêtres" in {found.what for found in differences(run)}


@pytest.mark.parametrize(
    ("before", "after", "element"),
    [
        ('name="frequence" value="2"', 'name="frequence" value="3"', "suivre"),
        ('value="&quot;P2M&quot;"', 'value="&quot;P3M&quot;"', "mobiliser"),
        ('value="&quot;P10D&quot;"', 'value="&quot;P11D&quot;"', "mobiliser"),
        ("(fenetre.debut, 59)", "(fenetre.debut, 58)", "suivre"),
    ],
)
def test_the_oracle_sees_another_frequency_than_the_one_in_the_files(
    run: Run, before: str, after: str, element: str
) -> None:
    changed = {name: text.replace(before.encode(), after.encode()) for name, text in run.files.items()}
    assert changed != run.files
    found = differences(Run(**{**vars(run), "files": changed}))
    assert {difference.where.split()[0] for difference in found} == {element}


def test_the_oracle_sees_a_reminder_sent_for_a_step_already_done(run: Run) -> None:
    done = line_of(run, "tache.faite")
    last = run.journal[-1]
    run.journal.append(
        {**last, "number": last["number"] + 1, "action": "tache.rappelee", "subject": done["subject"]}
    )
    assert "rappel après la fin" in {found.what for found in differences(run)}


def test_the_oracle_sees_a_quarter_that_nobody_held(run: Run) -> None:
    starts = {
        timer.timer for timer in oracle.tell(run.journal).timers.values() if timer.element == "trimestre_echu"
    }
    held = [line for line in run.journal if line["details"].get("minuteur") in starts]
    forget(run, held[1])
    assert "trimestres" in {found.what for found in differences(run)}


def test_the_oracle_sees_another_rule_than_the_one_in_the_files(run: Run) -> None:
    name = "bpmn/visite.bpmn"
    changed = run.files[name].replace(b"&#34;P15D&#34;", b"&#34;P14D&#34;")
    assert changed != run.files[name]
    found = differences(Run(**{**vars(run), "files": {**run.files, name: changed}}))
    assert {difference.where.split()[0] for difference in found} == {"prendre_rendez_vous"}


@pytest.fixture
def vectors() -> dict[str, Any]:
    """The calendar's vectors, kept apart from the product."""
    found: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "calendar.json").read_text())
    return found


def test_the_calendar_of_the_oracle_is_that_of_the_vectors(vectors: dict[str, Any]) -> None:
    for begin, text, due in vectors["durations"]:
        start = datetime.fromisoformat(begin).replace(tzinfo=oracle_reading.PARIS)
        wanted = datetime.fromisoformat(due.split()[0]).replace(tzinfo=oracle_reading.PARIS)
        assert oracle_reading.moved(start, text) == wanted.astimezone(UTC), (begin, text)
    for begin, text, due, _why in vectors["working_days"]:
        count = int(text.split()[0])
        assert oracle_reading.working_days(
            date.fromisoformat(begin), count, closed=frozenset()
        ) == date.fromisoformat(due)
