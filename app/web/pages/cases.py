"""The list of cases and the case file: what the viewer may not read is absent (LAW-1)."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.services import (
    case_view,
    cases,
    diagrams,
    follow_ups,
    releases,
    sharing,
    site_facts,
    stock,
    structures,
)
from app.services.case_view import CaseView
from app.services.cases import CaseRow
from app.services.mending import view as mended
from app.services.progress import Diagram
from app.web import formats, meters, present, route
from app.web.pages.acts import buttons
from app.web.permissions import actor, requires

blueprint = Blueprint("cases", __name__)

STATUSES: Final = {"open": "En cours", "closed": "Clos", "all": "Tous"}
PARTNER_STATES: Final = {
    "proposee": "todo",
    "transmise": "waiting",
    "acceptee": "active",
    "en_cours": "active",
    "realisee": "done",
    "refusee": "stopped",
    "abandonnee": "stopped",
    "expiree": "late",
}
"""The mark of each status of an orientation; its word comes with it (F4)."""


@blueprint.get("/t/<code>/dossiers")
@requires("dossiers.voir")
def listing() -> ResponseReturnValue:
    """List the territory's cases."""
    status = request.args.get("etat", "open")
    status = status if status in STATUSES else "open"
    search = request.args.get("q", "").strip()
    number = present.page_asked()
    found = cases.listing(actor(), search=search, status=status, page=number)
    return render_template(
        "pages/cases.html",
        status=status,
        search=search,
        rows=[_row(row) for row in found.rows],
        tabs=[
            {
                "label": label,
                "href": url_for("cases.listing", etat=key, q=search or None),
                "current": key == status,
            }
            for key, label in STATUSES.items()
        ],
        window=present.window(found, "cases.listing", etat=status, q=search or None),
    )


@blueprint.get("/t/<code>/dossiers/<reference>")
@requires("dossiers.voir")
def file(reference: str) -> ResponseReturnValue:
    """Show a case as this person may see it; the reading is journalled (LAW-8)."""
    view = case_view.file_view(reference, actor())
    chosen = _chosen(view, request.args.get("parcours", ""))
    before, after = follow_ups.neighbours(view.case)
    return render_template(
        "pages/case.html",
        view=view,
        follows=before,
        site=site_facts.of_case(view.case, releases.current()),
        handed=stock.of_case(view.case.id),
        meters=meters.section(view.case.id, actor()),
        followed_by=after,
        follow_up=follow_ups.offered(actor()),
        case=view.case,
        who=_who(view),
        agreement=_agreement(view),
        entrusting=_entrusting(),
        asked={row.id: row.name for row in view.partners},
        drawn=_route(view, chosen) if chosen is not None else None,
        route_tabs=_route_tabs(view, chosen),
        timeline=[
            {"title": line.text, "by": line.actor, **present.moment_mark(line.at)} for line in view.timeline
        ],
        open_rows=present.tasks(view.open_tasks, actor()),
        answers=present.answers,
        answered=_by_title(view.forms),
        papers=_papers(view),
        decisions=[present.decision(item, releases.current()) for item in view.decisions],
        phone=present.phone(view.case.household.phone),
        contents=_contents(view),
        conducts=_conducts(reference),
        acts=buttons(view.case.id, view.case.reference),
        partners=[(row, PARTNER_STATES.get(row.status, "info")) for row in view.partners],
    )


def _entrusting() -> dict[str, Any] | None:
    """Return what moves a case between structures by hand, for whoever may; None for the others."""
    relations = releases.current().settings.relations
    if not relations or not structures.may_entrust(actor()):
        return None
    return {"relations": relations, "structures": structures.choices()}


@blueprint.post("/t/<code>/dossiers/<reference>/partages/<uuid:share_id>/arreter")
@requires(sharing.SEE)
def end_share(reference: str, share_id: UUID) -> ResponseReturnValue:
    """Stop what a lane of the team reads by a share."""
    sharing.end(share_id, reference, by=actor())
    flash("Le partage est arrêté : ces réponses ne se lisent plus dans ce couloir.", "success")
    return redirect(url_for("cases.file", reference=reference, _anchor="partages"))


@blueprint.get("/t/<code>/dossiers/<reference>/parcours/<process>.bpmn")
@requires("dossiers.voir")
def diagram(reference: str, process: str) -> ResponseReturnValue:
    """Give the diagram of a case to the viewer; it holds nothing personal."""
    return Response(diagrams.of_case(reference, process), mimetype="application/xml")


def _row(row: CaseRow) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "href": url_for("cases.file", reference=row.reference),
        "household": row.household,
        "commune": row.commune,
        "priority": row.priority,
        "status": row.status,
        "step": row.step,
        "due": present.due_mark(row.due_at, late=row.late),
        "opened_at": row.opened_at,
    }


def _by_title(rows: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """Return answers or papers under their title, in the order in which each title first came."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.title, []).append(row)
    return list(found.items())


def _papers(view: CaseView) -> list[tuple[str, list[Any]]]:
    """Return the papers under their title; a partner's letter stands alone, its partner tells it apart."""
    plain = [row for row in view.documents if row.orientation_id is None]
    return [(row.title, [row]) for row in view.documents if row.orientation_id is not None] + _by_title(plain)


def _conducts(reference: str) -> list[dict[str, Any]]:
    """Return the processes that this person may suspend or mend; none for anybody else."""
    if not (actor().rights.may("supervision.agir") or actor().rights.may("parcours.reparer")):
        return []
    return [
        {"name": name, "href": url_for("mending.page", process_id=process_id)}
        for process_id, name, _ in mended.processes_of(reference)
    ]


def _contents(view: CaseView) -> list[dict[str, str]]:
    """Return the parts of the page that have something to show, to jump to."""
    parts = (
        ("etapes", "Étapes", True),
        ("parcours", "Parcours", not view.alone),
        ("reponses", "Réponses", bool(view.forms)),
        ("decisions", "Décisions", bool(view.decisions)),
        ("chronologie", "Chronologie", not view.alone),
        ("qui", "Qui et où", True),
        ("documents", "Documents", not view.alone),
        ("partenaires", "Partenaires", not view.alone),
        ("partages", "Partages", bool(view.apart) or actor().rights.may("partages.voir")),
    )
    return [{"label": label, "href": f"#{anchor}"} for anchor, label, shown in parts if shown]


def _who(view: CaseView) -> list[dict[str, Any]]:
    """Return who lives there, where, and how to reach them; only what is known."""
    household, dwelling = view.case.household, view.case.dwelling
    town = " ".join(part for part in (dwelling.postcode, dwelling.commune) if part)
    facts = (
        ("Ménage", view.household_name),
        ("Téléphone", present.phone(household.phone)),
        ("Courriel", household.email),
        ("Comment le joindre", household.reach),
        ("Langue", household.language),
        ("Adresse", ", ".join(part for part in (dwelling.address, dwelling.complement, town) if part)),
    )
    told = ("Ménage", "Adresse") if view.alone else tuple(label for label, _ in facts)
    return [{"label": label, "value": value} for label, value in facts if value and label in told]


def _agreement(view: CaseView) -> str | None:
    given = str(view.agreement.get("etat", "") or "")
    if view.case.agreement_withdrawn_on is not None:
        return f"retiré le {formats.full_day(view.case.agreement_withdrawn_on)} : plus rien n'est transmis"
    return given.replace("_", " ") or None


def _chosen(view: CaseView, asked: str) -> Diagram | None:
    """Return the part of the route to draw: the one asked for, else the innermost where something waits."""
    wanted = [drawn for drawn in view.diagrams if drawn.process == asked]
    waiting = [drawn for drawn in view.diagrams if drawn.active]
    return next(iter([*wanted, *reversed(waiting), *view.diagrams]), None)


def _part(view: CaseView, process: str) -> str:
    return url_for("cases.file", reference=view.case.reference, parcours=process, _anchor="parcours")


def _route_tabs(view: CaseView, chosen: Diagram | None) -> list[dict[str, Any]]:
    """Return the parts of the route, those where something waits first, the innermost leading."""
    ordered = [drawn for drawn in reversed(view.diagrams) if drawn.active]
    ordered += [drawn for drawn in view.diagrams if not drawn.active]
    return [
        {"label": drawn.name, "href": _part(view, drawn.process), "current": drawn is chosen}
        for drawn in ordered
    ]


def _route(view: CaseView, drawn: Diagram) -> dict[str, Any]:
    shown = {item.process for item in view.diagrams}
    return {
        "process": drawn.process,
        "name": drawn.name,
        "source": url_for("cases.diagram", reference=view.case.reference, process=drawn.process),
        "active": drawn.active,
        "done": drawn.done,
        "late": drawn.late,
        "links": {
            step.element: {"href": _part(view, step.called), "label": f"Voir {step.name}"}
            for step in drawn.steps
            if step.called is not None and step.called in shown
        },
        "steps": route.steps(
            drawn.steps,
            active=drawn.active,
            done=drawn.done,
            late=drawn.late,
            hrefs={
                step.element: _part(view, step.called)
                for step in drawn.steps
                if step.called is not None and step.called in shown
            },
        ),
    }
