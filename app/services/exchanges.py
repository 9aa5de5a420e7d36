"""The exchange space of a network: threads by topic, what people write, their files, moderation (ANG-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock, tenancy
from app.catalog.network_rooms import Exchanges
from app.database import db, transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models import Post, PostFile, StoredFile, Thread, ThreadRead
from app.notifications.once import add_once
from app.services import exchange_posts as posts
from app.services import journal, releases, storage
from app.services.actors import Actor
from app.services.exchange_posts import Written
from app.services.text import fold

READ: Final = "echanges.voir"
KEEP: Final = "echanges.moderer"
TITLE: Final = 150
MOST: Final = 200
"""Threads of a list, the liveliest first."""


class ThreadClosed(Conflict):
    """Nobody writes in a closed thread."""

    sentence_template = (
        "Ce fil est clos : votre message n'est pas enregistré. Ouvrez-en un autre pour en reparler."
    )


@dataclass(frozen=True)
class Line:
    """A thread of the list: how many messages it holds, whether one is new to the reader."""

    thread: Thread
    author: str
    posts: int
    new: bool


@dataclass(frozen=True)
class Said:
    """A message as it is shown: ``files`` are (id, name); ``mine``: the reader wrote it."""

    post: Post
    files: Sequence[tuple[UUID, str]]
    mine: bool


@dataclass(frozen=True)
class Whole:
    """A thread with all its messages."""

    thread: Thread
    said: Sequence[Said]
    may_moderate: bool


def words() -> Exchanges:
    """Return ``[echanges]``.

    Raises:
        NotFound: the territory has no exchange space.
    """
    found = releases.current().settings.rooms.exchanges
    if not found.topics:
        raise NotFound
    return found


def listing(by: Actor, *, topic: str = "", search: str = "") -> list[Line]:
    """Return the threads, the liveliest first, narrowed to a topic and to words of title or messages.

    Raises:
        Forbidden: the role does not read the exchange space.
        NotFound: there is none here.
    """
    _reads(by)
    query = select(Thread).order_by(Thread.last_at.desc(), Thread.id).limit(MOST)
    if topic:
        query = query.where(Thread.topic == topic)
    for word in fold(search).split()[:5]:
        said = select(Post.thread_id).where(Post.folded.contains(word, autoescape=True))
        query = query.where(Thread.id.in_(said))
    threads = db.session.scalars(query).all()
    ids = [thread.id for thread in threads]
    numbers = db.session.execute(
        select(Post.thread_id, func.count().label("number"))
        .where(Post.thread_id.in_(ids))
        .group_by(Post.thread_id)
    )
    counted = {row.thread_id: row.number for row in numbers}
    first = (
        select(Post.thread_id, Post.author)
        .where(Post.thread_id.in_(ids))
        .order_by(Post.at.desc(), Post.id.desc())
    )
    authors = {row.thread_id: row.author for row in db.session.execute(first)}
    read = _read_by(by, ids)
    return [
        Line(one, authors.get(one.id, ""), counted.get(one.id, 0), _is_new(one.last_at, read.get(one.id)))
        for one in threads
    ]


def thread(thread_id: UUID, by: Actor) -> Whole:
    """Return a thread, and remember that it was read.

    Raises:
        Forbidden, NotFound: as ``listing``; no such thread here.
    """
    _reads(by)
    row = db.session.get(Thread, thread_id)
    if row is None:
        raise NotFound
    rows = db.session.scalars(select(Post).where(Post.thread_id == row.id).order_by(Post.at, Post.id)).all()
    kept: dict[UUID, list[tuple[UUID, str]]] = {}
    for post_id, file_id, name in db.session.execute(
        select(PostFile.post_id, StoredFile.id, StoredFile.name)
        .join(StoredFile, StoredFile.id == PostFile.file_id)
        .where(PostFile.post_id.in_([post.id for post in rows]))
    ):
        kept.setdefault(post_id, []).append((file_id, name))
    said = [Said(one, kept.get(one.id, []), one.user_id == by.user_id) for one in rows]
    return Whole(row, said, by.rights.may(KEEP))


def note_read(thread_id: UUID, by: Actor) -> None:
    """Remember how far somebody has read a thread.

    Raises:
        Forbidden, NotFound: as ``thread``.
    """
    _reads(by)
    if db.session.scalar(select(Thread.id).where(Thread.id == thread_id)) is None:
        raise NotFound
    now = clock.now()
    with transaction() as session:
        facts = {
            "id": new_id(), "territory_id": tenancy.current_id(), "user_id": by.user_id,
            "thread_id": thread_id, "read_at": now,
        }  # fmt: skip
        if not add_once(ThreadRead, facts, "user_id", "thread_id"):
            row = session.scalars(
                select(ThreadRead).where(ThreadRead.user_id == by.user_id, ThreadRead.thread_id == thread_id)
            ).one()
            row.read_at = now


def begin(topic: str, title: str, written: Written, *, by: Actor) -> UUID:
    """Open a thread with its first message; return its id.

    Raises:
        Forbidden, NotFound: as ``listing``.
        Invalid: by field; what looks like a household's data is refused with a sentence.
    """
    _reads(by)
    title = " ".join(title.split())
    problems = posts.problems_of(written)
    if topic not in words().topics:
        problems["sujet"] = ["Choisissez un sujet de la liste."]
    if not title or len(title) > TITLE or not title.isprintable():
        problems["titre"] = [f"Donnez un titre au fil, de {TITLE} caractères au plus."]
    elif told := posts.refused(title, written):
        problems["titre"] = told
    if problems:
        raise Invalid(problems)
    now = clock.now()
    with transaction() as session:
        row = Thread(topic=topic, title=title, user_id=by.user_id, opened_at=now, last_at=now)
        session.add(row)
        session.flush()
        posts.write(row, written, by)
        return row.id


def reply(thread_id: UUID, written: Written, *, by: Actor) -> None:
    """Write in a thread.

    Raises:
        Forbidden, NotFound, Invalid: as ``begin``.
        ThreadClosed: it was closed meanwhile.
    """
    _reads(by)
    problems = posts.problems_of(written)
    if problems:
        raise Invalid(problems)
    with transaction():
        row = _locked(thread_id)
        if row.closed_at is not None:
            raise ThreadClosed
        row.last_at = clock.now()
        posts.write(row, written, by)


def take_back(post_id: UUID, *, reason: str = "", by: Actor) -> UUID:
    """Erase the words and files of a message: one's own, or another's with a reason. Return its thread.

    Raises:
        Forbidden: another's message, and the role does not moderate.
        Invalid: a moderator gives no reason.
        NotFound: no such message here.
    """
    _reads(by)
    reason = " ".join(reason.split())
    with transaction() as session:
        row = session.scalar(select(Post).where(Post.id == post_id).with_for_update(of=Post))
        if row is None:
            raise NotFound
        mine = row.user_id is not None and row.user_id == by.user_id
        if not (mine or by.rights.may(KEEP)):
            raise Forbidden
        if not mine and not (reason and reason.isprintable() and len(reason) <= TITLE):
            raise Invalid(
                {"motif": ["Dites pourquoi ce message est retiré, en une ligne : son auteur le lira."]}
            )
        if row.gone is None:
            posts.empty(row, posts.BY_AUTHOR if mine else posts.BY_MODERATION, reason if not mine else None)
            journal.write(
                "echange.retire", actor=by.name, user_id=by.user_id, subject=str(row.id),
                details={"par": row.gone},
            )  # fmt: skip
        return row.thread_id


def close(thread_id: UUID, *, closed: bool, by: Actor) -> None:
    """Close a thread, or open it again.

    Raises:
        Forbidden: the role does not moderate.
        NotFound: no such thread here.
    """
    _reads(by)
    if not by.rights.may(KEEP):
        raise Forbidden
    with transaction():
        row = _locked(thread_id)
        row.closed_at, row.closed_by = (clock.now(), by.name) if closed else (None, None)
        journal.write(
            "echange.clos" if closed else "echange.rouvert", actor=by.name, user_id=by.user_id,
            subject=str(row.id),
        )  # fmt: skip


def open_file(file_id: UUID, *, by: Actor) -> tuple[bytes, str, str]:
    """Return ``(content, name, MIME type)`` of a file of a message.

    Raises:
        Forbidden, NotFound: as ``listing``; none such here.
    """
    _reads(by)
    row = db.session.scalar(
        select(StoredFile).join(PostFile, PostFile.file_id == StoredFile.id).where(StoredFile.id == file_id)
    )
    if row is None:
        raise NotFound
    key, name, mime, digest = row.key, row.name, row.mime, row.digest
    return storage.store().get(key, digest=digest), name, mime


def _reads(by: Actor) -> None:
    words()
    if by.user_id is None or not by.rights.may(READ):
        raise Forbidden


def _locked(thread_id: UUID) -> Thread:
    row = db.session.scalar(select(Thread).where(Thread.id == thread_id).with_for_update(of=Thread))
    if row is None:
        raise NotFound
    return row


def _read_by(by: Actor, ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    rows = db.session.execute(
        select(ThreadRead.thread_id, ThreadRead.read_at).where(
            ThreadRead.user_id == by.user_id, ThreadRead.thread_id.in_(ids)
        )
    )
    return {row.thread_id: row.read_at for row in rows}


def _is_new(last: datetime, read: datetime | None) -> bool:
    return read is None or read < last
