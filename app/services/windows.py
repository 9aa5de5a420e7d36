"""A duty's windows: what each asks for, what was answered in it, whether it was kept.

What counts is a submission of the form that the rule names, once, in the window of its own date: a visit
written down late counts in the month when it was made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from app import tenancy
from app.access import CLASSES
from app.catalog.forms import Form
from app.catalog.frequency import BOUNDS, Frequency
from app.database import db
from app.expressions import ExpressionError, designer_functions, evaluate
from app.expressions.calendar import counted_from, in_paris, midnight
from app.expressions.windows import WORDS, Window, days_covered, length_of, owed, warning_instant, window_at
from app.models import Duty, Mend, ProcessInstance, Submission, Territory
from app.services import journal, releases, views
from app.services.releases import LoadedRelease


def rule_facts(rule: Frequency, minimum: int, within: int, **more: Any) -> dict[str, Any]:
    """Return what the row of a duty keeps of its rule, as evaluated.

    Raises:
        ExpressionError: its window cannot be read.
    """
    kept = {name: value for name, value in asdict(rule).items() if value not in ("", True)}
    return {**kept, "minimum": minimum, "within": within, "window": length_of(rule.window), **more}


def frequency_of(rule: Mapping[str, Any]) -> Frequency:
    """Return the rule that a row keeps; its numbers are texts again."""
    names = Frequency.__dataclass_fields__
    given = {name: value for name, value in rule.items() if name in names}
    return Frequency(**{**given, "minimum": str(rule["minimum"]), "within": _none_if_zero(rule["within"])})


def _none_if_zero(count: int) -> str:
    return str(count) if count else ""


@dataclass(frozen=True)
class Judged:
    """What a window asked for and what was found in it."""

    begins: datetime
    ends: datetime
    expected: int
    found: int
    expected_within: int
    found_within: int

    @property
    def short(self) -> bool:
        """Whether something is missing."""
        return self.found < self.expected or self.found_within < self.expected_within

    def as_facts(self) -> dict[str, Any]:
        """Return it as the journal and a breach keep it."""
        return {
            "debut": self.begins.isoformat(),
            "fin": self.ends.isoformat(),
            "attendu": self.expected,
            "trouve": self.found,
            "attendu_dont": self.expected_within,
            "trouve_dont": self.found_within,
        }


@dataclass(frozen=True)
class Counted:
    """A submission that counts: when, and whether it also satisfies the inner condition."""

    at: datetime
    within: bool


def current(duty: Duty) -> Window:
    """Return the whole window that a duty is in: a first part-month is still that month."""
    length = duty.rule["window"]
    if length in WORDS:
        return window_at(length, duty.since, duty.window_from)
    return Window(in_paris(duty.window_from).date(), in_paris(duty.window_to).date())


def open_window(duty: Duty, moment: datetime, release: LoadedRelease) -> None:
    """Put a duty in the window of ``moment``, with the instant to look whether it will be kept."""
    window = window_at(duty.rule["window"], duty.since, moment)
    duty.window_from = max(window.start, midnight(in_paris(duty.since).date()))
    duty.window_to, duty.warned_at = window.end, None
    set_warning(duty, release)


def set_warning(duty: Duty, release: LoadedRelease) -> None:
    """Compute when to warn in the present window; a window that asks for nothing warns of nothing.

    A warning that cannot be computed is not given, and the journal says so: the window closes all the same.
    """
    duty.warn_at = None
    try:
        _set_warning(duty, release)
    except ExpressionError as fault:
        journal.write(
            "frequence.sans_avertissement",
            case_id=duty.case_id,
            process_id=duty.process_id,
            subject=str(duty.id),
            details={"cause": str(fault)},
        )


def _set_warning(duty: Duty, release: LoadedRelease) -> None:
    text, window = duty.rule.get("warning"), current(duty)
    asked = judge(duty, duty.window_to, ())
    if not text or not (asked.expected or asked.expected_within):
        return
    names = {BOUNDS: {"debut": window.first, "fin": window.last}, "reglages": dict(release.settings.rules)}
    territory = db.session.get_one(Territory, tenancy.current_id())
    functions = designer_functions(window.start, releases.closing_days(territory))
    instant = warning_instant(evaluate(text, names, functions), window)
    if instant < duty.window_to:
        duty.warn_at = max(instant, duty.window_from, duty.since)


def judge(duty: Duty, until: datetime, counted: Iterable[Counted]) -> Judged:
    """Return how the present window stands, had it ended at ``until``.

    A part of a window owes its share of the minimum, rounded down (AST-6). Without pro rata, a first part
    owes the whole, a last part (the activity is left) nothing.
    """
    rule, window = duty.rule, current(duty)
    pauses = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in rule.get("pauses", ())]
    if rule["window"] in WORDS:
        covered, whole = days_covered(window, duty.since, until, pauses), window.days
    else:  # it begins with the activity, and ends later by what it was in suspense
        covered = days_covered(window, window.start, until, pauses)
        whole = days_covered(window, window.start, window.end, pauses)
    if rule.get("pro_rata") is False:
        covered = whole if covered and until >= window.end else 0
    end = min(until, duty.window_to)
    inside = [item for item in counted if duty.window_from <= item.at < end]
    return Judged(
        begins=duty.window_from,
        ends=end,
        expected=owed(rule["minimum"], covered, whole),
        found=len(inside),
        expected_within=owed(rule["within"], covered, whole),
        found_within=sum(item.within for item in inside),
    )


def counted(
    rule: Mapping[str, Any], process_id: UUID | None, called_process: str, release: LoadedRelease
) -> list[Counted]:
    """Return what counts for a rule, whenever it was: of its process, else of the territory's of that name.

    Raises:
        ExpressionError: a condition of the rule cannot be evaluated.
    """
    query = select(Submission).where(Submission.form == rule["counted"])
    if process_id is not None:
        query = query.where(Submission.process_id.in_(_with_acts(process_id)))
    else:
        query = query.join(ProcessInstance, ProcessInstance.id == Submission.process_id).where(
            ProcessInstance.process == called_process, ProcessInstance.case_id.is_(None)
        )
    if rule.get("scope"):
        query = query.where(Submission.scope == rule["scope"])
    form = release.forms.get(rule["counted"])
    settings = dict(release.settings.rules)
    found = []
    for versions in _once(db.session.scalars(query.order_by(Submission.at, Submission.id)).all()):
        at = versions[0].at
        names = {"reglages": settings, **_open_answers(versions, form)}
        if _holds(rule.get("condition"), names, at):
            inner = bool(rule["within"]) and _holds(rule.get("within_condition"), names, at)
            found.append(Counted(_when(names.get(rule.get("day", "")), at), inner))
    return found


def _with_acts(process_id: UUID) -> Select[Any]:
    """Return the statement of a process and of the acts done by hand in its case: their answers count too."""
    case_id = select(ProcessInstance.case_id).where(ProcessInstance.id == process_id).scalar_subquery()
    return select(ProcessInstance.id).where(
        or_(
            ProcessInstance.id == process_id,
            and_(ProcessInstance.case_id == case_id, ProcessInstance.act.is_not(None)),
        )
    )


def _once(rows: Sequence[Submission]) -> list[list[Submission]]:
    """Return each answer with what was put right of it since: together they count once, when it was given."""
    mended = db.session.scalars(
        select(Mend.details).where(
            Mend.kind == "correct",
            Mend.undone_at.is_(None),
            Mend.process_id.in_({row.process_id for row in rows}),
        )
    )
    replaces = {told["reponse"]: told["remplace"] for told in (mend["journal"] for mend in mended)}
    kept: dict[str, list[Submission]] = {}
    for row in rows:
        first = str(row.id)
        while first in replaces:
            first = replaces[first]
        kept.setdefault(first, []).append(row)
    return list(kept.values())


def _open_answers(versions: Sequence[Submission], form: Form | None) -> dict[str, Any]:
    """Return the answers that a rule may read: those of the open class alone (LAW-1), None when absent."""
    if form is None:
        return {}
    given: dict[str, Any] = {}
    for row in versions:
        given |= views.all_answers(row)
    return {field.key: given.get(field.key) for field in form.fields if field.classe == CLASSES[0]}


def _holds(text: str | None, names: Mapping[str, Any], at: datetime) -> bool:
    return not text or bool(evaluate(text, names, designer_functions(at)))


def _when(value: object, answered: datetime) -> datetime:
    if isinstance(value, datetime):
        return in_paris(value)
    return midnight(value) if isinstance(value, date) else answered


def closed(duty: Duty, until: datetime, release: LoadedRelease) -> list[Judged]:
    """Close every window that has ended by ``until``, in order, and open the next; return how each ended.

    Raises:
        ExpressionError: a text of the rule cannot be evaluated.
    """
    judged: list[Judged] = []
    if duty.window_to > until:
        return judged
    answers = counted(duty.rule, duty.process_id, duty.called_process, release)
    while duty.window_to <= until:
        judged.append(judge(duty, duty.window_to, answers))
        open_window(duty, duty.window_to, release)
    return judged


def as_it_stands(duty: Duty, until: datetime, release: LoadedRelease) -> Judged:
    """Return how the present window stands, what it asks for being counted up to ``until``."""
    return judge(duty, until, counted(duty.rule, duty.process_id, duty.called_process, release))


def found_again(window: Mapping[str, Any], counted: Iterable[Counted]) -> tuple[int, int]:
    """Return how many answers fall today in a closed window, and how many satisfy the inner condition.

    Args:
        window: as ``Judged.as_facts`` kept it.
    """
    begins, ends = datetime.fromisoformat(window["debut"]), datetime.fromisoformat(window["fin"])
    inside = [item for item in counted if begins <= item.at < ends]
    return len(inside), sum(item.within for item in inside)


def last_day(end: datetime) -> date:
    """Return the last day of what ends, exclusive, at ``end``."""
    return in_paris(counted_from(end)).date()


def tell_begun(duty: Duty) -> None:
    """Write the line from which every window of a duty can be computed again."""
    rule = duty.rule
    journal.write(
        "frequence.debut",
        case_id=duty.case_id,
        process_id=duty.process_id,
        subject=str(duty.id),
        details={
            "element": duty.element,
            "processus": duty.called_process,
            "depuis": duty.since.isoformat(),
            "minimum": rule["minimum"],
            "dont": rule["within"],
            "fenetre": rule["window"],
            "compte": rule["counted"],
            "prorata": rule.get("pro_rata", True),
            "fermeture": duty.window_to.isoformat(),
            "avertissement": duty.warn_at.isoformat() if duty.warn_at else None,
        },
    )
