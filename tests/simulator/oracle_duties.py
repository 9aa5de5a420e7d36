"""The oracle's rules for frequencies and breaches, from the files and the journal alone (AST-6, CAR-10).

- a duty begins with its activity, or when its calendar is first armed; it ends when the activity is left;
- calendar windows are weeks, months, quarters, years; a duration is counted from the day of entry, n times;
- a window counts the answers dated in it and known when it closes, those of the acts done by hand in the
  same case among them; a part asks for its share, rounded down;
- somebody is warned once, at the rule's instant, when something is missing then and the window still stands;
- a window that misses something is one breach at its end, a promise past its date is one breach at its date;
- every breach is handed to the process that answers it, once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta

from tests.simulator.oracle_reading import DAY, PARIS, Files, Known, first_instant, span, value_of

if TYPE_CHECKING:
    from tests.simulator.oracle import Difference, Run, Tale

MONTHS = {"mois": 1, "trimestre": 3, "annee": 12}
Line = Mapping[str, Any]


@dataclass
class Duty:
    """A duty as the journal tells it: when it began, when it was left, what was done of it."""

    element: str
    process_id: str | None
    begun: datetime
    left: datetime | None = None
    closed: list[tuple[datetime, Line]] = field(default_factory=list)
    warned: list[tuple[datetime, Line]] = field(default_factory=list)


@dataclass(frozen=True)
class Due:
    """What the oracle expects of one window once it has closed."""

    begins: datetime
    ends: datetime
    asked: int
    found: int

    @property
    def short(self) -> bool:
        """Whether something is missing."""
        return self.found < self.asked


@dataclass
class Expected:
    """What the oracle expects of one duty."""

    closed: list[Due] = field(default_factory=list)
    warned: list[datetime] = field(default_factory=list)


def duties(journal: list[dict[str, Any]]) -> dict[str, Duty]:
    """Return every duty that the journal tells of."""
    told: dict[str, Duty] = {}
    for line in journal:
        action, subject, at = line["action"], line["subject"], line["at"]
        if action == "frequence.debut":
            told[subject] = Duty(line["details"]["element"], line["process_id"], at)
        elif action == "frequence.quittee":
            told[subject].left = at
        elif action == "frequence.fermee":
            told[subject].closed.append((at, line["details"]))
        elif action == "frequence.avertie":
            told[subject].warned.append((at, line["details"]))
    return told


def differences(run: "Run", files: Files, tale: "Tale") -> Iterator["Difference"]:
    """Yield everything on which the run and the oracle disagree about duties, promises and breaches."""
    from tests.simulator.oracle import Difference

    told = duties(run.journal)
    found = [line for line in run.journal if line["action"] == "manquement.constate"]
    of: dict[str, list[dict[str, Any]]] = {}
    for line in found:
        of.setdefault(line["details"]["de"], []).append(line)
    for key, duty in told.items():
        yield from _of_duty(f"{duty.element} {key}", duty, expected(run, files, duty), of.pop(key, []))
    for step in tale.steps.values():
        broken = step.dates["manquement"]
        stood = broken is not None and broken < (step.left or run.end)
        wanted, at = [broken] if stood else [], [line["at"] for line in of.pop(step.task, [])]
        if at != wanted and not (broken == (step.left or run.end) and at == [broken]):
            yield Difference("manquement", f"{step.element} {step.task}", wanted, at)
    if of:
        yield Difference("manquement", "de personne", "a duty or a step", sorted(of))
    handed = Counter(line["subject"] for line in run.journal if line["action"] == "manquement.confie")
    known = Counter(line["subject"] for line in found)
    if handed != known:
        yield Difference("réponse", "manquements confiés", dict(known - handed), dict(handed - known))


def _of_duty(
    where: str, duty: Duty, wanted: Expected, breaches: list[dict[str, Any]]
) -> Iterator["Difference"]:
    from tests.simulator.oracle import Difference

    windows = [(item.ends, item.begins, item.asked, item.found) for item in wanted.closed]
    told = [(at, _read(line["debut"]), line["attendu"], line["trouve"]) for at, line in duty.closed]
    if told != windows:
        yield Difference("fenêtres", where, windows, told)
    if [at for at, _ in duty.warned] != wanted.warned:
        yield Difference("avertissement", where, wanted.warned, [at for at, _ in duty.warned])
    short = [(item.ends, item.asked, item.found) for item in wanted.closed if item.short]
    found = [(line["at"], line["details"]["attendu"], line["details"]["trouve"]) for line in breaches]
    if found != short:
        yield Difference("manquement", where, short, found)


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


def expected(run: "Run", files: Files, duty: Duty) -> Expected:
    """Return what is expected of a duty until it was left, or until the run ended."""
    rule, found = files.frequencies[duty.element], Expected()
    minimum = value_of(rule["frequence"], Known({"reglages": files.rules}, run.begin, files.closed))
    answers = list(_answers(run, rule, duty))
    ended, first = duty.left or run.end, duty.begun.astimezone(PARIS).date()
    for begins, after in _periods(rule["frequence_fenetre"], first):
        opens, closes = max(begins, first), first_instant(after)
        start, stop = first_instant(opens), min(closes, ended)
        if start >= ended:
            break
        whole = (after - begins).days
        asked = minimum * _days(opens, closes) // whole
        warning = _instant(rule, begins, after, max(start, duty.begun)) if asked else None
        if warning is not None and warning < stop:
            before = sum(start <= at < closes and known <= warning for at, known in answers)
            if before < asked:
                found.warned.append(warning)
        if duty.left is None and closes >= run.end:
            break
        asked = minimum * _days(opens, stop) // whole
        if stop == closes or asked:
            count = sum(start <= at < stop and known <= stop for at, known in answers)
            found.closed.append(Due(start, stop, asked, count))
    return found


def _periods(text: str, first: date) -> Iterator[tuple[date, date]]:
    """Yield the windows from that of the first day on: first day, day after the last."""
    if text in MONTHS:
        step = relativedelta(months=MONTHS[text])
        begins = date(first.year, (first.month - 1) // MONTHS[text] * MONTHS[text] + 1, 1)
    else:
        step, begins = span(text.strip("\"'"))[0], first
    for turn in range(1000):
        yield begins + step * turn, begins + step * (turn + 1)


def _days(first: date, stop: datetime) -> int:
    """Count the days begun from ``first`` until ``stop``."""
    days, day = 0, first
    while first_instant(day) < stop:
        days, day = days + 1, day + DAY
    return days


def _answers(run: "Run", rule: Mapping[str, str], duty: Duty) -> Iterator[tuple[datetime, datetime]]:
    """Yield what counts: when it was made, when it was known."""
    from tests.simulator.oracle import dated

    of_name = {row["id"]: row["process"] for row in run.processes}
    of_case = {row["id"]: row.get("case_id") for row in run.processes}
    by_hand = {row["id"] for row in run.processes if row.get("act")}
    for row in run.submissions:
        if row["form"] != rule["frequence_compte"]:
            continue
        if duty.process_id is None:
            if of_name[row["process_id"]] != rule["process"]:
                continue
        elif row["process_id"] != duty.process_id and not (
            row["process_id"] in by_hand and of_case[row["process_id"]] == of_case[duty.process_id]
        ):
            continue
        day = dated(row["answers"]).get(rule.get("frequence_date", ""))
        yield (first_instant(day) if isinstance(day, date) else row["at"]), row["at"]


def _instant(rule: Mapping[str, str], begins: date, after: date, opens: datetime) -> datetime | None:
    """Return the rule's instant to warn, never before the window opens; None without one."""
    text = rule.get("frequence_alerte")
    if not text:
        return None
    if text.startswith('"'):
        instant = first_instant((datetime.combine(after, time(0)) - span(text.strip('"'))[0]).date())
    else:
        names = {"fenetre": {"debut": begins, "fin": after - DAY}}
        instant = first_instant(value_of(text, Known(names, opens, frozenset())))
    return max(instant, opens)
