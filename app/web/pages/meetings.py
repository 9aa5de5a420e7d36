"""A meeting, prepared and held: its agenda, one situation at a time, its close (CAR-11)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.catalog.forms import Form
from app.catalog.kinds.moments import TODAY
from app.catalog.submission import ACTION
from app.errors import Conflict, Invalid, NotFound
from app.services import meeting_close, meeting_items, meeting_plan, meetings
from app.services.meeting_close import NotAllDecided
from app.services.meetings import ChangedMeanwhile, MeetingOver, View
from app.web import answering, meeting_shown, meeting_typed
from app.web.answering import Redisplay, Sheet
from app.web.formats import agree
from app.web.permissions import actor, requires
from app.web.security import keeps_draft

blueprint = Blueprint("meetings", __name__)

PUT_OFF: Final = "reporter"
STAY: Final = "rester"


@blueprint.get("/t/<code>/revues/<uuid:process_id>")
@requires("revue.voir")
def page(process_id: UUID) -> ResponseReturnValue:
    """Show a meeting: when, who, which situations and how far."""
    return _agenda(meetings.look(process_id, actor()))


@blueprint.post("/t/<code>/revues/<uuid:process_id>/preparation")
@requires("revue.voir")
def plan(process_id: UUID) -> ResponseReturnValue:
    """Fix its date, hour and place."""
    try:
        meeting_plan.plan(
            process_id,
            meeting_typed.moment(),
            request.form.get("lieu", ""),
            version=meeting_typed.version(),
            by=actor(),
        )
    except (Invalid, ChangedMeanwhile) as refused:
        return _refused(process_id, "preparation", refused)
    flash("La date et le lieu sont enregistrés.", "success")
    return redirect(url_for("meetings.page", process_id=process_id))


@blueprint.post("/t/<code>/revues/<uuid:process_id>/report")
@requires("revue.voir")
def move(process_id: UUID) -> ResponseReturnValue:
    """Put it off, or bring it forward, and tell those who are expected."""
    try:
        meeting_plan.move(process_id, meeting_typed.moment(), request.form.get("motif", ""), by=actor())
    except Invalid as refused:
        return _refused(process_id, "report", refused)
    flash("La séance change de date. Les personnes attendues sont prévenues.", "success")
    return redirect(url_for("meetings.page", process_id=process_id))


@blueprint.post("/t/<code>/revues/<uuid:process_id>/presents")
@requires("revue.voir")
def attend(process_id: UUID) -> ResponseReturnValue:
    """Keep who is expected and who came."""
    people = meeting_typed.people()
    if request.form.get(ACTION) == "ajouter":
        return _agenda(meetings.look(process_id, actor()), people=[*people, {}], opened="presents")
    try:
        meeting_plan.attend(process_id, people, version=meeting_typed.version(), by=actor())
    except (Invalid, ChangedMeanwhile) as refused:
        return _refused(process_id, "presents", refused, people=people)
    flash("Les présents sont enregistrés.", "success")
    return redirect(url_for("meetings.page", process_id=process_id, _anchor="presents"))


@blueprint.post("/t/<code>/revues/<uuid:process_id>/ajouts")
@requires("revue.voir")
def add(process_id: UUID) -> ResponseReturnValue:
    """Put situations on the agenda at the last minute."""
    wanted = request.form.getlist("reference")
    try:
        rank = meeting_items.add(process_id, wanted, by=actor())
    except Invalid as refused:
        return _refused(process_id, "ajouts", refused)
    number = sum(bool(reference.strip()) for reference in wanted)
    flash(f"{agree(number, 'situation ajoutée', 'situations ajoutées')} en séance.", "success")
    if number == 1:
        return redirect(url_for("meetings.item", process_id=process_id, rank=rank))
    return redirect(url_for("meetings.page", process_id=process_id))


@blueprint.post("/t/<code>/revues/<uuid:process_id>/ordre-du-jour")
@requires("revue.voir")
def print_again(process_id: UUID) -> ResponseReturnValue:
    """Have the agenda made again."""
    meeting_plan.print_again(process_id, by=actor())
    flash("L'ordre du jour se prépare à nouveau, avec ce qui a changé.", "success")
    return redirect(url_for("meetings.page", process_id=process_id))


@blueprint.get("/t/<code>/revues/<uuid:process_id>/seance/<int:rank>")
@requires("revue.voir")
def item(process_id: UUID, rank: int) -> ResponseReturnValue:
    """Show one situation, to be decided."""
    view = meetings.look(process_id, actor())
    shown = _at(view, rank)
    sheet = _sheet(view, shown)
    return _item(view, shown, sheet, Redisplay(sheet.form.spread(shown.readable(actor().rights.read))))


@blueprint.post("/t/<code>/revues/<uuid:process_id>/seance/<int:rank>")
@requires("revue.voir")
@keeps_draft
def save(process_id: UUID, rank: int) -> ResponseReturnValue:
    """Keep what was written of one situation, then go on to the next that waits."""
    view = meetings.look(process_id, actor())
    shown = _at(view, rank)
    sheet = _sheet(view, shown)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _item(view, shown, sheet, again, version=meeting_typed.version())
    asked = request.form.get(ACTION)
    try:
        answers = sheet.answers()
        meeting_items.save(
            process_id, rank, answers, version=meeting_typed.version(), by=actor(), postponed=asked == PUT_OFF
        )
    except Invalid as refusal:
        return _item(view, shown, sheet, answering.refused(sheet, refusal), version=meeting_typed.version())
    except ChangedMeanwhile as refusal:
        return _changed(process_id, rank, refusal)
    except MeetingOver as over:
        return _over(process_id, over)
    return redirect(_next(process_id, rank, asked))


def _changed(process_id: UUID, rank: int, refusal: ChangedMeanwhile) -> ResponseReturnValue:
    """Show what somebody else saved beside what was typed: whoever saves again has read it."""
    view = meetings.look(process_id, actor())
    shown = _at(view, rank)
    sheet = _sheet(view, shown)
    typed = Redisplay(sheet.typed(), status=409, notice=refusal.sentence)
    return _item(view, shown, sheet, typed, saved=True)


def _next(process_id: UUID, rank: int, asked: str | None) -> str:
    """Return where the meeting goes on: the next situation that waits, else the end."""
    if asked == STAY:
        return url_for("meetings.item", process_id=process_id, rank=rank)
    rows = meeting_items.items(meetings.look(process_id, actor()))
    waiting = [one.row.rank for one in rows if not one.settled]
    after = next((other for other in waiting if other > rank), waiting[0] if waiting else None)
    if after is None:
        return url_for("meetings.close_page", process_id=process_id)
    return url_for("meetings.item", process_id=process_id, rank=after)


@blueprint.get("/t/<code>/revues/<uuid:process_id>/cloture")
@requires("revue.voir")
def close_page(process_id: UUID) -> ResponseReturnValue:
    """Show what is left, and what the meeting says as a whole."""
    view = meetings.look(process_id, actor())
    sheet = _rest(view)
    first = {**_today(sheet.form), **sheet.form.initial(sheet.context)}
    return _close(view, sheet, Redisplay(sheet.form.spread(first)))


def _today(form: Form) -> dict[str, object]:
    """Return today for each required day that may not be later: most meetings are closed the same day."""
    return {
        field.key: clock.today()
        for field in form.fields
        if field.type == "date" and field.required and field.maximum == TODAY
    }


@blueprint.post("/t/<code>/revues/<uuid:process_id>/cloture")
@requires("revue.voir")
@keeps_draft
def close(process_id: UUID) -> ResponseReturnValue:
    """Close the meeting: decisions and actions go to the cases, the minutes are made."""
    view = meetings.look(process_id, actor())
    sheet = _rest(view)
    again = answering.not_to_carry_out(sheet)
    if again is not None:
        return _close(view, sheet, again)
    try:
        meeting_close.close(process_id, sheet.answers(), by=actor())
    except Invalid as refusal:
        return _close(view, sheet, answering.refused(sheet, refusal))
    except MeetingOver as over:
        return _over(process_id, over)
    except NotAllDecided as left:
        return _close(view, sheet, Redisplay(sheet.typed(), status=409, notice=left.sentence))
    flash(meeting_shown.closed(meetings.look(process_id, actor())), "success")
    return redirect(url_for("meetings.page", process_id=process_id))


def _over(process_id: UUID, over: Conflict) -> ResponseReturnValue:
    flash(over.sentence, "warning")
    return redirect(url_for("meetings.page", process_id=process_id))


def _at(view: View, rank: int) -> meeting_items.Item:
    found = next((one for one in meeting_items.items(view) if one.row.rank == rank), None)
    if found is None:
        raise NotFound
    return found


def _sheet(view: View, shown: meeting_items.Item, *, strict: bool = False) -> Sheet:
    form = meeting_items.sheet(view, strict=strict)
    return Sheet(form, actor().rights.collect, meeting_items.context(shown))


def _rest(view: View) -> Sheet:
    return Sheet(meeting_close.rest(view), actor().rights.collect, meeting_close.context(view))


def _agenda(
    view: View,
    *,
    status: int = 200,
    refused: Mapping[str, Any] | None = None,
    people: Sequence[Mapping[str, Any]] | None = None,
    opened: str = "",
) -> ResponseReturnValue:
    noted = people if people is not None else view.attendance
    page = render_template(
        "pages/meeting.html",
        view=view,
        shown=meeting_shown.agenda(view),
        people=noted or (meeting_plan.expected(view) if view.may_prepare else []),
        refused=refused or {},
        opened=opened,
        typed=request.form if refused else {},
    )
    return page, status


def _refused(
    process_id: UUID,
    where: str,
    refusal: Invalid | ChangedMeanwhile,
    *,
    people: Sequence[Mapping[str, Any]] | None = None,
) -> ResponseReturnValue:
    """Show the agenda again, with what is to be mended where it was typed."""
    view = meetings.look(process_id, actor())
    if isinstance(refusal, Invalid):
        told = [text for texts in refusal.problems.values() for text in texts]
        status = 422
    else:
        told, status = [refusal.sentence], 409
    return _agenda(view, status=status, refused={"where": where, "told": told}, people=people, opened=where)


def _item(
    view: View,
    shown: meeting_items.Item,
    sheet: Sheet,
    typed: Redisplay,
    *,
    version: int | None = None,
    saved: bool = False,
) -> ResponseReturnValue:
    asked = _sheet(view, shown, strict=True)  # what may be left for later is shown as it will be asked
    page = render_template(
        "pages/meeting_item.html",
        view=view,
        shown=meeting_shown.situation(view, shown, saved=saved),
        item=shown,
        version=shown.row.version if version is None else version,
        notice=typed.notice,
        errors=answering.error_list(sheet, typed.problems),
        fields=answering.rendered(asked, typed),
    )
    return page, typed.status


def _close(view: View, sheet: Sheet, typed: Redisplay) -> ResponseReturnValue:
    page = render_template(
        "pages/meeting_close.html",
        view=view,
        shown=meeting_shown.end(view),
        notice=typed.notice,
        errors=answering.error_list(sheet, typed.problems),
        fields=answering.rendered(sheet, typed),
    )
    return page, typed.status
