"""Acts started by hand, events, attendance."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say which act started a process."""
    op.add_column("process_instance", sa.Column("act", sa.String(), nullable=True))


def downgrade() -> None:
    """Forget which act started a process."""
    op.drop_column("process_instance", "act")
