"""Decisions taken together: what is proposed, who said what, one voice a structure (ANG-1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Conflict, Invalid
from app.handlers.consultations import ABSTENTION, CONSENT, OBJECTION
from app.services import network_words, voices
from app.services.voices import SPEAKS, Held
from app.web.errors import status_of
from app.web.pages.network import tabs
from app.web.permissions import actor, by_link, place_of, requires

blueprint = Blueprint("decisions", __name__)

WHY: Final = "Une structure donne sa voix par un lien personnel, sans compte (ANG-1)"
WORDS: Final = {CONSENT: "Consent", OBJECTION: "S'oppose", ABSTENTION: "S'abstient", "": "N'a rien dit"}
OFFERED: Final = {
    CONSENT: "Nous consentons : la décision peut se prendre",
    OBJECTION: "Nous nous opposons, avec une raison",
    ABSTENTION: "Nous nous abstenons",
}
MARKS: Final = {
    "ouverte": "active", "close": "waiting", "adoptee": "done", "retiree": "stopped", "rejetee": "stopped"
}  # fmt: skip


@blueprint.get("/t/<code>/reseau/decisions")
@requires("reseau.voir")
def listing() -> ResponseReturnValue:
    """List what was put to the structures, and what became of it."""
    return render_template(
        "pages/decisions.html",
        tabs=tabs("decisions.listing"),
        rows=voices.listing(actor()),
        states=network_words.RESULTS,
        marks=MARKS,
    )


@blueprint.get("/t/<code>/reseau/decisions/<uuid:process_id>")
@requires("reseau.voir")
def page(process_id: UUID) -> ResponseReturnValue:
    """Show a proposal, who said what, and the voice of one's own structure."""
    return _show(process_id)


@blueprint.post("/t/<code>/reseau/decisions/<uuid:process_id>")
@requires(SPEAKS)
def speak(process_id: UUID) -> ResponseReturnValue:
    """Give the voice of one's own structure."""
    try:
        voices.give_for_structure(process_id, _choice(), _reason(), by=actor())
    except Invalid as refusal:
        return _show(process_id, refusal.problems, status_of(refusal))
    except voices.VoicesClosed as refusal:
        flash(refusal.sentence, "warning")
    else:
        flash("La voix de votre structure est notée. Vous pouvez la changer jusqu'à la fin.", "success")
    return redirect(url_for("decisions.page", process_id=process_id))


@blueprint.get("/v/<token>")
@by_link(WHY)
def link(token: str) -> ResponseReturnValue:
    """Show a structure what it is asked, and what it has said so far."""
    with _held(token) as held:
        return _asked(token, held)


@blueprint.post("/v/<token>")
@by_link(WHY)
def answer(token: str) -> ResponseReturnValue:
    """Take the voice of a structure."""
    with _held(token) as held:
        try:
            voices.give(held.voice.id, _choice(), _reason(), by=held.voice.partner.name)
        except Invalid as refusal:
            return _asked(token, held, refusal.problems, status_of(refusal))
        except Conflict as refusal:
            flash(refusal.sentence, "warning")
        else:
            flash("Votre voix est notée. Vous pouvez la changer jusqu'à la fin, par le même lien.", "success")
    return redirect(url_for("decisions.link", token=token))


@contextmanager
def _held(token: str) -> Iterator[Held]:
    with voices.holding(token) as held:
        g.place = place_of(held.territory)
        yield held


def _choice() -> str:
    return request.form.get("choix", "")


def _reason() -> str:
    return request.form.get("raison", "")


def _asked(
    token: str, held: Held, problems: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    page_ = render_template(
        "pages/voice.html",
        token=token,
        row=held.row,
        voice=held.voice,
        open=voices.is_open(held.row),
        **_typed(held.voice.choice, held.voice.reason, problems),
    )
    return page_, status


def _show(
    process_id: UUID, problems: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    found = voices.detail(process_id, actor())
    own = found.own
    page_ = render_template(
        "pages/decision.html",
        found=found,
        row=found.row,
        words=WORDS,
        state=network_words.RESULTS[found.row.status],
        mark=MARKS[found.row.status],
        **_typed(own.choice if own else "", own.reason if own else "", problems),
    )
    return page_, status


def _typed(choice: str, reason: str, problems: dict[str, list[str]] | None) -> dict[str, object]:
    """Return what the form shows: what was just typed when it is refused, else what was said before."""
    faults = problems or {}
    return {
        "choices": OFFERED,
        "choice": _choice() if faults else choice,
        "reason": _reason() if faults else reason,
        "problems": faults,
        "errors": [{"href": f"#{key}", "text": text} for key, texts in faults.items() for text in texts],
    }
