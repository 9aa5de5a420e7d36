"""Agreements, envelopes, quotas and statements as read: each figure opens its lines (AST-10, CAR-1)."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import NotFound
from app.models import Agreement
from app.services import (
    agreements,
    envelopes,
    forecast,
    funding,
    goals,
    own_money,
    quotas,
    releases,
    statement_paper,
    statements,
)
from app.services.statements import Statement
from app.web import money_chart, statement_export
from app.web.money_typed import asked_day
from app.web.permissions import actor, place, requires

blueprint = Blueprint("money", __name__)

STATES: Final = {
    "running": ("En cours", "active"),
    "ending": ("Prend fin bientôt", "soon"),
    "unsigned": ("À signer", "waiting"),
    "future": ("À venir", "todo"),
    "ended": ("Terminée", "stopped"),
}
"""How the state of an agreement is said and marked."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/t/<code>/budget")
@requires("budget.voir")
def page() -> ResponseReturnValue:
    """Show the envelopes, the quotas and the agreements; to a limited person, what is theirs."""
    who, ended = actor(), request.args.get("tout") == "1"
    if who.within is not None:
        return _own(who.within)
    rows, shown = agreements.listing(), envelopes.overview(ended=ended)
    running = {one.agreement_id for one in shown}
    kept = [row for row in rows if ended or row.state != "ended" or row.id in running]
    return render_template(
        "pages/budget.html",
        rows=kept,
        hidden=len(rows) - len(kept),
        renewals=agreements.renewals_due(clock.today()),
        envelopes=shown,
        quotas=quotas.overview(),
        goals=goals.lines(ended=False),
        plans=goals.known(),
        states=STATES,
        acts=who.rights.may("budget.agir"),
        settings=releases.current().settings.money,
        ended=ended,
    )


def _own(partner_id: UUID) -> ResponseReturnValue:
    on = clock.today()
    return render_template(
        "pages/budget_own.html",
        rows=agreements.listing(),
        states=STATES,
        statement=own_money.statement(actor(), on),
        shares=own_money.shares(actor()),
        partner_id=partner_id,
    )


@blueprint.get("/t/<code>/budget/conventions/<uuid:agreement_id>")
@requires("budget.voir")
def agreement(agreement_id: UUID) -> ResponseReturnValue:
    """Show an agreement: its facts, its statement by operator, its payments, its documents, its history."""
    return agreement_page(agreement_id, {})


def agreement_page(agreement_id: UUID, problems: dict[str, list[str]]) -> ResponseReturnValue:
    """Show an agreement, with what is wrong in what was just sent for it."""
    row, on, who = agreements.get(agreement_id), clock.today(), actor()
    page = render_template(
        "pages/budget_agreement.html",
        row=row,
        shown=agreements.row_of(row, on),
        state=STATES[agreements.row_of(row, on).state],
        statement=statements.statement(row.id, on) if row.amount is not None else None,
        shares=_by_operator(row, on),
        history=own_money.history(row.id),
        kinds=statements.KINDS,
        finding=releases.current().settings.money.finding,
        partners=agreements.partner_choices() if row.partner_id is None else [],
        acts=who.rights.may("budget.agir") and who.within is None,
        problems=problems,
        errors=_errors(problems),
        sent=request.form if problems else {},
        today=on,
    )
    return page, 422 if problems else 200


def _by_operator(row: Agreement, on: date) -> list[Statement]:
    partners = statements.partners_of(row, on)
    return [statements.statement(row.id, on, partner_id=partner.id) for partner in partners]


@blueprint.get("/t/<code>/budget/releves/<uuid:of>")
@requires("budget.voir")
def statement(of: UUID) -> ResponseReturnValue:
    """Show the statement of an agreement, or of an operator, on a day."""
    on, partner_id = _asked()
    return render_template(
        "pages/budget_statement.html",
        statement=own_money.seen(actor(), of, on, partner_id=partner_id),
        of=of,
        asked_partner=partner_id,
        today=clock.today(),
        own=actor().within is not None,
    )


@blueprint.get("/t/<code>/budget/releves/<uuid:of>.<any(xlsx,csv,pdf):kind>")
@requires("budget.voir")
def export(of: UUID, kind: str) -> ResponseReturnValue:
    """Hand a statement over: a workbook, a table, or the letter « Relevé des mesures »."""
    on, partner_id = _asked()
    seen = own_money.seen(actor(), of, on, partner_id=partner_id)
    own_money.told_export(seen, kind, by=actor())
    name = f"releve-{on.isoformat()}.{kind}"
    where = place()
    territory = where.name if where is not None else ""
    if kind == "pdf":
        return _handed(statement_paper.pdf(seen), "application/pdf", name)
    if kind == "xlsx":
        return _handed(statement_export.workbook(seen, territory, actor().name), _XLSX, name)
    return _handed(statement_export.table(seen, territory, actor().name), "text/csv", name)


def _asked() -> tuple[date, UUID | None]:
    on = min(asked_day("au", clock.today()), clock.today())
    try:
        return on, UUID(request.args.get("structure", ""))
    except ValueError:
        return on, None


def _handed(content: Any, mime: str, name: str) -> Response:
    answer = send_file(content, mimetype=mime, download_name=name, as_attachment=True, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/t/<code>/budget/enveloppes/<uuid:envelope_id>")
@requires("budget.voir")
def envelope(envelope_id: UUID) -> ResponseReturnValue:
    """Show an envelope: its figures, its months, what is carried over, its lines."""
    return envelope_page(envelope_id, {})


def envelope_page(envelope_id: UUID, problems: dict[str, list[str]]) -> ResponseReturnValue:
    """Show an envelope, with what is wrong in what was just sent for it."""
    row, on, who = envelopes.get(envelope_id), clock.today(), actor()
    foreseen, figures = forecast.of_envelope(row, on), envelopes.figures(row, on)
    lines = statements.lines(envelopes.commitments(row.id, on), on)
    drawn = money_chart.chart(
        foreseen, row.amount, f"Service fait cumulé, mois par mois : {figures.label}", "budget-mois"
    )
    page = render_template(
        "pages/budget_envelope.html",
        row=row,
        figures=figures,
        funders=funding.of(figures),
        forecast=foreseen,
        carried={one.commitment_id: one for one in foreseen.carried},
        lines=lines,
        chart=drawn,
        history=own_money.history(row.id),
        natures=releases.current().settings.money.natures.values(),
        partners=agreements.partner_choices(),
        acts=who.rights.may("budget.agir") and who.within is None,
        problems=problems,
        errors=_errors(problems),
        sent=request.form if problems else {},
        today=on,
    )
    return page, 422 if problems else 200


@blueprint.get("/t/<code>/budget/quotas/<quota>")
@requires("budget.voir")
def quota(quota: str) -> ResponseReturnValue:
    """Show a quota: its places, the part of each operator, who waits and in which order."""
    return quota_page(quota, {})


def quota_page(quota: str, problems: dict[str, list[str]]) -> ResponseReturnValue:
    """Show a quota, with what is wrong in what was just sent for it."""
    if actor().within is not None:
        raise NotFound
    label = quotas.label_of(quota)
    page = render_template(
        "pages/budget_quota.html",
        figures=quotas.figures(quota, label, clock.today()),
        lines=quotas.lines(quota),
        partners=agreements.partner_choices(),
        acts=actor().rights.may("budget.agir"),
        problems=problems,
        errors=_errors(problems),
        sent=request.form if problems else {},
        today=clock.today(),
    )
    return page, 422 if problems else 200


def _errors(problems: dict[str, list[str]]) -> list[dict[str, str]]:
    return [{"href": f"#{name}", "text": text} for name, texts in problems.items() for text in texts]
