"""The messages of the exchange space as rows: checked, written with their files, emptied (ANG-6, LAW-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.catalog.uploads import Upload
from app.database import db
from app.models import Partner, Post, PostFile, StoredFile, Thread
from app.services import exchange_rules, files, journal
from app.services.actors import Actor
from app.services.text import fold

LONGEST: Final = 5_000
FILES: Final = 5
BY_AUTHOR: Final = "auteur"
BY_MODERATION: Final = "moderation"
LEFT: Final = "depart"


@dataclass(frozen=True)
class Written:
    """What somebody sends: its text, its files, whether the contacts in it are a professional's."""

    text: str
    uploads: Sequence[Upload] = ()
    professional: bool = False


def problems_of(written: Written) -> dict[str, list[str]]:
    """Return what keeps a message from being written, by field."""
    problems: dict[str, list[str]] = {}
    text = written.text.strip()
    if not text or len(text) > LONGEST:
        problems["texte"] = [f"Écrivez votre message, {LONGEST} caractères au plus."]
    elif told := refused(text, written):
        problems["texte"] = told
    if len(written.uploads) > FILES:
        problems["fichiers"] = [f"Joignez {FILES} fichiers au plus."]
    elif told := [one for upload in written.uploads for one in refused(upload.name, written)]:
        problems["fichiers"] = told
    return problems


def refused(text: str, written: Written) -> list[str]:
    """Return why a text may not stand here, as sentences."""
    known = [
        contact
        for row in db.session.execute(select(Partner.phone, Partner.email))
        for contact in row
        if contact
    ]
    return exchange_rules.problems(text, professional=written.professional, known=known)


def write(row: Thread, written: Written, by: Actor) -> None:
    """Add a message to a thread, in the transaction under way."""
    text = "\n".join(line.rstrip() for line in written.text.strip().replace("\x00", "").splitlines())
    post = Post(
        thread_id=row.id, user_id=by.user_id, author=by.name, text=text,
        folded=fold(f"{row.title} {text}"), at=clock.now(),
    )  # fmt: skip
    db.session.add(post)
    db.session.flush()
    for upload in written.uploads:
        stored = files.keep(
            upload.data, name=upload.name, mime=upload.mime, classe="technique", case_id=None,
            user_id=by.user_id,
        )  # fmt: skip
        db.session.add(PostFile(post_id=post.id, file_id=stored.id))
    journal.write("echange.ecrit", actor=by.name, user_id=by.user_id, subject=str(post.id))


def empty(row: Post, why: str, reason: str | None) -> None:
    """Erase the words and the files of a message; who and when stay."""
    beside = db.session.scalars(select(PostFile).where(PostFile.post_id == row.id)).all()
    for one in beside:
        stored = db.session.get_one(StoredFile, one.file_id)
        db.session.delete(one)
        db.session.flush()
        files.forget(stored)
    row.text, row.folded = "", ""
    row.gone, row.gone_at, row.gone_reason = why, clock.now(), reason


def forget(user_id: UUID) -> None:
    """Erase the words of somebody whose access ends, in the transaction under way (LAW-5)."""
    for row in db.session.scalars(select(Post).where(Post.user_id == user_id)).all():
        empty(row, LEFT, None)
        row.author, row.user_id = "", None
    for one in db.session.scalars(select(Thread).where(Thread.user_id == user_id)).all():
        one.title, one.user_id = "Fil d'une personne partie", None
