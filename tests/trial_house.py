"""A simulation, a walk and a scenario of the territory being served, as rows: nothing is lived."""

from uuid import UUID, uuid4

from app import clock
from app.database import transaction
from app.models import Scenario, Trial, Walk
from app.publishing.trial_plans import TrialPlan


def kept_trials(word: str) -> dict[str, UUID]:
    """Keep one of each that says the word; return their ids as addresses name them."""
    now = clock.now()
    made = {"created_at": now, "created_by": f"Inès {word}"}
    view = {
        "now": now.isoformat(), "case": None, "alert": None, "tasks": [], "acts": {}, "timers": [],
        "duties": [], "decisions": [], "messages": [], "documents": [], "breaches": [], "incidents": [],
        "diagrams": [],
    }  # fmt: skip
    told = [{"name": f"Alerte {word}", "at": now.isoformat(), "happened": [], "facts": FACTS}]
    step = {"do": "days", "days": 2}
    trial, walk, scenario = uuid4(), uuid4(), uuid4()
    with transaction() as session:
        session.add(
            Trial(
                id=trial, label=f"le brouillon de {word}", plan=TrialPlan(households=1, months=1).as_json(),
                files={}, status="stopped", **made,
            )
        )  # fmt: skip
        session.add(
            Walk(
                id=walk, begins_on="2026-03-02", seed=1, actions=[step], updated_at=now,
                view={"view": view, "told": told, "stuck": None}, **made,
            )
        )  # fmt: skip
        expected = [{"after": 1, "kind": "closed", "what": "", "value": False, "name": ""}]
        session.add(
            Scenario(
                id=scenario, name=f"Scénario de {word}", begins_on="2026-03-02", seed=1, actions=[step],
                expected=expected, **made,
            )
        )  # fmt: skip
    return {"trial_id": trial, "walk_id": walk, "scenario_id": scenario}


FACTS = {
    "at": "2026-03-04T09:00:00+01:00",
    "open": {},
    "done": {},
    "decisions": {},
    "sent": [],
    "closed": False,
}
