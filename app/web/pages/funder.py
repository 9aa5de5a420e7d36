"""The account to those who pay: what each household cost, who pays which part, the file to send (MTP-6)."""

from typing import Any, Final

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.documents.spreadsheet import Cell
from app.services import funder
from app.services.funder import SHOWN, Account
from app.web import formats
from app.web.handed import handed
from app.web.indicators_query import Asked, asked, presets
from app.web.permissions import actor, requires

blueprint = Blueprint("funder", __name__)
_TITLE: Final = "Bilan financeur"


@blueprint.get("/t/<code>/rapports/financeur")
@requires("rapports.agir")
def page() -> ResponseReturnValue:
    """Show the account over a period: its sums, who pays, its first lines."""
    wanted = asked()
    found = funder.account(actor(), wanted.period)
    return render_template(
        "pages/funder.html",
        found=found,
        wanted=wanted,
        headers=funder.headers(found),
        rows=[_written(found, row) for row in list(funder.rows(found))[:SHOWN]],
        presets=[
            {
                "label": label,
                "href": url_for("funder.page", **Asked(period, {}).query()),
                "current": period == wanted.period,
            }
            for label, period in presets()
        ],
    )


def _written(found: Account, row: list[Any]) -> list[str]:
    """Return a line as the page writes it: months in full, amounts in euros."""
    cost = ["euros"] if found.funder.cost else []
    kinds = ["nombre", "mois", *(one.kind for one in found.columns), *cost]
    return [_cell(kind, value) for kind, value in zip(kinds, row, strict=True)]


def _cell(kind: str, value: Any) -> str:
    if value is None:
        return "–"
    if kind == "euros":
        return formats.money(value)
    if kind == "mois":
        return f"{value:%m/%Y}"
    return formats.number(value) if kind in {"nombre", "decimal"} else str(value)


@blueprint.get("/t/<code>/rapports/financeur.xlsx")
@requires("rapports.agir")
def workbook() -> ResponseReturnValue:
    """Hand the account over as a workbook; its second sheet sums it up."""
    return _file("xlsx")


@blueprint.get("/t/<code>/rapports/financeur.csv")
@requires("rapports.agir")
def text() -> ResponseReturnValue:
    """Hand the account over as CSV."""
    return _file("csv")


def _file(kind: str) -> Response:
    wanted = asked()
    found = funder.export(actor(), wanted.period, kind=kind)
    about: list[tuple[str, Cell]] = [
        ("Bilan", found.funder.title),
        ("Du", wanted.period.first),
        ("Au", wanted.period.last),
        ("Ménages", len(found.lines)),
        ("Coût total (€)", found.total),
        *((f"{payer.label} ({formats.number(payer.part)} %)", amount) for payer, amount in found.shares),
    ]
    return handed(kind, _TITLE, funder.headers(found), funder.rows(found), about)
