"""« Droits du ménage »: its agreement, its data handed over, how long, erasure (LAW-2, 5, 6)."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict, Invalid
from app.services import access_export, consent, erasure, household_view, retention
from app.web.permissions import actor, requires

blueprint = Blueprint("household", __name__)

GIVES: str = "menages.droits"
ERASES: str = "dossiers.effacer"


@blueprint.get("/t/<code>/dossiers/<reference>/droits")
@requires(GIVES, ERASES)
def page(reference: str) -> ResponseReturnValue:
    """Show what a household may ask for, and what was done of it."""
    return _show(reference)


@blueprint.post("/t/<code>/dossiers/<reference>/droits/accord")
@requires(GIVES)
def agreement(reference: str) -> ResponseReturnValue:
    """Note that the household withdraws its agreement, or gives it again."""
    withdrawn = request.form.get("sens") == "retire"
    act = consent.withdraw if withdrawn else consent.give_again
    said = "Le retrait est noté : plus rien n'est transmis." if withdrawn else "L'accord est noté."
    return _done(
        reference,
        lambda: act(reference, on=_day("le"), mode=request.form.get("mode", ""), by=actor()),
        said,
    )


@blueprint.post("/t/<code>/dossiers/<reference>/droits/donnees")
@requires(GIVES)
def data(reference: str) -> ResponseReturnValue:
    """Hand over everything that is kept of the household, in one archive."""
    content, name = access_export.export(reference, by=actor())
    answer = send_file(
        BytesIO(content), mimetype="application/zip", download_name=name, as_attachment=True, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/t/<code>/dossiers/<reference>/droits/conservation")
@requires(ERASES)
def hold(reference: str) -> ResponseReturnValue:
    """Keep the case until a day whatever the rule, or let the rule decide again."""
    if request.form.get("sens") == "leve":
        return _done(
            reference,
            lambda: retention.release(reference, by=actor()),
            "La conservation est levée : la durée ordinaire s'applique.",
        )
    return _done(
        reference,
        lambda: retention.hold(
            reference, until=_day("jusquau") or date.min, reason=request.form.get("motif", ""), by=actor()
        ),
        "Le dossier est conservé jusqu'à ce jour.",
    )


@blueprint.post("/t/<code>/dossiers/<reference>/droits/effacement")
@requires(ERASES)
def erase(reference: str) -> ResponseReturnValue:
    """Forget the household, once the reference has been typed again."""
    try:
        erasure.erase(
            reference,
            reason=request.form.get("motif_effacement", ""),
            repeated=request.form.get("reference", ""),
            by=actor(),
        )
    except Invalid as refusal:
        return _show(reference, problems=refusal.problems, status=422)
    except Conflict as refused:
        flash(refused.sentence, "warning")
    else:
        flash(f"Le dossier {reference} est effacé : il n'en reste que la référence.", "success")
    return redirect(url_for("household.page", reference=reference))


@blueprint.get("/t/<code>/conservation")
@requires("archives.voir", ERASES)
def kept() -> ResponseReturnValue:
    """List what will soon be archived or erased, what is in the archive, what is held, what was erased."""
    states = {
        "bientot": "À venir",
        "archives": "Archives",
        "conserves": "Conservés",
        "effaces": "Effacés",
    }
    state = request.args.get("etat", "bientot")
    state = state if state in states else "bientot"
    return render_template(
        "pages/retention.html",
        state=state,
        rows=retention.overview(state),
        rule=retention.rule(),
        tabs=[
            {"label": label, "href": url_for("household.kept", etat=key), "current": key == state}
            for key, label in states.items()
        ],
    )


def _done(reference: str, act: Callable[[], object], said: str) -> ResponseReturnValue:
    try:
        act()
    except Invalid as refusal:
        return _show(reference, problems=refusal.problems, status=422)
    except Conflict as refused:
        flash(refused.sentence, "warning")
    else:
        flash(said, "success")
    return redirect(url_for("household.page", reference=reference))


def _show(
    reference: str, *, problems: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    faults: dict[str, Any] = problems or {}
    shown = render_template(
        "pages/household.html",
        view=household_view.rights_of(reference, actor()),
        may_give=actor().rights.may(GIVES),
        may_erase=actor().rights.may(ERASES),
        modes=consent.MODES,
        reasons=erasure.REASONS,
        problems=faults,
        errors=[{"href": f"#{key}", "text": text} for key, texts in faults.items() for text in texts],
        typed=request.form,
    )
    return shown, status


def _day(key: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(key, ""))
    except ValueError:
        return None
