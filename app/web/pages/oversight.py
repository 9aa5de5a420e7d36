"""Supervision from above: what has been promised, who carries what, where the route is slow."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.services import breaches, counting, promises, workload
from app.services.census import AGES
from app.services.promises import SPANS, Promise
from app.web import heat
from app.web.bars import bars
from app.web.formats import due_day, words_for_lapse
from app.web.pages.deadlines import line
from app.web.permissions import actor, requires
from app.web.supervision_query import age_words
from app.web.supervision_tabs import tabs

blueprint = Blueprint("oversight", __name__)


@blueprint.get("/t/<code>/supervision/promesses")
@requires("supervision.voir")
def promised() -> ResponseReturnValue:
    """Tell everything that is promised, in words, the soonest first."""
    asked = request.args.get("jours", "")
    days = next((span for span in SPANS if str(span) == asked), SPANS[0])
    found = promises.promised(actor(), days=days)
    return render_template(
        "pages/promises.html",
        tabs=tabs("oversight.promised"),
        days=days,
        spans=SPANS,
        breaches=breaches.open_breaches(actor()),
        late=[told(one) for one in found.late],
        coming=_by_day(found.coming),
        paused=found.paused,
        more=found.more,
    )


def told(one: Promise) -> dict[str, Any]:
    """Return a promise for its template."""
    href = line(one.task)["href"] if one.task is not None else None
    if href is None and one.case_reference and actor().rights.may("dossiers.voir"):
        href = url_for("cases.file", reference=one.case_reference)
    return {
        "words": one.words[:1].upper() + one.words[1:],
        "lapse": words_for_lapse(one.at),
        "at": one.at,
        "late": one.at <= clock.now(),
        "then": one.then,
        "who": one.who,
        "case": one.case_reference,
        "household": one.task.task.household if one.task is not None else None,
        "href": href,
        "kind": one.kind,
    }


def _by_day(coming: Any) -> list[tuple[date, list[dict[str, Any]]]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for one in coming:
        days.setdefault(due_day(one.at), []).append(told(one))
    return list(days.items())


@blueprint.get("/t/<code>/supervision/charge")
@requires("supervision.voir")
def load() -> ResponseReturnValue:
    """Show who has how much to do, and what has waited longest."""
    found, ages = workload.workload(actor()), workload.ageing(actor())
    return render_template(
        "pages/workload.html",
        tabs=tabs("oversight.load"),
        found=found,
        weeks=[_week(monday) for monday in found.mondays] if found is not None else [],
        charts={
            role.role: bars(
                [(_week(monday), count) for monday, count in zip(found.mondays, role.weeks, strict=True)],
                f"{role.label} : tâches à faire chaque semaine, celles en retard dans la première",
                f"semaines-{number}",
            )
            for number, role in enumerate(found.roles)
            if any(role.weeks)
        }
        if found is not None
        else {},
        ages=ages,
        brackets=[age_words(bracket) for bracket in range(len(AGES) + 1)],
        oldest=[line(row) for row in ages.oldest],
    )


def _week(monday: date) -> str:
    return f"{monday.day}/{monday.month:02d}"


@blueprint.get("/t/<code>/supervision/parcours")
@requires("supervision.voir")
def route() -> ResponseReturnValue:
    """Show the diagrams with what waits where, how long each step takes and the ways never taken."""
    return render_template(
        "pages/heat.html",
        tabs=tabs("oversight.route"),
        view=heat.view(actor(), request.args.get("schema", "")),
    )


@blueprint.post("/t/<code>/supervision/compter")
@requires("supervision.voir")
def count() -> ResponseReturnValue:
    """Have the territory counted again, when it is too big to be counted at each look."""
    if counting.ask():
        flash("Le comptage est demandé : rechargez la page dans une minute.", "success")
    return redirect(url_for("supervision.page"))
