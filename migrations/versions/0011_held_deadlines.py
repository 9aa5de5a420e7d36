"""Since when the deadlines of an open step wait for another step.

Revision: 0011, after 0010. The new column may be empty, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("task", "held_at")
