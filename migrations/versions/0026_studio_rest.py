"""What the studio still needed.

Revision: 0026, after 0025. Only new tables and columns, so that the previous release keeps running.
"""

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
