"""Releases offered to other territories, what was pulled from them, territories being opened, their logo.

Revision: 0015, after 0014. New tables only, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLES = ("release_offer", "programme_pull", "territory_opening", "territory_logo")


def upgrade() -> None:
    op.create_table(
        "release_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(), server_default="", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        *_whose("release_offer"),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_offer_release_id_release")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_release_offer_user_id_user_account")
        ),
        sa.UniqueConstraint(
            "territory_id", "release_id", name=op.f("uq_release_offer_territory_id_release_id")
        ),
    )
    op.create_table(
        "programme_pull",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_whose("programme_pull"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_programme_pull_user_id_user_account")
        ),
    )
    op.create_index(op.f("ix_programme_pull_fingerprint"), "programme_pull", ["fingerprint"])
    op.create_table(
        "territory_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("code", sa.String(), server_default="", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *_whose("territory_opening"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_territory_opening_user_id_user_account")
        ),
    )
    op.create_index(op.f("ix_territory_opening_user_id"), "territory_opening", ["user_id"])
    op.create_table(
        "territory_logo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_whose("territory_logo"),
        sa.UniqueConstraint("territory_id", name=op.f("uq_territory_logo_territory_id")),
    )
    for table in _TABLES:
        op.create_index(op.f(f"ix_{table}_territory_id"), table, ["territory_id"])
        keep_in_territory(table)


def _whose(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Return the territory of a row, and what names the row."""
    return (
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f(f"fk_{table}_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
