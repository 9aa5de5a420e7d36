"""The statistical watch: trends of all cases, what the structures count (ANG-2, ANG-6)."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import Invalid, NotFound
from app.handlers.directory import FIGURES, first_day
from app.services import directory_sheets, structure_links, watch
from app.services.suppression import HIDDEN, LEAST
from app.web import money_typed as typed
from app.web.bars import bars
from app.web.money_answers import errors
from app.web.permissions import actor, requires

blueprint = Blueprint("watch", __name__)


@blueprint.get("/t/<code>/veille")
@requires(*watch.READ)
def page() -> ResponseReturnValue:
    """Show the trends, and what the structures count."""
    return _page({}, {})


@blueprint.post("/t/<code>/veille/chiffres")
@requires(watch.KEEP)
def record() -> ResponseReturnValue:
    """Keep the figures that a structure gave."""
    sent = {key: typed.text(key) for key in (*watch.words().figures, "structure", "trimestre")}
    partner_id, quarter = typed.an_id("structure"), typed.day("trimestre")
    if partner_id is None or quarter is None:
        return _page(sent, {"structure": ["Choisissez la structure et le trimestre."]})
    try:
        watch.record(partner_id, quarter, sent, by=actor())
    except Invalid as refusal:
        return _page(sent, refusal.problems)
    flash("Les chiffres de la structure sont enregistrés.", "success")
    return redirect(url_for("watch.page"))


@blueprint.post("/t/<code>/veille/lien")
@requires(watch.KEEP)
def link() -> ResponseReturnValue:
    """Give a structure a personal link to count its quarter."""
    partner_id = typed.an_id("structure")
    if partner_id is None:
        raise NotFound
    address = structure_links.give(partner_id, FIGURES, by=actor())
    row = directory_sheets.sheet(partner_id).partner
    return render_template("pages/structure_link.html", row=row, address=address, purpose=FIGURES)


def _page(sent: dict[str, Any], problems: dict[str, list[str]]) -> ResponseReturnValue:
    found, keeps = watch.seen(actor()), actor().rights.may(watch.KEEP)
    labels = [watch.label_of(day) for day in found.quarters]
    page = render_template(
        "pages/watch.html",
        found=found,
        labels=labels,
        short=[_short(day) for day in found.quarters],
        quarters=list(zip((day.isoformat() for day in found.quarters), labels, strict=True))[::-1],
        answered=next((place for place, number in enumerate(found.given) if number), None),
        picture=_picture(found),
        hidden=HIDDEN,
        least=LEAST,
        keeps=keeps and bool(watch.words().figures),
        partners=[one.partner for one in directory_sheets.sheets() if one.partner.active] if keeps else [],
        figures=watch.words().figures.values(),
        sent=sent or {"trimestre": request.args.get("trimestre", first_day(clock.today()).isoformat())},
        problems=problems,
        errors=errors(problems),
    )
    return page, 422 if problems else 200


def _short(day: date) -> str:
    """Return a quarter as the head of a narrow column: « T1 26 »."""
    return f"T{(day.month - 1) // 3 + 1} {day:%y}"


def _picture(found: watch.Seen) -> Any:
    """Return the cases opened each quarter as bars, where none of them is hidden."""
    shown = [(_short(day), count) for day, count in zip(found.quarters, found.opened, strict=True)]
    counts = [(label, count) for label, count in shown if count is not None]
    if not found.trends or len(counts) < len(shown):
        return None
    return bars(counts, "Situations ouvertes par trimestre", "ouvertes")
