"""Documents and attached files, by the reader's rights; each reading is journalled (LAW-8)."""

from io import BytesIO
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from app.services import documents
from app.web.permissions import actor, requires

blueprint = Blueprint("files", __name__)

IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Types a browser may show of what people send: redrawn. A PDF of theirs may hold a script: it is saved."""
SHOWN: Final = IMAGES | {"application/pdf"}
"""Types a browser may show of what we make; any other is only kept on disk."""

FILE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
PDF_POLICY: Final = "default-src 'none'; object-src 'self'; frame-ancestors 'none'"
"""A sandbox would keep browsers from showing a PDF."""


@blueprint.get("/t/<code>/documents/<uuid:document_id>")
@requires("dossiers.voir", "reseau.voir")
def document(document_id: UUID) -> ResponseReturnValue:
    """Open a document made for the case, or for an event of the network."""
    return _send(*documents.open_document(document_id, actor()))


@blueprint.get("/t/<code>/fichiers/<uuid:file_id>")
@requires("dossiers.voir")
def file(file_id: UUID) -> ResponseReturnValue:
    """Open a file that somebody attached."""
    return _send(*documents.open_file(file_id, actor()), shown=IMAGES)


def _send(content: bytes, name: str, mime: str, *, shown: frozenset[str] = SHOWN) -> Response:
    answer = send_file(
        BytesIO(content), mimetype=mime, download_name=name, as_attachment=mime not in shown, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = PDF_POLICY if mime == "application/pdf" else FILE_POLICY
    return answer
