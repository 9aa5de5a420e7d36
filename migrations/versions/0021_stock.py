"""Kits: what is in stock, what was handed over.

Revision: 0021, after 0020. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
