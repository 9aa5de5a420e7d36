"""Run the migrations on the connection that ``app.services.schema`` hands over."""

from alembic import context
from sqlalchemy import text

from app import queues
from app.services import schema

connection = context.config.attributes["connection"]
application_role = context.config.attributes.get("application_role")

context.configure(connection=connection, **schema.comparison())

with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        # Two servers started together migrate one after the other (SQLite: BEGIN IMMEDIATE).
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('relais migrations'))"))
        # A migration that moves data must see the rows of every territory.
        connection.execute(text("SELECT set_config('relais.territory', '*', true)"))
    context.run_migrations()
    if context.config.attributes.get("carrier"):
        queues.migrate(connection)
    if application_role is not None:
        schema.grant(connection, application_role)
