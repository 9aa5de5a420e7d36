"""Threads of the network.

Revision: 0024, after 0023. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
