"""A reading of a case corrected or withdrawn, with a reason (BAT-7)."""

from decimal import Decimal
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.services import meter_corrections, meter_view, reference_sheets, releases
from app.services.meter_corrections import Corrected
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, comma, errors, sent_back
from app.web.permissions import actor, requires

blueprint = Blueprint("readings", __name__)
_FIELDS = ("le", "index", "nature", "ancien_fin", "nouveau_debut", "change_le", "motif")


@blueprint.get("/t/<code>/releves/<uuid:reading_id>")
@requires("consommations.agir")
def form(reading_id: UUID) -> ResponseReturnValue:
    """Show a reading to correct."""
    row = meter_corrections.find(reading_id, actor())
    sent = {
        "le": row.on.isoformat(), "index": _plain(row.index), "nature": meter_view.nature_of(row),
        "ancien_fin": _plain(row.old_end), "nouveau_debut": _plain(row.new_start),
        "change_le": row.changed_on.isoformat() if row.changed_on else "",
    }  # fmt: skip
    return _page(reading_id, sent, {})


def _plain(value: Decimal | None) -> str:
    return "" if value is None else comma(f"{value.normalize():f}")


def _page(reading_id: UUID, sent: dict[str, str], problems: Problems) -> ResponseReturnValue:
    row = meter_corrections.find(reading_id, actor())
    shown = render_template(
        "pages/reading.html",
        row=row,
        reference=meter_corrections.reference_of(row.case_id),
        dial=releases.current().settings.consumption.dials.get(row.dial),
        natures=list(meter_view.NATURES.items()),
        sent=sent,
        problems=problems,
        errors=errors(problems),
    )
    return shown, 422 if problems else 200


@blueprint.post("/t/<code>/releves/<uuid:reading_id>")
@requires("consommations.agir")
def correct(reading_id: UUID) -> ResponseReturnValue:
    """Put another reading in its place."""
    sent = {name: request.form.get(name, "") for name in _FIELDS}
    index, old_end, new_start = (
        reference_sheets.number(sent[name]) if sent[name].strip() else None
        for name in ("index", "ancien_fin", "nouveau_debut")
    )
    said = Corrected(
        on=typed.day("le"), index=index, nature=sent["nature"], old_end=old_end, new_start=new_start,
        changed_on=typed.day("change_le"), reason=typed.text("motif"),
    )  # fmt: skip
    return answered(
        lambda: meter_corrections.correct(reading_id, said, by=actor()),
        "Le relevé est corrigé ; l'ancien reste lisible.",
        then=_case,
        refused=lambda problems: _page(reading_id, sent, problems),
    )


def _case(case_id: UUID) -> str:
    return url_for("cases.file", reference=meter_corrections.reference_of(case_id), _anchor="consommations")


@blueprint.post("/t/<code>/releves/<uuid:reading_id>/retirer")
@requires("consommations.agir")
def withdraw(reading_id: UUID) -> ResponseReturnValue:
    """Take it out of what counts."""
    return answered(
        lambda: meter_corrections.withdraw(reading_id, typed.text("motif"), by=actor()),
        "Le relevé ne compte plus ; il reste lisible.",
        then=_case,
        refused=sent_back(url_for("readings.form", reading_id=reading_id)),
    )
