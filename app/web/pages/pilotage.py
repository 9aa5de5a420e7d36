"""Steering: are we on course, what drifts, where; and the outlines of the map (CAR-13, AST-2)."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.places import Commune
from app.documents.charts import Bar, along_months
from app.documents.choropleth import bounds, choropleth, legend
from app.services import outlines, pilotage, releases
from app.services.outlines import BadOutlines
from app.services.pilotage import Overview
from app.web import formats
from app.web.indicators_query import amount, month_words
from app.web.permissions import actor, requires

blueprint = Blueprint("pilotage", __name__)
STATES: Final = {
    "derive": ("Dérive", "late"),
    "surveiller": ("À surveiller", "soon"),
    "tient": ("Tient le cap", "done"),
    "fait": ("Chiffre", "info"),
}
"""How each verdict is said, and the shape of its mark."""
BRACKETS: Final = ("moins de 3 mois", "3 à 6 mois", "6 mois à 1 an", "plus d'un an")
MEASURES: Final = {"ouverts": "Dossiers ouverts", "recents": "Signalés en 12 mois"}


@blueprint.get("/t/<code>/pilotage")
@requires("pilotage.voir")
def page() -> ResponseReturnValue:
    """Show whether the programme keeps its course, and what drifts."""
    now = pilotage.overview(actor())
    measure = request.args.get("carte", "ouverts")
    measure = measure if measure in MEASURES else "ouverts"
    return render_template(
        "pages/pilotage.html",
        now=now,
        verdicts=[(*STATES[one.state], one.sentence) for one in now.verdicts],
        months=_months(now),
        steps=_steps(now),
        ages=list(zip(BRACKETS, now.ages, strict=True)),
        ages_total=sum(now.ages),
        season=_season(now),
        map=_map(now, measure),
        measure=measure,
        measures=MEASURES,
        places=_places(now),
        amount=amount,
    )


def _months(now: Overview) -> dict[str, Any]:
    rows = [
        (_label(month), kept.due, kept.kept, amount("pourcent", kept.rate))
        for month, kept in zip(now.months, now.kept, strict=True)
    ]
    bars = [
        Bar(month_words(month), kept.rate, f"{round(kept.rate)}" if kept.rate is not None else "")
        for month, kept in zip(now.months, now.kept, strict=True)
    ]
    return {"rows": rows, "chart": along_months(bars, "Part des délais tenus, en %, mois par mois", "delais")}


def _label(month: date) -> str:
    return f"{month_words(month)} {month.year}"


def _steps(now: Overview) -> list[dict[str, Any]]:
    """Return the steps as lines; those of one name say who does them."""
    lanes = releases.current().settings.lanes
    named = Counter(row.name for row in now.steps)
    return [
        _step(row, lanes[row.lane].label if named[row.name] > 1 and row.lane in lanes else "")
        for row in now.steps
    ]


def _step(row: pilotage.StepKept, by: str) -> dict[str, Any]:
    return {
        "name": f"{row.name} ({by})" if by else row.name,
        "due": row.total.due,
        "kept": amount("pourcent", row.total.rate),
        "months": [amount("pourcent", one.rate) for one in row.by_month],
    }


def _season(now: Overview) -> dict[str, Any]:
    years = sorted(now.season, reverse=True)
    present = years[0]
    bars = [
        Bar(month_words(date(present, place + 1, 1)), _decimal(count), "" if count is None else str(count))
        for place, count in enumerate(now.season[present])
    ]
    rows = [
        (month_words(date(present, place + 1, 1)), [now.season[year][place] for year in years])
        for place in range(12)
    ]
    totals = [sum(count or 0 for count in now.season[year]) for year in years]
    title = f"Signalements par mois en {present}"
    return {"years": years, "rows": rows, "totals": totals, "chart": along_months(bars, title, "saison")}


def _decimal(count: int | None) -> Decimal | None:
    return None if count is None else Decimal(count)


def _counts(now: Overview, measure: str) -> dict[str, int]:
    place = 0 if measure == "ouverts" else 1
    return {insee: pair[place] for insee, pair in now.places.items()}


def _map(now: Overview, measure: str) -> dict[str, Any] | None:
    shapes = outlines.shapes()
    if not shapes:
        return None
    counts = _counts(now, measure)
    names = {one.insee: one.name for one in releases.current().settings.communes}
    limits = bounds([counts.get(code, 0) for code in shapes])
    drawing = choropleth(shapes, names, counts, f"{MEASURES[measure]} par commune ; le tableau dit les mêmes")
    return {"drawing": drawing, "legend": legend(limits)}


def _places(now: Overview) -> list[tuple[str, int, int]]:
    communes: dict[str, Commune] = {one.insee: one for one in releases.current().settings.communes}
    rows = [
        (communes[insee].name if insee in communes else insee, *pair) for insee, pair in now.places.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))


@blueprint.get("/t/<code>/pilotage/carte")
@requires("territoire.administrer")
def outline_page() -> ResponseReturnValue:
    """Show what is known of the map, and how to import outlines."""
    communes = releases.current().settings.communes
    known = outlines.shapes()
    return render_template(
        "pages/outlines.html",
        known=len(known),
        missing=[one.name for one in communes if one.insee not in known],
        total=len(communes),
    )


@blueprint.post("/t/<code>/pilotage/carte")
@requires("territoire.administrer")
def import_outlines() -> ResponseReturnValue:
    """Replace the outlines by those of a file."""
    sent = request.files.get("fichier")
    content = sent.read(outlines.MOST_BYTES + 1) if sent is not None and sent.filename else b""
    if not content:
        flash("Choisissez un fichier GeoJSON.", "error")
        return redirect(url_for("pilotage.outline_page"))
    try:
        done = outlines.import_geojson(content, actor())
    except BadOutlines as fault:
        flash(fault.sentence, "error")
        return redirect(url_for("pilotage.outline_page"))
    said = f"La carte a {formats.agree(done.kept, 'commune')}."
    if done.missing:
        said += f" Manquent au fichier : {', '.join(done.missing[:8])}{'…' if len(done.missing) > 8 else ''}."
    flash(said, "success")
    return redirect(url_for("pilotage.outline_page"))


@blueprint.post("/t/<code>/pilotage/carte/retirer")
@requires("territoire.administrer")
def remove_outlines() -> ResponseReturnValue:
    """Take the map away."""
    outlines.remove(actor())
    flash("La carte est retirée : le tableau des communes reste.", "success")
    return redirect(url_for("pilotage.outline_page"))
