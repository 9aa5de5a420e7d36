"""What the database itself refuses: another territory's rows, a journal rewritten.

Every migration that creates a scoped table calls ``keep_in_territory`` on it.
"""

from alembic import op

_ALLOWED = (
    "current_setting('relais.territory', true) = '*' "
    "OR territory_id::text = current_setting('relais.territory', true)"
)


def keep_in_territory(table: str) -> None:
    """Show and accept only the rows of the territory told for this transaction (PostgreSQL).

    FORCE: the owner of the table obeys too, so that a small server with one role is protected.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY territory ON {table} USING ({_ALLOWED}) WITH CHECK ({_ALLOWED})")


def append_only(table: str) -> None:
    """Refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE on ``table``, whoever asks."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def rewritable(table: str) -> None:
    """Undo ``append_only``, for a downgrade (dropping the table drops its triggers)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {table}_append_only() CASCADE")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER {table}_no_{verb}")
