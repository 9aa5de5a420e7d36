"""A campaign and a flow of alerts: every yes is a case, every situation reaches a pôle until settled."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import clock
from app.database import db, end_read
from app.models import Case, DoorAnswer, ReviewItem, Target
from app.services import campaign_results, campaigns, tasks
from tests import build
from tests.campaign_house import COORDINATOR, a_campaign, close, opened, the_round, walked

STREETS = ("Lilas", "Embruns", "Marais", "Forges", "Saulniers", "Chantiers", "Halles", "Ajoncs")
TOWNS = ("Saint-Nazaire", "Trignac", "Donges", "Pornichet")


def sheet(addresses: int) -> bytes:
    """As many addresses, in four communes, in rounds of forty."""
    rows = [
        f"{number // len(STREETS) + 1} rue des {STREETS[number % len(STREETS)]};"
        f"{TOWNS[number * 4 // addresses]};Tournée {number // 40 + 1:02}"
        for number in range(addresses)
    ]
    return "\n".join(["Adresse;Commune;Tournée", *rows]).encode()


@pytest.mark.parametrize(
    ("alerts", "addresses", "backend"),
    [
        (30, 200, "sqlite"),
        pytest.param(300, 2_000, "sqlite", marks=pytest.mark.fault),
        pytest.param(300, 2_000, "postgresql", marks=pytest.mark.fault),
    ],
)
def test_every_yes_is_a_case_and_every_situation_comes_before_a_pole(carene, alerts: int, addresses: int):
    rng = random.Random(1)  # noqa: S311  # made-up answers
    for number in range(alerts):
        build.an_alert(nom=f"Ménage {number}", adresse={"voie": f"{number} rue du Croisic", "cp": "44600",
                                                       "insee": build.SAINT_NAZAIRE})  # fmt: skip
        end_read()
    campaign_id = a_campaign(field=True, sheet=sheet(addresses).decode(), perimetre=None)
    came: Counter[str] = Counter()
    for number in range(-(-addresses // 40)):
        round_id, _ = opened(campaign_id, f"Tournée {number + 1:02}")
        came.update(walked(round_id, rng))
        campaigns.close_round(campaign_id, round_id, by=build.an_actor(COORDINATOR))
    assert sum(came.values()) == addresses
    exact = campaign_results.results(campaign_id, public=False)
    total = exact.total
    assert (total.accepted, total.refused, total.absent, total.set_aside, total.left) == (
        came["accord"], came["refus"], came["absent"], came["ecarte"], 0,
    )  # fmt: skip
    assert sum(line.targets or 0 for line in exact.communes) == total.targets == addresses
    assert sum(count or 0 for _, count in exact.reasons) == came["refus"]
    assert sum(line.accepted or 0 for line in exact.rounds) == came["accord"]
    yes = set(db.session.scalars(select(DoorAnswer.case_id).where(DoorAnswer.outcome == "accord")))
    assert len(yes) == came["accord"] > 0
    assert len(db.session.scalars(select(Case.id)).all()) == alerts + came["accord"]
    assert db.session.scalar(select(func.count()).where(Target.status == "a_voir")) == 0
    close(campaign_id)
    reviewed_until_settled(alerts // 3)
    assert the_round(campaign_id, "Tournée 01").status == "close"


def reviewed_until_settled(settled: int) -> None:
    """Hold the pôle of two quarters: every open situation is on each agenda, and none that is settled."""
    for _ in range(2):
        waiting = set(db.session.scalars(select(Case.id).where(Case.status == "open")))
        sitting = build.open_review().process_id
        end_read()
        query = select(ReviewItem.case_id).where(ReviewItem.process_id == sitting)
        assert set(db.session.scalars(query)) == waiting
        build.hold_review("poursuivre")
        end_read()
        for case_id in sorted(waiting)[:settled]:
            settle(case_id)
        left = set(db.session.scalars(select(Case.id).where(Case.status == "open")))
        assert len(left) == len(waiting) - min(settled, len(waiting))
        clock.shift(clock.shifted() + timedelta(days=91))
        build.pump()
        end_read()


def settle(case_id: UUID) -> None:
    """Carry a situation to its end the short way: out of the programme's field, told and closed."""
    for _ in range(4):
        waiting = build.open_tasks(case_id)
        if not waiting:
            break
        task, by = waiting[0], build.the_hand(waiting[0])
        wanted = {"dans_champ": False, "doublon": False} if task.form == "analyse" else {}
        tasks.complete(task.id, build.answers_for(task.id, by, **wanted), by=by)
        end_read()
    assert db.session.scalars(select(Case.status).where(Case.id == case_id)).one() == "closed"
