"""Readings of meters and dated reference figures.

Revision: 0018, after 0017. Only new tables and columns, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCOPED = ("reading", "baseline", "reference_figure")


def _scaled(places: int, width: int) -> sa.types.TypeEngine[object]:
    """Decimals kept exactly; SQLite, whose numbers are binary, keeps a whole number of them."""
    return sa.Numeric(width, places).with_variant(sa.Integer(), "sqlite")


def _of_a_case(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("dial", sa.String(), nullable=False),
        sa.Column("classe", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f(f"fk_{table}_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process_instance.id"], name=op.f(f"fk_{table}_process_id_process_instance")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f(f"fk_{table}_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f(f"fk_{table}_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "reading",
        *_of_a_case("reading"),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("index", _scaled(3, 15), nullable=False),
        sa.Column("estimated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("change", sa.String(), server_default="", nullable=False),
        sa.Column("old_end", _scaled(3, 15), nullable=True),
        sa.Column("new_start", _scaled(3, 15), nullable=True),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
    )
    op.create_index("ix_reading_case", "reading", ["territory_id", "case_id", "dial", "on"])
    op.create_table(
        "baseline",
        *_of_a_case("baseline"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("quantity", _scaled(3, 15), nullable=False),
        sa.Column("converted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("heating", _scaled(3, 15), server_default="0", nullable=False),
        sa.Column("source", sa.String(), nullable=False),
    )
    op.create_index("ix_baseline_case", "baseline", ["territory_id", "case_id", "dial"])
    op.create_table(
        "reference_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("place", sa.String(), server_default="", nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("value", _scaled(6, 18), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_reference_figure_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_reference_figure_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_figure")),
    )
    op.create_index(
        "ix_reference_figure_series", "reference_figure", ["territory_id", "series", "place", "on"]
    )
    for table in ("reading", "baseline"):
        for column in ("case_id", "process_id", "territory_id"):
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index(op.f("ix_reference_figure_territory_id"), "reference_figure", ["territory_id"])
    for table in SCOPED:
        keep_in_territory(table)


def downgrade() -> None:
    for table in reversed(SCOPED):
        op.drop_table(table)
