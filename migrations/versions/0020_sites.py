"""Sites of a programme.

Revision: 0020, after 0019. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
