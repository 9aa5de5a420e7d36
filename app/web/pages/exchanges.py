"""The exchange space: threads by topic, messages and their files, moderation, the summary by mail (ANG-6)."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.catalog.uploads import MAX_BYTES, Upload, UploadRefused, accept
from app.errors import Invalid
from app.services import exchange_digest, exchange_posts, exchanges
from app.services.exchange_posts import Written
from app.web import money_typed as typed
from app.web.money_answers import errors
from app.web.pages.files import FILE_POLICY
from app.web.permissions import actor, requires

blueprint = Blueprint("exchanges", __name__)


@blueprint.get("/t/<code>/echanges")
@requires(exchanges.READ)
def page() -> ResponseReturnValue:
    """List the threads, narrowed to a topic and to words."""
    exchange_digest.follow(actor())
    return _list({}, {})


@blueprint.post("/t/<code>/echanges")
@requires(exchanges.READ)
def begin() -> ResponseReturnValue:
    """Open a thread."""
    sent = _sent()
    try:
        thread_id = exchanges.begin(sent["sujet"], sent["titre"], _written(), by=actor())
    except Invalid as refusal:
        return _list(sent, refusal.problems)
    flash("Le fil est ouvert.", "success")
    return redirect(url_for("exchanges.thread", thread_id=thread_id))


@blueprint.post("/t/<code>/echanges/rythme")
@requires(exchanges.READ)
def rhythm() -> ResponseReturnValue:
    """Choose how often the summary comes by mail."""
    exchange_digest.follow(actor(), typed.text("rythme"))
    flash("Le rythme du résumé est enregistré.", "success")
    return redirect(url_for("exchanges.page"))


@blueprint.get("/t/<code>/echanges/<uuid:thread_id>")
@requires(exchanges.READ)
def thread(thread_id: UUID) -> ResponseReturnValue:
    """Show a thread with its messages."""
    answer = _thread(thread_id, {}, {})
    exchanges.note_read(thread_id, actor())
    return answer


@blueprint.post("/t/<code>/echanges/<uuid:thread_id>")
@requires(exchanges.READ)
def reply(thread_id: UUID) -> ResponseReturnValue:
    """Write in a thread."""
    sent = _sent()
    try:
        exchanges.reply(thread_id, _written(), by=actor())
    except Invalid as refusal:
        return _thread(thread_id, sent, refusal.problems)
    flash("Votre message est publié.", "success")
    return redirect(url_for("exchanges.thread", thread_id=thread_id, _anchor="dernier"))


@blueprint.post("/t/<code>/echanges/<uuid:thread_id>/clore")
@requires(exchanges.KEEP)
def close(thread_id: UUID) -> ResponseReturnValue:
    """Close a thread, or open it again."""
    closed = typed.text("clos") == "oui"
    exchanges.close(thread_id, closed=closed, by=actor())
    flash("Le fil est clos." if closed else "Le fil est rouvert.", "success")
    return redirect(url_for("exchanges.thread", thread_id=thread_id))


@blueprint.post("/t/<code>/echanges/messages/<uuid:post_id>/retrait")
@requires(exchanges.READ)
def take_back(post_id: UUID) -> ResponseReturnValue:
    """Erase one's own message, or another's as a moderator."""
    try:
        thread_id = exchanges.take_back(post_id, reason=typed.text("motif"), by=actor())
    except Invalid as refusal:
        flash(" ".join(text for texts in refusal.problems.values() for text in texts), "error")
        return redirect(url_for("exchanges.page"))
    flash("Le message est retiré, ses fichiers avec lui.", "success")
    return redirect(url_for("exchanges.thread", thread_id=thread_id))


@blueprint.get("/t/<code>/echanges/fichiers/<uuid:file_id>")
@requires(exchanges.READ)
def file(file_id: UUID) -> ResponseReturnValue:
    """Open a file of a message."""
    content, name, mime = exchanges.open_file(file_id, by=actor())
    answer = send_file(BytesIO(content), mimetype=mime, download_name=name, as_attachment=True, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


def _sent() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in ("sujet", "titre", "texte", "professionnel")}


def _written() -> Written:
    """Return what was sent.

    Raises:
        Invalid: a file cannot be taken.
    """
    uploads, refused = list[Upload](), list[str]()
    for item in request.files.getlist("fichiers"):
        if item.filename and len(uploads) + len(refused) <= exchange_posts.FILES:
            try:
                uploads.append(accept(item.filename, item.read(MAX_BYTES + 1)))
            except UploadRefused as fault:
                refused.append(str(fault))
    if refused:
        raise Invalid({"fichiers": refused})
    return Written(
        request.form.get("texte", ""), uploads, professional=request.form.get("professionnel") == "oui"
    )


def _list(sent: dict[str, str], problems: dict[str, list[str]]) -> ResponseReturnValue:
    topic, search = request.args.get("sujet", ""), request.args.get("q", "").strip()
    words = exchanges.words()
    page = render_template(
        "pages/exchanges.html",
        rows=exchanges.listing(actor(), topic=topic if topic in words.topics else "", search=search),
        words=words,
        topic=topic,
        search=search,
        rhythm=exchange_digest.rhythm_of(actor()),
        rhythms=exchange_digest.RHYTHMS,
        **_form(sent, problems),
    )
    return page, 422 if problems else 200


def _thread(thread_id: UUID, sent: dict[str, str], problems: dict[str, list[str]]) -> ResponseReturnValue:
    whole = exchanges.thread(thread_id, actor())
    page = render_template(
        "pages/exchange.html", whole=whole, words=exchanges.words(), **_form(sent, problems)
    )
    return page, 422 if problems else 200


def _form(sent: dict[str, str], problems: dict[str, list[str]]) -> dict[str, Any]:
    return {"sent": sent, "problems": problems, "errors": errors(problems)}
