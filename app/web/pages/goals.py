"""What is planned against what was done, and what is given in kind: beside the budget (BAT-15)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import NotFound
from app.services import agreements, goal_changes, goals
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, errors, sent_back
from app.web.permissions import actor, requires

blueprint = Blueprint("goals", __name__)
_FIELDS: Final = (
    "objectif", "nombre", "debut", "fin", "don", "quantite", "le", "structure", "donateur", "note",
)  # fmt: skip


@blueprint.get("/t/<code>/budget/objectifs")
@requires("budget.voir")
def page() -> ResponseReturnValue:
    """Show each plan with what was done, then what was given."""
    return _page({}, {})


def _page(sent: dict[str, Any], problems: Problems) -> ResponseReturnValue:
    if actor().within is not None:
        raise NotFound  # figures of everybody's cases
    words = goals.known()
    shown = render_template(
        "pages/budget_goals.html",
        words=words,
        lines=goals.lines(),
        gifts=goals.gifts(),
        received=goals.received(),
        partners=agreements.partner_choices(),
        acts=actor().rights.may("budget.agir"),
        sent=sent,
        problems=problems,
        errors=errors(problems),
        today=clock.today(),
    )
    return shown, 422 if problems else 200


@blueprint.post("/t/<code>/budget/objectifs", defaults={"goal_id": None})
@blueprint.post("/t/<code>/budget/objectifs/<uuid:goal_id>")
@requires("budget.agir")
def save(goal_id: UUID | None) -> ResponseReturnValue:
    """Set a plan, or change one."""
    return answered(
        lambda: goal_changes.save(
            goal_id, typed.text("objectif"), typed.whole("nombre"), typed.day("debut"), typed.day("fin"),
            version=typed.version(), by=actor(),
        ),
        "L'objectif est enregistré.",
        then=lambda _: url_for("goals.page"),
        refused=sent_back(url_for("goals.page")) if goal_id is not None else _refused,
    )  # fmt: skip


@blueprint.post("/t/<code>/budget/dons")
@requires("budget.agir")
def receive() -> ResponseReturnValue:
    """Note a gift in kind."""
    return answered(
        lambda: goal_changes.receive(
            typed.text("don"), typed.whole("quantite"), typed.day("le"), partner_id=typed.an_id("structure"),
            giver=typed.text("donateur"), note=typed.text("note"), by=actor(),
        ),
        "Le don est noté.",
        then=lambda _: url_for("goals.page"),
        refused=_refused,
    )  # fmt: skip


@blueprint.post("/t/<code>/budget/dons/<uuid:donation_id>/annuler")
@requires("budget.agir")
def cancel(donation_id: UUID) -> ResponseReturnValue:
    """Cancel a gift noted by mistake."""
    return answered(
        lambda: goal_changes.cancel(donation_id, reason=typed.text("motif"), by=actor()),
        "Le don est annulé ; il reste dans la liste.",
        then=lambda _: url_for("goals.page"),
        refused=sent_back(url_for("goals.page")),
    )


def _refused(problems: Problems) -> ResponseReturnValue:
    return _page({name: request.form.get(name, "") for name in _FIELDS}, problems)
