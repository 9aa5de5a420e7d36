"""The database that Alembic builds is the one that the models describe, and it protects itself."""

from app.services import schema


def test_the_chain_of_migrations_has_one_head():
    assert schema.heads() == ("0001",)


def test_the_models_and_the_migrated_database_do_not_drift(database_url):
    assert schema.drift(database_url) == []
