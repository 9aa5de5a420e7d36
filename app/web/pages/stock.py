"""The stock of kits: what is there, what to order, what came and left (BAT-9, MTP-4, CAR-7)."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.services import stock
from app.services.stock import Entered
from app.web import money_typed as typed
from app.web.money_answers import Problems, answered, errors, sent_back
from app.web.permissions import actor, requires

blueprint = Blueprint("stock", __name__)
_FIELDS: Final = ("article", "depot", "genre", "quantite", "cout", "le", "note")


@blueprint.get("/t/<code>/stock")
@requires("stock.voir")
def page() -> ResponseReturnValue:
    """Show what is in stock, what must be ordered first."""
    return _page({}, {})


def _page(sent: dict[str, str], problems: Problems) -> ResponseReturnValue:
    lines = stock.overview(actor())
    known = stock.words()
    shown = render_template(
        "pages/stock.html",
        lines=lines,
        to_order=sum(line.low for line in lines),
        worth=sum(line.value for line in lines),
        handed=sum(line.handed for line in lines),
        handed_cost=sum(line.handed_cost for line in lines),
        places=stock.places_named(known),
        articles=[(one.id, one.label) for one in known.articles.values()],
        kinds=list(stock.KINDS.items()),
        acts=actor().rights.may("stock.agir"),
        sent=sent or {"le": clock.today(), "article": request.args.get("article", "")},
        problems=problems,
        errors=errors(problems),
    )
    return shown, 422 if problems else 200


@blueprint.post("/t/<code>/stock")
@requires("stock.agir")
def enter() -> ResponseReturnValue:
    """Note what came, was lost or was counted."""
    sent = {name: request.form.get(name, "") for name in _FIELDS}
    facts = Entered(
        article=typed.text("article"),
        place=typed.text("depot"),
        kind=typed.text("genre"),
        quantity=typed.whole("quantite"),
        unit_cost=typed.amount("cout"),
        on=typed.day("le"),
        note=typed.text("note"),
    )
    return answered(
        lambda: stock.enter(facts, by=actor()),
        "C'est noté dans le stock.",
        then=lambda _: url_for("stock.page"),
        refused=lambda problems: _page(sent, problems),
    )


@blueprint.get("/t/<code>/stock/<article>")
@requires("stock.voir")
def article(article: str) -> ResponseReturnValue:
    """Show what came of an article and what left, the newest first."""
    rows = stock.moves(article, actor())
    undone: dict[UUID | None, Any] = {row.undoes_id: row for row in rows if row.undoes_id is not None}
    places = dict(stock.words().places)
    return render_template(
        "pages/stock_article.html",
        article=stock.words().articles[article],
        lines=[line for line in stock.overview(actor()) if line.article.id == article],
        rows=rows,
        undone=undone,
        places=places,
        words=stock.WORDS,
        acts=actor().rights.may("stock.agir"),
        opens_cases=actor().rights.may("dossiers.voir"),
    )


@blueprint.post("/t/<code>/stock/mouvements/<uuid:move_id>/annuler")
@requires("stock.agir")
def undo(move_id: UUID) -> ResponseReturnValue:
    """Cancel a move noted by mistake."""
    return answered(
        lambda: stock.undo(move_id, reason=typed.text("motif"), by=actor()),
        "Le mouvement est annulé.",
        then=lambda found: url_for("stock.article", article=found),
        refused=sent_back(url_for("stock.page")),
    )
