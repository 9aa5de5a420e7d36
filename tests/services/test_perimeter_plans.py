"""What a perimeter costs: nothing to whoever has none; to a structure's people, reads by an index.

The planner of each database is asked, on a long history of which a structure holds a few cases.
"""

import random

import pytest
from sqlalchemy import select

from app import clock, tenancy
from app.bench import crowd, plans
from app.bench.house import House
from app.database import db, end_read, transaction
from app.models import Case, Entrustment
from tests import build, two_structures
from tests.services.test_plans import read_whole
from tests.web.server import PASSWORD, log_in, web_app

OPEN, FINISHED, HELD = 100, 4_000, 30
PAGES = (
    "?vue=equipe", "?vue=equipe&q=moreau", "dossiers", "dossiers?q=moreau", "agenda?qui=equipe", "retards",
    "supervision/echeances",
)  # fmt: skip
REFERENT, NORA = "ref@ope.invalid", "nora@partagee.invalid"


@pytest.fixture
def crowded(database_url, tmp_path, shared_root):
    """A long history; a structure that holds a few of its cases, and its referent."""
    app = web_app(database_url, tmp_path)
    with app.app_context():
        with build.serving(two_structures.CODE, root=shared_root) as territory:
            partner = build.a_partner("amelioration_habitat", name="Opérateur", email="ope@ope.invalid")
            partner_id, territory_id = partner.id, territory.id
            two_structures.a_referent(partner, "Référente", email=REFERENT, password=PASSWORD)
            build.a_user("ecorenove", "travailleur_social", name="Nora", email=NORA, password=PASSWORD)
            end_read()
        house = House(app, tmp_path, random.Random(8))  # noqa: S311  # sample rows, no secret
        crowd.fill(house, territory_id, OPEN, finished=FINISHED)
        with tenancy.serving(territory_id):
            ids = db.session.scalars(select(Case.id).order_by(Case.id)).all()
            with transaction() as session:
                session.add_all(
                    Entrustment(
                        case_id=case_id, relation="operateur", since=clock.now(), by="essai",
                        partner_id=partner_id, until=None if number < HELD else clock.now(),
                    )
                    for number, case_id in enumerate(ids)
                )  # fmt: skip
            crowd._settle()
        db.session.remove()
        engine = db.engine
    yield app, engine
    engine.dispose()


def asked_by(email, crowded):
    """What each page asks the database for somebody."""
    app, engine = crowded
    client = app.test_client()
    log_in(client, email)
    client.get(f"/t/{two_structures.CODE}/")
    found = {}
    for page in PAGES:
        with plans.noting(engine) as asked:
            assert client.get(f"/t/{two_structures.CODE}/{page}").status_code == 200, page
        found[page] = asked
    return found


def test_a_structure_s_people_read_no_large_table_whole_and_nobody_else_reads_one_line_more(crowded):
    app, _ = crowded
    limited, free = asked_by(REFERENT, crowded), asked_by(NORA, crowded)
    assert {page: read_whole(app, asked) for page, asked in limited.items() if read_whole(app, asked)} == {}
    for page, asked in free.items():
        assert not [one.text for one in asked if "entrustment" in one.text], page
        named = [one for one in asked if "user_account.id IN" not in one.text]  # whoever holds what is listed
        assert len(named) <= len(limited[page]), page
        assert any("entrustment" in one.text for one in limited[page]), page
