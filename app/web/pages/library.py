"""The handbook of a programme: what its diagrams, forms, rules and settings say, to read and to print."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.documents.bpmn_picture import picture
from app.publishing import handbook_keeping, handbook_text
from app.publishing.handbook import Chapter
from app.services import versions
from app.web.permissions import requires

blueprint = Blueprint("library", __name__)

READERS = ("programme.modifier", "territoire.administrer", "supervision.voir", "dossiers.voir")
"""A programme is no secret for whoever works in it."""


@blueprint.get("/t/<code>/versions/<int(max=999999):number>/manuel")
@requires(*READERS)
def handbook(number: int) -> ResponseReturnValue:
    """Show the handbook of one version."""
    book = handbook_keeping.read(number)
    return render_template(
        "pages/handbook.html",
        sheet=versions.sheet(number),
        contents=handbook_text.contents(book),
        told=handbook_text.text(book, _drawn),
        kept=handbook_keeping.state(number),
    )


@blueprint.post("/t/<code>/versions/<int(max=999999):number>/manuel")
@requires(*READERS)
def ask(number: int) -> ResponseReturnValue:
    """Have the PDF made; twice asks once."""
    handbook_keeping.ask(number)
    flash("Le PDF se prépare : rechargez la page dans un instant.", "info")
    return redirect(url_for("library.handbook", number=number))


@blueprint.get("/t/<code>/versions/<int(max=999999):number>/manuel.pdf")
@requires(*READERS)
def paper(number: int) -> ResponseReturnValue:
    """Hand over the PDF; while there is none, lead to the page that makes it."""
    kept = handbook_keeping.state(number)
    if kept is None or kept.file_id is None:
        return redirect(url_for("library.handbook", number=number))
    content, name = handbook_keeping.opened(number)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _drawn(chapter: Chapter) -> Markup:
    svg = Markup(picture(chapter.drawing, title=chapter.name, ident=f"d-{chapter.process}"))  # noqa: S704  # drawn and escaped by us
    return Markup('<figure class="handbook__drawing" tabindex="0">{}</figure>').format(svg)
