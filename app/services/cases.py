"""Cases: opened by an alert, listed, followed by the one who alerted."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock, perimeter, tenancy
from app.catalog.forms import Form
from app.database import db, seal_text, transaction
from app.errors import NotFound
from app.ids import new_id
from app.models import Case, ProcessInstance, Submission, Task, Territory
from app.services import (
    apart,
    archives,
    entry_drafts,
    facts,
    files,
    journal,
    releases,
    starting,
    structures,
    tasks,
)
from app.services.actors import Actor
from app.services.inbox import full_name
from app.services.paging import SIZE, Page
from app.services.releases import LoadedRelease
from app.services.search import index_case, match

_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class OpenedAlert:
    """A case just opened. ``follow_up_code`` is shown once; only its digest is kept."""

    case_id: UUID
    process_id: UUID
    reference: str
    follow_up_code: str


def open_alert(
    answers: Mapping[str, Any], *, by: Actor, draft_id: UUID | None = None, follows: UUID | None = None
) -> OpenedAlert:
    """Open a case from an alert (F1) and start its process: one transaction.

    Args:
        answers: validated against the alert form; ``alimente`` says which fact each one feeds.
        by: who alerts.
        draft_id: the draft it was prepared in, whose id the process takes: sent twice, it opens one case.
        follows: the case of the same household that this one carries on.

    Raises:
        NotFound: the programme of this territory takes no alert, or it has no such case to follow.
        AlreadySent: this draft has become a case before.

    A first step that cannot run loses nothing: the case is kept with an incident that replays it.
    """
    if follows is not None and db.session.scalar(select(Case.id).where(Case.id == follows)) is None:
        raise NotFound
    return _opened(answers, by, draft_id, follows)


@perimeter.lifted("step")
def _opened(
    answers: Mapping[str, Any], by: Actor, draft_id: UUID | None, follows: UUID | None
) -> OpenedAlert:
    release = releases.current()
    form = release.forms[release.entry.form]
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    process_id = draft_id or new_id()
    with transaction() as session:
        if draft_id is not None:
            entry_drafts.refuse_twice(draft_id)
        case = _case(facts.read(answers, form), code)
        case.follows_id = follows
        session.add(case)
        index_case(case)
        process = _process(case, release, process_id)
        session.add(process)
        session.flush()
        kept = files.keep_uploads(answers, form, case_id=case.id, user_id=by.user_id)
        session.add(_submission(kept, form, process, by))
        session.flush()
        _tell(case, process_id, by)
        if draft_id is not None:
            entry_drafts.sent(draft_id, by, case.id, kept)
        _entrust(case, by, release, process_id)
        starting.begin(process, release, {})
        case_id, reference = case.id, case.reference
    return OpenedAlert(case_id, process_id, reference, code)


def _process(case: Case, release: LoadedRelease, process_id: UUID) -> ProcessInstance:
    return ProcessInstance(
        id=process_id,
        case_id=case.id,
        release_id=release.id,
        process=release.entry.process,
        state=b"",
        started_at=case.opened_at,
    )


def _tell(case: Case, process_id: UUID, by: Actor) -> None:
    journal.write(
        "dossier.ouvert",
        actor=by.name,
        user_id=by.user_id,
        case_id=case.id,
        process_id=process_id,
        subject=case.reference,
        details={"suite_de": str(case.follows_id)} if case.follows_id is not None else {},
    )


def _entrust(case: Case, by: Actor, release: LoadedRelease, process_id: UUID) -> None:
    """Entrust a new case to the structure of whoever alerts, as the settings say; else nothing."""
    if by.partner_id is not None and release.entry.entrusted_as is not None:
        structures.entrust(
            case.id, by.partner_id, release.entry.entrusted_as,
            by=by.name, user_id=by.user_id, process_id=process_id,
        )  # fmt: skip


def _case(fed: facts.Facts, code: str) -> Case:
    now = clock.now()
    return Case(
        id=new_id(),
        reference=_next_reference(now),
        household=facts.household(fed),
        dwelling=facts.dwelling(fed),
        opened_at=now,
        follow_up=seal_text(code),
        alert_giver=facts.plain(fed.get("donneur", {})),
        agreement=facts.plain(fed.get("accord", {})),
        site_id=facts.site_of(fed),
    )


def _submission(kept: Mapping[str, Any], form: Form, process: ProcessInstance, by: Actor) -> Submission:
    return Submission(
        process_id=process.id,
        case_id=process.case_id,
        task_id=None,
        element=form.id,
        form=form.id,
        scope=None,
        classes=sorted(by.rights.collect),
        user_id=by.user_id,
        author=by.name,
        at=process.started_at,
        **tasks.split_by_class(kept, form),
    )


def _next_reference(now: datetime) -> str:
    """Return « DOS-2026-0142 »; the territory's counter row serialises the numbering."""
    row = db.session.scalars(
        select(Territory).where(Territory.id == tenancy.current_id()).with_for_update(key_share=True)
    ).one()
    row.case_counter += 1
    return f"DOS-{now.astimezone(clock.PARIS).year}-{row.case_counter:04d}"


@dataclass(frozen=True)
class CaseRow:
    """A line of the list of cases."""

    reference: str
    household: str
    commune: str | None
    status: str
    priority: str | None
    opened_at: datetime
    step: str
    due_at: datetime | None
    late: bool


def listing(actor: Actor, *, search: str = "", status: str = "open", page: int = 1) -> Page[CaseRow]:
    """Return one page of the territory's cases, the newest first."""
    query = select(Case).where(*archives.shown(actor))
    if status in ("open", "closed"):
        query = query.where(Case.status == status)
    if search.strip():
        query = query.where(match(search, Case.id).condition)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = db.session.scalars(
        query.order_by(Case.opened_at.desc(), Case.id).limit(SIZE).offset((max(page, 1) - 1) * SIZE)
    ).all()
    lanes = (
        actor.lanes if actor.rights.by_share_alone else None
    )  # other lanes' steps tell of the rest (LAW-7)
    open_tasks = _open_tasks([case.id for case in found], lanes)
    return Page([_row(case, open_tasks.get(case.id, [])) for case in found], max(page, 1), total)


def _open_tasks(case_ids: list[UUID], lanes: frozenset[str] | None) -> dict[UUID, list[Task]]:
    by_case: dict[UUID, list[Task]] = {}
    query = select(Task).where(Task.case_id.in_(case_ids), Task.status == "open").order_by(Task.due_at)
    if lanes is not None:
        query = query.where(Task.lane.in_(sorted(lanes)))
    for task in db.session.scalars(query):
        if task.case_id is not None:
            by_case.setdefault(task.case_id, []).append(task)
    return by_case


def _row(case: Case, open_tasks: list[Task]) -> CaseRow:
    due = min((task.due_at for task in open_tasks if task.due_at), default=None)
    waiting = "Clos" if case.status == "closed" else "Attend une décision ou une échéance"
    return CaseRow(
        reference=case.reference,
        household=full_name(case.household),
        commune=case.dwelling.commune,
        status=case.status,
        priority=case.priority,
        opened_at=case.opened_at,
        step=", ".join(dict.fromkeys(task.name for task in open_tasks)) or waiting,
        due_at=due,
        late=due is not None and due <= clock.now(),
    )


@dataclass(frozen=True)
class FollowUp:
    """What whoever alerted may know: that it is being looked after, never the diagnosis (LAW-7)."""

    reference: str
    opened_at: datetime
    closed_at: datetime | None
    stage: str


def follow_up(code: str) -> FollowUp:
    """Return where an alert stands.

    Raises:
        NotFound: no alert of that code in this territory.
    """
    case = db.session.scalar(select(Case).where(Case.follow_up == seal_text(_as_given(code))))
    if case is None or apart.closed_to(case.alert_giver.get("courriel"), case):
        raise NotFound
    return FollowUp(case.reference, case.opened_at, case.closed_at, _stage(case))


def _as_given(code: str) -> str:
    """Return a typed code as it was shown: people leave hyphens out, or write spaces and small letters."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def _stage(case: Case) -> str:
    if case.status == "closed":
        return "clos"
    started = db.session.scalar(
        select(func.count()).select_from(Task).where(Task.case_id == case.id, Task.status == "done")
    )
    return "en_cours" if started else "recu"
