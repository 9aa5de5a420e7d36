"""The BPMN source of a running process, as its release holds it."""

from uuid import UUID

from sqlalchemy import select

from app.database import db
from app.errors import NotFound
from app.expressions.safe_xml import parse_xml
from app.models import Case, ProcessInstance
from app.services import releases
from app.services.releases import LoadedRelease

_MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}process"


def of_case(reference: str, process: str) -> bytes:
    """Return the diagram of ``process`` (or of one it calls) in the release a case is pinned to.

    Raises:
        NotFound: no such case in the territory, or no such process in its release.
    """
    release_id = db.session.scalar(
        select(ProcessInstance.release_id)
        .join(Case, Case.id == ProcessInstance.case_id)
        .where(Case.reference == reference)
        .order_by(ProcessInstance.started_at.desc())
        .limit(1)
    )
    if release_id is None:
        raise NotFound
    return source(releases.of(release_id), process)


def of_process(process_id: UUID, process: str) -> bytes:
    """Return the diagram of ``process`` in the release a territory process is pinned to.

    Raises:
        NotFound: no such territory process, or no such process in its release.
    """
    release_id = db.session.scalar(
        select(ProcessInstance.release_id).where(
            ProcessInstance.id == process_id, ProcessInstance.case_id.is_(None)
        )
    )
    if release_id is None:
        raise NotFound
    return source(releases.of(release_id), process)


def source(release: LoadedRelease, process: str) -> bytes:
    """Return the file of a release in which ``process`` is drawn.

    Raises:
        NotFound: none draws it.
    """
    for content in release.bundle.folder("bpmn").values():
        if any(element.get("id") == process for element in parse_xml(content).iter(_MODEL)):
            return content
    raise NotFound
