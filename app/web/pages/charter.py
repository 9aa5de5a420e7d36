"""The charter: its text in force, who has signed which version, signing for one's own structure (ANG-6)."""

from io import BytesIO
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.catalog.uploads import MAX_BYTES, Upload, UploadRefused, accept
from app.errors import Invalid, NotFound
from app.handlers.directory import CHARTER
from app.models import CharterText
from app.services import charter, directory_sheets, structure_links
from app.web import money_typed as typed
from app.web.pages.directory import tabs
from app.web.pages.files import FILE_POLICY
from app.web.permissions import actor, requires

blueprint = Blueprint("charter", __name__)

READ: Final = charter.READ
MEANS: Final = {
    charter.BY_LINK: "par le lien de la structure",
    charter.BY_ACCOUNT: "avec un compte",
    charter.ON_PAPER: "sur papier",
}


@blueprint.get("/t/<code>/charte")
@requires(*READ)
def page() -> ResponseReturnValue:
    """Show the charter in force and where every structure stands."""
    return _page({}, {})


@blueprint.get("/t/<code>/charte/versions/<int:number>")
@requires(*READ)
def version(number: int) -> ResponseReturnValue:
    """Show one version as it was published."""
    shown = charter.text(number)
    return render_template("pages/charter_version.html", text=shown, newest=charter.text())


@blueprint.post("/t/<code>/charte/versions")
@requires("charte.agir")
def publish() -> ResponseReturnValue:
    """Publish a version."""
    sent = {"titre": typed.text("titre"), "texte": request.form.get("texte", "")}
    try:
        number = charter.publish(sent["titre"], sent["texte"], after=typed.version(), by=actor())
    except Invalid as refusal:
        return _page(sent, refusal.problems)
    flash(
        f"La version {number} de la charte est publiée. Les signatures d'avant restent à leur version.",
        "success",
    )
    return redirect(url_for("charter.page"))


@blueprint.post("/t/<code>/charte/signatures")
@requires(*READ)
def sign() -> ResponseReturnValue:
    """Sign for one's own structure, or note a page signed on paper."""
    sent = facts_sent()
    partner_id = typed.an_id("structure") or actor().partner_id
    if partner_id is None:
        return _page(sent, {"structure": ["Choisissez la structure."]})
    try:
        charter.sign(partner_id, typed.version(), sent, by=actor(), scan=_scan())
    except Invalid as refusal:
        return _page(sent, refusal.problems)
    flash("La signature est enregistrée.", "success")
    return redirect(url_for("charter.page"))


@blueprint.post("/t/<code>/charte/signatures/<uuid:signature_id>/retrait")
@requires("charte.agir")
def withdraw(signature_id: UUID) -> ResponseReturnValue:
    """Note that a structure withdrew."""
    charter.withdraw(signature_id, by=actor())
    flash("Le retrait est noté ; la signature reste dans l'histoire.", "success")
    return redirect(url_for("charter.page"))


@blueprint.get("/t/<code>/charte/signatures/<uuid:signature_id>/page")
@requires("charte.agir")
def scan(signature_id: UUID) -> ResponseReturnValue:
    """Open the page signed on paper."""
    content, name, mime = charter.open_scan(signature_id, by=actor())
    answer = send_file(BytesIO(content), mimetype=mime, download_name=name, as_attachment=True, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@blueprint.post("/t/<code>/charte/lien")
@requires("charte.agir")
def link() -> ResponseReturnValue:
    """Give a structure a personal link to read and sign."""
    partner_id = typed.an_id("structure")
    if partner_id is None:
        raise NotFound
    address = structure_links.give(partner_id, CHARTER, by=actor())
    row = directory_sheets.sheet(partner_id).partner
    return render_template("pages/structure_link.html", row=row, address=address, purpose=CHARTER)


def facts_sent() -> dict[str, Any]:
    """Return what a signature says, as it was sent."""
    names = ("nom", "fonction", "qualite", "accord", "structure")
    return {name: typed.text(name) for name in names} | {"le": typed.day("le")}


def _scan() -> Upload | None:
    item = request.files.get("page")
    if item is None or not item.filename:
        return None
    try:
        return accept(item.filename, item.read(MAX_BYTES + 1))
    except UploadRefused as refused:
        raise Invalid({"page": [str(refused)]}) from refused


def _page(sent: dict[str, Any], problems: dict[str, list[str]]) -> ResponseReturnValue:
    who, shown = actor(), charter.text()
    rows = charter.standing()
    own = next((row for row in rows if row.partner.id == who.partner_id), None)
    page = render_template(
        "pages/charter.html",
        tabs=tabs("charter.page"),
        text=shown,
        texts=charter.texts(),
        rows=rows,
        signed=sum(1 for row in rows if shown is not None and row.number == shown.number),
        own=own,
        keeps=charter.may_keep(who),
        words=charter.words(),
        means=MEANS,
        sent=sent or _proposed(shown),
        problems=problems,
        errors=[{"href": f"#{name}", "text": text} for name, texts in problems.items() for text in texts],
    )
    return page, 422 if problems else 200


def _proposed(shown: CharterText | None) -> dict[str, Any]:
    return {"titre": shown.title, "texte": shown.body} if shown is not None else {}
