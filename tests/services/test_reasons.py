"""What is told of an automatic decision: its reason, to whoever may read the answers behind it (LAW-1)."""

import pytest
from sqlalchemy import select

from app.access import CLASSES
from app.database import db
from app.models import DecisionRecord
from app.services import reasons
from tests import build

TECHNIQUE, SOCIAL = frozenset({"technique"}), frozenset({"technique", "social"})
EVERY = frozenset(CLASSES)
QUIET = {"enfants_moins_3": None, "menace_coupure_date": None, "sante_fragile": False}
FRAGILE = QUIET | {"indices": ["sans_chauffage"], "sante_fragile": True}
DANGER = QUIET | {"indices": ["danger_co"]}


def taken(decision, *, running="analyser_signalement", **alert):
    build.a_case(running, alert=alert)
    return db.session.scalars(select(DecisionRecord).where(DecisionRecord.decision == decision)).one()


@pytest.mark.parametrize("read", [TECHNIQUE, SOCIAL])
def test_a_reason_of_health_is_told_to_social_workers_alone(carene, read):
    decision = taken("triage", **FRAGILE)
    told = reasons.told(decision, read)
    assert (told.rules, told.whole) == ((3,), False)
    assert "santé" not in str(told.rows)
    assert told.rows == ({"priorite": "P1"},)
    whole = reasons.told(decision, EVERY)
    assert (whole.rules, whole.whole) == ((3,), True)
    assert "santé fragile" in str(whole.rows)


def test_a_reason_that_everybody_reads_is_told_to_everybody(carene):
    told = reasons.told(taken("triage", **DANGER), TECHNIQUE)
    assert (told.rules, told.whole) == ((1,), True)


def test_incomes_behind_a_verb_s_result_are_told_to_those_who_read_incomes(carene):
    decision = taken("eligibilite", tranche_revenus="TM", dpe="G", **FRAGILE)
    assert reasons.told(decision, TECHNIQUE).rows == ({},)
    assert "modestes" in str(reasons.told(decision, SOCIAL).rows)


def test_of_several_leads_each_is_told_by_its_own_ground(carene):
    alert = FRAGILE | {"indices": ["sans_chauffage", "cheque_non_recu"], "tranche_revenus": "TM", "dpe": "G"}
    decision = taken("pistes", running="decider_orientations", statut="proprietaire_occupant", **alert)
    open_to_all = reasons.told(decision, TECHNIQUE)
    assert "Chèque énergie" in str(open_to_all.rows)
    assert "Propriétaire modeste" not in str(open_to_all.rows)
    assert "Propriétaire modeste" in str(reasons.told(decision, SOCIAL).rows)


def test_what_no_version_knows_is_told_to_nobody_below_every_class(carene):
    decision = taken("triage", **DANGER)
    decision.name = "Une table d'ailleurs"
    assert not reasons.told(decision, SOCIAL).whole
    db.session.rollback()
