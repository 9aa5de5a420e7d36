"""What happened to each situation since the last meeting: words of class ``technique``, no name (CAR-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db
from app.handlers.agenda import STATUS_WORDS, earlier_items
from app.models import Breach, Case, JournalLine, Orientation, ProcessInstance, ReviewItem, Task
from app.services.releases import LoadedRelease

MOST: Final = 12
"""Lines told of one situation; older ones are in its file."""
_INSTANT: Final = timedelta(microseconds=1)
Changes = list[dict[str, str]]


@dataclass(frozen=True)
class Change:
    """One line: its day, its kind (for a mark on screen) and the sentence."""

    at: datetime
    kind: str
    text: str

    def kept(self) -> dict[str, str]:
        """Return it as plain values."""
        return {"le": self.at.astimezone(clock.PARIS).date().isoformat(), "genre": self.kind,
                "texte": self.text}  # fmt: skip


def since_last_meeting(
    case_ids: Sequence[UUID], process_id: UUID, release: LoadedRelease
) -> dict[UUID, Changes]:
    """Return what to tell of each case: the last decision and its actions, then what came since.

    The number of reads does not depend on that of the cases.
    """
    last = {item.case_id: item for item in earlier_items(process_id, case_ids)}
    opened = {
        row.id: row.opened_at
        for row in db.session.execute(select(Case.id, Case.opened_at).where(Case.id.in_(case_ids)))
    }
    since = {
        case_id: (last[case_id].decided_at or last[case_id].listed_at) if case_id in last else opened[case_id]
        for case_id in case_ids
    }
    outcomes = Outcomes.of(list(last.values()), release)
    words = decision_words(release)
    happened = what_happened(since)
    told: dict[UUID, Changes] = {}
    for case_id in case_ids:
        first = _last_time(last[case_id], words, outcomes) if case_id in last else _new(opened[case_id])
        told[case_id] = [change.kept() for change in [*first, *happened[case_id]]]
    return told


def _new(opened_at: datetime) -> list[Change]:
    return [Change(opened_at, "nouveau", "Première séance pour cette situation")]


def _last_time(item: ReviewItem, words: Mapping[str, str], outcomes: "Outcomes") -> list[Change]:
    at = item.decided_at or item.listed_at
    if item.postponed:
        return [Change(at, "report", "Reportée à la dernière séance, faute de temps")]
    said = words.get(item.decision or "", item.decision or "")
    actions = [
        Change(at, "action", f"Action décidée, {outcomes.words(action)} : {action['quoi']}")
        for action in item.actions
    ]
    return [Change(at, "decision", f"Dernière décision : {said}"), *actions]


def what_happened(since: Mapping[UUID, datetime]) -> dict[UUID, list[Change]]:
    """Return what came after each case's moment, the newest first, at most ``MOST`` lines each.

    Steps done, partners' answers, deadlines passed and still open, promises broken.
    """
    found: dict[UUID, list[Change]] = {case_id: [] for case_id in since}
    if not since:
        return found
    partners = {
        row.id: row for row in db.session.scalars(select(Orientation).where(Orientation.case_id.in_(since)))
    }
    earliest = min(since.values())
    _steps(found, since, earliest, partners)
    _answers(found, since, earliest, partners)
    breaches = select(Breach).where(Breach.case_id.in_(since), Breach.recorded_at > earliest)
    for breach in db.session.scalars(breaches):
        if breach.case_id is not None and breach.recorded_at > since[breach.case_id]:
            state = "" if breach.status == "open" else " (répondu)"
            found[breach.case_id].append(
                Change(breach.recorded_at, "manquement", f"Manquement : {breach.name}{state}")
            )
    return {
        case_id: sorted(lines, key=lambda change: change.at, reverse=True)[:MOST]
        for case_id, lines in found.items()
    }


def _steps(
    found: dict[UUID, list[Change]],
    since: Mapping[UUID, datetime],
    earliest: datetime,
    partners: Mapping[UUID, Orientation],
) -> None:
    query = select(
        Task.case_id, Task.name, Task.scope, Task.status, Task.completed_at, Task.due_at, Task.active
    ).where(Task.case_id.in_(since))
    done = query.where(Task.status == "done", Task.completed_at > earliest)
    for row in db.session.execute(done):
        if row.completed_at > since[row.case_id]:
            found[row.case_id].append(
                Change(row.completed_at, "etape", f"{row.name}{_of(row.scope, partners)} : fait")
            )
    overdue = query.where(Task.status == "open", Task.active, Task.due_at <= clock.now())
    for row in db.session.execute(overdue):
        text = f"{row.name}{_of(row.scope, partners)} : en retard, attendu pour le {_ended(row.due_at)}"
        found[row.case_id].append(Change(row.due_at - _INSTANT, "retard", text))


def _answers(
    found: dict[UUID, list[Change]],
    since: Mapping[UUID, datetime],
    earliest: datetime,
    partners: Mapping[UUID, Orientation],
) -> None:
    lines = select(JournalLine).where(
        JournalLine.case_id.in_(since), JournalLine.action == "orientation.suivie", JournalLine.at > earliest
    )
    for line in db.session.scalars(lines):
        partner = partners.get(_uuid(line.subject))
        status = STATUS_WORDS.get(str(line.details.get("statut")))
        if line.case_id is not None and partner is not None and status and line.at > since[line.case_id]:
            found[line.case_id].append(Change(line.at, "partenaire", f"{partner.partner.name} : {status}"))
    for row in partners.values():
        if row.sent_at is not None and row.sent_at > since[row.case_id]:
            text = f"{row.partner.name} : demande transmise"
            found[row.case_id].append(Change(row.sent_at, "partenaire", text))


def _of(scope: str | None, partners: Mapping[UUID, Orientation]) -> str:
    """Return « , ADIL » for a step of a partner's branch."""
    partner = partners.get(_uuid(scope))
    return f" ({partner.partner.name})" if partner is not None else ""


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(int=0)


def _ended(due: datetime) -> str:
    """Return the last day of a deadline: one that ends at midnight ended the day before."""
    return short((due - _INSTANT).astimezone(clock.PARIS).date())


def short(day: date) -> str:
    """Return « 24/11/2026 »: an agenda of thirty situations says many days."""
    return f"{day:%d/%m/%Y}"


@dataclass(frozen=True)
class Outcomes:
    """What became of the actions decided, by the process that carries each."""

    ended: Mapping[str, str | None]

    @classmethod
    def of(cls, items: Sequence[ReviewItem], release: LoadedRelease) -> "Outcomes":
        """Read what became of every action of these items, in one query."""
        ids = [UUID(action["processus"]) for item in items for action in item.actions if action["processus"]]
        rows = db.session.execute(
            select(
                ProcessInstance.id,
                ProcessInstance.process,
                ProcessInstance.status,
                ProcessInstance.done_elements,
            ).where(ProcessInstance.id.in_(ids))
        )
        return cls(
            {
                str(row.id): None
                if row.status in ("running", "suspended")
                else _end_name(row.process, row.done_elements, release)
                for row in rows
            }
        )

    def words(self, action: Mapping[str, Any]) -> str:
        """Say what became of an action: how its process ended, or that it is expected, or late."""
        if action.get("processus") is None:
            return "situation close"
        ended = self.ended.get(str(action["processus"]))
        if ended is not None:
            return ended
        by = date.fromisoformat(action["pour_le"])
        return f"en retard (pour le {short(by)})" if by < clock.today() else f"à faire pour le {short(by)}"


def _end_name(process: str, done: Mapping[str, Any], release: LoadedRelease) -> str:
    """Return how a process ended, as its drawing says."""
    for step in release.programme.described.get(process, ()):
        if step.kind == "endEvent" and step.element in done:
            return step.name[:1].lower() + step.name[1:]
    return "terminée"


def decision_words(release: LoadedRelease) -> dict[str, str]:
    """Return the labels of the decisions, as the meetings' forms word them."""
    return {
        option.value: option.label
        for form in release.forms.values()
        for field in form.fields
        for column in field.columns
        if field.rows_from and column.key == "decision"
        for option in column.options
    }
