"""No page and no beat of the pump reads the table of tasks from end to end, however long the history.

The planner of each database is asked, on a territory with eighty finished tasks for each open one, learned by
``ANALYZE``, and with the price of a page on a disk without a moving head: there, reading everything is always
by far the dearer way, and an index that does not fit shows.
"""

import random

import pytest

from app import clock, scheduler, tenancy
from app.bench import crowd, plans
from app.bench.house import House
from app.database import db, end_read
from app.models import Territory
from tests import build
from tests.web.server import PASSWORD, log_in, web_app

OPEN, FINISHED = 100, 8_000
LARGE = frozenset({"task", "process_instance", "case_file", "timer", "submission", "journal_line"})
PAGES = (
    *crowd.inbox_pages(),
    *(page for page in crowd.SUPERVISION),
    "?vue=equipe&q=moreau",
    "agenda",
    "agenda?qui=equipe&vue=semaine",
    "dossiers",
)


@pytest.fixture
def crowded(database_url, tmp_path, request):
    """A territory with a long history, and somebody of every role in it."""
    app = web_app(database_url, tmp_path)
    with app.app_context():
        with build.serving("carene") as territory:
            build.a_user(
                "ecorenove", "travailleur_social", name="Nora", email="nora@carene.invalid", password=PASSWORD
            )
            territory_id = territory.id
            end_read()
        house = House(app, tmp_path, random.Random(8))  # noqa: S311  # sample rows, no secret
        crowd.fill(house, territory_id, OPEN, finished=FINISHED)
        if database_url.startswith("postgresql"):
            request.getfixturevalue("postgres_server").pack(LARGE)  # only their owner may say ANALYZE
        db.session.remove()
        engine = db.engine
    yield app, engine
    engine.dispose()


def read_whole(app, asked):
    """Return the large tables that are read whole; of a small one, that is the cheapest way to read it."""
    with app.app_context(), tenancy.unscoped("maintenance"):
        session = db.session()
        session.execute(db.select(Territory.id))  # tells row-level security whose rows are read
        if session.connection().dialect.name == "postgresql":
            session.execute(db.text("SET LOCAL random_page_cost = 1.1"))
        counted = {name: session.scalar(db.text(f"SELECT count(*) FROM {name}")) for name in LARGE}
        found = plans.scans(session.connection(), asked, {name for name in LARGE if counted[name] >= 1_000})
        db.session.remove()
    return sorted({(scan.table, scan.plan, scan.text) for scan in found})


def test_no_page_and_no_beat_reads_a_large_table_whole(crowded):
    app, engine = crowded
    client = app.test_client()
    log_in(client, "nora@carene.invalid")
    client.get("/t/carene/")
    whole = {}
    for page in PAGES:
        with plans.noting(engine) as asked:
            assert client.get(f"/t/carene/{page}").status_code == 200, page
        assert asked, page
        if found := read_whole(app, asked):
            whole[page] = found
    with app.app_context(), clock.at("2020-01-01T08:00Z"), plans.noting(engine) as asked:
        assert scheduler.pump() == 0
    assert len(asked) >= 5
    if found := read_whole(app, asked):
        whole["the pump"] = found
    assert whole == {}
    # What reads everything is said: else the above would prove nothing.
    everything = [plans.Asked("SELECT count(*) FROM task AS t WHERE lower(t.name) = 'x'", ())]
    assert [scan[0] for scan in read_whole(app, everything)] == ["task"]
