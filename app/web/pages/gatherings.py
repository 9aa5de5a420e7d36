"""The list of who comes to a gathering, for those who organise it: groups, who came, places (ANG-4)."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid, RelaisError
from app.services import gathering_board, network, publications
from app.services.gathering_board import ORGANISES, Forgotten
from app.web.errors import status_of
from app.web.permissions import actor, requires

blueprint = Blueprint("gatherings", __name__)

_FIELDS: Final = ("nom", "structure", "type", "groupe")


@blueprint.get("/t/<code>/reseau/inscriptions/<uuid:process_id>")
@requires(ORGANISES)
def page(process_id: UUID) -> ResponseReturnValue:
    """Show who comes, who waits, who came."""
    return _show(process_id)


@blueprint.post("/t/<code>/reseau/inscriptions/<uuid:process_id>/presences")
@requires(ORGANISES)
def mark(process_id: UUID) -> ResponseReturnValue:
    """Say who came among those that the page showed."""
    seen, present = _ids("vu"), _ids("present")
    return _do(
        process_id,
        lambda: gathering_board.mark(process_id, seen, present, by=actor()),
        "Les présences sont notées.",
    )


@blueprint.post("/t/<code>/reseau/inscriptions/<uuid:process_id>/ajout")
@requires(ORGANISES)
def add(process_id: UUID) -> ResponseReturnValue:
    """Write down somebody who came without having registered."""
    typed = {key: request.form.get(key, "") for key in _FIELDS}
    return _do(
        process_id,
        lambda: gathering_board.add(process_id, typed, by=actor()),
        "La personne est ajoutée, présente.",
        typed,
    )


@blueprint.post("/t/<code>/reseau/inscriptions/<uuid:process_id>/places")
@requires(ORGANISES)
def places(process_id: UUID) -> ResponseReturnValue:
    """Change how many people may come."""
    text = request.form.get("places", "").strip()

    def act() -> None:
        if text and not text.isdecimal():
            raise Invalid({"places": ["Indiquez un nombre, ou laissez vide : sans limite."]})
        gathering_board.more_places(process_id, int(text[:6]) if text else None, by=actor())

    return _do(
        process_id, act, "Le nombre de places est changé ; qui attendait est prévenu.", {"places": text}
    )


@blueprint.post("/t/<code>/reseau/inscriptions/<uuid:process_id>/<uuid:registration_id>")
@requires(ORGANISES)
def one(process_id: UUID, registration_id: UUID) -> ResponseReturnValue:
    """Put somebody in another group, or cancel their registration."""
    if request.form.get("action") == "annuler":
        return _do(
            process_id,
            lambda: gathering_board.withdraw(process_id, registration_id, by=actor()),
            "L'inscription est annulée, la personne prévenue, son nom effacé.",
        )
    group = request.form.get("groupe", "")
    return _do(
        process_id,
        lambda: gathering_board.move(process_id, registration_id, group, by=actor()),
        "Le groupe est changé.",
    )


@blueprint.post("/t/<code>/reseau/inscriptions/<uuid:process_id>/publication")
@requires(ORGANISES)
def withdraw(process_id: UUID) -> ResponseReturnValue:
    """Take what this process has published off the public page."""
    publications.withdraw(process_id, by=actor())
    flash("Le texte n'est plus public.", "success")
    return redirect(url_for("network.detail", process_id=process_id))


def _do(
    process_id: UUID, act: Callable[[], object], said: str, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    try:
        act()
    except Invalid as refusal:
        return _show(process_id, typed, refusal.problems, status_of(refusal))
    except Forgotten as refusal:
        return _show(process_id, status=status_of(refusal), notice=refusal)
    flash(said, "success")
    return redirect(url_for("gatherings.page", process_id=process_id))


def _show(
    process_id: UUID,
    typed: dict[str, str] | None = None,
    problems: dict[str, list[str]] | None = None,
    status: int = 200,
    notice: RelaisError | None = None,
) -> ResponseReturnValue:
    faults: dict[str, Any] = problems or {}
    board = gathering_board.board(process_id, actor())
    page = render_template(
        "pages/gathering.html",
        board=board,
        row=board.gathering,
        process_id=process_id,
        followed=actor().rights.may(network.READ),
        address=url_for("registration.page", jeton=board.gathering.token, _external=True),
        groups_facts=[{"label": label, "value": number} for label, number in board.by_group],
        typed=typed or {},
        problems=faults,
        errors=[{"href": f"#{key}", "text": text} for key, texts in faults.items() for text in texts],
        notice=notice.sentence if notice is not None else None,
    )
    return page, status


def _ids(name: str) -> list[UUID]:
    """Return the ids of a list of the form; what is no id is left out."""
    found = []
    for text in request.form.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
