"""Capacity and recalls.

Revision: 0025, after 0024. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
