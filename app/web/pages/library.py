"""The catalogue of programmes and the handbook of each: what its files make people do, to read and print."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.documents.bpmn_picture import picture
from app.errors import BundleFault
from app.publishing import catalogue, handbook_keeping, handbook_text
from app.publishing.handbook import Chapter
from app.services import releases, versions
from app.web.permissions import actor, requires

blueprint = Blueprint("library", __name__)

READERS = ("programme.modifier", "territoire.administrer", "supervision.voir", "dossiers.voir")
"""A programme is no secret for whoever works in it."""


@blueprint.get("/t/<code>/catalogue")
@requires(*READERS, "territoires.ouvrir")
def page() -> ResponseReturnValue:
    """List the programmes that territories offer each other."""
    return render_template(
        "pages/catalogue.html",
        programmes=catalogue.catalogue(),
        own=releases.newest(),
        opens=actor().rights.may("territoires.ouvrir"),
    )


@blueprint.get("/t/<code>/catalogue/<source>/<int(max=999999):number>")
@requires(*READERS, "territoires.ouvrir")
def offered(source: str, number: int) -> ResponseReturnValue:
    """Show the handbook of a programme that another territory offers."""
    try:
        offer, book = catalogue.detail(source, number)
    except BundleFault as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("library.page"))
    return render_template(
        "pages/catalogue_programme.html",
        offer=offer,
        contents=handbook_text.contents(book),
        told=handbook_text.text(book, _drawn),
        opens=actor().rights.may("territoires.ouvrir"),
    )


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
