"""Every entity says what people limited to their structure see of it (docs/adr/0019)."""

import ast
from uuid import uuid4

import pytest

from app import perimeter
from app.config import ROOT
from app.database import Base, Scoped
from app.models import Case
from app.perimeter import HIDDEN, SHARED

ENTITIES = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)),
    key=lambda entity: entity.__name__,
)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.__name__)
def test_each_entity_of_a_territory_says_what_a_limited_person_sees_of_it(entity):
    rule = perimeter.rule_of(entity)
    assert rule is not None, (
        f"{entity.__name__} has no line in app/models/sight.py: to whom is it shown? Rows of a case follow "
        "their case (BY_CASE), what hangs on a task or a process follows it, what speaks of no case may be "
        "SHARED; what counts everybody's cases is HIDDEN"
    )
    if rule is SHARED:
        assert "case_id" not in entity.__table__.c, "a row that names a case is nobody else's"


def test_an_entity_without_a_rule_shows_nothing(monkeypatch):
    monkeypatch.delitem(perimeter._rules, Case)
    assert perimeter.seen(Case).compare(HIDDEN.condition(Case))


def test_a_perimeter_is_lifted_for_a_named_reason_only():
    with perimeter.within(uuid4()):
        with pytest.raises(ValueError, match="no known reason"), perimeter.lifted("curiosity"):
            pass
        with perimeter.lifted("step"):
            assert perimeter.current() is None
        assert perimeter.current() is not None


def test_the_code_lifts_a_perimeter_where_it_is_said_to():
    used: dict[str, set[str]] = {}
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "perimeter.lifted":
                used.setdefault(node.args[0].value, set()).add(path.stem)
    assert used == {
        # quotas and duplicates count everybody
        "step": {
            "steps",
            "positions",
            "starting",
            "cases",
            "entry_drafts",  # what somebody prepares belongs to no case yet
            "acts",
            "act_rules",
            "samples",
            "twins",
            "undoing",
            "judging",  # running cases carried to another release, by whoever sees them all
            "carrying",
        },
        "journal": {"journal"},  # the chain is the territory's
        "notices": {"notices", "perimeter"},  # who is told does not hang on who acts
        "budget": {"own_money"},  # the places of a quota that are left are counted over everybody
    }


READS_FOR_A_PERSON = {"permissions", "feeds", "supervision_places"}
"""Modules that learn who somebody is and then read for them: they enter the perimeter."""
READS_NOTHING = {
    "alert": "the shell of its page enters the perimeter; the page reads no case",
    "demo": "the demonstration's people carry the sample cases on",
    "home": "looks for the first page of somebody's rights",
    "house": "the simulator's people are no readers",
    "exchange_digest": "reads whether somebody still reads the threads, in which no case stands",
    "opening": "whoever opens a territory finds it empty of cases",
    "run": "the bench asks as people who see every case",
    "supervision": "replays what somebody had sent: the step's door was passed then",
}


def test_whoever_learns_who_somebody_is_enters_their_perimeter():
    callers, entering = set(), set()
    for path in (ROOT / "app").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "actors.actor_for(" in text:
            callers.add(path.stem)
            if "perimeter.serving(" in text:
                entering.add(path.stem)
    assert callers == READS_FOR_A_PERSON | READS_NOTHING.keys()
    assert entering == READS_FOR_A_PERSON
