"""The check of a territory in preparation, lived in the background: its row tells how far it is.

Revision: 0027, after 0026. Only a new column, so that the previous release keeps running.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the check."""
    op.add_column(
        "territory_opening", sa.Column("verification", sa.JSON(), nullable=False, server_default="{}")
    )


def downgrade() -> None:
    """Take the check away."""
    with op.batch_alter_table("territory_opening") as table:
        table.drop_column("verification")
