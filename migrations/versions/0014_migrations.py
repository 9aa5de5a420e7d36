"""Running cases carried to another release.

Revision: 0014, after 0013. New tables only, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _lots() -> None:
    op.create_table(
        "migration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("recompute", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("wanted_stop", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        _to("migration", "target_id", "release"),
        _to("migration", "user_id", "user_account"),
        _to("migration", "territory_id", "territory"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration")),
    )
    op.create_index("ix_migration_at", "migration", ["territory_id", "at"], unique=False)
    op.create_index(op.f("ix_migration_territory_id"), "migration", ["territory_id"], unique=False)


def _processes() -> None:
    op.create_table(
        "migrated_process",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("migration_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        _to("migrated_process", "migration_id", "migration"),
        _to("migrated_process", "process_id", "process_instance"),
        _to("migrated_process", "case_id", "case_file"),
        _to("migrated_process", "from_id", "release"),
        _to("migrated_process", "territory_id", "territory"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migrated_process")),
        sa.UniqueConstraint(
            "migration_id", "process_id", name=op.f("uq_migrated_process_migration_id_process_id")
        ),
    )
    table = "migrated_process"
    op.create_index("ix_migrated_process_state", table, ["migration_id", "state", "rank"], unique=False)
    for column in ("process_id", "case_id", "territory_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def upgrade() -> None:
    """Create the lots and what became of each case."""
    _lots()
    _processes()
    for table in ("migration", "migrated_process"):
        keep_in_territory(table)


def downgrade() -> None:
    """Remove them."""
    op.drop_table("migrated_process")
    op.drop_table("migration")
