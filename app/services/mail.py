"""Who gets which message: audiences of the diagrams, reminders of tasks."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app import clock, tenancy
from app.catalog.words import say
from app.config import Settings
from app.database import db
from app.models import Case, Membership, Orientation, ProcessInstance, Task, Territory, User
from app.notifications import compose, outbox
from app.services import journal, live
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
    """Write one message for each person of an audience; nobody reachable leaves a journal line."""
    orientation = db.session.get(Orientation, orientation_id) if orientation_id else None
    case = db.session.get(Case, process.case_id) if process.case_id else None
    people = _audience(audience, case, orientation, release)
    facts = _facts(case, orientation, release, extra or {})
    for person in people:
        _queue(kind, person, facts, release, process.case_id)
    if not people:
        journal.write(
            "message.sans_destinataire", case_id=process.case_id, process_id=process.id, subject=kind
        )


def remind(task: Task, release: LoadedRelease) -> None:
    """Write the reminder of a task to whoever holds it, else to everyone of its lane.

    Nothing is written in a territory whose settings name no message for it.
    """
    kind = release.settings.messages.reminder
    if kind is None:
        return
    orientation = _branch(task)
    lane = release.settings.lanes.get(task.lane)
    if lane is not None and lane.external and orientation is not None:
        people = [(orientation.partner.email, orientation.partner.name)]
        people += _holders_of_follow_up(release)
    elif task.claimed_by is not None:
        people = [(user.email, user.name) for user in [db.session.get_one(User, task.claimed_by)]]
    else:
        people = members_of_lane(task.lane, release)
    facts = _facts(task.case, orientation, release, _told(task))
    for person in dict(people).items():
        _queue(kind, person, facts, release, task.case_id)


def escalate(task: Task, release: LoadedRelease) -> None:
    """Write to everyone who may act in Supervision that a task has been late for long.

    Nothing is written in a territory whose settings name no message for it; the journal has its line.
    """
    kind = release.settings.messages.escalation
    if kind is None:
        return
    roles = {role.id for role in release.settings.roles.values() if "supervision.agir" in role.permissions}
    facts = _facts(task.case, _branch(task), release, _told(task))
    for person in _members(frozenset(roles)):
        _queue(kind, person, facts, release, task.case_id)


def _told(task: Task) -> dict[str, Any]:
    due = say(task.due_at.astimezone(clock.PARIS).date()) if task.due_at else ""
    place = f"{_settings().base_url}/t/{_territory().code}"
    link, late = f"{place}/taches/{task.id}", f"{place}/retards"
    return {"tache": {"nom": task.name, "echeance": due, "lien": link, "retards": late}}


def _branch(task: Task) -> Orientation | None:
    try:
        return db.session.get(Orientation, UUID(task.scope)) if task.scope else None
    except ValueError:
        return None


def _holders_of_follow_up(release: LoadedRelease) -> list[tuple[str, str]]:
    """Return the people who may answer in a partner's stead: the inner roles of external lanes."""
    roles = {role for lane in release.settings.lanes.values() if lane.external for role in lane.roles}
    return _members(frozenset(roles))


def members_of_lane(lane_id: str, release: LoadedRelease) -> list[tuple[str, str]]:
    """Return ``(e-mail, name)`` of everyone who may answer the lane's tasks."""
    lane = release.settings.lanes.get(lane_id)
    return _members(frozenset(lane.roles)) if lane else []


def _members(roles: frozenset[str]) -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(User.email, User.name, Membership.roles)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.territory_id == tenancy.current_id(), User.active)
        .order_by(User.name)
    )
    return [(row.email, row.name) for row in rows if roles & set(row.roles)]


def _greeted(name: str) -> str:
    """Return a name typed by a stranger as a mail may say it: anything like an address is left out.

    The public form writes to whoever it is told to: it must carry nobody's link.
    """
    return "" if _LINK_LIKE.search(name) else name


def _audience(
    audience: str, case: Case | None, orientation: Orientation | None, release: LoadedRelease
) -> list[tuple[str, str]]:
    if audience == "donneur_alerte" and case is not None:
        giver = case.alert_giver
        return [(giver["courriel"], _greeted(giver.get("nom") or ""))] if giver.get("courriel") else []
    if audience == "menage" and case is not None:
        household = case.household
        return [(household.email, household.last_name)] if household.email else []
    if audience == "partenaire" and orientation is not None:
        return [(orientation.partner.email, orientation.partner.name)]
    return members_of_lane(audience, release)


def _facts(
    case: Case | None, orientation: Orientation | None, release: LoadedRelease, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a message may say: references and links, nothing of the household."""
    contact = live.contact(release.settings)
    base = _settings().base_url
    facts: dict[str, Any] = {
        "territoire": {
            "nom": _territory().name, "telephone": contact.telephone, "service": contact.service,
            "courriel": contact.email,
        },
        "dossier": {"reference": case.reference if case else ""},
        "orientation": {},
    }  # fmt: skip
    if case is not None:
        facts["dossier"]["lien"] = f"{base}/t/{_territory().code}/dossiers/{case.reference}"
        facts["suivi"] = f"{base}/t/{_territory().code}/suivi"
    if orientation is not None:
        facts["orientation"] = {"domaine": orientation.domain, "partenaire": orientation.partner.name}
        facts["partenaire"] = {"nom": orientation.partner.name}
    for key, value in extra.items():
        facts[key] = f"{base}/o/{value}" if key == "lien" else value
    return facts


def _queue(
    kind: str, to: tuple[str, str], facts: Mapping[str, Any], release: LoadedRelease, case_id: UUID | None
) -> None:
    address, name = to
    named = {**facts, "destinataire": {"nom": name}}
    subject, body = compose(release.bundle.files[f"messages/{kind}.txt"].decode(), named)
    outbox.queue(kind, recipient=address, recipient_name=name, subject=subject, body=body, case_id=case_id)


def _territory() -> Territory:
    return db.session.get_one(Territory, tenancy.current_id())


def _settings() -> Settings:
    settings: Settings = current_app.config["RELAIS_SETTINGS"]
    return settings
