"""The take-over of what a territory follows elsewhere: lots, their lines, profiles of columns.

Revision: 0008, after 0007. New tables only: the previous release does not see them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("takeover_profile", "takeover_batch", "takeover_row")


def upgrade() -> None:
    op.create_table(
        "takeover_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("matching", sa.JSON(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_takeover_profile_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_takeover_profile_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeover_profile")),
        sa.UniqueConstraint("territory_id", "name", name=op.f("uq_takeover_profile_territory_id_name")),
    )
    op.create_index(op.f("ix_takeover_profile_partner_id"), "takeover_profile", ["partner_id"])
    op.create_index(op.f("ix_takeover_profile_territory_id"), "takeover_profile", ["territory_id"])
    _batches()
    _rows()
    for table in TABLES:
        keep_in_territory(table)


def _batches() -> None:
    op.create_table(
        "takeover_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("matching", sa.JSON(), nullable=False),
        sa.Column("profile", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_takeover_batch_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_takeover_batch_release_id_release")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_takeover_batch_territory_id_territory")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_takeover_batch_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeover_batch")),
    )
    op.create_index("ix_takeover_batch_sent", "takeover_batch", ["territory_id", "sent_at"])
    op.create_index(op.f("ix_takeover_batch_digest"), "takeover_batch", ["digest"])
    op.create_index(op.f("ix_takeover_batch_partner_id"), "takeover_batch", ["partner_id"])
    op.create_index(op.f("ix_takeover_batch_territory_id"), "takeover_batch", ["territory_id"])


def _rows() -> None:
    op.create_table(
        "takeover_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("stop", sa.String(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["takeover_batch.id"], name=op.f("fk_takeover_row_batch_id_takeover_batch")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_takeover_row_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeover_row")),
        sa.UniqueConstraint("batch_id", "line", name=op.f("uq_takeover_row_batch_id_line")),
    )
    op.create_index("ix_takeover_row_state", "takeover_row", ["batch_id", "state"])
    op.create_index(op.f("ix_takeover_row_case_id"), "takeover_row", ["case_id"])
    op.create_index(op.f("ix_takeover_row_territory_id"), "takeover_row", ["territory_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
