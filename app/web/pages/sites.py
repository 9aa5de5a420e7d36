"""Sites as read: the list, one site with what is held around its households (BAT-1, BAT-2, BAT-3)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.services import arrears, partners, releases, sites
from app.services.arrears import Trend
from app.services.network import Followed
from app.services.site_changes import ACT
from app.services.sites import SiteDetail
from app.web.money_answers import Problems, errors
from app.web.pages.acts import buttons
from app.web.permissions import actor, requires
from app.web.site_chart import chart

blueprint = Blueprint("sites", __name__)

STATES: Final = {
    "open": ("Ouvert", "active"),
    "coming": ("À venir", "waiting"),
    "closed": ("Clos", "done"),
}
"""How the state of a site is said and marked; one with no date says nothing."""


@blueprint.get("/t/<code>/sites")
@requires("sites.voir")
def listing() -> ResponseReturnValue:
    """List the sites, then the trend of each landlord's arrears."""
    rows = sites.listing(actor())
    mine = actor().within is not None
    trends = arrears.trends([sites.get(row.id) for row in rows] if mine else None)
    return render_template(
        "pages/sites.html",
        words=sites.words(),
        rows=rows,
        states=STATES,
        dwellings=sum(row.dwellings or 0 for row in rows),
        uncounted=sum(row.dwellings is None for row in rows),
        followed=sum(row.followed for row in rows),
        trends=_drawn(trends),
        acts=acts(),
        changes=may_change(),
    )


@blueprint.get("/t/<code>/sites/<uuid:site_id>")
@requires("sites.voir")
def page(site_id: UUID) -> ResponseReturnValue:
    """Show one site."""
    return site_page(site_id, {}, {})


def site_page(site_id: UUID, sent: dict[str, Any], problems: Problems) -> tuple[str, int]:
    """Show one site, with what is wrong in what was just sent for it."""
    found = sites.detail(site_id, actor())
    words = sites.words()
    shown = render_template(
        "pages/site.html",
        words=words,
        found=found,
        line=found.line,
        state=STATES.get(found.line.state),
        facts=_facts(found),
        trends=_drawn(arrears.trends([found.row])),
        held=[_held(row) for row in found.held],
        acts=acts(),
        changes=may_change(),
        sees_network=actor().rights.may("reseau.voir"),
        sent=sent,
        problems=problems,
        errors=errors(problems),
        today=clock.today(),
    )
    return shown, 422 if problems else 200


def may_change() -> bool:
    """Whether this person may change the sites."""
    return actor().rights.may(ACT) and actor().within is None


def acts() -> list[dict[str, Any]]:
    """Return the acts of the territory whose process is held for a site: its diagram says which one."""
    settings = releases.current().settings
    held = {act.label for act in settings.acts.values() if act.process in sites.processes()}
    return [one for one in buttons(None) if one["label"] in held]


def landlords() -> list[tuple[str, str]]:
    """Return the structures of the directory as choices."""
    return [(str(row.id), row.name) for row in partners.listing() if row.active]


def _facts(found: SiteDetail) -> list[dict[str, Any]]:
    line = found.line
    named = (
        ("Commune", line.commune),
        ("Bailleur", line.landlord),
        ("Logements", str(line.dwellings) if line.dwellings is not None else ""),
        ("Classement", line.zoning),
        ("Phase", line.phase),
        ("Ouverture", line.opened_on.strftime("%d/%m/%Y") if line.opened_on else ""),
        ("Clôture", line.closed_on.strftime("%d/%m/%Y") if line.closed_on else ""),
    )
    return [{"label": label, "value": value or "non renseigné"} for label, value in named]


def _drawn(trends: list[Trend]) -> list[dict[str, Any]]:
    return [
        {"trend": one, "chart": chart(one, f"impayes-{number}")} for number, one in enumerate(trends, start=1)
    ]


def _held(row: Followed) -> dict[str, Any]:
    waiting = row.waiting
    return {
        "id": row.id,
        "event": row.process in releases.current().settings.network.events,
        "title": row.known.text("titre") or row.process_name,
        "kind": row.process_name,
        "day": row.day,
        "total": row.total,
        "people": row.known.people,
        "interested": row.known.text("interesses"),
        "state": row.state,
        "words": row.words,
        "task": waiting.name if waiting else None,
        "task_href": url_for("tasks.page", task_id=waiting.task_id) if waiting and waiting.mine else None,
    }
