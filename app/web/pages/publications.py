"""What the network makes public: syntheses, guides; read by anybody, printed, linked to (ANG-4, ANG-6)."""

from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, render_template, send_file
from flask.typing import ResponseReturnValue

from app.services import publications
from app.web.pages.files import FILE_POLICY, IMAGES
from app.web.permissions import public, territory_page

blueprint = Blueprint("publications", __name__)

WHY = "Ce que le réseau publie se lit sans compte, une fois l'accord des co-pilotes donné (ANG-4)"


@blueprint.get("/t/<code>/publications")
@public(WHY)
@territory_page
def listing() -> ResponseReturnValue:
    """List what is public."""
    return render_template("pages/publications.html", papers=publications.listing())


@blueprint.get("/t/<code>/publications/<uuid:paper_id>")
@public(WHY)
@territory_page
def page(paper_id: UUID) -> ResponseReturnValue:
    """Show one paper, part by part, with who agreed to it."""
    return render_template("pages/publication.html", paper=publications.find(paper_id))


@blueprint.get("/t/<code>/publications/<uuid:paper_id>/fichiers/<uuid:file_id>")
@public(WHY)
@territory_page
def file(paper_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Hand out a file of a paper."""
    stored, content = publications.file_of(paper_id, file_id)
    answer: Response = send_file(
        BytesIO(content), mimetype=stored.mime, download_name=stored.name,
        as_attachment=stored.mime not in IMAGES, max_age=0,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer
