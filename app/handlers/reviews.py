"""A meeting: its agenda, one decision for each situation, and who does what by when (CAR-11)."""

from datetime import date, datetime
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app import clock
from app.database import db
from app.handlers.agenda import Criteria, in_order, open_situations, situation, standings
from app.handlers.crew import in_charge
from app.handlers.effects import Effect, ListForReview, NoteAction, NoteDecision, SendEvent, StartProcess
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.ids import new_id
from app.models import Case


class AgendaParameters(Schema):
    """What narrows the agenda; without any, every open situation is on it.

    ``priorites``: a list; ``processus``: one that runs for the case; ``depuis``: opened that day or later.
    """

    priorites = fields.List(fields.String(), load_default=None)
    processus = fields.String(load_default=None)
    depuis = fields.Raw(load_default=None)


class DecisionsParameters(Schema):
    """``lignes``: the rows of the meeting's form, one for each situation.

    ``prefixe``: a decision ``x`` reaches its case as the message ``<prefixe>x``.
    """

    lignes = fields.List(fields.Raw(), required=True)
    prefixe = fields.String(
        required=True, validate=validate.Regexp(r"[a-z][a-z0-9_]{0,40}\Z"), metadata={NAMES: "events"}
    )


class ActionsParameters(Schema):
    """``lignes``: rows of ``reference``, ``qui``, ``quoi`` and ``pour_le``; ``processus`` carries each."""

    lignes = fields.List(fields.Raw(), required=True)
    processus = fields.String(
        required=True, validate=validate.Regexp(r"[a-z][a-z0-9_]{0,60}\Z"), metadata={NAMES: "processes"}
    )


@operation(
    "inscrire_revue",
    AgendaParameters,
    label="Inscrire les situations ouvertes à la revue",
    gives="les situations",
)
def list_for_review(
    context: Context, *, priorites: list[str] | None, processus: str | None, depuis: object
) -> Result:
    """Put the open situations on the agenda: late partners first, then the urgent, then the oldest."""
    criteria = Criteria(tuple(priorites or ()), processus, _day(depuis))
    found = open_situations(criteria, context.process_id)
    standing = standings([case.id for case in found])
    late = frozenset(case_id for case_id, where in standing.items() if where.late)
    ordered = in_order(found, late)
    rows = [situation(case, standing[case.id], rank) for rank, case in enumerate(ordered, start=1)]
    listed = ListForReview(tuple(case.id for case in ordered), late, criteria.kept())
    return Result(rows, effects=(listed,))


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(clock.PARIS).date()
    if value is None or isinstance(value, date):
        return value
    raise HandlerFault(operation="inscrire_revue", cause="paramètre « depuis » : donnez une date.")


@operation(
    "transmettre_decisions",
    DecisionsParameters,
    label="Transmettre les décisions de la revue",
    gives="combien de situations par décision",
)
def send_decisions(context: Context, *, lignes: list[Any], prefixe: str) -> Result:
    """Send each decision to its case as an event, and keep it with the agenda."""
    counts: dict[str, int] = {}
    effects: list[Effect] = []
    for row in (line for line in lignes if isinstance(line, dict)):
        case, decision = _case(row), row.get("decision")
        if case is None or not decision:
            raise HandlerFault(
                operation="transmettre_decisions",
                cause=f"la situation « {row.get('reference')} » n'a pas de décision, ou n'existe pas.",
            )
        counts[str(decision)] = counts.get(str(decision), 0) + 1
        comment = str(row.get("commentaire") or "") or None
        payload = {
            "decision": str(decision),
            "date": context.now.date().isoformat(),
            "revue": str(context.process_id),
        }
        effects.append(NoteDecision(case.id, str(decision), comment))
        effects.append(SendEvent(f"{prefixe}{decision}", payload, case.id, replaces=prefixe))
    return Result(counts, effects=tuple(effects))


@operation(
    "confier_actions",
    ActionsParameters,
    label="Confier les actions décidées",
    gives="combien d'actions confiées",
)
def entrust_actions(context: Context, *, lignes: list[Any], processus: str) -> Result:
    """Start a process for each action decided, in its case; the next agenda says what became of it."""
    effects: list[Effect] = []
    for row in (line for line in lignes if isinstance(line, dict)):
        case, what, by = _case(row), str(row.get("quoi") or ""), row.get("pour_le")
        if case is None or not what or not isinstance(by, date):
            raise HandlerFault(
                operation="confier_actions",
                cause=f"une action de la situation « {row.get('reference')} » n'a pas d'objet ou pas de "
                "date, ou cette situation n'existe pas.",
            )
        who = in_charge(str(row.get("qui") or ""), context.bundle.settings)
        process_id = new_id() if case.status == "open" else None
        effects.append(NoteAction(case.id, who.label, what, by, process_id))
        if process_id is not None:
            told = {
                "quoi": what, "qui": who.label, "couloir": who.lane or "", "pour_le": by,
                "decidee_le": context.now.astimezone(clock.PARIS).date(), "revue": str(context.process_id),
            }  # fmt: skip
            effects.append(StartProcess(process_id, processus, case.id, told, who.user_id))
    return Result(sum(isinstance(effect, StartProcess) for effect in effects), effects=tuple(effects))


def _case(row: dict[str, Any]) -> Case | None:
    return db.session.scalar(select(Case).where(Case.reference == str(row.get("reference"))))
