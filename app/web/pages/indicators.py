"""Indicators: what the programme gave over a period, where from, and the cases behind (AST-12)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import IO, Any, Final

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.documents.charts import Bar, along_months, along_rows
from app.documents.spreadsheet import Cell, cell, csv_lines
from app.documents.workbook import write_workbook
from app.errors import NotFound
from app.services import indicators, indicators_exports, indicators_view, releases
from app.services.indicators import Shown
from app.services.indicators_figures import Breakdown, Figure
from app.services.indicators_sums import TOTAL
from app.web.indicators_query import (
    Asked,
    asked,
    change,
    filter_fields,
    month_words,
    presets,
    written,
)
from app.web.permissions import actor, place, requires

blueprint = Blueprint("indicators", __name__)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADERS: Final = (
    "Thème", "Indicateur", "Ventilation", "Valeur", "Période", "Période précédente", "Faits comptés",
    "Ménages", "Unité", "Définition",
)  # fmt: skip
_PIECE: Final = 65_536
"""Bytes of a file sent at once."""
_UNITS: Final = {"euros": "€", "pourcent": "%", "jours": "jours"}


@blueprint.get("/t/<code>/indicateurs")
@requires("indicateurs.voir")
def page() -> ResponseReturnValue:
    """Show every indicator over the period asked for, by theme, with its definition."""
    wanted = asked()
    shown = indicators.compute(actor(), wanted.period, wanted.filters)
    themes: dict[str, list[dict[str, Any]]] = {}
    for figure in shown.figures:
        themes.setdefault(figure.indicator.theme, []).append(_row(figure, wanted))
    return render_template("pages/indicators.html", themes=themes, **_frame(wanted, shown))


@blueprint.get("/t/<code>/indicateurs/<indicator>")
@requires("indicateurs.voir")
def one(indicator: str) -> ResponseReturnValue:
    """Show one indicator: its definition, its months, its breakdowns, each figure leading to its cases."""
    wanted = asked()
    shown = indicators.compute(actor(), wanted.period, wanted.filters)
    found = next((item for item in shown.figures if item.indicator.id == indicator), None)
    if found is None and not (shown.pending and releases.current().bundle.indicators.get(indicator)):
        raise NotFound
    return render_template(
        "pages/indicator.html",
        indicator=releases.current().bundle.indicators.get(indicator),
        row=_row(found, wanted) if found else None,
        months=_months(found) if found else None,
        parts=[_part(found, item, wanted) for item in found.breakdowns] if found else [],
        **_frame(wanted, shown),
    )


@blueprint.get("/t/<code>/indicateurs/<indicator>/dossiers")
@requires("indicateurs.voir")
def cases(indicator: str) -> ResponseReturnValue:
    """List the cases behind a figure, for somebody who may see cases."""
    wanted = asked()
    dimension, value = request.args.get("par", ""), request.args.get("valeur", "")
    found = indicators.behind(
        actor(), indicator, wanted.period, wanted.filters, cell=(dimension, value) if dimension else TOTAL
    )
    release = releases.current()
    told = release.bundle.indicators.dimensions.get(dimension)
    words = indicators_view.words(release)
    return render_template(
        "pages/indicator_cases.html",
        indicator=release.bundle.indicators.get(indicator),
        found=found,
        most=indicators.MOST_BEHIND,
        narrowed=f"{told.label} : {words.of(told, value)}" if told is not None else "",
        back=url_for("indicators.one", indicator=indicator, **wanted.query()),
        wanted=wanted,
    )


@blueprint.get("/t/<code>/indicateurs.xlsx")
@requires("indicateurs.voir")
def workbook() -> ResponseReturnValue:
    """Hand over the figures as a workbook."""
    wanted = asked()
    shown = indicators_exports.prepare(actor(), wanted.period, wanted.filters, kind="xlsx")
    target = BytesIO()
    write_workbook(
        target, name="Indicateurs", headers=_HEADERS, rows=_lines(shown), about=_about(wanted, shown)
    )
    target.seek(0)
    return _handed(target, _XLSX, "xlsx", wanted)


@blueprint.get("/t/<code>/indicateurs.csv")
@requires("indicateurs.voir")
def text() -> ResponseReturnValue:
    """Hand over the figures as CSV."""
    wanted = asked()
    shown = indicators_exports.prepare(actor(), wanted.period, wanted.filters, kind="csv")
    about = " ; ".join(f"{label} : {cell(value)}" for label, value in _about(wanted, shown))
    target = BytesIO()
    for line in csv_lines(_HEADERS, _lines(shown), about=about):
        target.write(line.encode())
    target.seek(0)
    return _handed(target, "text/csv", "csv", wanted)


def _handed(file: IO[bytes], mime: str, ending: str, wanted: Asked) -> Response:
    """Send what was written, piece by piece."""

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    answer = Response(pieces(), mimetype=mime)
    name = f"indicateurs-{wanted.period.first:%Y-%m}-{wanted.period.last:%Y-%m}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _frame(wanted: Asked, shown: Shown) -> dict[str, Any]:
    words = indicators_view.words(releases.current())
    here = request.endpoint or ""
    arguments = dict(request.view_args or {})
    arguments.pop("code", None)
    return {
        "wanted": wanted,
        "shown": shown,
        "fields": filter_fields(wanted, words),
        "presets": [
            {
                "label": label,
                "href": url_for(here, **arguments, **Asked(period, wanted.filters).query()),
                "current": period == wanted.period,
            }
            for label, period in presets()
        ],
        "previous": wanted.period.before(),
    }


def _row(figure: Figure, wanted: Asked) -> dict[str, Any]:
    told = figure.indicator
    query = wanted.query()
    return {
        "indicator": told,
        "now": written(told, figure.now),
        "before": written(told, figure.before),
        "change": change(told, figure.now, figure.before),
        "href": url_for("indicators.one", indicator=told.id, **query),
        "cases": url_for("indicators.cases", indicator=told.id, **query)
        if figure.opens and figure.now.count
        else None,
        "facts": figure.now.count,
    }


def _months(figure: Figure) -> dict[str, Any] | None:
    if not figure.months:
        return None
    told = figure.indicator
    rows = [(month, written(told, value), value) for month, value in figure.months]
    bars = [Bar(month_words(month), value.value, said) for month, said, value in rows]
    title = f"{told.label}, mois par mois"
    return {"rows": rows, "chart": along_months(bars, title, "mois-titre")}


def _part(figure: Figure, part: Breakdown, wanted: Asked) -> dict[str, Any]:
    told = figure.indicator
    rows = [
        {
            "label": line.label,
            "now": written(told, line.now),
            "before": written(told, line.before),
            "share": line.share if told.measure in ("compte", "repartition") and not told.distinct else None,
            "href": url_for(
                "indicators.cases",
                indicator=told.id,
                **wanted.query(par=part.dimension.id, valeur=line.key),
            )
            if figure.opens and line.now.count and not _closed(part)
            else None,
        }
        for line in part.lines
    ]
    bars = [Bar(line.label, line.now.value, written(told, line.now)) for line in part.lines]
    title = f"{told.label} : {part.dimension.label.lower()}"
    return {
        "dimension": part.dimension,
        "rows": rows,
        "several": part.several,
        "chart": along_rows(bars, title, f"par-{part.dimension.id}") if part.lines else None,
    }


def _closed(part: Breakdown) -> bool:
    classes = indicators_view.of_dimension(part.dimension, releases.current())
    return not classes <= actor().rights.read


def _lines(shown: Shown) -> Iterator[Sequence[Cell]]:
    for figure in shown.figures:
        told = figure.indicator
        unit = _UNITS.get(told.format, "")
        ends: list[Cell] = [unit, told.definition]
        yield [
            told.theme, told.label, "", "", _plain(figure.now.value), _plain(figure.before.value),
            figure.now.count, figure.now.households, *ends,
        ]  # fmt: skip
        for part in figure.breakdowns:
            for line in part.lines:
                yield [
                    told.theme, told.label, part.dimension.label, line.label, _plain(line.now.value),
                    _plain(line.before.value), line.now.count, line.now.households, *ends,
                ]  # fmt: skip


def _plain(value: Decimal | None) -> Cell:
    return None if value is None else round(value, 2)


def _about(wanted: Asked, shown: Shown) -> list[tuple[str, Cell]]:
    served = place()
    words = indicators_view.words(releases.current())
    dimensions = releases.current().bundle.indicators.dimensions
    chosen: list[tuple[str, Cell]] = [
        (dimensions[name].label, words.of(dimensions[name], value)) for name, value in wanted.filters.items()
    ]
    return [
        ("Territoire", served.name if served else ""),
        ("Période", wanted.period.words),
        ("Période précédente", wanted.period.before().words),
        *chosen,
        ("Compté le", shown.at or clock.now()),
        ("Exporté par", actor().name),
        ("Version du dispositif", releases.current().number),
        ("Diffusion", "Chiffres internes : les petits nombres n'y sont pas masqués."),
    ]
