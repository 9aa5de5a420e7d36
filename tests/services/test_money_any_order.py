"""Any order of asking and breaking: places and cents are never lost nor counted twice (AST-2)."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from app import clock
from app.database import db, end_read, transaction
from app.handlers import funds, places
from app.models import Envelope, Event, Incident, ProcessInstance, Quota, QuotaPlace
from app.services import journal
from tests import build, money_house
from tests.money_house import ask, follow, paris, the_commitments, the_places

LIFE = 60
"""Things that happen."""


def the_rules_hold(total):
    end_read()
    held = the_places("held")
    assert len(held) <= total
    assert len({place.case_id for place in (*held, *the_places("waiting"))}) == len(
        (*held, *the_places("waiting"))
    )
    envelope = db.session.scalars(select(Envelope)).one()
    assert funds.taken(envelope.id) == sum(
        (row.amount - row.released for row in the_commitments()), Decimal(0)
    )
    assert funds.taken(envelope.id) <= envelope.amount
    room = places.room(
        db.session.scalars(select(Quota).where(Quota.partner_id.is_(None))).one(), clock.today()
    )
    assert not any(room.free(place.partner_id) for place in the_places("waiting"))


def test_a_year_of_anything_keeps_the_quota_and_the_envelope(app, tmp_path):
    build.a_server(app, tmp_path)
    draw = random.Random(7)  # noqa: S311  # a draw, no secret
    start = paris(2025, 11, 3, 9)
    with clock.at(start), money_house.serving(tmp_path / "root"):
        operators = [money_house.an_operator(name).id for name in ("Un", "Deux")]
        total = 5
        with transaction() as session:
            session.scalars(select(Quota)).one().count = total
            session.scalars(select(Envelope)).one().amount = Decimal(11 * 2640 + 100)
            session.add(
                Quota(code="mesures", partner_id=operators[0], count=2, starts_on=date(2025, 11, 1),
                      created_at=clock.now())
            )  # fmt: skip
        for moment in range(LIFE):
            with clock.at(start + timedelta(days=5 * moment)):
                live(draw, operators)
                build.pump()
                the_rules_hold(total)
        reconciled()
        assert 0 < len(the_places("held")) <= total


def live(draw, operators):
    held = [place for place in the_places("held") if followed(place)]
    if held and draw.random() < 0.35:
        place = draw.choice(held)
        day = clock.today() - timedelta(days=draw.randrange(20))
        follow(build.OpenedAlert(place.case_id, "", place.process_id, ""), "rupture", day)
    else:
        ask(draw.choice([None, *operators]))


def followed(place):
    process = db.session.get_one(ProcessInstance, place.process_id)
    return process.status == "running"


def reconciled():
    """Every place has one story, told in the journal; nobody was called twice."""
    assert not db.session.scalars(select(Incident)).all()
    told = Counter(line.subject for line in build.the_journal("place.appelee"))
    assert set(told.values()) <= {1}
    events = Counter(event.case_id for event in db.session.scalars(select(Event)))
    assert set(events.values()) <= {1}
    assert sum(told.values()) == sum(events.values()) > 3
    states = Counter(place.status for place in db.session.scalars(select(QuotaPlace)))
    assert states["held"] and states["released"] > 5
    engaged = {row.case_id for row in the_commitments()}
    assert {place.case_id for place in the_places("held")} <= engaged
    assert journal.verify() is None
