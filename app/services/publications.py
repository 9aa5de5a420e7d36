"""What a network has made public: read by anybody, withdrawn by those who answer for it (ANG-4, ANG-6)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app import clock
from app.database import db, transaction
from app.errors import Forbidden, NotFound
from app.models import PublicPaper, StoredFile
from app.services import journal, storage
from app.services.actors import Actor
from app.services.gathering_board import ORGANISES


def listing() -> Sequence[PublicPaper]:
    """Return the papers that are public, the newest first."""
    query = select(PublicPaper).where(PublicPaper.withdrawn_at.is_(None))
    return db.session.scalars(query.order_by(PublicPaper.published_at.desc(), PublicPaper.id)).all()


def find(paper_id: UUID) -> PublicPaper:
    """Return a paper that is public.

    Raises:
        NotFound: no such paper here, or it is public no more.
    """
    row = db.session.scalar(
        select(PublicPaper).where(PublicPaper.id == paper_id, PublicPaper.withdrawn_at.is_(None))
    )
    if row is None:
        raise NotFound
    return row


def of_process(process_id: UUID) -> PublicPaper | None:
    """Return the paper that a process has published, withdrawn or not."""
    return db.session.scalar(select(PublicPaper).where(PublicPaper.process_id == process_id))


def public_of_process(process_id: UUID) -> PublicPaper | None:
    """Return the paper that a process has published, when it is public still."""
    row = of_process(process_id)
    return row if row is not None and row.withdrawn_at is None else None


def file_of(paper_id: UUID, file_id: UUID) -> tuple[StoredFile, bytes]:
    """Return a file handed out with a paper, with its bytes.

    Raises:
        NotFound: no such public paper, or it hands out no such file.
    """
    row = find(paper_id)
    if str(file_id) not in {one["id"] for one in row.files}:
        raise NotFound
    stored = db.session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    if stored is None:
        raise NotFound
    return stored, storage.store().get(stored.key)


def withdraw(process_id: UUID, *, by: Actor) -> None:
    """Take a paper off the public page; published again, it comes back.

    Raises:
        Forbidden: the role answers for no publication.
        NotFound: this process has published nothing.
    """
    if not by.rights.may(ORGANISES):
        raise Forbidden
    with transaction() as session:
        row = session.scalar(
            select(PublicPaper).where(PublicPaper.process_id == process_id).with_for_update()
        )
        if row is None:
            raise NotFound
        if row.withdrawn_at is None:
            row.withdrawn_at = clock.now()
            journal.write(
                "publication.retiree",
                actor=by.name,
                user_id=by.user_id,
                process_id=process_id,
                subject=str(row.id),
            )
