"""The public page of a network and its flyers: nothing personal, no account (ANG-6)."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services import showcase
from app.web import directory_typed, present
from app.web.permissions import public, territory_page

blueprint = Blueprint("showcase", __name__)

WHY = "Ce que le réseau montre à tous : des structures qui l'ont accepté, aucune personne (ANG-6)"


@blueprint.get("/t/<code>/reseau-public")
@public(WHY)
@territory_page
def page() -> ResponseReturnValue:
    """Show what the network is, who can help, what comes next, what it published."""
    found = showcase.shown()
    return render_template(
        "pages/showcase.html",
        found=found,
        groups=[{"label": group.label, "rows": [_line(one) for one in group.rows]} for group in found.groups],
        phone=present.phone(found.contact.telephone),
        registration=lambda token: _address("registration.page", jeton=token),
        paper=lambda paper_id: _address("publications.page", paper_id=paper_id),
        sizes=showcase.SIZES,
    )


@blueprint.get("/t/<code>/reseau-public/depliant-<key>-<size>.pdf")
@public(WHY)
@territory_page
def flyer(key: str, size: str) -> ResponseReturnValue:
    """Hand over a flyer to print."""
    answer = Response(showcase.flyer(key, size), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "inline", filename=f"depliant-{key}-{size}.pdf")
    return answer


def _line(one: Any) -> dict[str, Any]:
    facts = {item["name"]: item["value"] for item in directory_typed.said(one.row)}
    return {"name": one.partner.name, "phone": present.phone(one.partner.phone), "facts": facts}


def _address(endpoint: str, **parts: Any) -> str | None:
    """Return an address of another room, None where the server has no such page."""
    return url_for(endpoint, **parts) if endpoint in current_app.view_functions else None
