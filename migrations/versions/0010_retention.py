"""How long cases are kept: when to look, archive, erasure, hold.

Revision: 0010, after 0009. Every new column may be empty, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

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
    op.execute("UPDATE case_file SET keep_until = CAST(closed_at AS DATE) WHERE status = 'closed'" if _postgresql()
               else "UPDATE case_file SET keep_until = date(closed_at) WHERE status = 'closed'")  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_case_keep", table_name="case_file")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("case_file", name)


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
