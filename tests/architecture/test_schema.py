"""The database that Alembic builds is the one that the models describe, and it protects itself."""

import subprocess
import sys
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from app import clock, tenancy
from app.config import ROOT
from app.database import Base, Scoped, db, transaction
from app.errors import MissingSetting
from app.models import JournalLine, Partner, Territory
from app.services import schema
from tests.databases import PLAIN_ROLE

SCOPED_TABLES = {
    mapper.class_.__tablename__ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)
}


def two_territories():
    """Two territories, a partner in each; the ids of both."""
    ids = uuid4(), uuid4()
    with transaction() as session:
        for number, territory in enumerate(ids):
            session.add(Territory(id=territory, code=f"t{number}", name="T", created_at=clock.now()))
    for territory in ids:
        with tenancy.serving(territory), transaction() as session:
            session.add(Partner(kind="adil", name=str(territory), email="contact@exemple.fr"))
    return ids


def a_journal_line(territory):
    with tenancy.serving(territory), transaction() as session:
        session.add(JournalLine(number=1, at=clock.now(), actor="essai", action="essai", seal="x"))


def an_empty_database(backend, request, tmp_path):
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    server = request.getfixturevalue("postgres_server")
    request.addfinalizer(lambda: server.drop_database("empty"))
    return server.new_database("empty")


def test_the_chain_of_migrations_has_one_head():
    assert schema.heads() == (schema.head(),)


def test_the_models_and_the_migrated_database_do_not_drift(database_url):
    assert schema.drift(database_url) == []


def test_a_column_that_no_migration_knows_is_a_drift(database_url, monkeypatch):
    wider = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(wider)
    wider.tables["partner"].append_column(sa.Column("fax", sa.String()))
    monkeypatch.setattr(Base, "metadata", wider)

    assert ("add_column", None, "partner") in [change[:3] for change in schema.drift(database_url)]


def test_a_database_goes_up_down_and_up_again(backend, request, tmp_path):
    url = an_empty_database(backend, request, tmp_path)

    assert schema.current(url) is None
    schema.upgrade(url)
    schema.downgrade(url, "base")
    assert schema.current(url) is None
    schema.upgrade(url)
    schema.upgrade(url)
    assert schema.current(url) == schema.head()
    assert schema.drift(url) == []


def test_servers_started_together_migrate_once(backend, request, tmp_path):
    url = an_empty_database(backend, request, tmp_path)
    code = "import sys; from app.services import schema; schema.upgrade(sys.argv[1])"
    started = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [(run.communicate()[1], run.returncode) for run in started] == [(b"", 0)] * 3
    assert schema.current(url) == schema.head()


def test_a_database_of_a_newer_program_is_left_alone(backend, request, tmp_path):
    url = an_empty_database(backend, request, tmp_path)
    schema.upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(MissingSetting, match="plus récente de Relais"):
        schema.upgrade(url)
    assert schema.current(url) == "9999"


def test_the_journal_can_be_neither_changed_nor_shortened(app):
    territory, _ = two_territories()
    a_journal_line(territory)

    for order in ("UPDATE journal_line SET actor = 'autre'", "DELETE FROM journal_line"):
        with (
            tenancy.serving(territory),
            pytest.raises(DatabaseError, match=r"append-only|permission denied"),
            transaction() as session,
        ):
            session.execute(text(order))
    with tenancy.serving(territory):
        assert db.session.scalars(sa.select(JournalLine.actor)).all() == ["essai"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_not_even_the_owner_of_the_tables_rewrites_the_journal(app, postgres_server):
    territory, _ = two_territories()
    a_journal_line(territory)
    engine = create_engine(postgres_server.owner_url())

    for order in (
        "UPDATE journal_line SET actor = 'autre'",
        "DELETE FROM journal_line",
        "TRUNCATE journal_line",
    ):
        with engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text(order))
    engine.dispose()


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_every_scoped_table_forces_its_policy(app):
    forced = db.session.scalars(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polqual IS NOT NULL "
            "AND p.polwithcheck IS NOT NULL AND p.polcmd = '*'"
        )
    )
    assert set(forced) == SCOPED_TABLES


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_raw_sql_shows_a_plain_role_its_territory_alone(app):
    mine, _ = two_territories()
    everyone = text("SELECT name FROM partner")

    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == PLAIN_ROLE
        assert connection.scalars(everyone).all() == []
    with tenancy.serving(mine):
        assert db.session.scalars(everyone).all() == [str(mine)]
        db.session.rollback()
    assert db.session.scalars(everyone).all() == []


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_raw_sql_writes_nothing_into_another_territory(app):
    mine, other = two_territories()

    with tenancy.serving(mine), transaction() as session:
        assert session.execute(text("DELETE FROM partner")).rowcount == 1
    with (
        tenancy.serving(mine),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction() as session,
    ):
        session.execute(
            text(
                "INSERT INTO partner (id, kind, name, communes, email, active, territory_id) "
                "VALUES (gen_random_uuid(), 'adil', 'x', '[]', 'x', true, :other)"
            ),
            {"other": other},
        )
    with tenancy.serving(other):
        assert db.session.scalars(sa.select(Partner.name)).all() == [str(other)]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_plain_role_changes_no_table(app):
    with pytest.raises(DatabaseError, match="must be owner"):
        db.session.execute(text("ALTER TABLE partner DISABLE ROW LEVEL SECURITY"))
    db.session.rollback()


def test_a_grant_is_given_to_a_plain_name_only():
    with pytest.raises(ValueError, match="no plain role name"):
        schema.grant(None, "relais; DROP TABLE partner")
