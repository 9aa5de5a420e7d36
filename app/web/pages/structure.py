"""What a structure does by its personal link: its sheet, the charter, its figures (ANG-5)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import Invalid
from app.handlers.directory import CHARTER, FIGURES, first_day
from app.services import charter, directory_sheets, directory_words, live, structure_links, watch
from app.services.directory_sheets import SheetMoved
from app.services.structure_links import Held
from app.web import directory_typed, present
from app.web.money_answers import errors
from app.web.money_typed import text, version
from app.web.pages.charter import facts_sent
from app.web.permissions import by_link, place_of

blueprint = Blueprint("structure", __name__)

WHY = "La structure répond par un lien personnel, sans compte (ANG-5, ANG-6)"


@blueprint.get("/s/<token>")
@by_link(WHY)
def page(token: str) -> ResponseReturnValue:
    """Show what the link is for."""
    with _held(token) as held:
        if held.purpose == CHARTER:
            return _charter(held, {}, {})
        if held.purpose == FIGURES:
            return _figures(held, _given(held), {})
        facts = directory_words.facts_of(directory_sheets.sheet(held.partner_id).row)
        return _sheet(held, facts, {}, facts["version"])


@blueprint.post("/s/<token>")
@by_link(WHY)
def answer(token: str) -> ResponseReturnValue:
    """Keep what the structure answers."""
    with _held(token) as held:
        keep = {CHARTER: _sign, FIGURES: _count}.get(held.purpose, _verify)
        refused = keep(held)
        if refused is not None:
            return refused
    return redirect(url_for("structure.thanks", token=token))


def _verify(held: Held) -> ResponseReturnValue | None:
    facts = directory_typed.typed()
    try:
        directory_sheets.save(
            held.partner_id, facts, version=version(), by=held.actor, verified=True, link_id=held.id
        )
    except Invalid as refusal:
        return _sheet(held, facts, refusal.problems, version())
    except SheetMoved as moved:
        return _sheet(held, facts, {}, _version(held), notice=moved.sentence, status=409)
    return None


def _sign(held: Held) -> ResponseReturnValue | None:
    facts = facts_sent()
    try:
        charter.sign(held.partner_id, version(), facts, by=held.actor, link_id=held.id)
    except Invalid as refusal:
        return _charter(held, facts, refusal.problems)
    except charter.TextMoved as moved:
        return _charter(held, facts, {}, notice=moved.sentence)
    return None


def _count(held: Held) -> ResponseReturnValue | None:
    given = {key: text(key) for key in watch.words().figures}
    try:
        watch.record(held.partner_id, _quarter(held), given, by=held.actor, link_id=held.id)
    except Invalid as refusal:
        return _figures(held, given, refusal.problems)
    return None


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


def _charter(
    held: Held, sent: dict[str, Any], problems: dict[str, list[str]], *, notice: str = ""
) -> ResponseReturnValue:
    shown = charter.text()
    stands = any(
        shown is not None and number == shown.number and row.ended_on is None
        for row, number in charter.signatures_of(held.partner_id)
    )
    page = render_template(
        "pages/structure_charter.html",
        held=held,
        text=shown,
        signed=stands,
        signers=charter.words().signers,
        sent=sent,
        problems=problems,
        errors=errors(problems),
        notice=notice,
        **_contact(held),
    )
    return page, 422 if problems else 409 if notice else 200


def _figures(held: Held, sent: Mapping[str, object], problems: dict[str, list[str]]) -> ResponseReturnValue:
    page = render_template(
        "pages/structure_figures.html",
        held=held,
        quarter=watch.label_of(_quarter(held)),
        figures=watch.words().figures.values(),
        sent=sent,
        problems=problems,
        errors=errors(problems),
        **_contact(held),
    )
    return page, 422 if problems else 200


def _given(held: Held) -> dict[str, object]:
    return {key: str(number) for key, number in watch.of_structure(held.partner_id, _quarter(held)).items()}


def _quarter(held: Held) -> date:
    return held.quarter or first_day(clock.today())


def _version(held: Held) -> int:
    row = directory_sheets.sheet(held.partner_id).row
    return row.version if row is not None else 0


def _contact(held: Held) -> dict[str, Any]:
    contact = live.contact(held.release.settings)
    return {"contact": contact, "phone": present.phone(contact.telephone)}
