"""A household that is forgotten gives its place back, and what it will not spend (LAW-5, AST-10)."""

from decimal import Decimal

from app import clock
from app.access import PERMISSIONS, Rights
from app.database import db, end_read, transaction
from app.models import Case, Quota
from app.services import erasure
from app.services.actors import Actor
from tests import build, money_house

ERASER = Actor(kind="user", name="Bureau", person="bureau", rights=Rights(permissions=PERMISSIONS))


def test_the_place_goes_to_the_next_in_turn_and_the_months_not_served_return(app, tmp_path):
    build.a_server(app, tmp_path)
    with clock.at(money_house.paris(2025, 11, 3, 9)), money_house.serving(tmp_path / "root"):
        with transaction() as session:
            session.scalars(db.select(Quota)).one().count = 1
        first, second = money_house.ask(), money_house.ask()
        (waiting,) = money_house.the_places("waiting")
        assert waiting.case_id == second.case_id
    with clock.at(money_house.paris(2026, 5, 3, 9)), build.serving("budgets", root=tmp_path / "root"):
        reference = db.session.get_one(Case, first.case_id).reference
        erasure.erase(reference, reason="demande", repeated=reference, by=ERASER)
        build.pump()
        end_read()
        (held,) = money_house.the_places("held")
        assert held.case_id == second.case_id
        row = next(one for one in money_house.the_commitments() if one.case_id == first.case_id)
        assert row.ended_on == clock.today()
        assert Decimal(0) < row.released < row.amount
        other = next(one for one in money_house.the_commitments() if one.case_id == second.case_id)
        assert other.released == 0
