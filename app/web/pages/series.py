"""Dated figures: degree days, tariffs, arrears; listed, typed, imported, corrected (BAT-3, BAT-7)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.sheets import SheetRefused
from app.catalog.uploads import safe_name
from app.errors import Invalid
from app.services import reference_pages, reference_sheets, references
from app.services.reference_sheets import CHANGED, NEW, SAME, Preview
from app.services.references import Entry
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, errors, sent_back
from app.web.permissions import actor, requires

blueprint = Blueprint("series", __name__)
_SHOWN: Final = 60
"""Figures of a file shown as an example; every refused line and every change is shown."""
_MOST_REFUSED: Final = 200


@blueprint.get("/t/<code>/series")
@requires("series.voir")
def page() -> ResponseReturnValue:
    """List the series with the figure in force today."""
    return render_template("pages/series.html", lines=reference_pages.overview(), steps=reference_pages.STEPS)


@blueprint.get("/t/<code>/series/<serie>")
@requires("series.voir")
def one(serie: str) -> ResponseReturnValue:
    """Show the figures of a series, the newest first, with those corrected."""
    return _one(serie, {}, {})


def _place(serie: str) -> str:
    """Return of what the page is: what was asked for, else the first place."""
    places = references.series_of(serie).places
    asked = str(request.values.get("par", ""))
    return asked or next(iter(places), "")


def _one(serie: str, sent: dict[str, str], problems: Problems) -> ResponseReturnValue:
    shown = render_template(
        "pages/series_one.html",
        past=reference_pages.past(serie, _place(serie)),
        said=reference_pages.said,
        steps=reference_pages.STEPS,
        acts=actor().rights.may("series.agir"),
        sent=sent,
        problems=problems,
        errors=errors(problems),
    )
    return shown, 422 if problems else 200


@blueprint.post("/t/<code>/series/<serie>")
@requires("series.agir")
def record(serie: str) -> ResponseReturnValue:
    """Record a figure typed, or correct the one of that day."""
    sent = {name: request.form.get(name, "") for name in ("le", "valeur", "motif")}
    return answered(
        lambda: _recorded(serie, sent),
        "Le chiffre est enregistré.",
        then=lambda _: url_for("series.one", serie=serie, par=_place(serie) or None),
        refused=lambda problems: _one(serie, sent, problems),
    )


def _recorded(serie: str, sent: dict[str, str]) -> Any:
    on, value = reference_sheets.day(sent["le"]), reference_sheets.number(sent["valeur"])
    problems: Problems = {}
    if on is None:
        problems["le"] = ["Écrivez une date, comme 01/03/2026, ou un mois, comme 03/2026."]
    if value is None or not sent["valeur"].strip():
        problems["valeur"] = ["Écrivez un nombre, comme 12 ou 0,1234."]
    if on is None or value is None or problems:
        raise Invalid(problems)
    return references.record(serie, _place(serie), on, value, by=actor(), reason=sent["motif"])


@blueprint.post("/t/<code>/series/<serie>/<uuid:figure_id>/retirer")
@requires("series.agir")
def withdraw(serie: str, figure_id: UUID) -> ResponseReturnValue:
    """Withdraw a figure that should never have been."""
    back = url_for("series.one", serie=serie, par=_place(serie) or None)
    return answered(
        lambda: references.withdraw(figure_id, by=actor(), reason=typed.text("motif")),
        "Le chiffre est retiré ; il reste lisible plus bas.",
        then=lambda _: back,
        refused=sent_back(back),
    )


@blueprint.post("/t/<code>/series/<serie>/fichier")
@requires("series.agir")
def send(serie: str) -> ResponseReturnValue:
    """Read a file and show what it would record; nothing of it is recorded."""
    file = request.files.get("fichier")
    if file is None or not file.filename:
        return _one(serie, {}, {"fichier": ["Choisissez un fichier .xlsx ou .csv."]})
    try:
        found = reference_sheets.preview(serie, _place(serie), file.read(), safe_name(file.filename))
    except SheetRefused as refusal:
        return _one(serie, {}, {"fichier": [refusal.sentence]})
    return _preview(serie, found, {})


def _preview(serie: str, found: Preview, problems: Problems) -> ResponseReturnValue:
    changed = [item for item in found.figures if item.state == CHANGED]
    shown = render_template(
        "pages/series_preview.html",
        series=references.series_of(serie),
        place=_place(serie),
        found=found,
        counts={state: found.count(state) for state in (NEW, CHANGED, SAME)},
        changed=changed,
        added=[item for item in found.figures if item.state == NEW][:_SHOWN],
        refused=found.refused[:_MOST_REFUSED],
        rows="\n".join(_row(item.entry) for item in found.figures if item.state != SAME),
        said=reference_pages.said,
        sent={"motif": request.form.get("motif", "")},
        problems=problems,
        errors=errors(problems),
    )
    return shown, 422 if problems else 200


def _row(entry: Entry) -> str:
    return f"{entry.on.isoformat()};{entry.place};{entry.value}"


@blueprint.post("/t/<code>/series/<serie>/charger")
@requires("series.agir")
def load(serie: str) -> ResponseReturnValue:
    """Record the figures of the preview, all or none."""
    entries = _entries(serie)
    found = Preview([reference_sheets.compared(entry) for entry in entries], ())
    return answered(
        lambda: references.record_all(
            entries, by=actor(), reason=typed.text("motif"), source=references.IMPORTED
        ),
        "Les chiffres du fichier sont enregistrés.",
        then=lambda _: url_for("series.one", serie=serie, par=_place(serie) or None),
        refused=lambda problems: _preview(serie, found, problems),
    )


def _entries(serie: str) -> list[Entry]:
    """Read back the rows that the preview carried; a row that was tampered with is none."""
    entries = []
    for row in request.form.get("lignes", "").split()[: reference_sheets.MOST_ROWS * 10]:
        on, place, value = [*row.split(";"), "", ""][:3]
        when, figure = reference_sheets.day(on), reference_sheets.number(value)
        if when is not None and figure is not None:
            entries.append(Entry(serie, place, when, figure))
    return entries
