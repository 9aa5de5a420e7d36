"""How long cases are kept: when to look, archive, erasure, hold; links that households answer by.

Revision: 0010, after 0009. Every new column may be empty, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

from migrations.protection import keep_in_territory

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("keep_until", sa.Date()),
    ("archived_at", sa.DateTime(timezone=True)),
    ("erased_at", sa.DateTime(timezone=True)),
    ("hold_until", sa.Date()),
    ("hold_reason", sa.String()),
)


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.add_column("case_file", sa.Column(name, kind, nullable=True))
    op.create_index("ix_case_keep", "case_file", ["keep_until"])
    # What was closed before is looked at at once: the rule then says how long it stays.
    day = "CAST(closed_at AS DATE)" if op.get_bind().dialect.name == "postgresql" else "date(closed_at)"
    op.execute(f"UPDATE case_file SET keep_until = {day} WHERE status = 'closed'")  # noqa: S608  # one of two words
    op.create_table(
        "step_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_step_link_case_id_case_file")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_step_link_task_id_task")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_step_link_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_link")),
        sa.UniqueConstraint("task_id", name=op.f("uq_step_link_task_id")),
    )
    for column in ("case_id", "link", "territory_id"):
        op.create_index(op.f(f"ix_step_link_{column}"), "step_link", [column])
    keep_in_territory("step_link")


def downgrade() -> None:
    op.drop_table("step_link")
    op.drop_index("ix_case_keep", table_name="case_file")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("case_file", name)
