"""A process started by another: its data, its dates in the journal, its first step that cannot run."""

import pytest
from sqlalchemy import select

from app import clock
from app.database import db
from app.errors import DesignFault
from app.models import Draft, Incident, ProcessInstance
from app.services import starting, supervision
from tests import build


@pytest.fixture
def starts_another(app, tmp_path):
    """A territory in which answering an alert out of scope starts another process of the case."""
    build.a_server(app, tmp_path)
    verbs = {"prevenir_hors_champ": ("demarrer_processus", {"processus": '"suivi"', "donnees": "dossier"})}
    root = build.a_variant(tmp_path / "programme", "ailleurs", verbs)
    with clock.at("2026-03-02T09:00:00+01:00"), build.serving("ailleurs", root=root):
        build.a_directory()
        yield


def the_other():
    return db.session.scalars(select(ProcessInstance).where(ProcessInstance.process == "suivi")).one()


def out_of_scope():
    return build.a_case("fin", answers={"analyser_signalement": {"dans_champ": False}})


def test_a_verb_starts_another_process_of_the_case_and_the_journal_says_who_by(starts_another):
    case = out_of_scope()
    other = the_other()
    assert (other.case_id, other.status) == (case.case_id, "running")
    assert [task.element for task in build.open_tasks(case.case_id)] == ["decider_orientations"]
    (line,) = build.the_journal("processus.demarre")
    assert (line.case_id, line.subject, line.details["par"]) == (
        case.case_id, "suivi", str(case.process_id),
    )  # fmt: skip
    assert set(line.details["donnees"]) == {"ouvert_le"}


def test_one_that_cannot_begin_is_an_incident_that_keeps_what_it_was_given(starts_another, monkeypatch):
    broken = starting.engine.start

    def fails(programme, process, data, hooks, *, instance_id):
        if process == "suivi":
            raise starting.StepFault(element="relever_pistes", element_name="Relever", cause="Table vide.")
        return broken(programme, process, data, hooks, instance_id=instance_id)

    monkeypatch.setattr(starting.engine, "start", fails)
    case = out_of_scope()
    assert build.the_process(case).status == "finished"
    (incident,) = db.session.scalars(select(Incident).where(Incident.status == "open"))
    boss, incident_id = build.an_actor("administration"), incident.id
    assert "DOS-" not in str(incident.command)
    with pytest.raises(DesignFault):
        supervision.retry(incident_id, boss)
    assert the_other().state == b""
    seen = {}

    def listens(programme, process, data, hooks, *, instance_id):
        seen.update(data)
        return broken(programme, process, data, hooks, instance_id=instance_id)

    monkeypatch.setattr(starting.engine, "start", listens)
    supervision.retry(incident_id, boss)
    assert seen["depart"]["reference"] == case.reference
    assert [task.element for task in build.open_tasks(case.case_id)] == ["decider_orientations"]
    assert db.session.scalars(select(Draft)).all() == []
