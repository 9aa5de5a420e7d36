"""A case lived by hand in the draft, kept as a scenario, replayed on a draft that somebody has changed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import func, select

from app.catalog.bundle import bundle_from_text
from app.database import db
from app.errors import Conflict, Invalid, NotFound
from app.models import Case, Walk
from app.publishing import scenarios, walks
from app.services import studio
from app.services.actors import SYSTEM
from app.services.studio import judging
from tests import build
from tests.rows import put_draft, the_messages

START = date(2026, 3, 2)
ONCE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
"""A walk is played on a database of its own: which one keeps its row is proved by the others."""


@pytest.fixture
def place(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A server that serves CARENE, its draft begun."""
    build.a_server(app, tmp_path)
    with build.serving("carene"):
        studio.opened(SYSTEM)
        yield app


def typed(fields: str) -> dict[str, list[str]]:
    """Return what a browser would send of the fields of a form, as they are proposed."""
    found: dict[str, list[str]] = {}
    for name, value in html.fromstring(f"<form>{fields}</form>").form_values():
        if "__n__" not in name:
            found.setdefault(name, []).append(value)
    return found


def begun() -> UUID:
    """Begin a walk."""
    return walks.begin(begins_on=START, seed=1, by=SYSTEM, walk_id=uuid4())


def moved(walk_id: UUID, action: dict[str, Any]) -> Walk:
    """Do an action that must be taken."""
    tried = walks.act(walk_id, action, version=walks.find(walk_id).version)
    assert tried.again is None, tried.again
    return tried.walk


def alerted() -> UUID:
    """Begin a walk and send its alert as it is proposed."""
    walk_id = begun()
    alert = walks.find(walk_id).view["view"]["alert"]
    moved(walk_id, {"do": "alert", "name": alert["name"], "typed": typed(alert["html"])})
    return walk_id


def answer(walk_id: UUID, **other: list[str]) -> dict[str, Any]:
    """Return the answer proposed to the step that waits, some of it replaced."""
    (task,) = walks.find(walk_id).view["view"]["tasks"]
    return {
        "do": "answer",
        "step": task["step"],
        "place": task["place"],
        "name": task["name"],
        "typed": {**typed(task["html"]), **other},
    }


def changed(path: str, before: str, after: str) -> None:
    """Change a file of the draft."""
    files = {name: text.encode() for name, text in judging.texts().items()}
    assert before.encode() in files[path], before
    put_draft({**files, path: files[path].replace(before.encode(), after.encode())})


def kept(walk_id: UUID, name: str, *kinds: str) -> UUID:
    """Keep a walk as a scenario that expects everything of these kinds, wherever it is proposed."""
    points = scenarios.proposed(walks.find(walk_id))
    chosen = [
        (one["after"], one["kind"], one["what"])
        for point in points
        for one in point["expected"]
        if one["kind"] in kinds
    ]
    return scenarios.save(walk_id, name, chosen, by=SYSTEM)


def verdict() -> scenarios.ScenarioVerdict:
    """Replay the only scenario on the draft."""
    (found,) = scenarios.replay(bundle_from_text(judging.texts()))
    return found


@ONCE
def test_a_case_is_lived_by_hand_and_nothing_of_it_enters_the_territory(place: Flask) -> None:
    walk_id = alerted()
    view = walks.find(walk_id).view["view"]
    assert [task["name"] for task in view["tasks"]] == ["Analyser le signalement"]
    assert view["tasks"][0]["due"] == "2026-03-09"
    assert any(one["name"] == "Triage du signalement" for one in view["decisions"])
    assert view["messages"] and view["documents"][0]["text"]
    assert "Vous êtes ici" in view["diagrams"][0]["svg"]
    moved(walk_id, answer(walk_id))
    (timer,) = [one for one in walks.find(walk_id).view["view"]["timers"] if "21 jours" in one["name"]]
    assert timer["at"].startswith("2026-03-23")
    reminded = moved(walk_id, {"do": "next"}).view
    assert reminded["view"]["now"] < timer["at"]
    assert any("Partirait" in line for line in reminded["told"][-1]["happened"])
    later = moved(walk_id, {"do": "days", "days": 30}).view
    assert "Débloquer le rendez-vous" in {task["name"] for task in later["view"]["tasks"]}
    assert any("Prendre rendez-vous" in line for line in later["told"][-1]["happened"])
    assert the_messages() == [] and not build.open_tasks()
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0


@ONCE
def test_a_replay_gives_the_same_life_and_taking_an_action_back_gives_the_life_before(place: Flask) -> None:
    walk_id = alerted()
    before = walks.find(walk_id).view
    moved(walk_id, answer(walk_id))
    row = walks.find(walk_id)
    walks.keep_first(walk_id, 1, version=row.version)
    again = walks.find(walk_id).view
    assert again["told"] == before["told"]
    assert again["view"]["tasks"] == before["view"]["tasks"]
    assert again["view"]["decisions"] == before["view"]["decisions"]


@ONCE
def test_wrong_answers_and_impossible_actions_are_said_and_not_recorded(place: Flask) -> None:
    walk_id = alerted()
    row = walks.find(walk_id)
    wrong = walks.act(walk_id, {**answer(walk_id), "typed": {}}, version=row.version)
    assert wrong.again is not None and wrong.again["problems"] and "field__error" in wrong.again["html"]
    for action, said in (
        ({"do": "days", "days": 0}, "de 1 à 400 jours"),
        ({"do": "answer", "step": "visite/realiser_visite", "typed": {}, "name": "Réaliser la visite"},
         "Attendent : «\u00a0Analyser le signalement\u00a0»"),
        ({"do": "act", "act": "inconnu", "typed": {}}, "n'est proposé à personne"),
    ):  # fmt: skip
        refused = walks.act(walk_id, action, version=row.version)
        assert refused.again is not None and said in refused.again["notice"]
    assert len(walks.find(walk_id).actions) == 1
    with pytest.raises(Conflict):
        walks.act(walk_id, {"do": "next"}, version=row.version + 1)


@ONCE
def test_rows_are_added_to_a_table_without_the_answer_being_sent(place: Flask) -> None:
    walk_id = begun()
    row = walks.find(walk_id)
    alert = row.view["view"]["alert"]
    fields = typed(alert["html"])
    pressed = {**fields, "_action": ["ajouter:avis_imposition"]}
    shown = walks.act(walk_id, {"do": "alert", "typed": pressed}, version=row.version)
    assert shown.again is not None and not shown.again["problems"]
    assert "avis_imposition.0" in shown.again["html"] or "avis_imposition.1" in shown.again["html"]
    assert walks.find(walk_id).actions == []


def test_a_scenario_says_where_a_changed_draft_parts_from_it_and_why(place: Flask) -> None:
    walk_id = alerted()
    moved(walk_id, answer(walk_id))
    scenario_id = kept(walk_id, "Rendez-vous à prendre", "open", "due", "decision", "closed")
    assert verdict() == scenarios.ScenarioVerdict("Rendez-vous à prendre", ok=True, id=scenario_id)
    whole = judging.texts()

    changed("bpmn/tri.bpmn", "Analyser le signalement", "Lire le signalement")
    assert verdict().ok, "a name is no rule"

    changed("dmn/delai_contact.dmn", "P21D", "P14D")
    broken = verdict()
    assert not broken.ok
    assert broken.sentence.replace("\u00a0", " ") == (
        "Après l'action 2, « Analyser le signalement » : « Prendre rendez-vous » devait être à faire pour le "
        "23 mars 2026 ; elle l'est pour le 16 mars 2026."
    )
    assert scenarios.find(scenario_id).sentence == broken.sentence

    put_draft({name: text.encode() for name, text in whole.items()})
    changed("forms/analyse.json", '"champs": [', NEW_FIELD)
    missing = verdict()
    assert "À l'action 2" in missing.sentence and "ne conviennent plus" in missing.sentence

    put_draft({name: text.encode() for name, text in whole.items()})
    assert verdict().ok
    assert scenarios.listing()[0].judged == bundle_from_text(whole).fingerprint
    scenarios.remove(scenario_id, by=SYSTEM)
    assert scenarios.replay(bundle_from_text(whole)) == []


NEW_FIELD = (
    '"champs": [{"cle": "nouvelle_question", "type": "texte", "libelle": "Nouvelle question", '
    '"obligatoire": true},'
)


@ONCE
def test_a_walk_on_a_draft_that_changed_stops_where_it_no_longer_goes(place: Flask) -> None:
    walk_id = alerted()
    moved(walk_id, answer(walk_id))
    changed("forms/analyse.json", '"champs": [', NEW_FIELD)
    row = walks.find(walk_id)
    tried = walks.act(walk_id, {"do": "next"}, version=row.version)
    assert "ne conviennent plus" in tried.walk.view["stuck"]
    assert len(tried.walk.actions) == 2 and len(tried.walk.view["told"]) == 1
    walks.keep_first(walk_id, 1, version=tried.walk.version)
    row = walks.find(walk_id)
    assert row.view["stuck"] is None
    assert "Nouvelle question" in row.view["view"]["tasks"][0]["html"]


@ONCE
def test_a_draft_that_cannot_run_is_said_and_leaves_the_walk_as_it_was(place: Flask) -> None:
    walk_id = alerted()
    row = walks.find(walk_id)
    changed("bpmn/tri.bpmn", "<bpmn:startEvent", "<bpmn:scriptTask id='x'/><bpmn:startEvent")
    with pytest.raises(walks.WalkFault):
        walks.act(walk_id, {"do": "next"}, version=row.version)
    assert walks.find(walk_id).version == row.version


def test_walks_and_scenarios_stay_in_their_territory_and_are_asked_for_rightly(place: Flask) -> None:
    walk_id = alerted()
    scenario_id = kept(walk_id, "Signalé", "open")
    with pytest.raises(Invalid) as refusal:
        scenarios.save(walk_id, "  ", [], by=SYSTEM)
    assert set(refusal.value.problems) == {"nom", "attendu"}
    assert kept(walk_id, "Signalé", "open", "due") == scenario_id, "the same name is the same scenario"
    assert walks.begin(begins_on=START, seed=1, by=SYSTEM, walk_id=walk_id) == walk_id
    with pytest.raises(Invalid):
        walks.begin(begins_on=date(1900, 1, 1), seed=-1, by=SYSTEM, walk_id=uuid4())
    with build.serving("pas-de-calais"):
        assert walks.listing() == [] and scenarios.listing() == []
        for wrong in (
            lambda: walks.find(walk_id),
            lambda: walks.keep_first(walk_id, 0, version=1),
            lambda: scenarios.find(scenario_id),
            lambda: scenarios.remove(scenario_id, by=SYSTEM),
            lambda: scenarios.taken_up(scenario_id, by=SYSTEM),
            lambda: scenarios.save(walk_id, "Pris", [], by=SYSTEM),
        ):
            with pytest.raises(NotFound):
                wrong()
        walks.forget(walk_id)
    taken = scenarios.taken_up(scenario_id, by=SYSTEM)
    assert walks.find(taken).actions == walks.find(walk_id).actions
    walks.forget(walk_id)
    with pytest.raises(NotFound):
        walks.find(walk_id)
