"""Where a case lived by hand stands, as plain values: what waits, what would leave, why, on the diagram."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lxml import html
from sqlalchemy import select

from app import clock
from app.catalog.submission import Flat
from app.database import db
from app.documents import DocumentFault
from app.documents.bpmn_picture import ElementMark, FlowMark, picture
from app.models import Case, Duty, ProcessInstance, Task, Timer
from app.services import documents
from app.services.inbox import full_name
from app.simulator.answers import Asked
from app.simulator.byhand import ByHandWorld
from app.simulator.happenings import Seen, exact, last_day
from app.simulator.sheet import Sheet, Unplayable
from app.simulator.words import Words

Render = Callable[[Sheet, Flat, Mapping[str, Sequence[str]]], str]
"""Makes the fields of a form, as its page shows them."""
_HERE: Final = "Vous êtes ici"
_TAKEN: Final = 0.5
_PASSED: Final = 0.25
_MOST_TEXT: Final = 20_000


def view(world: ByHandWorld, words: Words, render: Render) -> dict[str, Any]:
    """Return everything that the page shows."""
    seen = world.seen()
    with clock.at(world.now):
        case = db.session.scalar(select(Case))
        return {
            "now": world.now.isoformat(),
            "case": _case(case) if case is not None else None,
            "alert": _alert(world, render),
            "tasks": [_task(world, asked, words, render) for asked in world.steps()],
            "acts": {act: _act(world, act, name, render) for act, name in world.acts_offered().items()},
            "timers": list(_timers(world, words)),
            "duties": list(_duties()),
            "decisions": [_decision(row, words, world) for row in seen.decisions.values()],
            "messages": [_message(row) for row in seen.messages.values()],
            "documents": [_document(row) for row in seen.documents.values()],
            "breaches": [
                {"name": row.name, "at": row.recorded_at.isoformat()} for row in seen.breaches.values()
            ],
            "incidents": [
                {"name": row.element_name, "element": row.element, "cause": row.cause}
                for row in seen.incidents.values()
            ],
            "diagrams": list(_diagrams(world, words)),
        }  # fmt: skip


def facts(world: ByHandWorld, words: Words) -> dict[str, Any]:
    """Return what a scenario may expect at this point, by kind; names beside ids, for sentences.

    ``open``: steps that wait, with their last day; ``done``: steps done, how often; ``decisions``: what each
    table answered last; ``sent``: kinds of messages and titles of documents; ``closed``: whether the case is.
    """
    seen: Seen = world.seen()
    waiting: dict[str, dict[str, Any]] = {}
    for asked in world.steps():
        due = last_day(asked.due).isoformat() if asked.due else None
        found = waiting.setdefault(asked.step, {"name": asked.name, "due": due})
        found["due"] = min(filter(None, (found["due"], due)), default=None)
    return {
        "at": world.now.isoformat(),
        "open": waiting,
        "done": {key: {"name": words.step(key), "times": times} for key, times in sorted(seen.done.items())},
        "decisions": {
            row.decision: {"name": row.name, "said": world.happenings.outcome(row), "exact": exact(row)}
            for row in seen.decisions.values()
        },
        "sent": sorted(
            {row.subject for row in seen.messages.values()} | {row.title for row in seen.documents.values()}
        ),
        "closed": seen.case is not None and seen.case[0] == "closed",
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "household": full_name(case.household),
        "commune": case.dwelling.commune or "",
        "priority": case.priority or "",
        "closed": case.status == "closed",
    }


def _alert(world: ByHandWorld, render: Render) -> dict[str, Any] | None:
    if world.settings.entry is None or world.case_id is not None:
        return None
    sheet = world.sheet({"do": "alert"})
    return {"name": sheet.form.title, "html": filled(sheet, render)}


def _act(world: ByHandWorld, act: str, name: str, render: Render) -> dict[str, str]:
    try:
        sheet = world.sheet({"do": "act", "act": act})
    except Unplayable as fault:
        return {"name": name, "who": "", "html": "", "why": fault.sentence}
    return {"name": name, "who": sheet.by.name, "html": filled(sheet, render), "why": ""}


def filled(sheet: Sheet, render: Render) -> str:
    """Return the fields of a form with what is proposed."""
    return render(sheet, sheet.form.spread(sheet.proposed), {})


def _task(world: ByHandWorld, asked: Asked, words: Words, render: Render) -> dict[str, Any]:
    row = db.session.get_one(Task, asked.task_id)
    lane = world.settings.lanes.get(asked.lane)
    shown = {
        "step": asked.step,
        "place": world.place_of(asked),
        "name": asked.name,
        "process": words.process(asked.process),
        "lane": lane.label if lane is not None else asked.lane,
        "entered": asked.entered.isoformat(),
        "due": _day(asked.due),
        "late": asked.due is not None and asked.due <= world.now,
        "remind": _day(asked.remind),
        "escalate": _day(asked.escalate),
        "button": row.button or "",
        "instructions": row.instructions or "",
        "who": "",
        "html": "",
        "why": "",
    }
    try:
        sheet = world.sheet_of(asked)
    except Unplayable as fault:
        return {**shown, "why": fault.sentence}
    return {**shown, "who": sheet.by.name, "html": filled(sheet, render)}


def _day(due: datetime | None) -> str | None:
    return last_day(due).isoformat() if due is not None else None


def _timers(world: ByHandWorld, words: Words) -> Iterator[dict[str, Any]]:
    rows = db.session.execute(
        select(Timer.element, Timer.due_at, ProcessInstance.process)
        .join(ProcessInstance, ProcessInstance.id == Timer.process_id)
        .where(Timer.status == "waiting")
        .order_by(Timer.due_at, Timer.id)
    )
    for row in rows:
        name = world.release.programme.element_name(row.element)
        yield {"name": name, "process": words.process(row.process), "at": row.due_at.isoformat()}


def _duties() -> Iterator[dict[str, Any]]:
    rows = db.session.scalars(select(Duty).where(Duty.status == "watching").order_by(Duty.window_to, Duty.id))
    for row in rows:
        yield {"name": row.name, "until": _day(row.window_to)}


def _decision(row: Any, words: Words, world: ByHandWorld) -> dict[str, Any]:
    written = dict(words.rules(row.decision))
    return {
        "name": row.name,
        "said": world.happenings.outcome(row),
        "rules": [written[str(rule)] for rule in row.rules if written.get(str(rule))],
        "at": row.at.isoformat(),
    }


def _message(row: Any) -> dict[str, Any]:
    return {
        "subject": row.subject,
        "to": row.recipient_name or row.recipient,
        "channel": "SMS" if row.channel == "sms" else row.channel,
        "body": str(row.body)[:_MOST_TEXT],
        "at": row.queued_at.isoformat(),
    }


def _document(row: Any) -> dict[str, Any]:
    try:
        body = html.fromstring(documents.page_of(row)).find("body")
        told = map(str, body.itertext()) if body is not None else iter(())
        lines = (" ".join(line.split()) for line in told)
        text = "\n".join(line for line in lines if line)[:_MOST_TEXT]
    except DocumentFault as fault:
        text = fault.sentence
    return {"title": row.title, "text": text, "at": row.at.isoformat()}


def _diagrams(world: ByHandWorld, words: Words) -> Iterator[dict[str, Any]]:
    """Yield the drawings of the processes that were entered, those where something waits first."""
    here: dict[str, set[str]] = {}
    for asked in world.steps():
        here.setdefault(asked.process, set()).add(asked.element)
    for row in db.session.scalars(select(ProcessInstance).where(ProcessInstance.status == "running")):
        for wait in row.waits:
            here.setdefault(wait["process"], set()).add(wait["element"])
    passed = {key for key, times in world.tally.elements.items() if times}
    found = [
        (diagram, {key.partition("/")[2] for key in passed if key.startswith(f"{diagram.process}/")})
        for diagram in words.diagrams
    ]
    for diagram, done in sorted(found, key=lambda pair: not here.get(pair[0].process)):
        active = here.get(diagram.process, set())
        if not active and not done:
            continue
        marks = {element: ElementMark(heat=_PASSED, told="fait") for element in done - active}
        marks |= {element: ElementMark(label=_HERE, told=_HERE, changed=True) for element in active}
        flows = {
            flow.flow: FlowMark(share=_TAKEN, told="pris", changed=False)
            for item in diagram.elements
            for flow in item.outgoing
            if world.tally.flows.get(f"{diagram.process}/{flow.flow}")
        }
        svg = picture(
            diagram.file, elements=marks, flows=flows, title=diagram.name, ident=f"pas-{diagram.process}"
        )
        names = {item.element: item.name for item in diagram.elements}
        yield {
            "process": diagram.process,
            "name": diagram.name,
            "svg": svg,
            "here": sorted(names.get(element, element) for element in active),
            "done": [item.name for item in diagram.elements if item.element in done and item.name],
        }
