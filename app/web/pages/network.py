"""The network (Réseau): events and who came, leads, who alerts, open situations (CAR-6, CAR-10, CAR-12)."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from babel.dates import format_date
from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.services import (
    gathering_board,
    network,
    network_attendance,
    network_facts,
    network_givers,
    network_report,
    publications,
    releases,
)
from app.services.network import Followed
from app.web import present
from app.web.handed import handed
from app.web.pages.acts import buttons
from app.web.pages.files import FILE_POLICY, IMAGES
from app.web.permissions import actor, requires

blueprint = Blueprint("network", __name__)

MARKS: Final = {"todo": "todo", "waiting": "waiting", "done": "done", "stopped": "stopped"}


@blueprint.get("/t/<code>/reseau")
@requires("reseau.voir")
def page() -> ResponseReturnValue:
    """Show what may be started, what waits for somebody, the events to come and those held."""
    chosen = _chosen()
    events = network.events(actor(), **chosen)
    coming = [row for row in events if row.state == "waiting"]
    return render_template(
        "pages/network.html",
        tabs=tabs("network.page"),
        acts=buttons(None),
        todo=[_line(row) for row in (*events, *network.leads(actor())) if row.waiting is not None],
        months=_by_month(coming),
        held=[_line(row) for row in reversed(events) if row.state in ("done", "stopped")],
        **_filter_bar(chosen),
    )


@blueprint.get("/t/<code>/reseau/suivi/<uuid:process_id>")
@requires("reseau.voir")
def detail(process_id: UUID) -> ResponseReturnValue:
    """Show one event or lead: what is known, who came, its papers, what comes next."""
    found = network.detail(process_id, actor())
    followed = found.followed
    total = followed.total
    return render_template(
        "pages/network_detail.html",
        row=_line(followed),
        known=followed.known,
        facts=_facts(followed),
        people=[
            {"label": label, "number": number, "share": network_facts.share(number, total)}
            for label, number in followed.known.people
        ],
        total=total,
        documents=found.documents,
        files=found.files,
        process_id=process_id,
        gathering=gathering_board.of_process(process_id),
        paper=publications.of_process(process_id),
    )


@blueprint.get("/t/<code>/reseau/suivi/<uuid:process_id>/fichiers/<uuid:file_id>")
@requires("reseau.voir")
def file(process_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Open a file that somebody joined to a step of an event."""
    stored, content = network.file_of(process_id, file_id, actor())
    answer = send_file(
        BytesIO(content), mimetype=stored.mime, download_name=stored.name,
        as_attachment=stored.mime not in IMAGES, max_age=0,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@blueprint.get("/t/<code>/reseau/pistes")
@requires("reseau.voir")
def leads() -> ResponseReturnValue:
    """List the partners to be, by state (CAR-12)."""
    rows = [_line(row) for row in network.leads(actor())]
    return render_template("pages/network_leads.html", tabs=tabs("network.leads"), rows=rows)


@blueprint.get("/t/<code>/reseau/donneurs")
@requires("reseau.voir")
def givers() -> ResponseReturnValue:
    """Show who alerts, who has gone quiet, who was told (MTP-2)."""
    return render_template(
        "pages/network_givers.html",
        tabs=tabs("network.givers"),
        found=network_givers.givers(actor()),
    )


@blueprint.get("/t/<code>/reseau/presences")
@requires("reseau.voir")
def attendance() -> ResponseReturnValue:
    """Show who came, by commune and over a period (CAR-6)."""
    chosen = _chosen()
    return render_template(
        "pages/network_attendance.html",
        tabs=tabs("network.attendance"),
        found=network_attendance.attendance(actor(), **chosen),
        query=_query(),
        households=releases.current().settings.entry is not None,
        **_filter_bar(chosen),
    )


@blueprint.get("/t/<code>/reseau/presences.<kind>")
@requires("reseau.voir")
def attendance_file(kind: str) -> ResponseReturnValue:
    """Hand over who came, one row for each type of structure of each event."""
    rows = network_attendance.rows(actor(), kind=_file_kind(kind), **_chosen())
    return handed(kind, "Présences", network_attendance.HEADERS, rows)


@blueprint.get("/t/<code>/reseau/situations")
@requires("reseau.voir")
def situations() -> ResponseReturnValue:
    """Show every open situation, whatever step it is at (CAR-10)."""
    rows = network_report.situations(actor())
    return render_template("pages/network_situations.html", tabs=tabs("network.situations"), rows=rows)


@blueprint.get("/t/<code>/reseau/situations.<kind>")
@requires("reseau.voir")
def situations_file(kind: str) -> ResponseReturnValue:
    """Hand over every open situation."""
    rows = network_attendance.situations(actor(), kind=_file_kind(kind))
    return handed(kind, "Situations", network_report.HEADERS, rows)


def tabs(current: str) -> list[dict[str, Any]]:
    """Return the pages of the network: of leads and of alerts where the programme has some, of decisions."""
    settings = releases.current().settings
    alerts = (("Donneurs d'alerte", "network.givers"), ("Situations", "network.situations"))
    named = (
        ("Événements", "network.page"),
        ("Présences", "network.attendance"),
        *((("Pistes de partenaires", "network.leads"),) if settings.network.leads else ()),
        *(alerts if settings.entry is not None else ()),
        *((("Décisions", "decisions.listing"),) if actor().rights.may("decisions.agir") else ()),
    )
    return [{"label": label, "href": url_for(end), "current": end == current} for label, end in named]


def _chosen() -> dict[str, Any]:
    """Return the commune and the period that the address asks for; what is no date asks for none."""
    asked = request.args.get("commune", "")
    known = {commune.insee for commune in releases.current().settings.communes}
    return {
        "commune": asked if asked in known else "",
        "first": _day(request.args.get("du", "")),
        "last": _day(request.args.get("au", "")),
    }


def _file_kind(asked: str) -> str:
    """Return the ending of a file that is made here.

    Raises:
        NotFound: no such file.
    """
    if asked not in ("xlsx", "csv"):
        raise NotFound
    return asked


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _query() -> dict[str, str]:
    return {key: value for key in ("commune", "du", "au") if (value := request.args.get(key, ""))}


def _filter_bar(chosen: dict[str, Any]) -> dict[str, Any]:
    return {"chosen": chosen, "communes": releases.current().settings.communes}


def _by_month(rows: Sequence[Followed]) -> list[dict[str, Any]]:
    """Return the events to come as a calendar people read: month by month."""
    months: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row.day is not None:
            months.setdefault(_month(row.day), []).append(_line(row))
    return [{"name": name, "rows": lines} for name, lines in months.items()]


def _month(day: date) -> str:
    """Return « Mars 2026 »."""
    return format_date(day, "MMMM y", locale="fr").capitalize()


def _named(row: Followed) -> str:
    """Return what to call what has no title yet: « Groupe de travail, Factures »."""
    kind = row.known.text("genre")
    return f"{row.process_name}, {kind}" if kind and kind != row.process_name else row.process_name


def _line(row: Followed) -> dict[str, Any]:
    waiting = row.waiting
    return {
        "href": url_for("network.detail", process_id=row.id),
        "title": row.known.text("titre") or row.known.text("nom") or _named(row),
        "kind": row.known.text("genre") or row.process_name,
        "process_name": row.process_name,
        "day": row.day,
        "hour": row.known.text("heure"),
        "place": ", ".join(filter(None, (row.known.text("lieu"), row.known.text("commune")))),
        "state": MARKS[row.state],
        "words": row.words,
        "next": row.known.day("prochaine"),
        "signed": row.known.day("signe"),
        "review": row.known.day("revoir"),
        "total": row.total,
        "task": waiting.name if waiting else None,
        "task_href": url_for("tasks.page", task_id=waiting.task_id) if waiting and waiting.mine else None,
        "due": present.due_mark(waiting.due_at, late=waiting.late) if waiting else None,
    }


def _facts(row: Followed) -> list[dict[str, Any]]:
    named = (
        ("Genre", "genre"), ("Date", "date"), ("Heure", "heure"), ("Lieu", "lieu"), ("Commune", "commune"),
        ("Ménages à signaler", "interesses"), ("Appréciation", "appreciation"),
        ("Prochain contact", "prochaine"), ("Accord donné le", "signe"), ("À revoir le", "revoir"),
    )  # fmt: skip
    return [{"label": label, "value": text} for label, name in named if (text := row.known.text(name))]
