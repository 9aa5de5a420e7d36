"""Sheets of the directory and the charter.

Revision: 0022, after 0021. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
