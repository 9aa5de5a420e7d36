"""What is shared inside a team, who is kept apart from a case.

Revision: 0019, after 0018. Only new tables and columns, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "territory", sa.Column("keeps_apart", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "case_file", sa.Column("keeps_apart", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("share", sa.Column("lane", sa.String(), nullable=True))
    op.add_column("share", sa.Column("reason", sa.String(), server_default="", nullable=False))
    _kept_apart()
    _shared_element()


def _kept_apart() -> None:
    op.create_table(
        "kept_apart",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("stand_in", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_kept_apart_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_kept_apart_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_apart")),
    )
    op.create_index("ix_kept_apart_lane", "kept_apart", ["territory_id", "lane", "until", "case_id"])
    op.create_index("ix_kept_apart_case", "kept_apart", ["case_id", "lane"])
    op.create_index(op.f("ix_kept_apart_territory_id"), "kept_apart", ["territory_id"])
    op.create_index(
        "uq_kept_apart_current",
        "kept_apart",
        ["case_id", "lane"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    keep_in_territory("kept_apart")


def _shared_element() -> None:
    op.create_table(
        "shared_element",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_shared_element_share_id_share")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_shared_element_case_id_case_file")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_shared_element_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_element")),
    )
    op.create_index("ix_shared_element_case", "shared_element", ["case_id", "lane", "until"])
    op.create_index(op.f("ix_shared_element_share_id"), "shared_element", ["share_id"])
    op.create_index(op.f("ix_shared_element_territory_id"), "shared_element", ["territory_id"])
    keep_in_territory("shared_element")


def downgrade() -> None:
    op.drop_index(op.f("ix_shared_element_territory_id"), table_name="shared_element")
    op.drop_index(op.f("ix_shared_element_share_id"), table_name="shared_element")
    op.drop_index("ix_shared_element_case", table_name="shared_element")
    op.drop_table("shared_element")
    op.drop_index("uq_kept_apart_current", table_name="kept_apart")
    op.drop_index(op.f("ix_kept_apart_territory_id"), table_name="kept_apart")
    op.drop_index("ix_kept_apart_case", table_name="kept_apart")
    op.drop_index("ix_kept_apart_lane", table_name="kept_apart")
    op.drop_table("kept_apart")
    op.drop_column("share", "reason")
    op.drop_column("share", "lane")
    op.drop_column("case_file", "keeps_apart")
    op.drop_column("territory", "keeps_apart")
