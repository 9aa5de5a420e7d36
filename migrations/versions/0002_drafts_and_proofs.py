"""Keep a territory's draft and lineage, the proof of each release, the moment a task was escalated.

Revision: 0002, after 0001. Every new column has a default, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programme_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on"], ["release.id"], name=op.f("fk_programme_draft_based_on_release")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_programme_draft_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_draft")),
        sa.UniqueConstraint("territory_id", name=op.f("uq_programme_draft_territory_id")),
    )
    op.create_index(op.f("ix_programme_draft_territory_id"), "programme_draft", ["territory_id"])
    keep_in_territory("programme_draft")
    op.add_column(
        "territory", sa.Column("lineage", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    )
    op.add_column("release", sa.Column("proof", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("task", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_task_escalate", "task", ["status", "escalate_at"])


def downgrade() -> None:
    op.drop_index("ix_task_escalate", table_name="task")
    op.drop_column("task", "escalated_at")
    op.drop_column("release", "proof")
    op.drop_column("territory", "lineage")
    op.drop_table("programme_draft")
