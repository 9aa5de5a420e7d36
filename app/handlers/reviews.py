"""The review meeting: every open situation on the agenda, one decision each (CAR-11)."""

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app.database import db
from app.handlers.effects import Effect, ListForReview, NoteDecision, SendEvent
from app.handlers.registry import NAMES, Context, HandlerFault, Result, operation
from app.models import Case, Orientation, Task


class NoParameters(Schema):
    """Takes nothing."""


class DecisionsParameters(Schema):
    """``lignes``: the rows of the meeting's form, one for each situation.

    ``prefixe``: a decision ``x`` reaches its case as the message ``<prefixe>x``.
    """

    lignes = fields.List(fields.Raw(), required=True)
    prefixe = fields.String(
        required=True, validate=validate.Regexp(r"[a-z][a-z0-9_]{0,40}\Z"), metadata={NAMES: "events"}
    )


@operation(
    "inscrire_revue",
    NoParameters,
    label="Inscrire les situations ouvertes à la revue",
    gives="les situations",
)
def list_for_review(context: Context) -> Result:  # noqa: ARG001  # a verb always receives its context
    """Put every open situation on the agenda, late and urgent first; no name, no address."""
    cases = db.session.scalars(
        select(Case).where(Case.status == "open").order_by(Case.priority, Case.opened_at)
    ).all()
    rows = [_situation(case) for case in cases]
    return Result(rows, effects=(ListForReview(tuple(case.id for case in cases)),))


def _situation(case: Case) -> dict[str, str | bool]:
    steps = db.session.scalars(
        select(Task.name).where(Task.case_id == case.id, Task.status == "open").order_by(Task.entered_at)
    ).all()
    partners = db.session.scalars(
        select(Orientation).where(Orientation.case_id == case.id).order_by(Orientation.created_at)
    )
    return {
        "reference": case.reference,
        "commune": case.dwelling.commune or "",
        "priorite": case.priority or "",
        "etape": ", ".join(dict.fromkeys(steps)) or "attend la décision de la revue",
        "orientations": ", ".join(f"{row.partner.name} : {STATUS_WORDS[row.status]}" for row in partners),
        "en_attente": not steps,
    }


STATUS_WORDS = {
    "proposee": "proposée",
    "transmise": "transmise",
    "acceptee": "acceptée",
    "refusee": "refusée",
    "en_cours": "en cours",
    "realisee": "réalisée",
    "abandonnee": "abandonnée",
    "expiree": "expirée",
}
"""How a state of an orientation is said on screen (F4)."""


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
        case = db.session.scalar(select(Case).where(Case.reference == str(row.get("reference"))))
        decision = row.get("decision")
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
