"""An oracle: recomputes every date of a simulated run, from its journal and the programme's own files.

It knows nothing of the product: no engine, no expression language, no services. It reads rows (plain
dictionaries), the shipped BPMN as XML and ``territoire.toml``, and has its own calendar. Where it and the
product disagree, one of them is wrong.

The rules it holds the product to (docs/reference/diagrammes.md, domain CAR-4 to CAR-11):

- ``delai`` and ``rappel`` count from the moment a step opens; a delay in days ends at the midnight, in
  Paris, that ends its last day; one in hours is exact; a date lasts until its own end;
- ``escalade`` counts from the date due: a day that ended at midnight is counted as that day;
- a drawn duration is exact, on the Paris wall clock; a drawn date is its first instant;
- a reminder, an escalation leave once, at their instant, if the step is still open then;
- ``manquement`` counts from the date due like ``escalade``; frequencies stand in ``oracle_duties``;
- the review meets on the anchor and every three months after it, for as long as the run lasts.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.simulator import oracle_duties
from tests.simulator.oracle_reading import (
    PARIS,
    Files,
    Known,
    ending,
    first_instant,
    moved,
    read_files,
    span,
    value_of,
)

SAME = (("rappel", "rappel"), ("escalade", "escalade"), ("manquement", "manquement"))
"""How the journal calls the other dates of a step."""


@dataclass(frozen=True)
class Run:
    """What a run left, as plain rows; ``begin`` and ``end`` are the instants between which time ran.

    ``journal``: number, at, action, process_id, subject, details; ``decisions``: process_id, decision,
    outputs, at; ``submissions``: process_id, form, scope, answers, at; ``processes``: id, process, rank.
    """

    files: Mapping[str, bytes]
    begin: datetime
    end: datetime
    journal: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    submissions: list[dict[str, Any]]
    processes: list[dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    """One thing on which the run and the oracle disagree."""

    what: str
    where: str
    expected: object
    found: object


@dataclass
class Opened:
    """A step that opened: when, with which dates, and when it was left."""

    task: str
    element: str
    process_id: str
    at: datetime
    dates: Mapping[str, datetime | None]
    left: datetime | None = None
    left_number: int = 0
    number: int = 0


@dataclass
class Armed:
    """A timer that began to wait, and when it stopped waiting."""

    timer: str
    element: str
    process_id: str
    at: datetime
    due: datetime
    lifted: datetime | None = None


@dataclass
class Tale:
    """The journal, told again: steps, timers, what fired and when, what was sent, who answered when."""

    steps: dict[str, Opened] = field(default_factory=dict)
    timers: dict[str, Armed] = field(default_factory=dict)
    fired: list[tuple[str, datetime]] = field(default_factory=list)
    answered: set[tuple[str, datetime]] = field(default_factory=set)
    sent: dict[str, list[tuple[str, datetime, int]]] = field(
        default_factory=lambda: {"rappel": [], "escalade": []}
    )


# The journal


def tell(journal: Iterable[Mapping[str, Any]]) -> Tale:
    """Tell a journal again, line by line in its own order."""
    tale = Tale()
    for line in journal:
        details, at = line["details"], line["at"]
        if line["action"] == "etape":
            _step(tale, line, details, at)
        elif line["action"] == "tache.faite":
            _left(tale, line["subject"], at, line["number"])
            tale.answered.add((line["process_id"], at))
        elif line["action"] == "geste.fait":
            tale.answered.add((line["process_id"], at))
        elif line["action"] == "echeance.declenchee":
            tale.fired.append((details["minuteur"], at))
        elif line["action"] in ("tache.rappelee", "tache.escaladee"):
            kind = "rappel" if line["action"] == "tache.rappelee" else "escalade"
            tale.sent[kind].append((line["subject"], at, line["number"]))
    return tale


def _step(tale: Tale, line: Mapping[str, Any], details: Mapping[str, Any], at: datetime) -> None:
    for task in details.get("ouvertes", ()):
        dates = {
            kind: datetime.fromisoformat(task[word]) if task.get(word) else None
            for kind, word in (*SAME, ("delai", "echeance"))
        }
        tale.steps[task["tache"]] = Opened(
            task["tache"], task["element"], line["process_id"], at, dates, number=line["number"]
        )
    for timer in details.get("minuteurs", ()):
        due = datetime.fromisoformat(timer["echeance"])
        tale.timers[timer["id"]] = Armed(timer["id"], timer["element"], line["process_id"], at, due)
    for task in details.get("retirees", ()):
        _left(tale, task, at, line["number"])
    for timer in details.get("minuteurs_leves", ()):
        tale.timers[timer].lifted = at


def _left(tale: Tale, task: str, at: datetime, number: int) -> None:
    step = tale.steps[task]
    if step.left is None:
        step.left, step.left_number = at, number


# The judgement


def differences(run: Run) -> list[Difference]:
    """Return everything on which the run and the oracle disagree."""
    files, tale = read_files(run.files), tell(run.journal)
    found = list(_dates(run, files, tale))
    for kind in ("rappel", "escalade"):
        found += _notices(run, tale, kind)
    found += _timers(run, files, tale)
    found += _meetings(run, files, tale)
    found += oracle_duties.differences(run, files, tale)
    return found


def late(run: Run) -> int:
    """Return how many steps were left, or still stand, past their date."""
    steps = tell(run.journal).steps.values()
    return sum(
        1 for step in steps if (due := step.dates["delai"]) is not None and due <= (step.left or run.end)
    )


def _named(run: Run, files: Files) -> dict[str, list[tuple[datetime, str, Mapping[str, Any]]]]:
    """Return, by process, what its expressions may name: decisions and answers, oldest first."""
    known: dict[str, list[tuple[datetime, str, Mapping[str, Any]]]] = {}
    for row in run.decisions:
        known.setdefault(row["process_id"], []).append((row["at"], row["decision"], row["outputs"]))
    for row in run.submissions:
        given = dated(row["answers"])
        known.setdefault(row["process_id"], []).append((row["at"], row["form"], given))
        known[row["process_id"]].extend((row["at"], key, value) for key, value in given.items())
    for row in run.processes:
        plain = {"rang": row["rank"], "ancre": dict(files.calendar).get(row["process"])}
        known.setdefault(row["id"], []).extend((run.begin, name, plain[name]) for name in plain)
    for line in run.journal:
        if line["action"] == "processus.demarre":
            given = dated(line["details"]["donnees"])
            known.setdefault(line["process_id"], []).append((line["at"], "depart", given))
    return {process: sorted(rows, key=lambda row: row[0]) for process, rows in known.items()}


def dated(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers with their dates as dates, however they are stored."""
    return {key: _date(value) for key, value in answers.items()}


def _date(value: Any) -> Any:
    text = value.get("$date") if isinstance(value, dict) else value
    return (
        date.fromisoformat(text)
        if isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        else value
    )


def _known(rows: Iterable[tuple[datetime, str, Any]], at: datetime, files: Files) -> Known:
    return Known({name: value for when, name, value in rows if when <= at}, at, files.closed)


def _dates(run: Run, files: Files, tale: Tale) -> Iterator[Difference]:
    named = _named(run, files)
    for step in tale.steps.values():
        written = files.dates[step.element]
        known = _known(named.get(step.process_id, ()), step.at, files)
        expected: dict[str, datetime | None] = {
            kind: ending(value_of(written[kind], known), step.at) if kind in written else None
            for kind in ("delai", "rappel")
        }
        for kind in ("escalade", "manquement"):
            expected[kind] = _escalation(written.get(kind), expected["delai"], known)
        for kind, instant in expected.items():
            if step.dates[kind] != instant:
                yield Difference(kind, f"{step.element} {step.task}", instant, step.dates[kind])


def _escalation(text: str | None, due: datetime | None, known: Known) -> datetime | None:
    """Count from the date due; a day that ended at midnight is that day."""
    if text is None or due is None:
        return None
    ended = due.astimezone(PARIS).time() == time(0)
    moment = due - timedelta(microseconds=1) if ended else due
    value = value_of(text, Known(known.names, moment, known.closed))
    timed = isinstance(value, str) and span(value)[2]
    return ending(value, due if timed else moment)


def _notices(run: Run, tale: Tale, kind: str) -> Iterator[Difference]:
    sent: dict[str, list[tuple[datetime, int]]] = {}
    for task, at, number in tale.sent[kind]:
        sent.setdefault(task, []).append((at, number))
    for task in sent.keys() - tale.steps.keys():
        yield Difference(kind, task, "a step that opened", "none")
    for step in tale.steps.values():
        times, due = sent.get(step.task, []), step.dates[kind]
        wanted = [max(due, step.at)] if due is not None and due < (step.left or run.end) else []
        same_instant = due is not None and due == (step.left or run.end)
        if [at for at, _ in times] != wanted and not (same_instant and len(times) <= 1):
            yield Difference(f"{kind} envoyé", f"{step.element} {step.task}", wanted, times)
        if step.left is not None and any(number > step.left_number for _, number in times):
            yield Difference(f"{kind} après la fin", f"{step.element} {step.task}", step.left, times)


def _timers(run: Run, files: Files, tale: Tale) -> Iterator[Difference]:
    named, fired = _named(run, files), Counter(timer for timer, _ in tale.fired)
    for unknown in fired.keys() - tale.timers.keys():
        yield Difference("minuteur", unknown, "a timer that was armed", "none")
    at = dict(tale.fired)
    elsewhere = tale.answered | {
        (tale.timers[timer].process_id, when) for timer, when in tale.fired if timer in tale.timers
    }
    for timer in tale.timers.values():
        kind, text = files.timers[timer.element]
        value = value_of(text, _known(named.get(timer.process_id, ()), timer.at, files))
        due = moved(timer.at, value) if kind == "timeDuration" else first_instant(value)
        if timer.due != due:
            yield Difference("échéance dessinée", f"{timer.element} {timer.timer}", due, timer.due)
        ended = timer.lifted or run.end
        swept = due == timer.lifted and (timer.process_id, due) in elsewhere
        wanted = int(due < ended or timer.timer in at or (due == timer.lifted and not swept))
        if fired[timer.timer] != wanted:
            yield Difference("déclenché", f"{timer.element} {timer.timer}", wanted, fired[timer.timer])
        if timer.timer in at and (at[timer.timer] != max(due, timer.at) or timer.lifted != at[timer.timer]):
            yield Difference(
                "instant", f"{timer.element} {timer.timer}", due, (at[timer.timer], timer.lifted)
            )


def _meetings(run: Run, files: Files, tale: Tale) -> Iterator[Difference]:
    """Every quarter of the review between the first day and the last, once each, and no other."""
    for process, anchor in files.calendar:
        start = files.starts[process]
        drawn = files.timers[start][1]
        wanted, rank = [], 0
        while True:
            known = Known({"ancre": anchor, "rang": rank}, run.begin, files.closed)
            instant = first_instant(value_of(drawn, known))
            if instant >= run.end:
                break
            if instant >= run.begin:
                wanted.append(instant)
            rank += 1
        held = sorted(
            at for timer, at in tale.fired if timer in tale.timers and tale.timers[timer].element == start
        )
        if held != wanted:
            yield Difference("trimestres", process, wanted, held)
