"""Telling people: a line under the bell, and by each person's choice a mail, an SMS or the day's summary."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, perimeter, tenancy, withheld
from app.database import db
from app.ids import new_id
from app.models import Case, Membership, Notice, NoticePreference, NoticeSettings, User
from app.notifications import outbox, wording
from app.notifications.letter import one_line
from app.notifications.once import add_once
from app.notifications.quiet import after_quiet, quiet_hours
from app.notifications.registry import KINDS, Kind, of_programme
from app.notifications.together import notice_key
from app.services import delegations, message_facts, releases
from app.services import perimeter as sight
from app.services.releases import LoadedRelease

TITLE_LENGTH: Final = 200
"""Characters of a line under the bell."""


@dataclass(frozen=True)
class _Fact:
    """What is told, to whomever."""

    kind: Kind
    key: str
    title: str
    path: str
    case_id: UUID | None
    task_id: UUID | None
    template: str | None
    facts: Mapping[str, Any]
    release: LoadedRelease


@dataclass(frozen=True)
class _Person:
    """Somebody to tell, and how they chose to be told of this kind."""

    user: User
    mode: str
    sms: bool
    settings: NoticeSettings | None


def tell(
    user_ids: Collection[UUID],
    kind: str,
    key: str,
    title: str,
    path: str,
    *,
    case_id: UUID | None = None,
    task_id: UUID | None = None,
    template: str | None = None,
    facts: Mapping[str, Any] | None = None,
    release: LoadedRelease | None = None,
) -> int:
    """Tell people of one fact, once each, in the transaction that is open; return how many are new to it.

    Whoever replaces one of them is told as well; only active accounts here whose perimeter holds the case.

    Args:
        user_ids: accounts.
        kind: one of ``registry.KINDS``, or a message of the release.
        key: names the fact (``<task id>:<due date>``): telling the same kind and key again is silent.
        title: one line without any name of a household, at most 200 characters.
        path: the page it opens, below the territory (``taches/<id>``), or from the root (``/t/…``).
        case_id: the case it speaks of.
        task_id: the step it speaks of: its mail is not sent once the step is over.
        template: a message of the release or of the system; a title and a link unless said.
        facts: what the template may say besides the territory, the case and the reader.
        release: whose templates are read; the newest unless said.

    Raises:
        KeyError: no such kind, or no such template: a programming error.
        MessageFault: the title holds a line break.
        RuntimeError: no transaction is open.
    """
    loaded = release or releases.current()
    told = _Fact(
        _kind(kind, loaded), f"{kind}:{key}", one_line("l'intitulé de l'avis", title)[:TITLE_LENGTH],
        message_facts.place(path), case_id, task_id, template, facts or {}, loaded,
    )  # fmt: skip
    return _tell(user_ids, told)


def _tell(user_ids: Collection[UUID], told: _Fact) -> int:
    if not db.session().info.get("writing"):
        raise RuntimeError("tell people inside transaction()")
    if not user_ids or withheld.note("avis"):
        return 0
    db.session.flush()  # the notice refers to the case and the step of this very transaction
    with perimeter.lifted("notices"):  # who is told does not hang on who acts
        return sum(_tell_one(person, told) for person in _people(user_ids, told))


def _kind(name: str, release: LoadedRelease) -> Kind:
    if name in KINDS:
        return KINDS[name]
    return of_programme(name, release.bundle.files[f"messages/{name}.txt"].decode())


def _people(user_ids: Collection[UUID], told: _Fact) -> list[_Person]:
    """Return who is told, in one order for all: two tellings of one fact must not wait for each other."""
    territory, kind = tenancy.current_id(), told.kind
    replaced = delegations.stand_ins(user_ids, clock.today()).values()
    wanted = sight.who_sees(frozenset(user_ids).union(*replaced), told.case_id)
    rows = db.session.execute(
        select(User, NoticePreference, NoticeSettings)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(
            NoticePreference,
            (NoticePreference.user_id == User.id)
            & (NoticePreference.territory_id == territory)
            & (NoticePreference.kind == kind.id),
        )
        .outerjoin(
            NoticeSettings,
            (NoticeSettings.user_id == User.id) & (NoticeSettings.territory_id == territory),
        )
        .where(User.id.in_(wanted), Membership.territory_id == territory, User.active)
        .order_by(User.name, User.id)
    ).all()
    return [
        _Person(user, _mode(chosen, kind), bool(chosen and chosen.sms), settings)
        for user, chosen, settings in rows
    ]


def _mode(chosen: NoticePreference | None, kind: Kind) -> str:
    return chosen.mode if chosen is not None and chosen.mode in kind.choices else kind.default


def _tell_one(person: _Person, told: _Fact) -> bool:
    if told.kind.asked_for and person.mode == "jamais" and not person.sms:
        return False
    row = {
        "id": new_id(),
        "territory_id": tenancy.current_id(),
        "user_id": person.user.id,
        "kind": told.kind.id,
        "key": told.key,
        "title": told.title,
        "path": told.path,
        "case_id": told.case_id,
        "task_id": told.task_id,
        "at": clock.now(),
        "digest": "waiting" if person.mode == "resume" else "none",
    }
    if not add_once(Notice, row, "user_id", "territory_id", "key"):
        return False
    if person.mode == "aussitot":
        _mail(person, told)
    if person.sms and person.settings is not None and person.settings.phone:
        _sms(person, told, person.settings.phone)
    return True


def _mail(person: _Person, told: _Fact) -> None:
    case = db.session.get(Case, told.case_id) if told.case_id else None
    facts = {
        **message_facts.common(case, None, told.release),
        **told.facts,
        "destinataire": {"nom": person.user.name},
        "avis": {"titre": told.title, "lien": message_facts.address(told.path)},
    }
    subject, body = wording.written(told.template, told.release.bundle.files, facts)
    outbox.queue(
        told.template or told.kind.id,
        recipient=person.user.email,
        recipient_name=person.user.name,
        subject=subject,
        body=body,
        case_id=told.case_id,
        user_id=person.user.id,
        key=notice_key(told.key, person.user.id, outbox.MAIL),
        run_at=_leaves_at(outbox.MAIL, person, told.kind),
    )


def _sms(person: _Person, told: _Fact, phone: str) -> None:
    """Queue the few words of an SMS: the kind and a link, no name."""
    words = wording.sms(told.kind.label, message_facts.address(told.path))
    outbox.queue(
        told.template or told.kind.id,
        recipient=phone,
        recipient_name=person.user.name,
        subject=told.kind.label,
        body=words,
        case_id=told.case_id,
        channel=outbox.SMS,
        user_id=person.user.id,
        key=notice_key(told.key, person.user.id, outbox.SMS),
        run_at=_leaves_at(outbox.SMS, person, told.kind),
    )


def _leaves_at(channel: str, person: _Person, kind: Kind) -> datetime:
    """Return when a message may leave: after what others of its kind are waited for, and quiet hours."""
    return after_quiet(clock.now() + kind.hold, quiet_hours(channel, person.settings))
