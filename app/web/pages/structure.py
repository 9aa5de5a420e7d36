"""What a structure does by its personal link: its sheet, the charter, its figures (ANG-5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.errors import Invalid
from app.services import directory_sheets, directory_words, live, structure_links
from app.services.directory_sheets import SheetMoved
from app.services.structure_links import Held
from app.web import directory_typed, present
from app.web.money_typed import version
from app.web.permissions import by_link, place_of

blueprint = Blueprint("structure", __name__)

WHY = "La structure répond par un lien personnel, sans compte (ANG-5, ANG-6)"


@blueprint.get("/s/<token>")
@by_link(WHY)
def page(token: str) -> ResponseReturnValue:
    """Show what the link is for."""
    with _held(token) as held:
        facts = directory_words.facts_of(directory_sheets.sheet(held.partner_id).row)
        return _sheet(held, facts, {}, facts["version"])


@blueprint.post("/s/<token>")
@by_link(WHY)
def answer(token: str) -> ResponseReturnValue:
    """Keep what the structure answers."""
    with _held(token) as held:
        facts = directory_typed.typed()
        try:
            directory_sheets.save(
                held.partner_id, facts, version=version(), by=held.actor, verified=True, link_id=held.id
            )
        except Invalid as refusal:
            return _sheet(held, facts, refusal.problems, version())
        except SheetMoved as moved:
            return _sheet(held, facts, {}, _version(held), notice=moved.sentence, status=409)
    return redirect(url_for("structure.thanks", token=token))


@blueprint.get("/s/<token>/merci")
@by_link(WHY)
def thanks(token: str) -> ResponseReturnValue:
    """Thank."""
    with _held(token) as held:
        return render_template("pages/structure_thanks.html", held=held, token=token)


@contextmanager
def _held(token: str) -> Iterator[Held]:
    with structure_links.holding(token) as held:
        g.place = place_of(held.territory)
        yield held


def _sheet(
    held: Held,
    facts: dict[str, Any],
    problems: dict[str, list[str]],
    shown: int,
    *,
    notice: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    one = directory_sheets.sheet(held.partner_id)
    page = render_template(
        "pages/structure_sheet.html",
        held=held,
        row=one.row,
        fresh=one.fresh,
        notice=notice,
        **_contact(held),
        **directory_typed.shown(facts, problems, shown),
    )
    return page, 422 if problems else status


def _version(held: Held) -> int:
    row = directory_sheets.sheet(held.partner_id).row
    return row.version if row is not None else 0


def _contact(held: Held) -> dict[str, Any]:
    contact = live.contact(held.release.settings)
    return {"contact": contact, "phone": present.phone(contact.telephone)}
