"""The pages of supervision, as tabs of each other."""

from typing import Any, Final

from flask import url_for

PAGES: Final = {
    "supervision.page": "Vue d'ensemble",
    "deadlines.page": "Échéances",
    "oversight.promised": "Promesses",
    "oversight.load": "Charge",
    "oversight.route": "Parcours",
    "works.page": "Travaux",
}


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the tabs, ``current`` (an endpoint) being where one is."""
    return [
        {"label": label, "href": url_for(endpoint), "current": endpoint == current}
        for endpoint, label in PAGES.items()
    ]
