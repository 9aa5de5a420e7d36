"""The PDF of a handbook: asked from a page, laid out by a job, kept with its release."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from app import clock, jobs, tenancy
from app.clock import PARIS
from app.database import db, end_read, transaction
from app.documents import Brand, DocumentFault
from app.errors import NotFound
from app.ids import new_id
from app.jobs import job
from app.models import HandbookFile, Release, StoredFile, Territory
from app.publishing.handbook import Handbook, handbook
from app.publishing.handbook_paper import paper
from app.services import files, live, logos, releases, storage

LAY_OUT: Final = "lay_out_handbook"


def read(number: int) -> Handbook:
    """Return the handbook of release ``number`` of the territory being served.

    Raises:
        NotFound: it has no such release.
        UnreadableRelease: an earlier Relais took it, this one does not.
    """
    return handbook(releases.of(_release(number).id).bundle)


def state(number: int) -> HandbookFile | None:
    """Return what became of the PDF, None when nobody asked for it.

    Raises:
        NotFound: no such release.
    """
    return _row(_release(number).id)


def ask(number: int) -> None:
    """Have the PDF laid out; nothing new is asked while one is under way or kept.

    Raises:
        NotFound: no such release.
    """
    with transaction() as session:
        releases.in_turn()
        release = _release(number)
        row = _row(release.id)
        if row is not None and row.error is None:
            return
        if row is None:
            row = HandbookFile(
                id=new_id(), territory_id=tenancy.current_id(), release_id=release.id, asked_at=clock.now()
            )
            session.add(row)
        row.error, row.asked_at = None, clock.now()
        jobs.enqueue(LAY_OUT, handbook_id=str(row.id))


def opened(number: int) -> tuple[bytes, str]:
    """Return the PDF and its file name.

    Raises:
        NotFound: no such release, or its PDF is not there yet.
    """
    row = state(number)
    stored = db.session.get(StoredFile, row.file_id) if row is not None and row.file_id else None
    if stored is None:
        raise NotFound
    return storage.store().get(stored.key, digest=stored.digest), stored.name


@job(LAY_OUT, queue="documents")
def lay_out(handbook_id: str) -> None:
    """Make the PDF and keep it; done once, repeated without harm."""
    row = db.session.scalar(select(HandbookFile).where(HandbookFile.id == UUID(handbook_id)))
    if row is None or row.file_id is not None:
        return
    release = db.session.get_one(Release, row.release_id)
    book, number = handbook(releases.of(release.id).bundle), release.number
    published, brand = release.published_at.astimezone(PARIS).date(), _brand()
    end_read()
    try:
        content = paper(book, number=number, published=published, brand=brand)
    except DocumentFault as fault:
        with transaction() as session:
            session.get_one(HandbookFile, UUID(handbook_id)).error = fault.sentence
        return
    with transaction() as session:
        kept = files.keep(
            content,
            name=f"manuel-{book.bundle.settings.code}-version-{number}.pdf",
            mime="application/pdf",
            classe="technique",
            case_id=None,
            user_id=None,
        )
        session.get_one(HandbookFile, UUID(handbook_id)).file_id = kept.id


def _brand() -> Brand:
    territory = db.session.get_one(Territory, tenancy.current_id())
    contact = live.contact(releases.current().settings)
    told = (contact.service, contact.address, contact.telephone, contact.email)
    return Brand(name=territory.name, address=tuple(line for line in told if line), logo_png=logos.png())


def _release(number: int) -> Release:
    row = db.session.scalar(select(Release).where(Release.number == number))
    if row is None:
        raise NotFound
    return row


def _row(release_id: UUID) -> HandbookFile | None:
    return db.session.scalar(select(HandbookFile).where(HandbookFile.release_id == release_id))
