"""Indicators kept without identity, yearly reports, outlines of communes.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCOPED = ("indicator_fact", "outline", "report_text", "yearly_report")


def _scoped(name: str, *columns: sa.schema.SchemaItem) -> None:
    """Create a table of a territory, with its key and its index."""
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f(f"fk_{name}_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_territory_id"), name, ["territory_id"], unique=False)


def upgrade() -> None:
    """Create the four tables."""
    _scoped(
        "indicator_fact",
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.String(), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("distinct_key", sa.String(), nullable=True),
    )
    op.create_index("ix_indicator_fact_month", "indicator_fact", ["territory_id", "indicator", "month"])
    _scoped(
        "yearly_report",
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.String(), nullable=True),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("public_file_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_yearly_report_release_id_release")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_yearly_report_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["public_file_id"], ["stored_file.id"], name=op.f("fk_yearly_report_public_file_id_stored_file")
        ),
        sa.UniqueConstraint("territory_id", "number", name=op.f("uq_yearly_report_territory_id_number")),
    )
    _scoped(
        "report_text",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["yearly_report.id"], name=op.f("fk_report_text_report_id_yearly_report")
        ),
        sa.UniqueConstraint("report_id", "part", name=op.f("uq_report_text_report_id_part")),
    )
    _scoped(
        "outline",
        sa.Column("insee", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rings", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.UniqueConstraint("territory_id", "insee", name=op.f("uq_outline_territory_id_insee")),
    )
    for table in SCOPED:
        keep_in_territory(table)


def downgrade() -> None:
    """Remove them."""
    for table in ("report_text", "yearly_report", "indicator_fact", "outline"):
        op.drop_table(table)
