"""What the two programmes still needed: measures that begin later, saisines in preparation, links by SMS.

Revision: 0017, after 0016. Only new columns and one new table, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "commitment", sa.Column("start_awaited", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("payment", sa.Column("finding", sa.String(), server_default="", nullable=False))
    op.add_column("step_link", sa.Column("audience", sa.String(), server_default="menage", nullable=False))
    op.add_column("case_file", sa.Column("follows_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_case_file_follows_id"), "case_file", ["follows_id"])
    op.create_table(
        "entry_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_entry_draft_user_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_entry_draft_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_draft")),
    )
    op.create_index("ix_entry_draft_person", "entry_draft", ["territory_id", "user_id", "at"])
    op.create_index("ix_entry_draft_forget", "entry_draft", ["forget_at"])
    for column in ("case_id", "territory_id"):
        op.create_index(op.f(f"ix_entry_draft_{column}"), "entry_draft", [column])
    keep_in_territory("entry_draft")


def downgrade() -> None:
    op.drop_table("entry_draft")
    op.drop_index(op.f("ix_case_file_follows_id"), table_name="case_file")
    op.drop_column("case_file", "follows_id")
    op.drop_column("step_link", "audience")
    op.drop_column("payment", "finding")
    op.drop_column("commitment", "start_awaited")
