"""Who gets which message: audiences of the diagrams, reminders of tasks."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import tenancy
from app.database import db
from app.models import Case, Membership, Orientation, ProcessInstance, Task, User
from app.notifications import compose, outbox
from app.services import apart, journal, message_facts, network_words, notices, perimeter
from app.services.releases import LoadedRelease

_LINK_LIKE = re.compile(r"[/@\\:]|\w\.\w\w")


def queue_for_audience(
    kind: str,
    audience: str,
    process: ProcessInstance,
    release: LoadedRelease,
    *,
    orientation_id: UUID | None = None,
    extra: Mapping[str, str] | None = None,
) -> None:
    """Tell the people of a lane, or write to an audience outside; nobody reachable leaves a journal line.

    One step tells the same thing to the same person once, however often the diagram asks for it.
    """
    orientation = db.session.get(Orientation, orientation_id) if orientation_id else None
    case = db.session.get(Case, process.case_id) if process.case_id else None
    facts = message_facts.common(case, orientation, release, extra)
    if case is None:
        facts |= network_words.facts_of(process, release)
    occasion = f"{process.id}:{process.version or 0}:{orientation_id or ''}{_mark(extra)}"
    outside = _outside(audience, case, orientation)
    people = [] if outside is not None else members_of_lane(audience, release, process.case_id)
    for person in outside or ():
        write_outside(kind, person, occasion, facts=facts, release=release, case_id=process.case_id)
    if people:
        subject = compose(release.bundle.files[f"messages/{kind}.txt"].decode(), facts)[0]
        path = _where(case, process, release)
        notices.tell(
            people, kind, occasion, subject, path,
            case_id=process.case_id, template=kind, facts=facts, release=release,
        )  # fmt: skip
    if not people and not outside:
        journal.write(
            "message.sans_destinataire", case_id=process.case_id, process_id=process.id, subject=kind
        )


def _where(case: Case | None, process: ProcessInstance, release: LoadedRelease) -> str:
    """Return the page, below the territory, of what a message speaks of."""
    if case is not None:
        return f"dossiers/{case.reference}"
    return "reseau" if process.process in release.settings.network.events else "revues"


def remind(task: Task, release: LoadedRelease, *, asked: str | None = None) -> None:
    """Tell whoever holds a task, else everyone of its lane, that its deadline comes near.

    Nothing is written in a territory whose settings name no message for it.

    Args:
        asked: a reminder that a person asks for, by what makes it one of its own; else the diagram's.
    """
    kind = release.settings.messages.reminder
    if kind is None:
        return
    occasion = f"{task.id}:{asked or _instant(task.remind_at)}"
    orientation, lane = _branch(task), release.settings.lanes.get(task.lane)
    facts = message_facts.common(task.case, orientation, release, message_facts.of_task(task))
    if lane is not None and lane.external and orientation is not None:
        partner = (orientation.partner.email, orientation.partner.name)
        write_outside(kind, partner, occasion, facts=facts, release=release, case_id=task.case_id)
        people = holders_of_follow_up(release, task.case_id)
    elif task.claimed_by is not None:
        people = [task.claimed_by]
    else:
        people = members_of_lane(task.lane, release, task.case_id)
    _tell_of_task(
        task, people, "tache_rappel",
        template=kind, occasion=occasion, path=f"taches/{task.id}", facts=facts, release=release,
    )  # fmt: skip


def escalate(task: Task, release: LoadedRelease) -> None:
    """Tell the lane that the diagram names, else whoever may act in Supervision, of a task late for long.

    Nothing is written in a territory whose settings name no message for it; the journal has its line.
    """
    kind = release.settings.messages.escalation
    if kind is None:
        return
    people = (
        members_of_lane(task.escalate_to, release, task.case_id)
        if task.escalate_to
        else who_may_act(release, task.case_id)
    )
    facts = message_facts.common(task.case, _branch(task), release, message_facts.of_task(task))
    occasion = f"{task.id}:{_instant(task.escalate_at)}"
    _tell_of_task(
        task, people, "tache_escalade",
        template=kind, occasion=occasion, path=f"taches/{task.id}" if task.escalate_to else "retards",
        facts=facts, release=release,
    )  # fmt: skip


def _tell_of_task(
    task: Task,
    people: list[UUID],
    kind: str,
    *,
    template: str,
    occasion: str,
    path: str,
    facts: Mapping[str, Any],
    release: LoadedRelease,
) -> None:
    subject = compose(release.bundle.files[f"messages/{template}.txt"].decode(), facts)[0]
    notices.tell(
        people, kind, occasion, subject, path,
        case_id=task.case_id, task_id=task.id, template=template, facts=facts, release=release,
    )  # fmt: skip


def _instant(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _mark(extra: Mapping[str, str] | None) -> str:
    """Return what tells two messages of one step apart; a link is a secret, so its digest only."""
    return f":{_digest(repr(sorted(extra.items())))}" if extra else ""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _branch(task: Task) -> Orientation | None:
    try:
        return db.session.get(Orientation, UUID(task.scope)) if task.scope else None
    except ValueError:
        return None


def holders_of_follow_up(release: LoadedRelease, case_id: UUID | None) -> list[UUID]:
    """Return the people who may answer in a partner's stead: the inner roles of external lanes."""
    roles = {role for lane in release.settings.lanes.values() if lane.external for role in lane.roles}
    return members(frozenset(roles), case_id)


def members_of_lane(lane_id: str, release: LoadedRelease, case_id: UUID | None) -> list[UUID]:
    """Return the accounts of everyone who may answer the lane's tasks of this case."""
    lane = release.settings.lanes.get(lane_id)
    return members(frozenset(lane.roles), case_id) if lane else []


def who_may_act(release: LoadedRelease, case_id: UUID | None) -> list[UUID]:
    """Return the accounts of everyone who may act in Supervision on this case."""
    roles = release.settings.roles.values()
    return members(frozenset(role.id for role in roles if "supervision.agir" in role.permissions), case_id)


def members(roles: frozenset[str], case_id: UUID | None) -> list[UUID]:
    """Return the active accounts that hold one of ``roles`` in the territory being served, by name.

    Those whose perimeter does not hold the case are left out; so is everybody limited when there is none.
    """
    rows = db.session.execute(
        select(User.id, Membership.roles)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
        .order_by(User.name)
    )
    return perimeter.who_sees([row.id for row in rows if roles & set(row.roles)], case_id)


def greeted(name: str) -> str:
    """Return a name typed by a stranger as a mail may say it: anything like an address is left out.

    The public form writes to whoever it is told to: it must carry nobody's link.
    """
    return "" if _LINK_LIKE.search(name) else name


def _outside(
    audience: str, case: Case | None, orientation: Orientation | None
) -> list[tuple[str, str]] | None:
    """Return ``(e-mail, name)`` of an audience without an account; None when it is a lane."""
    if audience == "donneur_alerte" and case is not None:
        giver = case.alert_giver
        if apart.closed_to(giver.get("courriel"), case):
            return []
        return [(giver["courriel"], greeted(giver.get("nom") or ""))] if giver.get("courriel") else []
    if audience == "menage" and case is not None:
        household = case.household
        return [(household.email, household.last_name)] if household.email else []
    if audience == "partenaire" and orientation is not None:
        return [(orientation.partner.email, orientation.partner.name)]
    return None


def write_outside(
    kind: str,
    to: tuple[str, str],
    occasion: str,
    *,
    facts: Mapping[str, Any],
    release: LoadedRelease,
    case_id: UUID | None,
    key: str | None = None,
) -> None:
    """Queue a mail to somebody without an account, who has no preferences.

    ``occasion`` tells one sending from another of the same kind to the same address; ``key`` says so whole.
    """
    address, name = to
    named = {**facts, "destinataire": {"nom": name}}
    subject, body = compose(release.bundle.files[f"messages/{kind}.txt"].decode(), named)
    outbox.queue(
        kind,
        recipient=address,
        recipient_name=name,
        subject=subject,
        body=body,
        case_id=case_id,
        key=key or f"{kind}:{occasion}:{_digest(address)}",
    )
