"""What is shared inside a team, who is kept apart from a case.

Revision: 0019, after 0018. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
