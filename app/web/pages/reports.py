"""Yearly reports: begun, written by several people, looked at, issued, handed over (AST-11, LAW-9)."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.catalog.funder import Funder
from app.errors import Conflict, Invalid
from app.services import funder, releases, yearly, yearly_issue, yearly_pdf
from app.services.indicators_periods import between
from app.services.yearly import IssuedAlready, Report, WrittenMeanwhile
from app.web.permissions import actor, requires

blueprint = Blueprint("reports", __name__)
_PART = "partie_"
_VERSION = "version_"


@blueprint.get("/t/<code>/rapports")
@requires("rapports.agir", "indicateurs.voir")
def listing() -> ResponseReturnValue:
    """List the reports: issued ones, and drafts for those who write them."""
    return render_template(
        "pages/reports.html",
        reports=yearly.listing(actor()),
        years=yearly.years(clock.today()),
        writes=actor().rights.may(yearly.WRITE),
        funder=_funder(),
    )


def _funder() -> Funder | None:
    """Return the account to the funder that the programme defines, for those who may make it."""
    open_here = actor().rights.may(funder.SEE) and actor().within is None
    return releases.current().bundle.indicators.funder if open_here else None


@blueprint.post("/t/<code>/rapports")
@requires("rapports.agir")
def begin() -> ResponseReturnValue:
    """Begin the report of a year, or go to its draft."""
    first, _, last = request.form.get("annee", "").partition("/")
    try:
        report_id = yearly.begin(between(first, last), actor())
    except Invalid:
        flash("Choisissez l'année du rapport dans la liste.", "error")
        return redirect(url_for("reports.listing"))
    return redirect(url_for("reports.page", report_id=report_id))


@blueprint.get("/t/<code>/rapports/<uuid:report_id>")
@requires("rapports.agir", "indicateurs.voir")
def page(report_id: UUID) -> ResponseReturnValue:
    """Show a report: its parts to write while it is a draft, its two PDF once it is issued."""
    return _shown(yearly.report(report_id, actor()), {}, {})


def _shown(found: Report, typed: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    template = "pages/report_draft.html" if found.row.status == "draft" else "pages/report.html"
    return render_template(
        template,
        report=found,
        typed=typed,
        theirs=theirs,
        reads_all=yearly_issue.reads_all(found.row, actor()),
        ended=found.period.last < clock.today(),
    )


@blueprint.post("/t/<code>/rapports/<uuid:report_id>/ecrire")
@requires("rapports.agir")
def write(report_id: UUID) -> ResponseReturnValue:
    """Keep what was written; a part that somebody else changed meanwhile is shown with both texts."""
    typed = {name.removeprefix(_PART): text for name, text in request.form.items() if name.startswith(_PART)}
    texts = {name: (text, _number(request.form.get(f"{_VERSION}{name}"))) for name, text in typed.items()}
    try:
        changed = yearly.write(report_id, texts, actor())
    except WrittenMeanwhile as fault:
        flash(fault.sentence, "warning")
        theirs = fault.theirs
        mine = {name: text for name, text in typed.items() if name in theirs}
        return _shown(yearly.report(report_id, actor()), mine, theirs), 409
    except Invalid as fault:
        flash(" ".join(said for sentences in fault.problems.values() for said in sentences), "error")
        return _shown(yearly.report(report_id, actor()), typed, {}), 422
    except IssuedAlready as fault:
        flash(fault.sentence, "warning")
    else:
        flash("Le brouillon est enregistré." if changed else "Rien n'avait changé.", "success")
    if request.form.get("suite") == "apercu":
        return redirect(url_for("reports.preview", report_id=report_id))
    return redirect(url_for("reports.page", report_id=report_id))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0


@blueprint.get("/t/<code>/rapports/<uuid:report_id>/apercu")
@requires("rapports.agir")
def preview(report_id: UUID) -> ResponseReturnValue:
    """Show what a draft would say if it were issued now, in one of its two versions."""
    found = yearly.report(report_id, actor())
    if found.row.status != "draft":
        return redirect(url_for("reports.page", report_id=report_id))
    frozen = yearly_issue.preview(found, actor())
    public = request.args.get("version") == "publique" or not frozen.classes
    figures = {**(frozen.public if public else frozen.internal), "parties": yearly_issue.texts_of(found)}
    return render_template(
        "pages/report_preview.html",
        report=found,
        public=public,
        both=bool(frozen.classes),
        body=yearly_pdf.body(figures, public=public),
    )


@blueprint.post("/t/<code>/rapports/<uuid:report_id>/emettre")
@requires("rapports.agir")
def issue(report_id: UUID) -> ResponseReturnValue:
    """Issue a draft: its figures are frozen, it takes its number."""
    try:
        number = yearly_issue.issue(report_id, _number(request.form.get("version")), actor())
    except Invalid as fault:
        flash(" ".join(said for sentences in fault.problems.values() for said in sentences), "error")
    except IssuedAlready as fault:
        flash(fault.sentence, "warning")
    except Conflict:
        flash("Une partie a changé depuis que vous avez ouvert cette page. Relisez, puis émettez.", "warning")
    else:
        flash(f"Le rapport n° {number} est émis. Ses documents sont prêts dans quelques instants.", "success")
    return redirect(url_for("reports.page", report_id=report_id))


@blueprint.post("/t/<code>/rapports/<uuid:report_id>/abandonner")
@requires("rapports.agir")
def drop(report_id: UUID) -> ResponseReturnValue:
    """Give up a draft."""
    try:
        yearly.drop(report_id, actor())
    except IssuedAlready as fault:
        flash(fault.sentence, "warning")
    else:
        flash("Le brouillon est abandonné.", "success")
    return redirect(url_for("reports.listing"))


@blueprint.get("/t/<code>/rapports/<uuid:report_id>/rapport.pdf")
@requires("rapports.agir")
def internal(report_id: UUID) -> ResponseReturnValue:
    """Hand over the internal version, to whoever reads all that it draws on."""
    return _pdf(*yearly_issue.open_pdf(report_id, actor(), public=False))


@blueprint.get("/t/<code>/rapports/<uuid:report_id>/public.pdf")
@requires("rapports.agir", "indicateurs.voir")
def public(report_id: UUID) -> ResponseReturnValue:
    """Hand over the public version, in which small numbers are withheld."""
    return _pdf(*yearly_issue.open_pdf(report_id, actor(), public=True))


def _pdf(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
