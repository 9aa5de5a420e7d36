"""The review meeting: every open situation on the agenda, one decision each (CAR-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

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
    standing = standings([case.id for case in cases])
    rows = [_situation(case, standing[case.id]) for case in cases]
    return Result(rows, effects=(ListForReview(tuple(case.id for case in cases)),))


@dataclass
class Standing:
    """Where a case stands, as the agenda says it: its open steps, its partners and the state of each."""

    steps: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)

    @property
    def step(self) -> str:
        """The open steps in a phrase."""
        return ", ".join(dict.fromkeys(self.steps)) or "attend la décision de la revue"

    @property
    def partner(self) -> str:
        """The partners in a phrase."""
        return ", ".join(self.partners)


def standings(case_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Return where each case stands, in two reads whatever their number."""
    found = {case_id: Standing() for case_id in case_ids}
    steps = db.session.execute(
        select(Task.case_id, Task.name)
        .where(Task.case_id.in_(case_ids), Task.status == "open")
        .order_by(Task.entered_at)
    )
    for row in steps:
        found[row.case_id].steps.append(row.name)
    asked = db.session.scalars(
        select(Orientation).where(Orientation.case_id.in_(case_ids)).order_by(Orientation.created_at)
    )
    for orientation in asked:
        told = f"{orientation.partner.name} : {STATUS_WORDS[orientation.status]}"
        found[orientation.case_id].partners.append(told)
    return found


def _situation(case: Case, standing: Standing) -> dict[str, str | bool]:
    return {
        "reference": case.reference,
        "commune": case.dwelling.commune or "",
        "priorite": case.priority or "",
        "etape": standing.step,
        "orientations": standing.partner,
        "en_attente": not standing.steps,
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
