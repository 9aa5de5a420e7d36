"""What can be seen of a house in which one case is lived by hand, and what has happened between two looks."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock
from app.catalog.durations import duration
from app.database import db
from app.models import Breach, Case, DecisionRecord, Document, Incident, Message, ProcessInstance, Task
from app.services.releases import LoadedRelease
from app.simulator.words import NO_BREAK, day

_CODE: Final = re.compile(r"[a-z0-9_]+")
_CHANNELS: Final = {"courriel": "courriel", "sms": "SMS"}


@dataclass(frozen=True)
class Seen:
    """What stood at one instant, by id: steps that wait, those done by key, and everything that was made."""

    at: datetime
    open: Mapping[UUID, Task]
    done: Mapping[str, int]
    decisions: Mapping[UUID, DecisionRecord]
    messages: Mapping[UUID, Message]
    documents: Mapping[UUID, Document]
    breaches: Mapping[UUID, Breach]
    processes: Mapping[UUID, tuple[str, str]]
    incidents: Mapping[UUID, Incident]
    case: tuple[str, str | None] | None


class Happenings:
    """Looks at the rows of the house, and says in French what is new."""

    def __init__(self, release: LoadedRelease) -> None:
        self._release = release

    def seen(self) -> Seen:
        """Return what can be seen now."""
        tasks = list(db.session.scalars(select(Task).order_by(Task.entered_at, Task.id)))
        done: dict[str, int] = {}
        for task in tasks:
            if task.status == "done":
                done[key_of(task)] = done.get(key_of(task), 0) + 1
        case = db.session.scalar(select(Case))
        return Seen(
            at=clock.now(),
            open={task.id: task for task in tasks if task.status == "open"},
            done=done,
            decisions=self._all(DecisionRecord, DecisionRecord.at),
            messages=self._all(Message, Message.queued_at),
            documents=self._all(Document, Document.at),
            breaches=self._all(Breach, Breach.recorded_at),
            processes={
                row.id: (row.process, row.status)
                for row in db.session.scalars(select(ProcessInstance).order_by(ProcessInstance.started_at))
            },
            incidents=self._all(Incident, Incident.at),
            case=(case.status, case.closure_reason) if case is not None else None,
        )

    @staticmethod
    def _all(entity: Any, order: Any) -> dict[UUID, Any]:
        return {row.id: row for row in db.session.scalars(select(entity).order_by(order, entity.id))}

    @staticmethod
    def signs() -> tuple[int, int]:
        """Return how many messages and breaches there are: what moves without a step."""
        counts = [
            db.session.scalar(select(func.count()).select_from(what)) or 0 for what in (Message, Breach)
        ]
        return counts[0], counts[1]

    def outcome(self, row: DecisionRecord) -> str:
        """Return what a table answered, as people read it: « règle 2, Délai : 21 jours »."""
        table = self._release.decisions.get(row.decision)
        labels = {one.name: one.label or one.name for one in table.outputs} if table is not None else {}
        found = row.outputs.get("liste")
        rows = found if isinstance(found, list) else [row.outputs]
        told = [", ".join(f"{labels.get(key, key)} : {text}" for key, text in _spoken(one)) for one in rows]
        rules = ", ".join(map(str, row.rules))
        head = f"règle {rules}" if rules else "aucune règle"
        return ", ".join([head, *filter(None, told)])

    def between(self, before: Seen, after: Seen) -> list[str]:
        """Return what happened between two looks, in the order in which people want to know."""
        return [*self._routes(before, after), *self._steps(before, after), *self._made(before, after)]

    def _routes(self, before: Seen, after: Seen) -> Iterator[str]:
        names = self._release.programme.names
        for process_id, (process, status) in after.processes.items():
            told, was = (
                f"«{NO_BREAK}{names.get(process, process)}{NO_BREAK}»",
                before.processes.get(process_id),
            )
            if was is None:
                yield f"Commence : {told}."
            if status in ("finished", "cancelled") and (was is None or was[1] != status):
                yield f"Se termine : {told}."
        if after.case is not None and after.case[0] == "closed" and before.case != after.case:
            yield "Le dossier est clos."

    def _steps(self, before: Seen, after: Seen) -> Iterator[str]:
        for task_id, task in before.open.items():
            now = db.session.get(Task, task_id)
            if task_id not in after.open and now is not None and now.status == "cancelled":
                yield f"N'est plus attendue : «{NO_BREAK}{task.name}{NO_BREAK}»."
        for task_id, task in after.open.items():
            if task.due_at is not None and before.at < task.due_at <= after.at:
                yield f"En retard : «{NO_BREAK}{task.name}{NO_BREAK}»."
            if task_id not in before.open:
                yield f"À faire : «{NO_BREAK}{task.name}{NO_BREAK}»{due_words(task.due_at)}."

    def _made(self, before: Seen, after: Seen) -> Iterator[str]:
        for row in _new(before.decisions, after.decisions):
            yield f"Décision «{NO_BREAK}{row.name}{NO_BREAK}» : {self.outcome(row)}."
        for row in _new(before.documents, after.documents):
            yield f"Document préparé : «{NO_BREAK}{row.title}{NO_BREAK}»."
        for row in _new(before.messages, after.messages):
            to = row.recipient_name or row.recipient
            channel = _CHANNELS.get(row.channel, row.channel)
            yield f"Partirait à {to}, par {channel} : «{NO_BREAK}{row.subject}{NO_BREAK}»."
        for row in _new(before.breaches, after.breaches):
            yield f"Manquement : «{NO_BREAK}{row.name}{NO_BREAK}»."
        for row in _new(before.incidents, after.incidents):
            yield f"Incident à «{NO_BREAK}{row.element_name}{NO_BREAK}» : {row.cause}"


def _new(before: Mapping[UUID, Any], after: Mapping[UUID, Any]) -> Iterator[Any]:
    return (row for row_id, row in after.items() if row_id not in before)


def key_of(task: Task) -> str:
    """Return the step of a task, as figures and scenarios name it."""
    return f"{task.called_process}/{task.element}"


def last_day(due: datetime) -> date:
    """Return the last day on which something may be done: deadlines are exclusive midnights, or hours."""
    return (due.astimezone(clock.PARIS) - timedelta(seconds=1)).date()


def due_words(due: datetime | None) -> str:
    """Return « , pour le 12 mars 2026 », empty for what is due on no day."""
    return f", pour le {day(last_day(due))}" if due is not None else ""


def exact(row: DecisionRecord) -> str:
    """Return what a table answered to the letter, for whoever compares."""
    return json.dumps([list(row.rules), row.outputs], ensure_ascii=False, sort_keys=True)


def _spoken(outputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the results written for people; the codes beside them are for the conditions of a diagram."""
    codes = {key for key, value in outputs.items() if isinstance(value, str) and _CODE.fullmatch(value)}
    written = any(isinstance(value, str) and " " in value for value in outputs.values())
    return [(key, _said(value)) for key, value in outputs.items() if not written or key not in codes]


def _said(value: object) -> str:
    if value is None or value == "None":
        return "inconnu"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return duration(f'"{value}"') or str(value).replace("_", " ")
