"""What somebody with an account has begun to write before a case exists: kept until it is sent (AST-4).

A draft belongs to one person, who finds it again on any device; the structure's colleagues do not see it. Its
files belong to no case until it is sent: they then go with the case, or are forgotten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app import clock, perimeter, tenancy
from app.catalog.forms import Form
from app.catalog.retention import DRAFT_DAYS
from app.catalog.uploads import Upload
from app.database import db, end_read, transaction
from app.errors import Conflict, NotFound
from app.models import Case, EntryDraft, ProcessInstance, StoredFile
from app.services import files, releases
from app.services.actors import Actor

_NAME: Final = ("menage.prenom", "menage.nom")
"""The facts of the case that name a draft."""


class StaleDraft(Conflict):
    """Another page of the same person has changed the draft since this one was opened."""

    sentence_template = (
        "Ce brouillon a été modifié sur une autre page ou un autre appareil. Rechargez la page pour le "
        "reprendre où il en est ; ce qui est tapé ici n'est pas enregistré."
    )


class AlreadySent(Conflict):
    """What the page sends was sent before: a double click, or another device."""

    sentence_template = "Cette fiche a déjà été envoyée : le dossier {reference} est ouvert."

    def __init__(self, reference: str) -> None:
        super().__init__(reference=reference)
        self.reference = reference


@dataclass(frozen=True)
class Begun:
    """A draft as a list shows it; ``title`` is the household's name, None as long as it is not typed."""

    id: UUID
    title: str | None
    at: datetime
    forget_at: datetime
    follows: str | None


@dataclass(frozen=True)
class Opened:
    """A draft taken up again: what was typed, the files kept, the case it is to follow."""

    id: UUID
    typed: Mapping[str, list[str]]
    files: Mapping[str, Sequence[Mapping[str, Any]]]
    follows: UUID | None
    version: int
    at: datetime


def kept_for() -> timedelta:
    """Return how long a draft that nobody touches is kept (LAW-5): ``[conservation] jours_brouillons``."""
    retention = releases.current().settings.retention
    return timedelta(days=retention.draft_days if retention is not None else DRAFT_DAYS)


@perimeter.lifted("step")
def listing(actor: Actor) -> list[Begun]:
    """Return the drafts of a person in this territory, the latest first."""
    if actor.user_id is None:
        return []
    release = releases.current()
    form = release.forms[release.entry.form]
    mine = select(EntryDraft).where(EntryDraft.user_id == actor.user_id)
    rows = db.session.scalars(mine.order_by(EntryDraft.at.desc(), EntryDraft.id)).all()
    followed = {row.case_id for row in rows if row.case_id is not None}
    known = db.session.execute(select(Case.id, Case.reference).where(Case.id.in_(followed)))
    references = {row.id: row.reference for row in known}
    return [
        Begun(
            id=row.id,
            title=_title(row, form),
            at=row.at,
            forget_at=row.forget_at,
            follows=references.get(row.case_id) if row.case_id else None,
        )
        for row in rows
    ]


def _title(row: EntryDraft, form: Form) -> str | None:
    """Return the name of the household, as far as it is typed."""
    typed = row.raw.get("typed", {})
    named = {field.feeds: field.key for field in form.fields if field.feeds in _NAME}
    words = (" ".join(typed.get(named[fact], [])).strip() for fact in _NAME if fact in named)
    return " ".join(word for word in words if word) or None


def opened(draft_id: UUID, actor: Actor) -> Opened | None:
    """Return a draft of this person; None when nothing is kept under that id yet.

    Raises:
        NotFound: it is somebody else's.
    """
    row = _mine(draft_id, actor)
    if row is None:
        return None
    return Opened(
        id=row.id,
        typed=row.raw.get("typed", {}),
        files=row.raw.get("files", {}),
        follows=row.case_id,
        version=row.version,
        at=row.at,
    )


def save(
    draft_id: UUID,
    typed: Mapping[str, list[str]],
    actor: Actor,
    *,
    page: str,
    seen: int,
    follows: UUID | None,
) -> datetime:
    """Keep what a person has typed so far, as typed; return when it was kept.

    Args:
        draft_id: the id that the page drew; the draft is born with its first save.
        typed: the texts of the form, by name.
        page: what tells this page from another one of the same person.
        seen: the version that the page was opened on.
        follows: the case that the new one is to follow; said once, at birth.

    Raises:
        NotFound: it is somebody else's, or has no author with an account.
        StaleDraft: another page has saved it since.
        AlreadySent: it was sent.
    """
    with transaction():
        row = _to_write(draft_id, actor, follows)
        if row.raw.get("page") not in (None, page) and row.version != seen:
            raise StaleDraft
        row.raw = {
            "typed": {name: list(texts) for name, texts in typed.items()},
            "files": row.raw.get("files", {}),
            "page": page,
        }
        row.version += 1
        row.at, row.forget_at = clock.now(), clock.now() + kept_for()
        return row.at


def keep_files(
    draft_id: UUID, uploads: Mapping[str, Sequence[Upload]], actor: Actor, *, follows: UUID | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Store files beside a draft; return their references by field.

    Raises:
        NotFound, AlreadySent: as ``save``.
    """
    release = releases.current()
    form = release.forms[release.entry.form]
    with transaction():
        row = _to_write(draft_id, actor, follows)
        sent = {key: list(items) for key, items in uploads.items()}
        new = files.keep_uploads(sent, form, case_id=None, user_id=actor.user_id)
        before = row.raw.get("files", {})
        row.raw = {**row.raw, "files": {**before, **{k: [*before.get(k, []), *v] for k, v in new.items()}}}
        row.at, row.forget_at = clock.now(), clock.now() + kept_for()
    return new


@perimeter.lifted("step")
def drop(draft_id: UUID, actor: Actor) -> None:
    """Give a draft up: it goes, its files too.

    Raises:
        NotFound: somebody else's; one that is gone already is no fault.
    """
    with transaction():
        row = _mine(draft_id, actor)
        if row is not None:
            _forget(row, kept=frozenset())


def sent(draft_id: UUID, actor: Actor, case_id: UUID, answers: Mapping[str, Any]) -> None:
    """Close a draft that has become a case, in the transaction that opens it: its files go with the case."""
    row = _mine(draft_id, actor)
    if row is None:
        return
    named = {
        UUID(item["id"])
        for value in answers.values()
        if isinstance(value, list)
        for item in value
        if isinstance(item, Mapping) and "id" in item
    }
    for stored in _files_of(row):
        if stored.id in named:
            stored.case_id = case_id
    _forget(row, kept=frozenset(named))


def following(case_id: UUID) -> None:
    """Forget the drafts that were to follow a case, in the transaction under way (LAW-5)."""
    for row in db.session.scalars(select(EntryDraft).where(EntryDraft.case_id == case_id)).all():
        _forget(row, kept=frozenset())


def forget_old(limit: int = 500) -> int:
    """Forget the drafts nobody touched for long, in every territory; return how many (LAW-5)."""
    with tenancy.unscoped("maintenance"):
        due = db.session.execute(
            select(EntryDraft.id, EntryDraft.territory_id)
            .where(EntryDraft.forget_at <= clock.now())
            .order_by(EntryDraft.forget_at)
            .limit(limit)
        ).all()
    end_read()
    for draft_id, territory_id in due:
        with tenancy.serving(territory_id), transaction() as session:
            row = session.get(EntryDraft, draft_id)
            if row is not None and row.forget_at <= clock.now():
                _forget(row, kept=frozenset())
    return len(due)


def _mine(draft_id: UUID, actor: Actor) -> EntryDraft | None:
    """Return a draft of this person, None when there is none.

    Raises:
        NotFound: it is somebody else's.
    """
    with perimeter.lifted("step"):
        row = db.session.scalar(select(EntryDraft).where(EntryDraft.id == draft_id))
    if row is not None and (actor.user_id is None or row.user_id != actor.user_id):
        raise NotFound
    return row


def _to_write(draft_id: UUID, actor: Actor, follows: UUID | None) -> EntryDraft:
    row = _mine(draft_id, actor)
    if row is not None:
        return row
    if actor.user_id is None:
        raise NotFound
    refuse_twice(draft_id)
    row = EntryDraft(
        id=draft_id,
        user_id=actor.user_id,
        case_id=follows,
        raw={},
        version=1,
        at=clock.now(),
        forget_at=clock.now() + kept_for(),
    )
    db.session.add(row)
    return row


@perimeter.lifted("step")
def refuse_twice(draft_id: UUID) -> None:
    """Refuse what was sent already: a case begins under the id that its page drew.

    Raises:
        AlreadySent: with the reference of the case.
        NotFound: that id is of something else.
    """
    known = db.session.get(ProcessInstance, draft_id)
    if known is None:
        return
    case = db.session.get(Case, known.case_id) if known.case_id is not None else None
    if case is None:
        raise NotFound
    raise AlreadySent(case.reference)


def _files_of(row: EntryDraft) -> list[StoredFile]:
    ids = [UUID(item["id"]) for items in row.raw.get("files", {}).values() for item in items]
    return list(db.session.scalars(select(StoredFile).where(StoredFile.id.in_(ids))))


def _forget(row: EntryDraft, *, kept: frozenset[UUID]) -> None:
    for stored in _files_of(row):
        if stored.id not in kept:
            files.forget(stored)
    db.session.delete(row)
