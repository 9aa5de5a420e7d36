"""What is late, soon due, to come or suspended: one list, narrowed by what surrounds it."""

from collections.abc import Iterator
from datetime import date
from typing import IO, Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid
from app.services import supervision_actions, supervision_view, supervision_words, teams
from app.services.census import HORIZONS, STATES
from app.services.paging import SIZE
from app.services.supervision_actions import Outcome
from app.services.supervision_view import Listing, Supervised
from app.web import formats, present, supervision_export
from app.web.permissions import actor, place, requires
from app.web.supervision_query import (
    DIMENSION_WORDS,
    SORT_WORDS,
    STATE_WORDS,
    Asked,
    asked,
    words,
)
from app.web.supervision_tabs import tabs

blueprint = Blueprint("deadlines", __name__)
_PAGE = "deadlines.page"
FEW: Final = 12
"""Values of a dimension shown at once; the others open on demand."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DONE: Final = {
    "confier": ("tâche confiée", "tâches confiées"),
    "echeance": ("échéance changée", "échéances changées"),
    "relancer": ("relance envoyée", "relances envoyées"),
    "suspendre": ("tâche suspendue avec son parcours", "tâches suspendues avec leur parcours"),
}
"""What can be done to tasks, and how it is said once done."""
_PIECE: Final = 65_536
"""Bytes of a file sent at once."""
_TOLD: Final = 10
"""Refusals told one by one."""


@blueprint.get("/t/<code>/supervision/echeances")
@requires("supervision.voir")
def page() -> ResponseReturnValue:
    """List the open tasks that the address asks for."""
    return show(asked())


@blueprint.get("/t/<code>/supervision/echeances.xlsx")
@requires("supervision.voir")
def workbook() -> ResponseReturnValue:
    """Hand over the list as a workbook: what the address asks for, all pages."""
    wanted = asked()
    file = supervision_export.workbook(actor(), wanted, _territory())
    return _handed(file, _XLSX, f"{supervision_export.file_name(wanted)}.xlsx")


@blueprint.get("/t/<code>/supervision/echeances.csv")
@requires("supervision.voir")
def text() -> ResponseReturnValue:
    """Hand over the list as CSV: what the address asks for, all pages."""
    wanted = asked()
    file = supervision_export.text(actor(), wanted, _territory())
    return _handed(file, "text/csv", f"{supervision_export.file_name(wanted)}.csv")


def _handed(file: IO[bytes], mimetype: str, name: str) -> Response:
    """Send a temporary file piece by piece; it is gone once it is sent."""

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    answer = Response(pieces(), mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _territory() -> str:
    where = place()
    return where.name if where is not None else ""


@blueprint.post("/t/<code>/supervision/echeances")
@requires("supervision.agir")
def act() -> ResponseReturnValue:
    """Do something to the tasks that are ticked; say what was refused, and why."""
    back = redirect(url_for(_PAGE, **asked().query(page=request.args.get("page") or None)))
    verb = request.form.get("action", "")
    if verb not in _DONE:
        flash("Choisissez ce qu'il faut faire des tâches cochées.", "warning")
        return back
    try:
        outcome = _carried(verb, _ticked())
    except Invalid as refusal:
        flash(" ".join(said for several in refusal.problems.values() for said in several), "warning")
        return back
    _tell(verb, outcome)
    return back


def _ticked() -> list[UUID]:
    """Return the tasks that are ticked; what is no id names no task."""
    found = []
    for value in request.form.getlist("tache"):
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def _carried(verb: str, ids: list[UUID]) -> Outcome:
    """Do what is asked.

    Raises:
        Invalid: something is missing; ``problems`` says what.
    """
    reason = request.form.get("motif", "").strip()
    if verb == "confier":
        return supervision_actions.entrust(ids, _person(request.form.get("a", "")), actor())
    if verb == "relancer":
        return supervision_actions.remind(ids, actor())
    if verb == "suspendre":
        if not reason:
            raise Invalid({"motif": ["Indiquez pourquoi vous suspendez : le motif reste au dossier."]})
        return supervision_actions.suspend(ids, reason, actor())
    return supervision_actions.postpone(ids, _day(request.form.get("echeance", "")), reason, actor())


def _person(text: str) -> UUID | None:
    """Return whom the tasks go to; None gives them back to the team.

    Raises:
        Invalid: nobody was chosen.
    """
    if text == "equipe":
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"a": ["Choisissez à qui confier les tâches cochées."]}) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({"echeance": ["Indiquez le nouveau dernier jour pour faire ces tâches."]}) from None


def _tell(verb: str, outcome: Outcome) -> None:
    if outcome.done:
        flash(f"{formats.agree(outcome.done, *_DONE[verb])}.", "success")
    if outcome.refused:
        told = " ; ".join(f"{one.name} : {one.reason}" for one in outcome.refused[:_TOLD])
        more = len(outcome.refused) - _TOLD
        rest = f" Et {more} autres." if more > 0 else ""
        flash(f"{formats.agree(len(outcome.refused), 'refusée')}. {told}{rest}", "warning")


def show(wanted: Asked) -> str:
    """Return the page of a list."""
    listing = supervision_view.listing(actor(), wanted.filters, sort=wanted.sort, page=present.page_asked())
    narrowed = words(wanted, supervision_words.labels())
    return render_template(
        "pages/deadlines.html",
        tabs=tabs("deadlines.page"),
        wanted=wanted,
        listing=listing,
        rows=[line(row) for row in listing.rows],
        states=_states(wanted, listing),
        horizons=[
            {
                "label": f"{days} jours",
                "href": url_for(_PAGE, **wanted.query(jours=days)),
                "current": days == wanted.filters.within,
            }
            for days in HORIZONS
        ],
        narrowed=[
            {"label": label, "value": value, "href": url_for(_PAGE, **wanted.query(**{name: None}))}
            for name, label, value in narrowed
            if name != "etat"
        ],
        facets=_facets(wanted, listing),
        sorts=[
            {
                "key": key,
                "label": label,
                "href": url_for(_PAGE, **wanted.query(tri=key)),
                "current": key == wanted.sort,
            }
            for key, label in SORT_WORDS.items()
        ],
        sort_href={key: url_for(_PAGE, **wanted.query(tri=key)) for key in SORT_WORDS},
        window=_window(wanted, listing),
        query=wanted.query(),
        crew=teams.colleagues() if actor().rights.may("supervision.agir") else [],
    )


def line(row: Supervised) -> dict[str, Any]:
    """Return a line of the list for its template."""
    task = row.task
    return {
        **present.tasks([task], actor())[0],
        "id": task.id,
        "process_id": row.process_id,
        "lane": task.lane_label,
        "entered_at": task.entered_at,
        "due_at": task.due_at,
        "suspended": row.suspended,
    }


def _states(wanted: Asked, listing: Listing) -> list[dict[str, Any]]:
    sizes = listing.sizes
    found = [
        {
            "label": STATE_WORDS[state],
            "href": url_for(_PAGE, **wanted.query(etat=state)),
            "current": wanted.filters.state == state,
            "count": sizes[state] if sizes is not None else None,
            "late": state == "retard",
        }
        for state in STATES
        if state not in {"sans", "suspendu"} or wanted.filters.state == state or sizes is None or sizes[state]
    ]
    total = sum(sizes.values()) if sizes is not None else None
    return [
        *found,
        {
            "label": "Toutes",
            "href": url_for(_PAGE, **wanted.query(etat=None)),
            "current": wanted.filters.state is None,
            "count": total,
        },
    ]


def _facets(wanted: Asked, listing: Listing) -> list[dict[str, Any]]:
    """Return the dimensions that can still narrow the list, each value a link."""
    chosen = wanted.filters.values()
    found = []
    for name, label in DIMENSION_WORDS.items():
        values = [
            {
                "label": one.label,
                "count": one.count,
                "href": url_for(_PAGE, **wanted.query(**{name: one.value})),
            }
            for one in listing.choices.get(name, ())
        ]
        if chosen[name] is None and len(values) > 1:
            found.append({"label": label, "few": values[:FEW], "more": values[FEW:]})
    return found


def _href(wanted: Asked, name: str, value: str | None) -> str:
    return url_for(_PAGE, **wanted.query(**{name: value}))


def _window(wanted: Asked, listing: Listing) -> dict[str, Any]:
    def address(number: int) -> str:
        return url_for(_PAGE, **wanted.query(page=number))

    start = (listing.number - 1) * SIZE
    return {
        "first": start + 1 if listing.rows else 0,
        "last": start + len(listing.rows),
        "total": listing.total,
        "previous": address(listing.number - 1) if listing.number > 1 else None,
        "next": address(listing.number + 1) if listing.more else None,
    }
