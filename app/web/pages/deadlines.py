"""What is late, soon due, to come or suspended: one list, narrowed by what surrounds it."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services import supervision_view, supervision_words
from app.services.census import HORIZONS, STATES
from app.services.paging import SIZE
from app.services.supervision_view import Listing, Supervised
from app.web import present
from app.web.permissions import actor, requires
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
FEW = 12
"""Values of a dimension shown at once; the others open on demand."""


@blueprint.get("/t/<code>/supervision/echeances")
@requires("supervision.voir")
def page() -> ResponseReturnValue:
    """List the open tasks that the address asks for."""
    return show(asked())


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
        window=_window(wanted, listing),
        query=wanted.query(),
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
