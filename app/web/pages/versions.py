"""The versions of the territory's programme and their proofs; a running case keeps the one it began with."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.errors import UnreadableRelease
from app.services import releases, versions
from app.services.release_changes import changes
from app.services.text import fold
from app.services.versions import Change, Sheet
from app.simulator.changes import details
from app.simulator.words import Words
from app.web import route
from app.web.formats import number as said
from app.web.permissions import requires

blueprint = Blueprint("versions", __name__)

_MOVEMENTS: Final = {"added": "Ajouté", "changed": "Modifié", "removed": "Retiré"}
_KINDS: Final = {
    "bpmn": "Diagramme",
    "dmn": "Table de décision",
    "forms": "Formulaire",
    "messages": "Message",
    "documents": "Lettre ou document",
    "territoire.toml": "Réglages du territoire",
}
_FIGURES: Final = {
    "started": "Parcours commencés",
    "closed": "Terminés",
    "open": "Encore ouverts à la fin",
    "incidents": "Incidents",
    "tasks_completed": "Étapes faites",
    "timers_fired": "Échéances et rappels",
    "late_tasks": "Étapes en retard",
}


@blueprint.get("/t/<code>/versions")
@requires("territoire.administrer", "programme.modifier", "programme.publier")
def page() -> ResponseReturnValue:
    """List the versions published, and what the current one holds."""
    current = releases.current()
    return render_template(
        "pages/versions.html",
        rows=releases.history(),
        current=current,
        processes=route.names(current.programme),
        forms=sorted(current.forms.values(), key=lambda form: fold(form.title)),
        decisions=sorted(current.decisions.values(), key=lambda table: fold(table.name)),
    )


@blueprint.get("/t/<code>/versions/<int(max=999999):number>")
@requires("territoire.administrer", "programme.modifier", "programme.publier")
def release(number: int) -> ResponseReturnValue:
    """Show one version: what changed, the check and the simulation it passed, what runs on it."""
    sheet = versions.sheet(number)
    proof = sheet.proof if sheet.intact else {}  # what was written over is not read
    check, simulation = proof.get("verification"), proof.get("simulation")
    return render_template(
        "pages/version.html",
        sheet=sheet,
        running=sum(sheet.running.values()),
        changes=_changes(sheet),
        check=_dated(check),
        problems=_problems(check),
        simulation=_dated(simulation),
        figures=_figures(simulation),
        told=_told(sheet),
        never=_never(sheet, simulation),
        inherited=_inherited(sheet),
        lineage=[{**row, "le": date.fromisoformat(row["le"])} for row in sheet.lineage],
    )


def _told(sheet: Sheet) -> list[str]:
    """Return what changed in the diagrams and the settings, in sentences."""
    if sheet.previous_id is None:
        return []
    try:
        before = Words(releases.of(sheet.previous_id).bundle)
    except UnreadableRelease:  # the table of files says what changed
        return []
    return [sentence for _, sentence in details(Words(releases.of(sheet.id).bundle), before)]


def _never(sheet: Sheet, simulation: Mapping[str, Any] | None) -> list[str]:
    flows = (simulation or {}).get("chiffres", {}).get("never_taken", [])
    words = Words(releases.of(sheet.id).bundle) if flows else None
    return [words.flow(flow) for flow in flows] if words is not None else []


def _changes(sheet: Sheet) -> list[dict[str, str]]:
    """Return the files that changed; one whose looks alone did says so."""
    looks: set[str] = set()
    if sheet.previous_id is not None:
        try:
            before = releases.of(sheet.previous_id).bundle
            found = changes(before, releases.of(sheet.id).bundle)
            looks = {one.path for one in found if one.cosmetic}
        except UnreadableRelease:  # what cannot be read is not judged
            pass
    return [_change(change, looks=change.path in looks) for change in sheet.changes]


def _change(change: Change, *, looks: bool) -> dict[str, str]:
    kind = _KINDS.get(change.path.partition("/")[0], "–")
    movement = "Apparence seulement" if looks else _MOVEMENTS[change.movement]
    return {"path": change.path, "title": change.title or kind, "movement": movement}


def _dated(part: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {**part, "le": datetime.fromisoformat(part["le"])} if part else None


def _problems(check: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Return the problems of a check as rows; the errors stand first."""
    rows: Iterable[Mapping[str, str]] = (check or {}).get("problemes", ())
    return [
        {
            "where": " · ".join(filter(None, (row["fichier"], row["element"]))),
            "what": row["message"],
            "kind": "Erreur" if row["gravite"] == "error" else "Avertissement",
        }
        for row in sorted(rows, key=lambda row: row["gravite"] != "error")
    ]


def _figures(simulation: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    kept = (simulation or {}).get("chiffres", {})
    return [{"label": label, "value": said(kept[name])} for name, label in _FIGURES.items() if name in kept]


def _inherited(sheet: Sheet) -> Mapping[str, Any] | None:
    """Return the release whose proof this one took over with its content, if it did."""
    origin: Mapping[str, Any] | None = sheet.proof.get("reprise_de")
    return origin
