"""Issuing a yearly report: its figures are frozen, it takes a number, its PDF are kept (AST-11, LAW-9).

A report that is issued never changes. A correction is another report of the same year.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app import clock, jobs
from app.database import db, transaction
from app.errors import Conflict, Invalid, NotFound
from app.models import StoredFile, YearlyReport
from app.services import indicators_view, releases, storage, yearly_figures
from app.services.actors import Actor
from app.services.disclosure import Earlier
from app.services.indicators_periods import Period
from app.services.yearly import IssuedAlready, Report, note, report, require_writer
from app.services.yearly_figures import Frozen

LAY_OUT: Final = "lay_out_report"


def preview(found: Report, actor: Actor) -> Frozen:
    """Return what a draft would say if it were issued now, for somebody who reads all that it draws on.

    Raises:
        Forbidden: the role does not read what the internal version draws on.
    """
    require_writer(actor)
    frozen = yearly_figures.freeze(found.period, _earlier(found.row.id))
    if not indicators_view.may_see(frozen.classes, actor.rights.read):
        return Frozen({**frozen.public}, frozen.public, ())
    if "secret" in frozen.classes:
        with transaction():
            note("rapport.apercu", found.row.id, actor, classes=list(frozen.classes))
    return frozen


def issue(report_id: UUID, version: int, actor: Actor) -> int:
    """Issue a draft: its figures are counted and frozen, it takes its number, its PDF are laid out after.

    Args:
        version: the one that the person saw.

    Raises:
        Forbidden, NotFound: as ``write``.
        IssuedAlready: somebody issued it first.
        Conflict: it changed since the person looked.
        Invalid: a part that must be written is empty.
    """
    require_writer(actor)
    found = report(report_id, actor)
    if found.row.status != "draft":
        raise IssuedAlready
    if found.missing:
        missing = ", ".join(f"« {title} »" for title in found.missing)
        raise Invalid({"parties": [f"Écrivez d'abord : {missing}."]})
    frozen = yearly_figures.freeze(found.period, _earlier(report_id))
    release_id = releases.current().id
    with transaction() as session:
        releases.in_turn()
        mine = select(YearlyReport).where(YearlyReport.id == report_id).with_for_update()
        row = session.scalars(mine.execution_options(populate_existing=True)).one()
        if row.status != "draft":
            raise IssuedAlready
        if row.version != version:
            raise Conflict
        row.version += 1
        row.number = (session.scalar(select(func.max(YearlyReport.number))) or 0) + 1
        row.status, row.issued_at, row.issued_by = "issued", clock.now(), actor.name
        texts = texts_of(found)
        row.figures = {**frozen.internal, "parties": texts}
        row.public = {**frozen.public, "parties": texts}
        row.classes = list(frozen.classes)
        row.release_id = release_id
        jobs.enqueue(LAY_OUT, lock=f"report:{report_id}", report_id=report_id)
        note("rapport.emis", report_id, actor, numero=row.number, annee=row.first.isoformat())
        return row.number


def open_pdf(report_id: UUID, actor: Actor, *, public: bool) -> tuple[bytes, str]:
    """Return the PDF of an issued report and its file name; each reading is journalled (LAW-8).

    Raises:
        NotFound: not issued, not laid out yet, or of classes that this person does not read.
    """
    found = report(report_id, actor)
    file_id = found.row.public_file_id if public else found.row.file_id
    allowed = public or indicators_view.may_see(found.row.classes, actor.rights.read)
    stored = db.session.get(StoredFile, file_id) if file_id is not None and allowed else None
    if stored is None:
        raise NotFound
    content, name = storage.store().get(stored.key, digest=stored.digest), stored.name
    classes = [] if public else list(found.row.classes)
    with transaction():
        note("rapport.lu", report_id, actor, publique=public, classes=classes)
    return content, name


def _earlier(report_id: UUID) -> tuple[Earlier, ...]:
    """Return what the reports published before tell."""
    query = select(YearlyReport).where(YearlyReport.status == "issued", YearlyReport.id != report_id)
    return tuple(
        yearly_figures.earlier_of(Period(row.first, row.last), row.public)
        for row in db.session.scalars(query)
    )


def texts_of(found: Report) -> list[dict[str, str]]:
    """Return the parts that are written, as a document tells them."""
    return [{"titre": part.asked.title, "texte": part.text} for part in found.parts if part.text.strip()]


def reads_all(row: YearlyReport, actor: Actor) -> bool:
    """Whether a person reads all that the internal version of an issued report draws on."""
    return indicators_view.may_see(row.classes, actor.rights.read)
