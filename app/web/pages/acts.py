"""Acts (« gestes »): the first form is shown first, and nothing exists until it is sent."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalog.submission import Flat
from app.errors import Invalid
from app.ids import new_id
from app.services import act_drafts, act_view, acts, task_view
from app.services.acts import ActClosed, Beginning
from app.services.task_view import TaskView
from app.web import answering, formats, route
from app.web.answering import Redisplay
from app.web.pages.tasks import sheet_of
from app.web.permissions import actor, requires
from app.web.security import keeps_draft

blueprint = Blueprint("acts", __name__)

TOKEN: Final = "_depart"  # noqa: S105  # the name of a field
"""Hidden field of the form: the id that what is begun will have, so that sending twice begins once."""


@blueprint.get("/t/<code>/dossiers/<reference>/gestes/<act>")
@requires("taches.traiter")
def page(reference: str, act: str) -> ResponseReturnValue:
    """Show the form of an act for a case."""
    return _open(act, acts.case_of(reference))


@blueprint.post("/t/<code>/dossiers/<reference>/gestes/<act>")
@requires("taches.traiter")
@keeps_draft
def send(reference: str, act: str) -> ResponseReturnValue:
    """Begin an act of a case, or show what is to be mended."""
    return _carry_out(act, acts.case_of(reference))


@blueprint.post("/t/<code>/dossiers/<reference>/gestes/<act>/brouillon")
@requires("taches.traiter")
def draft(reference: str, act: str) -> ResponseReturnValue:
    """Keep what was typed so far, for a script."""
    return _keep(act, acts.case_of(reference))


@blueprint.get("/t/<code>/gestes/<act>")
@requires("taches.traiter")
def territory_page(act: str) -> ResponseReturnValue:
    """Show the form of an act of the territory."""
    return _open(act, None)


@blueprint.post("/t/<code>/gestes/<act>")
@requires("taches.traiter")
@keeps_draft
def territory_send(act: str) -> ResponseReturnValue:
    """Begin an act of the territory, or show what is to be mended."""
    return _carry_out(act, None)


@blueprint.post("/t/<code>/gestes/<act>/brouillon")
@requires("taches.traiter")
def territory_draft(act: str) -> ResponseReturnValue:
    """Keep what was typed so far, for a script."""
    return _keep(act, None)


def buttons(case_id: UUID | None, reference: str | None = None) -> list[dict[str, Any]]:
    """Return the acts that the person may start here, for ``act_buttons``."""
    if not actor().rights.may("taches.traiter"):
        return []
    return [
        {"label": item.label, "help": item.help, "href": _address(item.id, reference), "reason": item.reason}
        for item in acts.offered(actor(), case_id)
    ]


def _open(act: str, case_id: UUID | None) -> ResponseReturnValue:
    begun, view = act_view.opened(act, case_id, actor())
    if begun.reason is not None:
        return _show(begun, view, None)
    typed = Flat(dict(view.draft_typed)) if view.draft_typed is not None else None
    return _show(begun, view, Redisplay(typed or sheet_of(view).form.spread(view.initial)))


def _carry_out(act: str, case_id: UUID | None) -> ResponseReturnValue:
    begun, view = act_view.opened(act, case_id, actor())
    sheet = sheet_of(view)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _show(begun, view, again)
    if answering.asked_to_keep():
        act_drafts.save(act, case_id, sheet.typed().values, actor())
        flash("Le brouillon est enregistré. Vous seul le voyez.", "success")
        return redirect(_address(act, _reference(begun)))
    try:
        process_id = acts.start(act, case_id, sheet.answers(), by=actor(), process_id=_token())
    except Invalid as refusal:
        return _show(begun, view, answering.refused(sheet, refusal))
    except ActClosed as refusal:
        begun, view = act_view.opened(act, case_id, actor())
        return _show(begun, view, Redisplay(sheet.typed(), status=409, notice=refusal.sentence))
    return _after(begun.act.label, process_id, case_id)


def _keep(act: str, case_id: UUID | None) -> ResponseReturnValue:
    _, view = act_view.opened(act, case_id, actor())
    sheet = sheet_of(view)
    kept_at = act_drafts.save(act, case_id, sheet.typed().values, actor())
    return jsonify(
        phrase=f"Brouillon enregistré à {formats.hour(kept_at)}",
        calculs=sheet.form.computed(sheet.typed(), sheet.context, classes=sheet.classes),
    )


def _token() -> UUID:
    """Return the id drawn with the page; another one when it is no id."""
    try:
        return UUID(request.form.get(TOKEN, ""))
    except ValueError:
        return new_id()


def _show(begun: Beginning, view: TaskView, shown: Redisplay | None) -> ResponseReturnValue:
    """Show the form, or only why the act is closed."""
    sheet = sheet_of(view)
    if shown is not None:
        task_view.note_read(view)
    page = render_template(
        "pages/act.html",
        act=begun.act,
        view=view,
        header=view.header,
        form=view.form,
        reason=begun.reason,
        shown=shown,
        notice=shown.notice if shown else None,
        errors=answering.error_list(sheet, shown.problems) if shown else [],
        fields=answering.rendered(sheet, shown) if shown else "",
        token_name=TOKEN,
        token=_token() if request.method == "POST" else new_id(),
        button=begun.step.properties.get("bouton") or "Enregistrer",
        where=route.neighbourhood(view.release.programme, begun.act.process, begun.step.element),
        draft_address=_address(begun.act.id, _reference(begun), draft=True),
    )
    return page, shown.status if shown else 409


def _reference(begun: Beginning) -> str | None:
    return begun.case.reference if begun.case is not None else None


def _address(act: str, reference: str | None, *, draft: bool = False) -> str:
    if reference is None:
        return url_for("acts.territory_draft" if draft else "acts.territory_page", act=act)
    return url_for("acts.draft" if draft else "acts.page", reference=reference, act=act)


def _after(label: str, process_id: UUID, case_id: UUID | None) -> ResponseReturnValue:
    """Go to the next step when it is mine, else back to where the act was offered."""
    mine = acts.next_task(process_id, actor())
    if mine is not None:
        flash(f"« {label} » est enregistré. Voici l'étape suivante.", "success")
        return redirect(url_for("tasks.page", task_id=mine))
    flash(f"« {label} » est enregistré.", "success")
    reference = acts.reference_of(case_id) if case_id is not None else None
    if reference is not None and actor().rights.may("dossiers.voir"):
        return redirect(url_for("cases.file", reference=reference))
    if reference is None and actor().rights.may("reseau.voir"):
        return redirect(url_for("network.page"))
    return redirect(url_for("inbox.page"))
